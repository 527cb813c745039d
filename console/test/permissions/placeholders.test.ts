import { fromPlain, type Json, parsePermissions, printPermissions } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { editForm, openDraft } from '../../src/permissions/draft.js'
import { addRow, changeRow } from '../../src/permissions/edits.js'
import { printUsedParams, putPlaceholders } from '../../src/permissions/placeholders.js'
import { permit, things } from './catalogs.js'

const hold = (owner: unknown) => ({ api: { thing_read: { constraints: { owner: { eq: owner } } } } })
const read = (values: object) => {
  const parsed = fromPlain(values)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.value as ReadonlyMap<string, Json>
}

describe('placeholders', () => {
  const put: [string, unknown, object, unknown][] = [
    ['a value', 'anna', { who: 'anna' }, '{who}'],
    ['a list', ['anna', 'ben'], { who: ['anna', 'ben'] }, '{who}'],
    ['a list of one', 'anna', { who: ['anna'] }, '{who}'],
    ['one of a list', ['anna', 'ben'], { who: 'ben' }, ['anna', '{who}']],
    ['a text with braces', '{{x}}', { who: '{x}' }, '{who}'],
    ['nothing that is another value', 'anna', { who: 'ben' }, 'anna'],
    ['nothing where a number is a text', '5', { who: 5 }, '5'],
  ]
  it.each(put)('stand for %s', (_name, owner, values, expected) => {
    expect(putPlaceholders(hold(owner), read(values))).toEqual(hold(expected))
  })

  it('read as the values that they stand for, whatever these are', () => {
    const text = fc.string({ unit: fc.constantFrom('{', '}', '"', 'a', ',', ' '), minLength: 1 })
    const value = fc.oneof(text, fc.uniqueArray(text, { minLength: 1, maxLength: 3 }))
    fc.assert(
      fc.property(value, fc.string({ unit: fc.constantFrom('a', ' ', '"', '.'), minLength: 1 }), (who, name) => {
        const values = read({ [name]: who })
        const given = parsePermissions(hold(`{${name}}`), things, values)
        if (!given.ok) throw new Error(given.problem)
        const again = putPlaceholders(printPermissions(given.permissions), values)
        expect(again).toEqual(hold(`{${name}}`))
      }),
    )
  })

  it('stay where the form changes something else', () => {
    const values = read({ who: 'anna' })
    const start = openDraft(hold('anna'), things, values)
    expect(JSON.parse(start.text)).toEqual(hold('{who}'))
    const scope = { category: 'thing_write', endpointId: null }
    const added = addRow(new Map([...start.form, ['thing_write', { rows: [], endpoints: null }]]), scope, things)
    const draft = editForm(changeRow(added, scope, 0, { text: '7' }), things, values)
    expect(JSON.parse(draft.text).api.thing_read).toEqual(hold('{who}').api.thing_read)
    expect(draft.permissions?.get('thing_read')).toEqual(permit(hold('anna')).get('thing_read'))
  })

  it('of which nothing is left in a document are not given again', () => {
    expect(printUsedParams({ who: 'anna', other: 5, ip_whitelist: ['::1'] }, hold('anna'))).toBe(
      '{\n  "who": "anna"\n}',
    )
    expect(printUsedParams('{"who": "anna"}', hold('ben'))).toBe('')
    expect(printUsedParams(undefined, hold('ben'))).toBe('')
  })
})
