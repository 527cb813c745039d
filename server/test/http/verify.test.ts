import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueAdminKey } from '../../src/actions/accounts.js'
import { type Front, openFront } from './front.js'

let front: Front
let verifier: string
let scoped: { secret: string; id: number }

beforeAll(async () => {
  front = await openFront()
  verifier = (await issueAdminKey(front.world.context)).secret
  const constrained = {
    api: {
      instance_read: { 'api.instance.show': { constraints: { id: { eq: 5 } } } },
      user_write: { 'api.user.update': { constraints: { email: { eq: 'a@b.c' } } } },
    },
  }
  const { key, secret } = await front.world.issue(front.world.owner, constrained)
  scoped = { secret, id: key.id }
})
afterAll(() => front.close())

const ask = (body: unknown, secret = verifier) => front.call('POST', '/keyporter/verify', { secret, body })

describe('POST /keyporter/verify', () => {
  it('tells whose key it is and that it may', async () => {
    const { status, body, headers } = await ask({ key: scoped.secret, method: 'GET', path: '/api/v0/instances/5/' })
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(body).toEqual({
      allowed: true,
      status: 200,
      error: null,
      msg: null,
      reason: null,
      keyId: scoped.id,
      accountId: front.world.owner.principal.account.id,
      endpoint: 'api.instance.show',
    })
  })

  const refusals: [string, object, object][] = [
    [
      'a value outside a constraint',
      { path: '/api/v0/instances/6/' },
      { status: 403, error: 'not_authorized', reason: 'constraint' },
    ],
    [
      'a missing permission',
      { path: '/api/v0/invoices/' },
      { status: 403, reason: 'permission', endpoint: 'api.invoice.list' },
    ],
    ['a path outside the catalog', { path: '/elsewhere' }, { status: 403, error: 'not_in_catalog', endpoint: null }],
    ['an unknown key', { key: 'nobody' }, { status: 401, error: 'auth_error', msg: 'Invalid user key', keyId: null }],
    ['no key', { key: null }, { status: 401, msg: 'This action requires login.', reason: 'no_credentials' }],
    ['a target without canonical form', { path: '/api/../v0' }, { status: 400, error: 'bad_request', keyId: null }],
    ['a second value in the query', { query: 'id=6' }, { status: 403, reason: 'constraint' }],
    ['a second value in a path with a query', { path: '/api/v0/instances/5/?x=1', query: 'id=6' }, { status: 403 }],
    ['a body with another value', { body: { id: 6 } }, { status: 403, reason: 'constraint' }],
    ['a body text with another value', { body: '{"id":6}' }, { status: 403, reason: 'constraint' }],
    ['a body that repeats a member', { body: '{"id":5,"id":5}' }, { status: 400, reason: 'body' }],
    ['a body that is no JSON', { body: 'id=5' }, { status: 400, reason: 'body' }],
    [
      'a body that is not seen and may carry the parameter',
      { method: 'PUT', path: '/api/v0/users/' },
      { status: 403, reason: 'constraint' },
    ],
  ]
  it.each(refusals)('refuses %s with status 200', async (_, change, expected) => {
    const { status, body } = await ask({ key: scoped.secret, method: 'GET', path: '/api/v0/instances/5/', ...change })
    expect(status).toBe(200)
    expect(body).toMatchObject({ allowed: false, msg: expect.any(String), ...expected })
  })

  it('judges numbers of a body in their own spelling', async () => {
    const text = (number: string) =>
      `{"key":"${scoped.secret}","method":"GET","path":"/api/v0/instances/5/","body":{"id":${number}}}`
    expect((await ask(text('5'))).body.allowed).toBe(true)
    expect((await ask(text('5.0'))).body.allowed).toBe(false)
    expect((await ask(text('5e0'))).body.allowed).toBe(false)
  })

  it('allows a constrained body that satisfies, and takes null for no body', async () => {
    const update = { key: scoped.secret, method: 'PUT', path: '/api/v0/users/' }
    expect((await ask({ ...update, body: { email: 'a@b.c' } })).body.allowed).toBe(true)
    expect((await ask({ ...update, body: null })).body).toMatchObject({ allowed: false, reason: 'constraint' })
  })

  it('answers a list in its order', async () => {
    const one = { key: scoped.secret, method: 'GET', path: '/api/v0/instances/5/' }
    const { status, body } = await ask([one, { ...one, key: 'nobody' }, { ...one, method: 'DELETE' }])
    expect(status).toBe(200)
    expect(body.map((each: { status: number }) => each.status)).toEqual([200, 401, 403])
    expect((await ask([])).body).toEqual([])
    expect((await ask(Array(1_000).fill(one))).body).toHaveLength(1_000)
  })

  it('knows the client address only when it is told', async () => {
    const { secret } = await front.world.issue(front.world.owner, {}, { addresses: ['192.0.2.0/24'] })
    const asked = { key: secret, method: 'GET', path: '/api/v0/invoices/' }
    expect((await ask({ ...asked, clientAddress: '192.0.2.9' })).body.allowed).toBe(true)
    expect((await ask({ ...asked, clientAddress: '::ffff:192.0.2.9' })).body.allowed).toBe(true)
    expect((await ask({ ...asked, clientAddress: '192.0.3.9' })).body).toMatchObject({ status: 403, reason: 'address' })
    expect((await ask(asked)).body).toMatchObject({ status: 403, reason: 'address' })
  })

  it('says which reason a known key is refused for', async () => {
    const { secret, key } = await front.world.issue(front.world.owner, {})
    expect((await front.call('DELETE', `/api/v0/auth/apikeys/${key.id}/`, { secret: front.secret })).status).toBe(200)
    const { body } = await ask({ key: secret, method: 'GET', path: '/api/v0/invoices/' })
    expect(body).toMatchObject({ allowed: false, status: 401, reason: 'deleted', keyId: key.id })
  })

  it('answers public endpoints without a key', async () => {
    const { body } = await ask({ method: 'GET', path: '/api/v0/gpu_types/' })
    expect(body).toMatchObject({ allowed: true, keyId: null, endpoint: 'api.public.gpu_types' })
  })

  const good = { key: 'k', method: 'GET', path: '/' }
  const malformed: [unknown, RegExp][] = [
    [7, /The body must be a JSON object or a list/],
    ['null', /The body must be a JSON object or a list/],
    [{}, /^method is missing: it must be a text\.$/],
    [{ method: 'GET' }, /^path is missing: it must be a text\.$/],
    [{ ...good, method: 'G T' }, /^method must be an HTTP method\.$/],
    [{ ...good, path: 5 }, /^path must be a text\.$/],
    [{ ...good, key: 5 }, /^key must be a text, or null\.$/],
    [{ ...good, query: ['a'] }, /^query must be a text, or null\.$/],
    [{ ...good, query: '?a=1' }, /^query must be given without its leading \?\.$/],
    [{ ...good, clientAddress: 'localhost' }, /^clientAddress must be an IPv4 or IPv6 address, or null\.$/],
    [
      { ...good, client_address: '::1' },
      /"client_address" is not a member of a question; its members are key, method,/,
    ],
    [[good, { ...good, path: null }], /^\[1\]\.path must be a text\.$/],
    [[good, []], /^\[1\] must be an object\.$/],
    [Array(1_001).fill(good), /The list has 1001 questions; at most 1000/],
    ['{"key":"a","key":"b","method":"GET","path":"/"}', /a member is repeated/],
  ]
  it.each(malformed)('refuses the question %j', async (question, msg) => {
    const { status, body } = await ask(question)
    expect([status, body.error]).toEqual([400, 'bad_request'])
    expect(body.msg).toMatch(msg)
  })

  it('needs the permission by name: a full key of another account has it not', async () => {
    expect((await ask(good, front.secret)).body).toMatchObject({ error: 'not_authorized', reason: 'permission' })
  })
})
