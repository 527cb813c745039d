import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Allow, builtinCatalog, loadCatalog, reservedCategories } from '@keyporter/core'
import fc from 'fast-check'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openPasswords } from '../../src/actions/passwords.js'
import { openSignIn } from '../../src/actions/sign-in.js'
import { createSshKey, listSshKeys } from '../../src/actions/ssh-keys.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import { describeCookie } from '../../src/cookies.js'
import type { Services } from '../../src/http/endpoints/endpoint.js'
import { endpoints } from '../../src/http/endpoints/index.js'
import { openManagement } from '../../src/http/management.js'
import { catalog, createWorld, toRequest } from '../actions/world.js'
import { type Front, openFront, operations } from './front.js'

const own = loadCatalog([builtinCatalog])
const keysPath = '/api/v0/auth/apikeys/'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const fill = (path: string, id: number) => path.replace('{id}', String(id))

describe('the table of endpoints', () => {
  it('serves exactly what the built-in catalog lists', () => {
    const list = (entries: readonly { id: string; method: string; path: string }[]) =>
      entries.map(({ id, method, path }) => `${id} ${method} ${path}`).sort()
    expect(list(endpoints)).toEqual(list(own.endpoints))
  })

  it('has no path parameter but integers', () => {
    for (const { parameters } of own.endpoints) {
      for (const { type, places } of parameters.values()) if (places.includes('path')) expect(type).toBe('integer')
    }
  })

  it('has documents only where no key is needed, and actions and services only where one is', () => {
    const answersAll = { document: true, action: false, service: false }
    for (const { id, kind } of endpoints)
      if (kind !== 'operation' && kind !== 'visit')
        expect([id, answersAll[kind]]).toEqual([id, own.byId.get(id)!.access === 'public'])
  })
})

describe('every endpoint', () => {
  const rows = endpoints
    .filter(({ redirects }) => !redirects)
    .map(({ id, kind, method, path }) => ({ ...own.byId.get(id)!, id, kind, method, path }))
  const scoped = rows.filter(({ access }) => access === 'scoped')
  /** Asked without anything but a key that an ordinary account can have. */
  const isPlain = ({ method, path, category }: (typeof rows)[number]) =>
    method === 'GET' && !path.includes('{') && !reservedCategories.includes(category)
  const withId = rows.filter(({ path }) => path.includes('{id}'))
  const visits = rows.filter(({ kind, method }) => kind === 'visit' && method !== 'GET')

  it.each(rows.filter(({ access }) => access !== 'public'))(
    '$id refuses to serve without a key',
    async ({ method, path }) => {
      const { status, headers, body } = await front.call(method, fill(path, 1))
      expect([status, body.error, body.msg]).toEqual([401, 'auth_error', 'This action requires login.'])
      expect(headers.get('www-authenticate')).toBe('Bearer realm="keyporter"')
    },
  )

  it.each(scoped)('$id refuses a key without its permission, and names it', async ({ id, method, path, category }) => {
    const secret = await front.issue({ api: {} })
    const { status, headers, body } = await front.call(method, fill(path, 1), { secret })
    expect([status, body.error, body.reason]).toEqual([403, 'not_authorized', 'permission'])
    expect(body.msg).toContain(category)
    expect(body.msg).toContain(id)
    expect(headers.get('www-authenticate')).toContain(`scope="${category}"`)
  })

  it.each(withId.filter(({ path }) => path.includes('ssh')))(
    '$id does not find the SSH key of another account',
    async ({ method, path }) => {
      const { context, operator } = front.world
      const { id } = await createSshKey(context, operator, `ssh-rsa ${method}A`)
      const body = { ssh_key: 'ssh-rsa AAAA' }
      const answer = await front.call(method, fill(path, id), { secret: front.secret, body })
      expect([answer.status, answer.body.error, answer.body.msg]).toEqual([400, 'no_ssh_key', 'SSH key not found.'])
      expect(await listSshKeys(context, operator)).toContainEqual(expect.objectContaining({ id }))
    },
  )

  it.each(withId.filter(({ path }) => path.includes('apikeys')))(
    '$id does not find the key of another account',
    async ({ method, path }) => {
      const foreign = front.world.operator.principal.key.id
      const call = (id: number) =>
        front.call(method, fill(path, id), { secret: front.secret, ...(method !== 'GET' && { body: { name: 'x' } }) })
      const { status, body } = await call(foreign)
      expect([status, body.error, body.msg]).toEqual([404, 'not_found', 'API Key not found.'])
      const { request_id: _one, ...known } = body
      const { request_id: _other, ...unknown } = (await call(999_999)).body
      expect(known).toEqual(unknown)
      expect(
        (
          await front.world.context.store.read((db) =>
            db.selectFrom('api_keys').selectAll().where('id', '=', foreign).executeTakeFirstOrThrow(),
          )
        ).deleted_at,
      ).toBeNull()
    },
  )

  it.each(visits)('$id refuses what no page of the console has sent', async ({ method, path }) => {
    const { cookie } = await front.signIn()
    const forgeries: Record<string, string>[] = [
      { 'X-Keyporter-Console': '' },
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Sec-Fetch-Site': 'cross-site' },
    ]
    for (const headers of forgeries) {
      const { status, headers: answered, body } = await front.visit(method, path, { cookie, headers, body: {} })
      expect([status, body.error, answered.get('set-cookie')]).toEqual([403, 'forbidden_origin', null])
      expect(body.msg).toBe('This request did not come from a page of the console, so its session is not looked at.')
    }
    const bare = { 'X-Keyporter-Console': '1', Cookie: `keyporter_session=${cookie}` }
    const { status, body } = await front.call(method, path, { headers: bare, body: {} })
    expect([status, body.error]).toEqual([403, 'forbidden_origin'])
  })

  it.each(rows.filter(({ access, method }) => access === 'public' && method === 'GET'))(
    '$id answers without a key, and with a bad one',
    async ({ method, path }) => {
      expect((await front.call(method, path)).status).toBe(200)
      expect((await front.call(method, path, { secret: 'nobody' })).status).toBe(200)
    },
  )

  it.each(rows.filter(isPlain))(
    '$id answers alike with and without a trailing slash, with unknown query members, and with a body',
    async ({ path }) => {
      const bare = path.replace(/\/$/, '')
      const [one, other, query] = await Promise.all(
        [bare, `${bare}/`, `/${bare}?owner=me&role=null`].map((each) =>
          front.call('GET', each, { secret: front.secret }),
        ),
      )
      expect(one!.status).toBe(200)
      expect(other!.body).toEqual(one!.body)
      expect(query!.body).toEqual(one!.body)
    },
  )

  it.each(rows.filter(isPlain))('$id answers HEAD as GET, without a body', async ({ path }) => {
    const head = await front.call('HEAD', path, { secret: front.secret })
    const get = await front.call('GET', path, { secret: front.secret })
    expect(head.status).toBe(200)
    expect(head.body).toBeNull()
    expect(head.headers.get('content-length')).toBe(get.headers.get('content-length'))
  })

  it.each(['007', '1e3', '+1', '0x1', '1.0', '%201', '-0', '99999999999999999999'])(
    'takes no id spelt %s',
    async (id) => {
      const { status } = await front.call('GET', `${keysPath}${id}/`, { secret: front.secret })
      expect(status).toBe(404)
    },
  )

  it('takes no negative id for a key', async () => {
    const { status, body } = await front.call('GET', `${keysPath}-1/`, { secret: front.secret })
    expect([status, body.msg]).toEqual([404, 'API Key not found.'])
  })
})

describe('what is cached', () => {
  it.each(['/keyporter/catalog', '/keyporter/openapi.json'])('sends %s once to who keeps it', async (path) => {
    const first = await front.call('GET', path)
    const etag = first.headers.get('etag')!
    expect(first.headers.get('cache-control')).toBe('no-cache')
    expect((await front.call('GET', path, { headers: { 'If-None-Match': `"x", ${etag}` } })).status).toBe(304)
    expect((await front.call('GET', path, { headers: { 'If-None-Match': '"x"' } })).status).toBe(200)
  })

  const codings: [string, string | null][] = [
    ['br, gzip', 'gzip'],
    ['gzip;q=0.5', 'gzip'],
    ['gzip;q=0', null],
    ['identity', null],
  ]
  it.each(codings)('sends documents to who accepts "%s" as %s', async (accepted, coding) => {
    const plain = await front.call('GET', '/keyporter/catalog')
    const { headers, body } = await front.call('GET', '/keyporter/catalog', {
      headers: { 'Accept-Encoding': accepted },
    })
    expect(headers.get('content-encoding')).toBe(coding)
    expect(headers.get('vary')).toBe('Accept-Encoding')
    expect(headers.get('etag')).toBe(plain.headers.get('etag'))
    expect(body).toEqual(plain.body)
  })

  it.each(codings)(
    'sends a long list to who accepts "%s" as %s, and lets nobody store it',
    async (accepted, coding) => {
      const ask = (headers = {}) => front.call('GET', keysPath, { secret: front.secret, headers })
      await front.call('POST', keysPath, { secret: front.secret, body: JSON.stringify({ name: 'x'.repeat(255) }) })
      const plain = await ask({ 'Accept-Encoding': 'identity' })
      expect(plain.headers.get('content-encoding')).toBeNull()
      const { headers, body } = await ask({ 'Accept-Encoding': accepted })
      expect(headers.get('content-encoding')).toBe(coding)
      expect(headers.get('vary')).toContain('Accept-Encoding')
      expect(headers.get('cache-control')).toBe('no-store')
      expect(body).toEqual(plain.body)
    },
  )

  it('packs no answer that holds a secret, nor one in which nothing is listed', async () => {
    const packed = endpoints.filter((endpoint) => endpoint.kind === 'action' && endpoint.packed).map(({ id }) => id)
    expect(packed).toEqual(['api.apikey.list', 'api.keyporter.denials'])
    const { headers, body } = await front.call('POST', keysPath, {
      secret: front.secret,
      body: JSON.stringify({ name: 'x'.repeat(255) }),
      headers: { 'Accept-Encoding': 'gzip' },
    })
    expect([headers.get('content-encoding'), typeof body.key]).toEqual([null, 'string'])
  })

  it.each([keysPath, '/api/v0/users/current/', '/keyporter/whoami'])('lets nobody store %s', async (path) => {
    const { headers } = await front.call('GET', path, { secret: front.secret })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('etag')).toBeNull()
  })
})

describe('the body', () => {
  const create = (body: string, headers: Record<string, string> = {}) =>
    front.call('POST', keysPath, { secret: front.secret, body, headers })
  const countKeys = async () => (await front.call('GET', keysPath, { secret: front.secret })).body.apikeys.length

  const malformed: [string, string, RegExp][] = [
    ['text that is no JSON', '{"name": x}', /^The body is not valid JSON: expected a value at offset 9\.$/],
    ['JSON that is cut off', '{"name": "x"', /not valid JSON/],
    ['a repeated member', '{"name": "a", "name": "b"}', /a member is repeated/],
    ['a byte order mark', '\ufeff{}', /not valid JSON/],
    ['a lone surrogate', '{"name": "\\ud800"}', /not valid Unicode/],
    ['depth without end', '['.repeat(10_000), /nested deeper than 64/],
    ['a list', '[]', /^The body must be a JSON object\.$/],
    ['null', 'null', /^The body must be a JSON object\.$/],
    ['a text', '"api"', /^The body must be a JSON object\.$/],
  ]
  it.each(malformed)('is refused when it is %s', async (_name, text, msg) => {
    const before = await countKeys()
    const { status, body } = await create(text)
    expect([status, body.error]).toEqual([400, 'bad_request'])
    expect(body.msg).toMatch(msg)
    expect(await countKeys()).toBe(before)
  })

  it('is refused when it is not UTF-8', async () => {
    const response = await fetch(front.url + keysPath, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.secret}` },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    })
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({
      error: 'bad_request',
      msg: expect.stringContaining('not valid UTF-8'),
    })
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'garbage',
    'multipart/form-data; boundary=x',
  ])('is refused as %s', async (type) => {
    const { status, body } = await create('{}', { 'Content-Type': type })
    expect([status, body.error]).toEqual([415, 'unsupported_media_type'])
    expect(body.msg).toContain('application/json')
  })

  it('is refused when it is compressed', async () => {
    const { status, body } = await create('{}', { 'Content-Encoding': 'gzip' })
    expect([status, body.error]).toEqual([415, 'unsupported_media_type'])
  })

  it.each(['application/json', 'APPLICATION/JSON; charset=utf-8', 'application/merge-patch+json'])(
    'is taken as %s',
    async (type) => {
      expect((await create('{"permissions":{"api":{}}}', { 'Content-Type': type })).status).toBe(200)
    },
  )

  it('is taken without a content type', async () => {
    const response = await fetch(front.url + keysPath, {
      method: 'POST',
      headers: { Authorization: `Bearer ${front.secret}` },
      body: Buffer.from('{"permissions":{"api":{}}}'),
    })
    expect(response.status).toBe(200)
  })

  it('may be an empty object, or missing, where nothing is to be said', async () => {
    const secret = await front.issue({})
    for (const body of ['{}', '']) {
      const { id } = (await front.call('POST', keysPath, { secret, body: { permissions: { api: {} } } })).body
      expect((await front.call('DELETE', `${keysPath}${id}/`, { secret, body })).status).toBe(200)
    }
  })

  it('must be an object also where nothing is read from it', async () => {
    const { status } = await front.call('PUT', '/api/v0/commands/reset_apikey/', { secret: front.secret, body: '[]' })
    expect(status).toBe(400)
    expect((await front.call('GET', keysPath, { secret: front.secret })).status).toBe(200)
  })

  it('never makes anything but a clear answer', async () => {
    const name = fc.constantFrom(
      'name',
      'permissions',
      'key_params',
      'expires_at',
      'expires_in',
      'not_before',
      'ip_whitelist',
      'disabled',
      'owner',
      '__proto__',
      'constructor',
    )
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom(1e308, -1, { api: {} }, { api: { user_read: {} } }, [], ['10.0.0.0/8']),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(name, value), { maxLength: 4 }), async (members) => {
        const { status, body } = await create(JSON.stringify(Object.fromEntries(members)))
        expect([200, 400]).toContain(status)
        if (status === 400)
          expect(body.msg).toMatch(/name|permissions|key_params|expires|not_before|ip_whitelist|disabled|member/)
      }),
      { numRuns: 150 },
    )
  })

  it.each(['1e400', '-1e400', '1e-400', '9007199254740993'])('takes no %s for a time', async (number) => {
    const { status } = await create(`{"permissions": {"api": {}}, "expires_at": ${number}}`)
    expect(status).toBe(400)
  })
})

describe('the router', () => {
  let server: Server
  let url: string
  let answerAs: (path: string) => Allow
  beforeAll(async () => {
    const world = await createWorld()
    const services = {} as Services
    const management = await openManagement(world.context, {
      logger: pino({ level: 'silent' }),
      services,
      signIn: openSignIn(world.context, {
        passwords: openPasswords({ maxRunning: 1, maxWaiting: 1 }),
        keys: openKeySource(world.context),
        provider: null,
        shares: 1,
        monotonic: () => 0,
      }),
      cookie: describeCookie(false),
      operations,
    })
    server = createServer((req, res) => {
      const { method, url } = req
      const request = toRequest(method!, url!)
      management.handle(req, res, {
        requestId: 'r',
        request,
        decision: answerAs(url!),
        body: null,
        client: null,
        clientText: null,
      })
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    answerAs = (path) => ({
      allowed: true,
      principal: world.owner.principal,
      match: catalog.match('GET', toRequest('GET', path).target.segments),
    })
  })
  afterAll(() => new Promise((resolve) => server.close(resolve)))

  it('serves a request as what it was judged as', async () => {
    expect((await fetch(`${url}/keyporter/whoami`)).status).toBe(200)
  })

  it('serves nothing that was judged as something else', async () => {
    const honest = answerAs
    answerAs = () => honest('/keyporter/whoami')
    const response = await fetch(url + keysPath)
    answerAs = honest
    expect(response.status).toBe(500)
    expect(await response.json()).toMatchObject({ error: 'internal', msg: 'Something went wrong here.' })
  })

  it('serves no action without a key', async () => {
    const honest = answerAs
    answerAs = (path) => ({ ...honest(path), principal: null })
    const response = await fetch(url + keysPath)
    answerAs = honest
    expect(response.status).toBe(500)
  })

  it('does not know other paths', async () => {
    const response = await fetch(`${url}/keyporter/nothing`)
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({ error: 'not_found', msg: 'There is no GET /keyporter/nothing here.' })
  })
})
