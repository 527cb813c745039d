import { describe, expect, it } from 'vitest'
import { parseAddress, parseBlock } from '../src/address.js'
import { type Decision, decide, denyBadRequest, needsBody } from '../src/decide.js'
import { describeDenial } from '../src/denial.js'
import type { ApiKey } from '../src/key.js'
import type { Presented } from '../src/request.js'
import { accountId, catalog, makePrincipal, makeRequest, now, permit, present, tell, unseen } from './world.js'

const invalidKey = { status: 401, error: 'auth_error', msg: 'Invalid user key' }
const full = permit({ api: { '*': {} } })
const reader = permit({ api: { thing_read: {} } })
const one = permit({ api: { thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } } } } })
const writer = permit({ api: { thing_write: { 'api.thing.update': { constraints: { name: { eq: 'a' } } } } } })

const past = new Date(now - 1)
const future = new Date(now + 1)
const elsewhere = { addresses: [parseBlock('198.51.100.0/24')!] }

function forbidden(msg: string) {
  return { status: 403, error: 'not_authorized', msg }
}

function run(presented: Presented, line: string, body: unknown = null): Decision {
  return decide(catalog, presented, makeRequest(line, body), now)
}

describe('decide', () => {
  const table: [string, Presented, string, unknown, 'allow' | object][] = [
    [
      'denies a request without credentials',
      { kind: 'none' },
      'GET /things/',
      null,
      { status: 401, error: 'auth_error', msg: 'This action requires login.' },
    ],
    ['denies an unknown key', { kind: 'unknown' }, 'GET /things/', null, invalidKey],
    [
      'denies the secret from before a reset',
      { kind: 'reset', principal: makePrincipal(full) },
      'GET /things/',
      null,
      invalidKey,
    ],
    ['denies a deleted key', present(full, { deletedAt: past }), 'GET /things/', null, invalidKey],
    ['denies a disabled key', present(full, { disabledAt: past }), 'GET /things/', null, invalidKey],
    ['denies an expired key', present(full, { expiresAt: past }), 'GET /things/', null, invalidKey],
    ['denies a key at its expiry', present(full, { expiresAt: new Date(now) }), 'GET /things/', null, invalidKey],
    ['allows a key before its expiry', present(full, { expiresAt: future }), 'GET /things/', null, 'allow'],
    ['denies a key before it is valid', present(full, { notBefore: future }), 'GET /things/', null, invalidKey],
    ['allows a key from when it is valid', present(full, { notBefore: new Date(now) }), 'GET /things/', null, 'allow'],
    [
      'denies a key of a suspended account',
      { kind: 'known', principal: makePrincipal(full, {}, { suspendedAt: past }) },
      'GET /things/',
      null,
      forbidden('The account of this key is suspended.'),
    ],
    [
      'denies a key used from outside its address list',
      present(full, elsewhere),
      'GET /things/',
      null,
      forbidden('This key may not be used from your address.'),
    ],
    [
      'denies a scoped key outside the catalog',
      present(reader),
      'GET /nowhere',
      null,
      {
        status: 403,
        error: 'not_in_catalog',
        msg: 'This endpoint is not in the catalog: only a full-access key may use it.',
      },
    ],
    ['allows a full key outside the catalog', present(full), 'GET /nowhere', null, 'allow'],
    [
      'denies an endpoint that no permission grants, and names it',
      present(reader),
      'DELETE /things/5',
      null,
      forbidden('This key lacks the permission thing_write (endpoint api.thing.destroy).'),
    ],
    ['allows an endpoint that the permissions grant', present(reader), 'GET /things/5', null, 'allow'],
    ['decides HEAD as GET', present(reader), 'HEAD /things/5', null, 'allow'],
    [
      'denies HEAD where it denies GET',
      present(writer),
      'HEAD /things/5',
      null,
      forbidden('This key lacks the permission thing_read (endpoint api.thing.show).'),
    ],
    [
      'compares methods with their case',
      present(reader),
      'get /things/5',
      null,
      expect.objectContaining({ error: 'not_in_catalog' }),
    ],
    ['allows what a constraint allows', present(one), 'GET /things/5', null, 'allow'],
    [
      'denies a value that a constraint does not allow, without telling which would be',
      present(one),
      'GET /things/6',
      null,
      forbidden('This key is constrained on "id" of api.thing.show: this value is not allowed.'),
    ],
    [
      'denies a lookalike',
      present(one),
      'GET /things/5?ID=5',
      null,
      forbidden(
        'This key is constrained on "id" of api.thing.show: the request carries a name that could be read as it.',
      ),
    ],
    [
      'denies a request without the parameter',
      present(writer),
      'PUT /things/5',
      {},
      forbidden(
        'This key is constrained on "name" of api.thing.update: the request does not carry it where it belongs.',
      ),
    ],
    [
      'denies where the body is not seen and may carry the parameter',
      present(writer),
      'PUT /things/5',
      unseen,
      forbidden(
        'This key is constrained on "name" of api.thing.update: the body, which may carry it, is not seen here.',
      ),
    ],
    [
      'denies a body that cannot be judged',
      present(writer),
      'PUT /things/5',
      '[]',
      {
        status: 400,
        error: 'bad_request',
        msg: 'This key is constrained on api.thing.update, so the body must be a JSON object: it is not an object.',
      },
    ],
    ['allows anybody on a public endpoint', { kind: 'none' }, 'GET /ping', null, 'allow'],
    ['ignores a bad key on a public endpoint', { kind: 'unknown' }, 'GET /ping', null, 'allow'],
    ['ignores a deleted key on a public endpoint', present(full, { deletedAt: past }), 'GET /ping', null, 'allow'],
    ['allows any valid key on an any_key endpoint', present(permit({ api: {} })), 'GET /own/whoami', null, 'allow'],
    [
      'denies a disabled key on an any_key endpoint',
      present(full, { disabledAt: past }),
      'GET /own/whoami',
      null,
      invalidKey,
    ],
    [
      'denies a reserved category to a full key',
      present(full),
      'POST /own/verify',
      null,
      forbidden('This key lacks the permission verify (endpoint api.own.verify).'),
    ],
    [
      'allows a reserved category by its name',
      present(permit({ api: { verify: {} } })),
      'POST /own/verify',
      null,
      'allow',
    ],
  ]

  it.each(table)('%s', (_, presented, line, body, expected) => {
    expect(tell(run(presented, line, body))).toEqual(expected)
  })

  it('tells a request that has no canonical form', () => {
    expect(tell(denyBadRequest('the path has a backslash'))).toEqual({
      status: 400,
      error: 'bad_request',
      msg: 'Bad request: the path has a backslash.',
    })
  })

  // Each row has one more thing wrong than the next: what is told is the first.
  const states: [string, Partial<ApiKey>, 'suspended' | 'active'][] = [
    ['deleted', { deletedAt: past, disabledAt: past, expiresAt: past, notBefore: future, ...elsewhere }, 'suspended'],
    ['disabled', { disabledAt: past, expiresAt: past, notBefore: future, ...elsewhere }, 'suspended'],
    ['expired', { expiresAt: past, notBefore: future, ...elsewhere }, 'suspended'],
    ['not_yet', { notBefore: future, ...elsewhere }, 'suspended'],
    ['suspended', elsewhere, 'suspended'],
    ['address', elsewhere, 'active'],
    ['not_in_catalog', {}, 'active'],
  ]

  it.each(states)('checks in order: %s', (reason, change, state) => {
    const account = state === 'suspended' ? { suspendedAt: past } : {}
    const principal = makePrincipal(reader, change, account)
    const decision = decide(catalog, { kind: 'known', principal }, makeRequest('GET /nowhere'), now)
    expect(decision).toMatchObject({ allowed: false, denial: { reason } })
    expect(decision.principal).toBe(principal)
  })

  it('checks in order: reset before the state of the key', () => {
    const principal = makePrincipal(full, { deletedAt: past })
    const decision = decide(catalog, { kind: 'reset', principal }, makeRequest('GET /things/'), now)
    expect(decision).toMatchObject({ allowed: false, denial: { reason: 'reset' }, principal })
  })

  it('checks in order: credentials before the catalog, so that probing tells nothing', () => {
    expect(run({ kind: 'none' }, 'GET /nowhere')).toMatchObject({ denial: { reason: 'no_credentials' } })
    expect(run({ kind: 'unknown' }, 'GET /nowhere')).toMatchObject({ denial: { reason: 'unknown_key' } })
  })

  it('checks in order: the permission before the body', () => {
    expect(run(present(one), 'PUT /things/5', '[')).toMatchObject({ denial: { reason: 'permission' } })
  })

  it('says whose secret it was only when that is known', () => {
    expect(run({ kind: 'unknown' }, 'GET /things/').principal).toBeNull()
    expect(run(present(reader), 'DELETE /things/5').principal?.account.id).toBe(accountId)
    expect(run(present(reader), 'GET /ping').principal).toBeNull()
  })

  it('says which endpoint was meant', () => {
    expect(run(present(reader), 'DELETE /things/5').match?.endpoint.id).toBe('api.thing.destroy')
    expect(run(present(full), 'GET /nowhere').match).toBeNull()
  })

  it('denies an unknown client address under an address list, and ignores it without one', () => {
    const request = makeRequest('GET /things/', null, { client: null })
    expect(decide(catalog, present(full, elsewhere), request, now)).toMatchObject({ denial: { reason: 'address' } })
    expect(decide(catalog, present(full), request, now).allowed).toBe(true)
  })

  it('allows an address in any block of the list', () => {
    const addresses = [parseBlock('198.51.100.0/24')!, parseBlock('2001:db8::/32')!]
    const from = (text: string) =>
      decide(
        catalog,
        present(full, { addresses }),
        makeRequest('GET /things/', null, { client: parseAddress(text) }),
        now,
      ).allowed
    expect(['198.51.100.7', '2001:db8:1::1', '::ffff:198.51.100.9', '198.51.101.1', '2001:db9::'].map(from)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})

describe('needsBody', () => {
  const needs = (presented: Presented, line: string) => {
    const { method, target } = makeRequest(line)
    return needsBody(catalog.match(method, target.segments), presented)
  }

  it('is true only where the grant constrains the endpoint', () => {
    expect(needs(present(one), 'GET /things/5')).toBe(true)
    expect(needs(present(one), 'HEAD /things/5')).toBe(true)
    expect(needs(present(one), 'PUT /things/5')).toBe(false)
    expect(needs(present(one), 'GET /nowhere')).toBe(false)
    expect(needs(present(reader), 'GET /things/5')).toBe(false)
  })

  it('is false for whoever is not a known key', () => {
    expect(needs({ kind: 'none' }, 'GET /things/5')).toBe(false)
    expect(needs({ kind: 'unknown' }, 'GET /things/5')).toBe(false)
    expect(needs({ kind: 'reset', principal: makePrincipal(one) }, 'GET /things/5')).toBe(false)
  })
})

describe('denial texts', () => {
  it('are printable, end like sentences, and hold the fixed strings of the wire', () => {
    const reasons = ['reset', 'unknown_key', 'deleted', 'disabled', 'expired', 'not_yet'] as const
    for (const reason of reasons) expect(describeDenial({ reason })).toEqual(invalidKey)
  })
})
