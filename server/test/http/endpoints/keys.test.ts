import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMs } from '../../actions/world.js'
import { type Front, openFront } from '../front.js'

const keysPath = '/api/v0/auth/apikeys/'
const nowSeconds = startMs / 1000
const scoped = { api: { user_read: {} } }
const nothing = { api: {} }

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const call = (method: string, path: string, body?: unknown, secret = front.secret) =>
  front.call(method, path, { secret, ...(body !== undefined && { body }) })
const create = (body: unknown, secret?: string) => call('POST', keysPath, body, secret)
const list = async () => (await call('GET', keysPath)).body.apikeys
const currentUser = (secret: string) => front.call('GET', '/api/v0/users/current/', { secret })

describe('create', () => {
  it('answers with the secret, twice, and the key as it stands', async () => {
    const { status, body } = await create({ name: 'CI pipeline', permissions: { api: { user_read: {} } } })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      id: expect.any(Number),
      key: expect.stringMatching(/^kp_\w{49}$/),
      api_key: body.key,
      name: 'CI pipeline',
      permissions: { api: { user_read: {} } },
      rights: 'scoped',
      created_at: nowSeconds,
      hint: `kp_…${body.key.slice(-4)}`,
      expires_at: null,
      expired: false,
      disabled: false,
      ip_whitelist: null,
      primary: false,
    })
    expect(body).not.toHaveProperty('key_params')
    expect((await currentUser(body.key)).status).toBe(200)
  })

  it('takes what the official clients send', async () => {
    for (const body of [
      { name: null, permissions: { api: { user_read: {} } } },
      { name: 'n', permissions: nothing, key_params: null },
      { name: 'n', permissions: nothing, key_params: '' },
      { name: 'n' },
      { name: 'n', permissions: {} },
    ]) {
      expect((await create(body)).status, JSON.stringify(body)).toBe(200)
    }
  })

  it.each([[undefined], [null], [{}]])('gives all that the creator has for permissions %j', async (permissions) => {
    const { body } = await create({ name: 'all', permissions })
    expect(body.rights).toBe('full')
    expect(Object.keys(body.permissions.api)).toEqual(
      expect.arrayContaining(['user_read', 'user_write', 'billing_read']),
    )
    expect(body.permissions.api).not.toHaveProperty('verify')
  })

  it.each([[{ id: 5 }], ['{"id": 5}'], [{ ip_whitelist: ['127.0.0.0/8'], id: 5 }]])(
    'gives key_params %j back as they came',
    async (key_params) => {
      const constraints = { id: { eq: '{id}' } }
      const permissions = { api: { instance_read: { 'api.instance.show': { constraints } } } }
      const { status, body } = await create({ name: 'x', permissions, key_params })
      expect(status).toBe(200)
      expect(body.key_params).toEqual(key_params)
      expect(body.permissions.api.instance_read['api.instance.show'].constraints.id.eq).toBe(5)
      expect((await call('GET', `${keysPath}${body.id}/`)).body.key_params).toEqual(key_params)
    },
  )

  it('ignores members that name somebody, and takes them for nothing', async () => {
    const { status, body } = await create({
      permissions: nothing,
      api_key: 'x',
      client_id: 'me',
      user_id: 1,
      owner: 'me',
    })
    expect(status).toBe(200)
    expect(body.user_id).toBe(front.world.owner.principal.account.id)
    expect(body.key).not.toBe('x')
  })

  it('sets every bound that can be set', async () => {
    const { body } = await create({
      permissions: nothing,
      disabled: true,
      expires_at: nowSeconds + 100,
      not_before: nowSeconds + 50,
      ip_whitelist: ['127.0.0.1', '::ffff:10.0.0.0/104'],
    })
    expect(body).toMatchObject({
      disabled: true,
      disabled_at: nowSeconds,
      expires_at: nowSeconds + 100,
      not_before: nowSeconds + 50,
      ip_whitelist: ['127.0.0.1', '10.0.0.0/8'],
    })
  })

  it('counts expires_in from now', async () => {
    const { body } = await create({ permissions: scoped, expires_in: 60.5 })
    expect(body.expires_at).toBe(nowSeconds + 60)
    front.world.nowMs = startMs + 60_499
    expect((await currentUser(body.key)).status).toBe(200)
    front.world.nowMs = startMs + 60_500
    const { status, body: refused } = await currentUser(body.key)
    expect([status, refused.reason]).toEqual([401, 'expired'])
    expect((await list()).find(({ id }: { id: number }) => id === body.id)).toMatchObject({ expired: true })
    front.world.nowMs = startMs
  })

  it('takes null for every bound as its absence', async () => {
    const { status, body } = await create({
      name: null,
      permissions: nothing,
      key_params: null,
      expires_at: null,
      expires_in: null,
      not_before: null,
      ip_whitelist: null,
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ name: null, expires_at: null, not_before: null, ip_whitelist: null })
  })

  const refused: [Record<string, unknown>, string, string | RegExp][] = [
    [{ name: 5 }, 'bad_request', 'name must be a text of at most 255 characters, or null.'],
    [{ name: ['x'] }, 'bad_request', 'name must be a text of at most 255 characters, or null.'],
    [{ name: 'x'.repeat(256) }, 'bad_request', 'name must be a text of at most 255 characters, or null.'],
    [{ name: 'a\nb' }, 'bad_request', /^name has control characters/],
    [{ disabled: 'yes' }, 'bad_request', 'disabled must be true or false.'],
    [{ disabled: null }, 'bad_request', 'disabled must be true or false.'],
    [{ expires_at: '2030-01-01' }, 'bad_request', /^expires_at must be a time in seconds since 1970/],
    [{ expires_at: -1 }, 'bad_request', /^expires_at must be a time in seconds since 1970/],
    [{ expires_at: 1e15 }, 'bad_request', /^expires_at must be a time in seconds since 1970/],
    [{ expires_at: nowSeconds - 1 }, 'bad_request', /^expires_at is in the past/],
    [{ expires_in: 0 }, 'bad_request', /^expires_in must be a number of seconds greater than 0/],
    [{ expires_in: '60' }, 'bad_request', /^expires_in must be a number of seconds greater than 0/],
    [{ expires_in: 1e12 }, 'bad_request', /^expires_in must be a number of seconds greater than 0/],
    [{ expires_in: 60, expires_at: nowSeconds + 60 }, 'bad_request', /^expires_at and expires_in are both given/],
    [{ not_before: true }, 'bad_request', /^not_before must be a time in seconds since 1970/],
    [{ not_before: nowSeconds + 9, expires_in: 5 }, 'bad_request', /^not_before must be earlier than expires_at/],
    [{ ip_whitelist: [] }, 'bad_request', /^ip_whitelist must be a list of 1 to 1000 IPv4 or IPv6 addresses/],
    [{ ip_whitelist: '127.0.0.1' }, 'bad_request', /^ip_whitelist must be a list of 1 to 1000/],
    [{ ip_whitelist: [1] }, 'bad_request', /^ip_whitelist must be a list of 1 to 1000/],
    [{ ip_whitelist: new Array(1001).fill('127.0.0.1') }, 'bad_request', /^ip_whitelist must be a list of 1 to 1000/],
    [{ ip_whitelist: ['127.0.0.1/8'] }, 'bad_request', /^ip_whitelist: "127\.0\.0\.1\/8" has bits set/],
    [{ ip_whitelist: ['localhost'] }, 'bad_request', /^ip_whitelist: "localhost" is not an IPv4 or IPv6 address/],
    [
      { expire_at: 5 },
      'bad_request',
      /^"expire_at" is not a member of this request; its members are name, permissions, disabled, expires_at, not_before, ip_whitelist, key_params, expires_in\.$/,
    ],
    [JSON.parse('{"__proto__": {}}'), 'bad_request', /^"__proto__" is not a member of this request/],
    [{ ['x'.repeat(500)]: 1 }, 'bad_request', /^"x{64}…" is not a member/],
    [{ permissions: 'perms.json' }, 'invalid_permissions', /JSON object.*not a file name/],
    [{ permissions: [] }, 'invalid_permissions', /^permissions must be a JSON object/],
    [{ permissions: 1 }, 'invalid_permissions', /^permissions must be a JSON object/],
    [{ permissions: { read: true } }, 'invalid_permissions', /"read".*"api"/],
    [{ permissions: { api: { instance_reed: {} } } }, 'invalid_permissions', /"instance_reed".*instance_read/],
    [
      { permissions: { api: { instance_read: { 'api.instance.shaw': {} } } } },
      'invalid_permissions',
      /api\.instance\.show/,
    ],
    [{ permissions: nothing, key_params: { a: 1 } }, 'invalid_permissions', /key_params\.a is not used/],
    [{ key_params: 5 }, 'invalid_key_params', /^key_params must be an object/],
    [{ key_params: '{a' }, 'invalid_key_params', /^key_params cannot be read/],
    [
      { key_params: { ip_whitelist: [] }, permissions: nothing },
      'invalid_key_params',
      /^key_params\.ip_whitelist is empty/,
    ],
  ]
  it.each(refused)('refuses %j', async (members, error, msg) => {
    const before = (await list()).length
    const answer = await create({ ...members })
    expect([answer.status, answer.body.error]).toEqual([400, error])
    expect(answer.body.msg).toMatch(msg)
    expect((await list()).length).toBe(before)
  })

  it('refuses what the creator does not have, and stores nothing', async () => {
    const secret = await front.issue({ api: { user_write: {}, user_read: {} } })
    const before = (await list()).length
    const { status, body, headers } = await create({ permissions: { api: { billing_read: {} } } }, secret)
    expect([status, body.error]).toEqual([403, 'not_authorized'])
    expect(body.msg).toContain('billing_read')
    expect(headers.get('www-authenticate')).toContain('insufficient_scope')
    expect((await list()).length).toBe(before)
  })
})

describe('list and show', () => {
  it('shows keys of the own account alone, and no secret', async () => {
    const { key } = (await create({ name: 'listed', permissions: nothing })).body
    const { body } = await call('GET', keysPath)
    expect(Object.keys(body)).toEqual(['apikeys', 'total'])
    expect(JSON.stringify(body)).not.toContain(key)
    for (const each of body.apikeys)
      expect(each).toMatchObject({
        key: null,
        user_id: front.world.owner.principal.account.id,
        key_type: 'api',
        team_id: null,
        team_name: null,
        team_owner: null,
      })
  })

  it('shows one key bare, with its id under both names', async () => {
    const { id } = (await create({ name: 'one', permissions: scoped })).body
    const { body } = await call('GET', `${keysPath}${id}/`)
    expect(body).toMatchObject({
      success: true,
      id,
      apikey_id: id,
      name: 'one',
      key: null,
      permissions: scoped,
      rights: 'scoped',
      created_by_key_id: expect.any(Number),
    })
    expect(body).toEqual({
      ...(await list()).find((key: { id: number }) => key.id === id),
      success: true,
      apikey_id: id,
    })
  })

  it('marks the first key of the account', async () => {
    expect((await list()).filter(({ primary }: { primary: boolean }) => primary)).toHaveLength(1)
  })
})

describe('update', () => {
  const make = async () =>
    (await create({ name: 'old', permissions: { api: { user_read: {}, billing_read: {} } } })).body

  it('changes what is given and keeps the rest', async () => {
    const { id, key } = await make()
    const { status, body } = await call('PUT', `${keysPath}${id}/`, { name: 'new' })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      id,
      key: null,
      name: 'new',
      permissions: { api: { user_read: {}, billing_read: {} } },
    })
    expect((await currentUser(key)).status).toBe(200)
  })

  it('is in force on the next request', async () => {
    const { id, key } = await make()
    await call('PUT', `${keysPath}${id}/`, { disabled: true })
    expect((await currentUser(key)).body).toMatchObject({ error: 'auth_error', reason: 'disabled' })
    await call('PUT', `${keysPath}${id}/`, { disabled: false })
    expect((await currentUser(key)).status).toBe(200)
    await call('PUT', `${keysPath}${id}/`, { permissions: { api: { billing_read: {} } } })
    expect((await currentUser(key)).status).toBe(403)
  })

  it('sets bounds and takes them away', async () => {
    const { id } = await make()
    const bounds = { expires_at: nowSeconds + 10, not_before: nowSeconds + 5, ip_whitelist: ['10.0.0.0/8'] }
    expect((await call('PUT', `${keysPath}${id}/`, bounds)).body).toMatchObject(bounds)
    const none = { name: null, expires_at: null, not_before: null, ip_whitelist: null }
    expect((await call('PUT', `${keysPath}${id}/`, none)).body).toMatchObject(none)
  })

  const refused: [unknown, string, string | RegExp][] = [
    [
      {},
      'bad_request',
      'Nothing to change: give at least one of name, permissions, disabled, expires_at, not_before, ip_whitelist.',
    ],
    [{ owner: 'me' }, 'bad_request', /^Nothing to change/],
    [
      { key_params: {} },
      'bad_request',
      /^"key_params" is not a member of this request; its members are name, permissions, disabled, expires_at, not_before, ip_whitelist\.$/,
    ],
    [{ name: false }, 'bad_request', /^name must be a text/],
    [{ expires_at: nowSeconds }, 'bad_request', /^expires_at is in the past/],
    [{ permissions: null }, 'invalid_permissions', /^permissions cannot be null/],
    [{ permissions: 'x' }, 'invalid_permissions', /JSON object/],
    [{ ip_whitelist: ['x'] }, 'bad_request', /^ip_whitelist: "x"/],
  ]
  it.each(refused)('refuses %j and changes nothing', async (body, error, msg) => {
    const { id } = await make()
    const before = await call('GET', `${keysPath}${id}/`)
    const answer = await call('PUT', `${keysPath}${id}/`, body)
    expect([answer.status, answer.body.error]).toEqual([400, error])
    expect(answer.body.msg).toMatch(msg)
    expect((await call('GET', `${keysPath}${id}/`)).body).toEqual(before.body)
  })
})

describe('delete', () => {
  it('answers with a text, and the key is refused from then on', async () => {
    const { id, key } = (await create({ permissions: scoped })).body
    const { status, body } = await call('DELETE', `${keysPath}${id}/`, {})
    expect([status, body]).toEqual([200, 'Successfully Deleted API Key'])
    const refused = await currentUser(key)
    expect([refused.status, refused.body.msg, refused.body.reason]).toEqual([401, 'Invalid user key', 'deleted'])
    expect((await call('GET', `${keysPath}${id}/`)).status).toBe(404)
    expect((await list()).some((each: { id: number }) => each.id === id)).toBe(false)
  })

  it('may be repeated', async () => {
    const { id } = (await create({ permissions: nothing })).body
    const answers = [await call('DELETE', `${keysPath}${id}/`), await call('DELETE', `${keysPath}${id}/`)]
    expect(answers.map(({ status, body }) => [status, body])).toEqual(
      new Array(2).fill([200, 'Successfully Deleted API Key']),
    )
  })

  it('is refused for the first key of the account', async () => {
    const { status, body } = await call('DELETE', `${keysPath}${front.world.owner.principal.key.id}/`)
    expect([status, body.error]).toEqual([400, 'bad_request'])
    expect(body.msg).toContain('reset it instead')
  })
})

describe('reset', () => {
  it('gives the named key a new secret and keeps all the rest', async () => {
    const { id, key } = (await create({ name: 'kept', permissions: scoped })).body
    const { status, body } = await call('PUT', `${keysPath}${id}/reset/`, {})
    expect(status).toBe(200)
    expect(body).toEqual({ success: true, id, new_api_key: body.key, key: body.key, api_key: body.key })
    expect(body.key).not.toBe(key)
    const refused = await currentUser(key)
    expect([refused.status, refused.body.msg, refused.body.reason]).toEqual([401, 'Invalid user key', 'reset'])
    expect((await currentUser(body.key)).status).toBe(200)
    expect((await call('GET', `${keysPath}${id}/`)).body).toMatchObject({
      name: 'kept',
      permissions: scoped,
      reset_at: nowSeconds,
    })
  })

  it('resets the presenting key, whoever the body names', async () => {
    const secret = await front.issue({ api: { user_write: {}, user_read: {} } })
    const { id } = (await front.call('GET', '/keyporter/whoami', { secret })).body.key
    const { body } = await call('PUT', '/api/v0/commands/reset_apikey/', { client_id: 1, id: 1 }, secret)
    expect(body).toMatchObject({ success: true, id, new_api_key: expect.stringMatching(/^kp_/) })
    expect((await currentUser(secret)).status).toBe(401)
    expect((await currentUser(body.new_api_key)).status).toBe(200)
  })
})

describe('the query of the list', () => {
  const query = (text: string) => call('GET', `${keysPath}?${text}`)

  it('gives a page, and how many there are in all', async () => {
    await create({ name: 'Page one', permissions: nothing })
    await create({ name: 'page two', permissions: nothing })
    const { body } = await query('search=PAGE&sort=name&order=desc&limit=1&offset=0')
    expect([body.apikeys.map(({ name }: { name: string }) => name), body.total]).toEqual([['page two'], 2])
    const all = await call('GET', keysPath)
    expect(all.body.total).toBe(all.body.apikeys.length)
    expect((await query('search=')).body.apikeys).toHaveLength(Math.min(100, all.body.total))
    expect((await query('status=full')).body.apikeys.every(({ rights }: { rights: string }) => rights === 'full')).toBe(
      true,
    )
  })

  const refused: [string, string][] = [
    ['limit=0', 'limit must be a whole number from 1 to 1000.'],
    ['limit=1001', 'limit must be a whole number from 1 to 1000.'],
    ['limit=', 'limit must be a whole number from 1 to 1000.'],
    ['limit', 'limit must be a whole number from 1 to 1000.'],
    ['limit=1e2', 'limit must be a whole number from 1 to 1000.'],
    ['limit=010', 'limit must be a whole number from 1 to 1000.'],
    ['limit=1&limit=2', 'limit is given twice in the query.'],
    ['offset=-1', 'offset must be a whole number from 0 to 1000000000.'],
    ['unused_days=0', 'unused_days must be a whole number from 1 to 3650.'],
    ['status=dead', 'status must be one of active, expiring, expired, disabled, full, unused.'],
    ['sort=hash', 'sort must be one of id, name, created_at, last_used_at, expires_at.'],
    ['order=up', 'order must be one of asc, desc.'],
    [`search=${'x'.repeat(256)}`, 'search must be a text of at most 255 characters.'],
  ]
  it.each(refused)('refuses %s', async (text, msg) => {
    const { status, body } = await query(text)
    expect([status, body.error, body.msg]).toEqual([400, 'bad_request', msg])
  })

  it('ignores members that it does not know', async () => {
    expect((await query('owner=me&owner=you&page=3')).body).toEqual((await call('GET', keysPath)).body)
  })
})
