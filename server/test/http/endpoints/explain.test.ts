import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Front, openFront } from '../front.js'

const logs = (id: number) => ({ api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: id } } } } } })

let front: Front
let keyId: number
beforeAll(async () => {
  front = await openFront()
  const { key } = await front.world.issue(front.world.owner, logs(1227))
  keyId = key.id
})
afterAll(() => front.close())

const explain = (body: unknown) => front.call('POST', '/keyporter/explain', { secret: front.secret, body })

describe('explain', () => {
  it('tells the rule that allows a request', async () => {
    const { body } = await explain({
      key_id: keyId,
      request: { method: 'GET', path: '/api/v0/instances/1227/?owner=me' },
    })
    expect(body).toEqual({
      key_id: keyId,
      allowed: true,
      status: null,
      error: null,
      msg: null,
      reason: null,
      endpoint: 'api.instance.show',
      category: 'instance_read',
      place: 'api.instance_read."api.instance.show"',
      rule: expect.stringContaining('grants it'),
      smallest: logs(1227),
    })
  })

  it('tells what a request would be answered, and the smallest document that would allow it', async () => {
    const { body } = await explain({ key_id: keyId, request: { method: 'GET', path: '/api/v0/instances/1228' } })
    expect(body).toMatchObject({
      allowed: false,
      status: 403,
      error: 'not_authorized',
      reason: 'constraint',
      smallest: logs(1228),
    })
    expect(body.msg).toContain('"id"')
  })

  it('judges by the client address that it is given', async () => {
    const { key } = await front.world.issue(front.world.owner, logs(1), { addresses: ['192.0.2.0/24'] })
    const request = { method: 'GET', path: '/api/v0/instances/1/' }
    const ask = async (client_address?: string | null) =>
      (await explain({ key_id: key.id, request: { ...request, client_address } })).body
    expect(await ask('192.0.2.9')).toMatchObject({ allowed: true })
    expect(await ask('198.51.100.1')).toMatchObject({ allowed: false, reason: 'address' })
    expect(await ask(null)).toMatchObject({ allowed: false, reason: 'address' })
    expect(await ask()).toMatchObject({ allowed: false, reason: 'address' })
  })

  it('takes a target without canonical form for a decision too', async () => {
    const { status, body } = await explain({ key_id: keyId, request: { method: 'GET', path: '/a/../b' } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ allowed: false, status: 400, error: 'bad_request', endpoint: null, smallest: null })
  })

  it('executes nothing', async () => {
    const { id } = (
      await front.call('POST', '/api/v0/auth/apikeys/', { secret: front.secret, body: { permissions: {} } })
    ).body
    const { body } = await explain({
      key_id: id,
      request: { method: 'DELETE', path: `/api/v0/auth/apikeys/${id}/`, body: {} },
    })
    expect(body.allowed).toBe(true)
    expect((await front.call('GET', `/api/v0/auth/apikeys/${id}/`, { secret: front.secret })).status).toBe(200)
  })

  it.each([999_999, 1])('does not know the key %i, which is not of the account', async (key_id) => {
    const { status, body } = await explain({ key_id, request: { method: 'GET', path: '/' } })
    expect([status, body.error, body.msg]).toEqual([404, 'not_found', 'API Key not found.'])
  })

  const request = { method: 'GET', path: '/' }
  const refused: [unknown, string | RegExp][] = [
    [{}, 'key_id is missing: it must be the id of a key.'],
    [{ key_id: 1 }, 'request is missing: it must be an object with method and path.'],
    [{ key_id: '1', request }, 'key_id must be the id of a key.'],
    [{ key_id: 1.5, request }, 'key_id must be the id of a key.'],
    [{ key_id: 1, request: 'GET /' }, 'request must be an object with method and path.'],
    [{ key_id: 1, request: {} }, 'request.method is missing: it must be an HTTP method of at most 32 characters.'],
    [{ key_id: 1, request: { method: 'GET' } }, /^request\.path is missing: it must be a path, with its query/],
    [{ key_id: 1, request: { ...request, path: 5 } }, /^request\.path must be a path/],
    [
      { key_id: 1, request: { ...request, path: '/'.repeat(16_385) } },
      /^request\.path must be a path.* at most 16384 characters\.$/,
    ],
    [
      { key_id: 1, request: { ...request, query: '' } },
      '"query" is not a member of this request; its members are request.method, request.path, request.body, request.client_address.',
    ],
    [{ key_id: 1, request: { ...request, client_address: 'home' } }, /^client_address must be an IPv4 or IPv6 address/],
    [
      { key_id: 1, request: { ...request, client_address: 5 } },
      /^request\.client_address must be an IPv4 or IPv6 address/,
    ],
    [{ key_id: 1, request, secret: 'x' }, '"secret" is not a member of this request; its members are key_id, request.'],
  ]
  it.each(refused)('refuses %j', async (body, msg) => {
    const answer = await explain(body)
    expect([answer.status, answer.body.error]).toEqual([400, 'bad_request'])
    expect(answer.body.msg).toMatch(msg)
  })
})
