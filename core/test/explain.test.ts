import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../src/catalog.js'
import { decide, denyBadRequest } from '../src/decide.js'
import { type Explanation, explainDecision } from '../src/explain.js'
import { parsePermissions } from '../src/permission-document.js'
import type { AccessRequest } from '../src/request.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import { type Choices, choices, type Entry, entries, makeChosen, ownEntries } from './arbitrary.js'
import { accountId, ask, catalog, makeRequest, now, permit, present, unseen } from './world.js'

function explain(api: object, line: string, body: unknown = null): Explanation {
  const permissions = permit({ api })
  const request = makeRequest(line, body)
  return explainDecision(catalog, ask(permissions, request), permissions, request)
}

describe('an explanation', () => {
  const only5 = { thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } } } }

  const places: [string, object, string, string | null, string][] = [
    ['names a whole category', { thing_read: {} }, 'GET /things/5', 'api.thing_read', 'api.thing_read grants it'],
    ['names *', { '*': {} }, 'GET /things/5', 'api."*"', 'api."*" grants it'],
    [
      'names an endpoint',
      { thing_read: { 'api.thing.show': {}, '*': {} } },
      'GET /things/5',
      'api.thing_read."api.thing.show"',
      'api.thing_read."api.thing.show" grants it',
    ],
    [
      'names * in a category',
      { thing_read: { '*': {} } },
      'HEAD /things/5',
      'api.thing_read."*"',
      'api.thing_read."*" grants it',
    ],
    [
      'names the constrained endpoint that denies',
      only5,
      'GET /things/6',
      'api.thing_read."api.thing.show"',
      'a constraint on the endpoint is not met',
    ],
    [
      'finds no place for a category that is not there',
      only5,
      'DELETE /things/5',
      null,
      "nothing in the key's permissions grants this endpoint",
    ],
    [
      'finds no place for an endpoint that is not there',
      only5,
      'GET /things',
      null,
      "nothing in the key's permissions grants this endpoint",
    ],
    [
      'does not take * for a reserved category',
      { '*': {} },
      'POST /own/verify',
      null,
      "nothing in the key's permissions grants this endpoint",
    ],
    ['tells what is public', {}, 'GET /ping', null, 'the endpoint is public: no key is needed'],
    ['tells what any key may do', {}, 'GET /own/whoami', null, 'any valid key may use this endpoint'],
    [
      'tells what is beyond the catalog',
      {},
      'GET /beyond',
      null,
      'outside the catalog only a full-access key is allowed',
    ],
    [
      'tells what a full key may do there',
      { '*': {} },
      'GET /beyond',
      null,
      'outside the catalog a full-access key is allowed',
    ],
  ]

  it.each(places)('%s', (_, api, line, place, rule) => {
    expect(explain(api, line)).toMatchObject({ place, rule })
  })

  it('finds no place where the state of the key or the address decides', () => {
    const permissions = permit({ api: { thing_read: {} } })
    const request = makeRequest('GET /things/5')
    for (const change of [{ disabledAt: new Date(now) }, { expiresAt: new Date(now) }, { addresses: [] }]) {
      const decision = decide(catalog, present(permissions, change), request, now)
      expect(decision.allowed).toBe(false)
      expect(explainDecision(catalog, decision, permissions, request).place).toBe(null)
    }
  })

  it('names endpoint and category where there are any', () => {
    expect(explain({}, 'GET /things/5')).toMatchObject({ endpointId: 'api.thing.show', category: 'thing_read' })
    expect(explain({}, 'GET /ping')).toMatchObject({ endpointId: 'api.ping', category: null })
    expect(explain({}, 'GET /beyond')).toMatchObject({ endpointId: null, category: null, smallest: null })
  })

  it('tells every other reason in words', () => {
    const permissions = permit({ api: {} })
    const request = makeRequest('GET /things')
    const tell = (decision: Parameters<typeof explainDecision>[1]) =>
      explainDecision(catalog, decision, permissions, request).rule
    expect(tell(decide(catalog, { kind: 'none' }, request, now))).toBe('a key is needed')
    expect(tell(decide(catalog, { kind: 'unknown' }, request, now))).toBe('no such key')
    expect(tell(denyBadRequest('x'))).toBe('the request has no canonical form')
    expect(
      explain({ thing_write: { 'api.thing.update': { constraints: { name: { eq: 'a' } } } } }, 'PUT /things/5', '[')
        .rule,
    ).toBe('a constraint needs a body that is a JSON object')
  })
})

describe('the smallest document', () => {
  const smallest = (line: string, body: unknown = null) => explain({}, line, body).smallest?.api

  it('is the endpoint with the path values of the request', () => {
    expect(smallest('GET /things/5')).toEqual({ thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } } } })
    expect(smallest('GET /roles/{x}')).toEqual({
      role_read: { 'api.role.show': { constraints: { name: { eq: '{{x}}' } } } },
    })
    expect(smallest('GET /things')).toEqual({ thing_read: { 'api.thing.list': {} } })
    expect(smallest('GET /ping')).toEqual({})
  })

  it("has the caller's own id for me", () => {
    expect(smallest('GET /users/me/invoices')).toEqual({
      billing_read: { 'api.user.invoices': { constraints: { user_id: { eq: accountId } } } },
    })
  })

  it('is the endpoint alone where the request would not meet its own path values', () => {
    const alone = { thing_read: { 'api.thing.show': {} } }
    expect(smallest('GET /things/5?id=6')).toEqual(alone)
    expect(smallest('GET /things/5?ID=5')).toEqual(alone)
    expect(smallest('GET /things/5', 'no JSON')).toEqual(alone)
    expect(smallest('POST /things/5/snapshot', unseen)).toEqual({ thing_write: { 'api.thing.snapshot': {} } })
    expect(smallest(`GET /roles/${'x'.repeat(2_000)}`)).toEqual({ role_read: { 'api.role.show': {} } })
  })

  const shipped = loadCatalog([
    { own: true, entries: ownEntries },
    { own: false, entries },
  ])
  const nothing = readStoredPermissions({ api: {} })

  it('is valid and allows the request, whatever it is', () => {
    let constrained = 0
    fc.assert(
      fc.property(choices, (chosen: Choices) => {
        const request: AccessRequest = makeChosen(entries as readonly Entry[], chosen)
        const { smallest: document } = explainDecision(shipped, ask(nothing, request, shipped), nothing, request)
        if (!document) {
          expect(shipped.match(request.method, request.target.segments)).toBeNull()
          return
        }
        const parsed = parsePermissions(document, shipped)
        if (!parsed.ok) throw new Error(parsed.problem)
        expect(ask(parsed.permissions, request, shipped).allowed).toBe(true)
        if (JSON.stringify(document).includes('constraints')) constrained++
      }),
      { numRuns: 2_000 },
    )
    expect(constrained).toBeGreaterThan(100)
  })
})
