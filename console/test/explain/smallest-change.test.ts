import { compileGrant, decide, isWithin, parsePermissions, printPermissions } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { document as anyDocument, choices, entries, makeChosen } from '../../../core/test/arbitrary.js'
import { findSmallestChange } from '../../src/explain/smallest-change.js'
import { abstract, permit, vast } from '../permissions/catalogs.js'

const accountId = 7
const find = (api: Record<string, unknown>, line: string, body?: unknown) => {
  const [method = '', path = ''] = line.split(' ')
  const change = findSmallestChange(permit({ api }, vast), { method, path, body }, vast, accountId)
  return change && printPermissions(change).api
}

describe('the smallest change that allows a request', () => {
  const show = (constraint: object) => ({ instance_read: { 'api.instance.show': { constraints: { id: constraint } } } })
  const bid = (price: object) => ({ instance_write: { 'api.instance.change_bid': { constraints: { price } } } })
  const cases: [string, Record<string, unknown>, string, unknown, Record<string, unknown> | null][] = [
    ['is none for what is allowed', { '*': {} }, 'GET /api/v0/instances/5/', undefined, null],
    ['is none for what no catalog has', { user_read: {} }, 'GET /nowhere', undefined, null],
    ['is the endpoint, for this object', {}, 'GET /api/v0/instances/5/', undefined, show({ eq: 5 })],
    [
      'leaves what is there',
      { user_read: {}, instance_read: { 'api.instance.list': {} } },
      'GET /api/v0/instances/5/',
      undefined,
      {
        user_read: {},
        instance_read: { 'api.instance.list': {}, 'api.instance.show': { constraints: { id: { eq: 5 } } } },
      },
    ],
    ['adds a value', show({ eq: [1, 2] }), 'GET /api/v0/instances/5/', undefined, show({ eq: [1, 2, 5] })],
    [
      'moves an end of a range',
      show({ gte: 1, lte: 4 }),
      'GET /api/v0/instances/5/',
      undefined,
      show({ gte: 1, lte: 5 }),
    ],
    ['reads the body', bid({ lte: 0.5 }), 'PUT /api/v0/instances/bid_price/5/', { price: 0.7 }, bid({ lte: 0.7 })],
    [
      'takes a constraint away where the request does not carry the parameter',
      bid({ lte: 0.5 }),
      'PUT /api/v0/instances/bid_price/5/',
      {},
      { instance_write: { 'api.instance.change_bid': {} } },
    ],
    [
      'takes a constraint away where another name could be read as the parameter',
      show({ eq: 5 }),
      'GET /api/v0/instances/5/?ID=7',
      undefined,
      { instance_read: { 'api.instance.show': {} } },
    ],
    [
      'loosens one endpoint of those that * grants',
      { instance_write: { '*': { constraints: { id: { eq: 5 } } } } },
      'PUT /api/v0/instances/reboot/6/',
      undefined,
      {
        instance_write: {
          '*': { constraints: { id: { eq: 5 } } },
          'api.instance.reboot': { constraints: { id: { eq: [5, 6] } } },
        },
      },
    ],
    [
      'loosens both where endpoint and category are constrained',
      {
        instance_write: { constraints: { id: { lte: 5 } }, 'api.instance.reboot': { constraints: { id: { eq: 5 } } } },
      },
      'PUT /api/v0/instances/reboot/6/',
      undefined,
      {
        instance_write: {
          constraints: { id: { lte: 6 } },
          'api.instance.reboot': { constraints: { id: { eq: [5, 6] } } },
        },
      },
    ],
  ]
  it('is none where a constraint on the category is one that the endpoint cannot meet', () => {
    const api = { instance_read: { constraints: { tail: { eq: '100' } } } }
    expect(find(api, 'GET /api/v0/instances/5/')).toBeNull()
  })

  it.each(cases)('%s', (_, api, line, body, expected) => {
    expect(find(api, line, body)).toEqual(expected)
  })

  it('allows it, and takes nothing away', () => {
    let found = 0
    fc.assert(
      fc.property(anyDocument, choices, (document, chosen) => {
        const read = parsePermissions(document, abstract)
        if (!read.ok) return
        const request = makeChosen(entries, chosen, document)
        const { method, target } = request
        const query = target.query.map(
          ({ name, value }) => encodeURIComponent(name) + (value === null ? '' : `=${encodeURIComponent(value)}`),
        )
        const body = readBody(request.body)
        if (body === undefined) return
        const asked = { method, path: `${target.path}${query.length > 0 ? `?${query.join('&')}` : ''}`, body }
        const change = findSmallestChange(read.permissions, asked, abstract, accountId)
        if (!change) return
        found++
        // Under a constraint on a parameter that an endpoint does not have, `*` grants nothing of it; an entry of its own does.
        const isAny = JSON.stringify(document).includes('"*"')
        if (!isAny) expect(isWithin(read.permissions, change)).toBe(true)
        expect(parsePermissions(printPermissions(change), abstract).ok).toBe(true)
        const grant = compileGrant(change, abstract)
        const key = {
          permissions: change,
          addresses: null,
          expiresAt: null,
          notBefore: null,
          disabledAt: null,
          deletedAt: null,
        }
        const principal = {
          kind: 'key',
          key,
          account: { id: accountId, operator: true, suspendedAt: null },
          grant,
        } as never
        // As the explain call would send it on: one member of each name, numbers in one spelling.
        const sent = { ...request, body: body === null ? null : new TextEncoder().encode(JSON.stringify(body)) }
        expect(decide(abstract, { kind: 'known', principal }, sent, 0).allowed).toBe(true)
      }),
      { numRuns: 3_000 },
    )
    expect(found).toBeGreaterThan(100)
  })
})

/** The body as a value; undefined for one that is no JSON object, or not seen. */
function readBody(bytes: Uint8Array | null | undefined): unknown {
  if (!bytes) return bytes
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes))
    return typeof value === 'object' && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}
