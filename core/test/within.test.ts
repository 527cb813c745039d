import { describe, expect, it } from 'vitest'
import { parseBlock } from '../src/address.js'
import type { Constraints } from '../src/permissions.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import { findExcess, findExcessPermission, isWithin, type Powers, satisfies } from '../src/within.js'
import { permit } from './world.js'

type Api = Record<string, unknown>

const show = (constraints: object): Api => ({ thing_read: { 'api.thing.show': { constraints } } })
const any = { '*': {} }
const reader = { thing_read: {} }

describe('permissions lie within others', () => {
  const within: [string, Api, Api][] = [
    ['nothing in nothing', {}, {}],
    ['nothing in anything', {}, reader],
    ['a document in itself', show({ id: { eq: 5 } }), show({ id: { eq: 5 } })],
    ['a category in itself', reader, reader],
    ['a category in *', reader, any],
    ['* in *', any, any],
    ['an endpoint in its category', { thing_read: { 'api.thing.show': {} } }, reader],
    ['an endpoint in *', { thing_read: { 'api.thing.show': {} } }, any],
    ['a whole category in one written with *', reader, { thing_read: { '*': {} } }],
    ['a whole category in one with * and names', reader, { thing_read: { '*': {}, 'api.thing.show': {} } }],
    ['a category written with * in a whole one', { thing_read: { '*': {} } }, reader],
    ['a reserved category in itself', { verify: {} }, { verify: {}, operate: {} }],
    ['a constraint in none', show({ id: { eq: 5 } }), reader],
    ['a value in a list', show({ id: { eq: 5 } }), show({ id: { eq: [4, 5] } })],
    ['a list in a longer one', show({ id: { eq: [4, 5] } }), show({ id: { eq: [3, 4, 5] } })],
    ['a value in a range', show({ id: { eq: 5 } }), show({ id: { gte: 1, lte: 10 } })],
    ['a range in a wider one', show({ id: { gte: 2, lte: 9 } }), show({ id: { gte: 1, lte: 10 } })],
    ['a range in itself', show({ id: { gte: 2 } }), show({ id: { gte: 2 } })],
    ['a bound in a looser one', show({ id: { lte: 50 } }), show({ id: { lte: 100 } })],
    ['a list and a range in what both allow', show({ id: { eq: [5, 50], lte: 10 } }), show({ id: { eq: 5 } })],
    ['more constraints in fewer', show({ id: { eq: 5 }, owner: { eq: 'me' } }), show({ id: { eq: 5 } })],
    [
      'a constraint on the category in the same on the endpoint',
      { thing_read: { constraints: { id: { eq: 5 } }, 'api.thing.show': {} } },
      show({ id: { eq: 5 } }),
    ],
    [
      'a constraint on the endpoint in the same on the category',
      show({ id: { eq: 5 } }),
      { thing_read: { constraints: { id: { eq: 5 } } } },
    ],
    [
      'constraints on category and endpoint together in a range',
      { thing_read: { constraints: { id: { gte: 2 } }, 'api.thing.show': { constraints: { id: { lte: 9 } } } } },
      show({ id: { gte: 1, lte: 10 } }),
    ],
    [
      'a category of * in * with the same constraint',
      { '*': { constraints: { id: { eq: 5 } } } },
      { '*': { constraints: { id: { lte: 5 } } } },
    ],
    ['a part of a category in * and that part', { '*': {}, thing_read: { 'api.thing.show': {} } }, any],
    ['an unknown name in itself', { none: { 'api.none': {} } }, { none: {} }],
    ['what allows nothing in anything of that name', show({ id: { eq: [] } }), show({ id: { eq: 5 } })],
  ]

  it.each(within)('%s', (_, child, parent) => {
    const [a, b] = [readStoredPermissions({ api: child }), readStoredPermissions({ api: parent })]
    expect(findExcessPermission(a, b)).toBeNull()
    expect(isWithin(a, b)).toBe(true)
  })

  const beyond: [string, Api, Api, string][] = [
    ['a category in nothing', reader, {}, 'thing_read'],
    ['a category in another', reader, { thing_write: {} }, 'thing_read'],
    [
      '* in every category of today',
      any,
      { thing_read: {}, thing_write: {}, billing_read: {}, role_read: {}, role_admin: {} },
      '*',
    ],
    ['* in * without a category', any, { '*': {}, thing_read: { 'api.thing.show': {} } }, 'thing_read'],
    ['a reserved category in *', { verify: {} }, any, 'verify'],
    [
      'a whole category in all of its endpoints',
      reader,
      { thing_read: { 'api.thing.show': {}, 'api.thing.list': {} } },
      'thing_read',
    ],
    [
      'a category with * in its endpoints',
      { thing_read: { '*': {} } },
      { thing_read: { 'api.thing.show': {} } },
      'thing_read',
    ],
    [
      'an endpoint in another',
      { thing_read: { 'api.thing.list': {} } },
      { thing_read: { 'api.thing.show': {} } },
      'thing_read/api.thing.list',
    ],
    ['no constraint in one', reader, show({ id: { eq: 5 } }), 'thing_read/api.thing.show'],
    [
      'an endpoint without constraint in one with',
      { thing_read: { 'api.thing.show': {} } },
      show({ id: { eq: 5 } }),
      'thing_read/api.thing.show',
    ],
    [
      'an endpoint in its category under a constraint',
      { thing_read: { 'api.thing.show': {} } },
      { thing_read: { constraints: { id: { eq: 5 } } } },
      'thing_read/api.thing.show',
    ],
    ['a longer list in a list', show({ id: { eq: [4, 5] } }), show({ id: { eq: 5 } }), 'thing_read/api.thing.show'],
    [
      'a value outside a range',
      show({ id: { eq: 11 } }),
      show({ id: { gte: 1, lte: 10 } }),
      'thing_read/api.thing.show',
    ],
    ['a range in values', show({ id: { gte: 5, lte: 5 } }), show({ id: { eq: 5 } }), 'thing_read/api.thing.show'],
    ['a wider range', show({ id: { gte: 1 } }), show({ id: { gte: 2 } }), 'thing_read/api.thing.show'],
    [
      'a range without an end',
      show({ id: { gte: 2 } }),
      show({ id: { gte: 1, lte: 10 } }),
      'thing_read/api.thing.show',
    ],
    ['a bound on the other side', show({ id: { gte: 1 } }), show({ id: { lte: 10 } }), 'thing_read/api.thing.show'],
    ['another parameter', show({ owner: { eq: 'me' } }), show({ id: { eq: 5 } }), 'thing_read/api.thing.show'],
    [
      'fewer constraints',
      show({ id: { eq: 5 } }),
      show({ id: { eq: 5 }, owner: { eq: 'me' } }),
      'thing_read/api.thing.show',
    ],
    ['a text for a number', show({ id: { eq: '5' } }), show({ id: { eq: 5 } }), 'thing_read/api.thing.show'],
    ['a text in a range', show({ id: { eq: 'x' } }), show({ id: { gte: 1 } }), 'thing_read/api.thing.show'],
    ['no constraint in an empty one', reader, show({ id: {} }), 'thing_read/api.thing.show'],
    ['anything in what allows nothing', show({ id: { eq: 5 } }), show({ id: { eq: [] } }), 'thing_read/api.thing.show'],
    [
      '* beside a name in that name',
      { thing_read: { '*': {}, 'api.thing.show': {} } },
      { thing_read: { 'api.thing.show': {} } },
      'thing_read',
    ],
    [
      '* in * with a constrained name',
      { thing_read: { '*': {} } },
      { thing_read: { '*': {}, 'api.thing.show': { constraints: { id: { eq: 5 } } } } },
      'thing_read/api.thing.show',
    ],
    [
      'all categories in all but a constrained one',
      any,
      { '*': {}, thing_read: { constraints: { id: { eq: 5 } } } },
      'thing_read',
    ],
  ]

  it.each(beyond)('but not %s', (_, child, parent, place) => {
    const [a, b] = [readStoredPermissions({ api: child }), readStoredPermissions({ api: parent })]
    expect(findExcessPermission(a, b)).toBe(place)
    expect(isWithin(a, b)).toBe(false)
  })
})

describe('an empty constraint', () => {
  it('still wants the parameter, so that a document without it is not within', () => {
    const one = (constraints: Constraints) => new Map([['thing_read', { constraints, endpoints: null }]])
    expect(isWithin(one(new Map()), one(new Map([['id', {}]])))).toBe(false)
    expect(isWithin(one(new Map([['id', { eq: [5] }]])), one(new Map([['id', {}]])))).toBe(true)
  })
})

describe('powers lie within others', () => {
  const at = (ms: number) => new Date(ms)
  const blocks = (...texts: string[]) => texts.map((text) => parseBlock(text)!)
  const base: Powers = { permissions: permit({ api: reader }), addresses: null, notBefore: null, expiresAt: null }
  const excess = (child: Partial<Powers>, parent: Partial<Powers>) =>
    findExcess({ ...base, ...child }, { ...base, ...parent })

  const table: [string, Partial<Powers>, Partial<Powers>, string | null][] = [
    ['the same', {}, {}, null],
    ['permissions first', { permissions: permit({ api: any }) }, { expiresAt: at(5) }, '*'],
    ['a list in none', { addresses: blocks('10.0.0.0/8') }, {}, null],
    ['no list in one', {}, { addresses: blocks('10.0.0.0/8') }, 'the address list'],
    [
      'a block in a wider one',
      { addresses: blocks('10.1.0.0/16', '10.2.3.4') },
      { addresses: blocks('10.0.0.0/8') },
      null,
    ],
    ['a wider block', { addresses: blocks('10.0.0.0/8') }, { addresses: blocks('10.1.0.0/16') }, 'the address list'],
    [
      'one block outside',
      { addresses: blocks('10.1.0.0/16', '11.0.0.0/8') },
      { addresses: blocks('10.0.0.0/8') },
      'the address list',
    ],
    ['another family', { addresses: blocks('::/0') }, { addresses: blocks('0.0.0.0/0') }, 'the address list'],
    [
      'blocks in any of several',
      { addresses: blocks('10.0.0.1', '::1') },
      { addresses: blocks('10.0.0.0/8', '::/0') },
      null,
    ],
    ['a list that holds nothing', { addresses: [] }, { addresses: blocks('10.0.0.0/8') }, null],
    ['an end before the end', { expiresAt: at(4) }, { expiresAt: at(5) }, null],
    ['the same end', { expiresAt: at(5) }, { expiresAt: at(5) }, null],
    ['a later end', { expiresAt: at(6) }, { expiresAt: at(5) }, 'expires_at'],
    ['no end', {}, { expiresAt: at(5) }, 'expires_at'],
    ['an end in none', { expiresAt: at(5) }, {}, null],
    ['an end that is no date', { expiresAt: at(Number.NaN) }, { expiresAt: at(5) }, 'expires_at'],
    ['a later beginning', { notBefore: at(6) }, { notBefore: at(5) }, null],
    ['the same beginning', { notBefore: at(5) }, { notBefore: at(5) }, null],
    ['an earlier beginning', { notBefore: at(4) }, { notBefore: at(5) }, 'not_before'],
    ['no beginning', {}, { notBefore: at(5) }, 'not_before'],
    ['a beginning that is no date', { notBefore: at(Number.NaN) }, { notBefore: at(5) }, 'not_before'],
  ]

  it.each(table)('%s', (_, child, parent, expected) => {
    expect(excess(child, parent)).toBe(expected)
  })
})

describe('a constraint', () => {
  it('is satisfied when all of its operators are', () => {
    expect(satisfies(5, { eq: [4, 5] })).toBe(true)
    expect(satisfies(6, { eq: [4, 5] })).toBe(false)
    expect(satisfies('5', { eq: [5] })).toBe(false)
    expect(satisfies(5, { gte: 5, lte: 5 })).toBe(true)
    expect(satisfies(5, { gte: 5.5 })).toBe(false)
    expect(satisfies('5', { gte: 1 })).toBe(false)
    expect(satisfies(true, { lte: 1 })).toBe(false)
    expect(satisfies(5, { eq: [5], lte: 4 })).toBe(false)
    expect(satisfies(5, { eq: [] })).toBe(false)
  })
})
