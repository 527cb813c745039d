import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editForm, editText, openDraft, printText } from '../../src/permissions/draft.js'
import { addRow, changeRow, grantCategory } from '../../src/permissions/edits.js'
import { permit, things } from './catalogs.js'

const creator = permit({ api: { '*': {} } })
const start = openDraft({ api: { thing_read: {} } }, things)

describe('the text of a document', () => {
  it('has short lists in one line, and says the same', () => {
    const eq = (values: unknown[]) => ({ api: { thing_read: { constraints: { owner: { eq: values } } } } })
    expect(printText(eq(['a', 'b, c']))).toContain('"eq": ["a", "b, c"]')
    const texts = fc.array(fc.string({ unit: fc.constantFrom('[', ']', '{', ',', '\n', ' ', '"', 'a') }))
    fc.assert(
      fc.property(texts, (values) => {
        expect(JSON.parse(printText(eq(values)))).toEqual(eq(values))
      }),
    )
  })
})

describe('a draft', () => {
  it('prints its text anew when the form changes', () => {
    const draft = editForm(grantCategory(start.form, 'thing_write'), things)
    expect(JSON.parse(draft.text)).toEqual({ api: { thing_read: {}, thing_write: {} } })
    expect(draft).toMatchObject({ problem: null, isFormBehind: false })
    expect(draft.permissions).toEqual(permit({ api: { thing_read: {}, thing_write: {} } }))
  })

  it('reads its text into the form, and keeps the text as it was typed', () => {
    const text = '{"api":{"billing_read":{}}}'
    const draft = editText(start, text, things, creator)
    expect([...draft.form.keys()]).toEqual(['billing_read'])
    expect(draft).toMatchObject({ text, problem: null, isFormBehind: false })
  })

  it('takes {} for all that the creator may do', () => {
    const draft = editText(start, '{}', things, permit({ api: { thing_read: {}, verify: {} } }))
    expect([...draft.form.keys()]).toEqual(['thing_read'])
  })

  it('keeps the form where the text is not JSON, and tells line and column', () => {
    const draft = editText(start, '{\n  "api": {\n    "thing_read" {}\n  }\n}', things, creator)
    expect(draft).toMatchObject({
      form: start.form,
      permissions: null,
      isFormBehind: true,
      problem: { msg: "This is not JSON: expected ':'.", path: [], place: { line: 3, column: 18 } },
    })
  })

  it('tells the end of the text where something is missing there', () => {
    const draft = editText(start, '{"api": {}\n\n\n', things, creator)
    expect(draft.problem).toMatchObject({
      msg: "This is not JSON: expected ',' or '}'.",
      place: { line: 1, column: 11 },
    })
  })

  it('refuses a member that stands twice', () => {
    const draft = editText(start, '{"api": {}, "api": {}}', things, creator)
    expect(draft.problem?.msg).toBe('This is not JSON: a member is repeated.')
  })

  it('keeps the form where the text is no document, and tells line and path', () => {
    const text = printText({ api: { thing_read: { 'api.thing.show': { constraints: { id: { eq: 'five' } } } } } })
    const draft = editText(start, text, things, creator)
    expect(draft).toMatchObject({ form: start.form, permissions: null, isFormBehind: true })
    expect(draft.problem).toEqual({
      msg: 'api.thing_read.api.thing.show.constraints.id.eq must be of type integer.',
      path: ['api', 'thing_read', 'api.thing.show', 'constraints', 'id', 'eq'],
      place: { line: 7, column: 13, offset: text.indexOf('"eq"') },
    })
    expect(editText(draft, start.text, things, creator)).toEqual(start)
  })

  it('has the problem of a row that is not filled in both in the form and in the text', () => {
    const scope = { category: 'thing_read', endpointId: 'api.thing.show' }
    const added = editForm(addRow(start.form, scope, things), things)
    expect(added).toMatchObject({ permissions: null, isFormBehind: false })
    expect(added.problem?.path).toEqual(['api', 'thing_read', 'api.thing.show', 'constraints', 'id', 'eq'])
    expect(added.text.split('\n')[added.problem!.place.line - 1]).toContain('"eq"')
    const filled = editForm(changeRow(added.form, scope, 0, { text: '7' }), things)
    expect(filled.permissions).toEqual(
      permit({ api: { thing_read: { '*': {}, 'api.thing.show': { constraints: { id: { eq: 7 } } } } } }),
    )
  })

  it('opens a document of another catalog as it is, with its problem', () => {
    const document = { api: { gone_read: {}, thing_read: {} } }
    const draft = openDraft(document, things)
    expect(JSON.parse(draft.text)).toEqual(document)
    expect(draft).toMatchObject({ permissions: null, isFormBehind: false, problem: { path: ['api', 'gone_read'] } })
  })
})
