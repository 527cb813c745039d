import { isWithin, type Permissions, parsePermissions, printPermissions, readStoredPermissions } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { document as anyDocument } from '../../../core/test/arbitrary.js'
import { printForm, readForm } from '../../src/permissions/form.js'
import { abstract, permit, things } from './catalogs.js'

/** Through the form and back. */
function pass(permissions: Permissions, catalog = things): Permissions {
  return readStoredPermissions(printForm(readForm(permissions, catalog), catalog))
}

describe('a document survives the form', () => {
  it('unchanged, whatever it is, in both directions of "within"', () => {
    let valid = 0
    fc.assert(
      fc.property(anyDocument, (document) => {
        const read = parsePermissions(document, abstract)
        if (!read.ok) return
        valid++
        const { permissions } = read
        const printed = printForm(readForm(permissions, abstract), abstract)
        expect(printed).toEqual(printPermissions(permissions))
        const again = parsePermissions(printed, abstract)
        expect(again.ok).toBe(true)
        if (!again.ok) return
        expect(isWithin(again.permissions, permissions) && isWithin(permissions, again.permissions)).toBe(true)
      }),
      { numRuns: 4_000 },
    )
    expect(valid).toBeGreaterThan(1_000)
  })

  const hard: [string, unknown][] = [
    ['nothing', {}],
    ['full access', { '*': {} }],
    ['a constraint on everything', { '*': { constraints: { id: { eq: 5 } } } }],
    [
      'a list and a range',
      { thing_read: { 'api.thing.show': { constraints: { id: { eq: [1, 2], lte: 9, gte: 0 } } } } },
    ],
    ['a text that looks like a number', { thing_read: { 'api.thing.show': { constraints: { owner: { eq: '5' } } } } }],
    [
      'a text that is empty',
      { thing_read: { 'api.thing.show': { constraints: { owner: { eq: ['', ' a ', 'b,c'] } } } } },
    ],
    [
      'a text with quotes',
      { thing_read: { 'api.thing.show': { constraints: { owner: { eq: ['"a', 'b"', '\\', '\n'] } } } } },
    ],
    ['a text with braces', { thing_read: { 'api.thing.show': { constraints: { owner: { eq: '{{x}}' } } } } }],
    [
      'any type',
      { thing_write: { 'api.thing.update': { constraints: { hint: { eq: [5, '5', true, 'true', 'a'] } } } } },
    ],
    ['a member of an object', { thing_write: { 'api.thing.update': { constraints: { 'extra.size': { lte: 0.5 } } } } }],
    [
      'one endpoint by name, the others by *',
      { thing_write: { '*': {}, 'api.thing.destroy': { constraints: { id: { eq: 1 } } } } },
    ],
    [
      'constraints on category and endpoint',
      { thing_write: { constraints: { id: { gte: 1 } }, 'api.thing.destroy': {} } },
    ],
    ['a reserved category', { verify: { 'api.own.verify': {} } }],
  ]
  it.each(hard)('with %s', (_, api) => {
    const permissions = permit({ api })
    expect(permit(printForm(readForm(permissions, things), things))).toEqual(permissions)
  })

  it('with names that its catalog does not know', () => {
    const stored = readStoredPermissions({
      api: { gone_read: {}, thing_read: { 'api.thing.gone': { constraints: { gone: { eq: [5, '5'] } } } } },
    })
    expect(pass(stored)).toEqual(stored)
  })
})

describe('a row that is not filled in yet', () => {
  const rows = (parameter: string, operator: 'eq' | 'lte', text: string) =>
    printForm(
      new Map([
        ['thing_read', { rows: [], endpoints: new Map([['api.thing.show', [{ parameter, operator, text }]]]) }],
      ]),
      things,
    )
  it.each([
    ['without a value', rows('id', 'eq', '')],
    ['without a value, of a text', rows('owner', 'eq', ' ')],
    ['with a value of another type', rows('id', 'eq', 'five')],
    ['with an end of a range that is missing', rows('id', 'lte', '')],
    ['with two ends of a range', rows('id', 'lte', '1, 2')],
    ['with a parameter that is not there', rows('size', 'eq', '5')],
  ])('is refused %s', (_, document) => {
    expect(parsePermissions(document, things)).toMatchObject({
      ok: false,
      path: expect.arrayContaining(['constraints']),
    })
  })
})
