// One table of requests; every surface must come to the same verdict.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type KeyVerifier, openVerifier } from '../../src/index.js'
import { type Served, startServer } from '../server.js'
import { type Answer, type App, openExpress, openFastify, openHono, openWeb, send } from './apps.js'

type KeyName =
  | 'full'
  | 'reader'
  | 'one'
  | 'stopper'
  | 'bound'
  | 'elsewhere'
  | 'deleted'
  | 'disabled'
  | 'reset'
  | 'unknown'
  | 'none'

interface Row {
  readonly name: string
  readonly key: KeyName
  readonly method: string
  readonly path: string
  readonly body?: string
  readonly status: number
  readonly error?: string
  readonly reason?: string
}

const five = '/api/v0/instances/5/'
const rows: Row[] = [
  { name: 'a full key', key: 'full', method: 'GET', path: five, status: 200 },
  { name: 'a full key outside the catalog', key: 'full', method: 'GET', path: '/elsewhere?a=1', status: 200 },
  { name: 'a permitted endpoint', key: 'reader', method: 'GET', path: five, status: 200 },
  { name: 'HEAD of a permitted endpoint', key: 'reader', method: 'HEAD', path: five, status: 200 },
  {
    name: 'an endpoint that is not permitted',
    key: 'reader',
    method: 'DELETE',
    path: five,
    status: 403,
    error: 'not_authorized',
    reason: 'permission',
  },
  {
    name: 'a path outside the catalog',
    key: 'reader',
    method: 'GET',
    path: '/elsewhere',
    status: 403,
    error: 'not_in_catalog',
    reason: 'not_in_catalog',
  },
  {
    name: 'another case of a path',
    key: 'reader',
    method: 'GET',
    path: '/API/v0/instances/5/',
    status: 403,
    error: 'not_in_catalog',
  },
  { name: 'a constrained path', key: 'one', method: 'GET', path: five, status: 200 },
  {
    name: 'another value in the path',
    key: 'one',
    method: 'GET',
    path: '/api/v0/instances/6/',
    status: 403,
    reason: 'constraint',
  },
  {
    name: 'another value in the query',
    key: 'one',
    method: 'GET',
    path: `${five}?id=6`,
    status: 403,
    reason: 'constraint',
  },
  {
    name: 'a lookalike in the query',
    key: 'one',
    method: 'GET',
    path: `${five}?id%5B%5D=6`,
    status: 403,
    reason: 'constraint',
  },
  { name: 'a constrained body', key: 'stopper', method: 'PUT', path: five, body: '{"state":"stopped"}', status: 200 },
  {
    name: 'another value in the body',
    key: 'stopper',
    method: 'PUT',
    path: five,
    body: '{"state":"running"}',
    status: 403,
    reason: 'constraint',
  },
  {
    name: 'no body where a constraint needs it',
    key: 'stopper',
    method: 'PUT',
    path: five,
    status: 403,
    reason: 'constraint',
  },
  {
    name: 'a body that is a list',
    key: 'stopper',
    method: 'PUT',
    path: five,
    body: '["stopped"]',
    status: 400,
    reason: 'body',
  },
  { name: 'no key', key: 'none', method: 'GET', path: five, status: 401, error: 'auth_error' },
  { name: 'an unknown key', key: 'unknown', method: 'GET', path: five, status: 401, error: 'auth_error' },
  { name: 'a deleted key', key: 'deleted', method: 'GET', path: five, status: 401, reason: 'deleted' },
  { name: 'a disabled key', key: 'disabled', method: 'GET', path: five, status: 401, reason: 'disabled' },
  { name: 'the secret before a reset', key: 'reset', method: 'GET', path: five, status: 401, reason: 'reset' },
  { name: 'a key bound to our address', key: 'bound', method: 'GET', path: five, status: 200 },
  {
    name: 'a key bound to another address',
    key: 'elsewhere',
    method: 'GET',
    path: five,
    status: 403,
    reason: 'address',
  },
  { name: 'a dot segment', key: 'full', method: 'GET', path: '/api/v0/%2e%2e%2fx', status: 400, error: 'bad_request' },
  { name: 'an encoded slash', key: 'full', method: 'GET', path: '/api/v0/a%2Fb', status: 400, error: 'bad_request' },
  { name: 'invalid UTF-8', key: 'full', method: 'GET', path: '/api/%ff', status: 400, error: 'bad_request' },
]

let server: Served
let upstream: Server
let verifier: KeyVerifier
const secrets = {} as Record<KeyName, string>
const apps: App[] = []

beforeAll(async () => {
  upstream = createServer((req, res) => {
    req.resume().on('end', () => res.setHeader('Content-Type', 'application/json').end('{"upstream":true}'))
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  server = await startServer({ KEYPORTER_UPSTREAM: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}` })
  const { admin } = server
  const issue = async (permissions: object, more: object = {}) => {
    const { id, secret } = await admin.createApiKey({ permissions: permissions as never, ...more })
    return { id, secret: secret! }
  }
  const constrain = (category: string, endpoint: string, constraints: object) => ({
    api: { [category]: { [endpoint]: { constraints } } },
  })
  const reader = { api: { instance_read: {} } }
  const deleted = await issue(reader)
  const reset = await issue(reader)
  Object.assign(secrets, {
    full: server.adminSecret,
    reader: (await issue(reader)).secret,
    one: (await issue(constrain('instance_read', 'api.instance.show', { id: { eq: 5 } }))).secret,
    stopper: (await issue(constrain('instance_write', 'api.instance.manage', { state: { eq: 'stopped' } }))).secret,
    bound: (await issue(reader, { ipWhitelist: ['127.0.0.1'] })).secret,
    elsewhere: (await issue(reader, { ipWhitelist: ['192.0.2.0/24'] })).secret,
    disabled: (await issue(reader, { disabled: true })).secret,
    deleted: deleted.secret,
    reset: reset.secret,
    unknown: `kp_${'0'.repeat(49)}`,
    none: '',
  })
  await admin.deleteApiKey(deleted.id)
  await admin.resetApiKey(reset.id)
  verifier = openVerifier({ url: server.url, key: server.adminSecret })
  await verifier.ready()
  const options = { verifier }
  apps.push(
    await openExpress(options, 'guard first'),
    await openExpress(options, 'parser first'),
    await openFastify(options),
    await openHono(options),
    await openWeb(options),
  )
})

afterAll(async () => {
  for (const app of apps) await app.close()
  await verifier?.close()
  upstream?.close()
})

function sendRow(url: string, { key, method, path, body }: Row): Promise<Answer> {
  const headers: Record<string, string> = {}
  if (secrets[key]) headers.Authorization = `Bearer ${secrets[key]}`
  if (body !== undefined)
    Object.assign(headers, { 'Content-Type': 'application/json', 'Content-Length': String(body.length) })
  return send(url, method, path, headers, body)
}

/** What was decided, whatever the words around it. */
function tellAnswer({ status, body, headers }: Answer, { method }: Row) {
  if (method === 'HEAD') return { status }
  const { error = null, msg = null, reason = null } = status === 200 ? {} : body
  return { status, error, msg, reason, challenge: headers['www-authenticate'] ?? null }
}

describe.each(rows)('$name', (row) => {
  it('has one verdict on every surface', async () => {
    const gateway = await sendRow(server.url, row)
    expect(gateway.status).toBe(row.status)
    if (row.error) expect(gateway.body.error).toBe(row.error)
    if (row.reason) expect(gateway.body.reason).toBe(row.reason)
    const expected = tellAnswer(gateway, row)

    for (const app of apps) {
      const answer = await sendRow(app.url, row)
      // Fastify's router refuses it before any hook is called.
      if (app.name === 'fastify' && row.name === 'invalid UTF-8') {
        expect(answer.status).toBe(400)
        continue
      }
      expect({ app: app.name, ...tellAnswer(answer, row) }).toEqual({ app: app.name, ...expected })
      if (row.method === 'HEAD') continue
      if (row.status === 200) {
        expect(answer.body).toMatchObject({ app: true, identity: { keyId: expect.any(Number) } })
        expect(answer.body.body).toEqual(row.body === undefined ? null : JSON.parse(row.body))
      } else {
        expect(Object.keys(answer.body)).toEqual(Object.keys(gateway.body))
        expect(answer.headers['x-request-id']).toBe(answer.body.request_id)
        expect(answer.headers['cache-control']).toBe('no-store')
        // What carries web responses on Node here writes no reason phrase of theirs.
        if (/^(?:express|fastify)/.test(app.name)) expect(answer.statusText).toBe(gateway.statusText)
      }
    }

    const { key, method, path, body } = row
    const asked = { method, path, body: body ?? null, clientAddress: '127.0.0.1' }
    const headers = { Authorization: `Bearer ${server.adminSecret}`, 'Content-Type': 'application/json' }
    const question = JSON.stringify({ ...asked, key: secrets[key] })
    const { status, body: told } = await send(server.url, 'POST', '/keyporter/verify', headers, question)
    expect(status).toBe(200)
    const checked = await verifier.check({ ...asked, secret: secrets[key] })
    const { challenge, ...wire } = checked
    expect(wire).toEqual(told)
    expect([told.allowed, told.status]).toEqual([row.status === 200, row.status])
    if (row.status === 200 || method === 'HEAD') return
    expect({ ...told, challenge }).toMatchObject({
      error: expected.error,
      msg: expected.msg,
      challenge: expected.challenge,
    })
    expect(told.reason).toBe(expected.reason ?? told.reason)
  })
})

describe('a middleware', () => {
  it('knows a secret in the query and refuses two headers', async () => {
    for (const { url, name } of apps) {
      expect([name, (await send(url, 'GET', `${five}?api_key=${secrets.reader}`)).status]).toEqual([name, 200])
      const two = [`Bearer ${secrets.reader}`, `Bearer ${secrets.reader}`]
      expect((await send(url, 'GET', five, { Authorization: two })).status).toBeGreaterThanOrEqual(400)
    }
  })

  it('refuses a path that the application may route otherwise than it was judged', async () => {
    for (const { url } of apps) {
      for (const path of ['/api//v0/instances/5/', '/api/v0/%69nstances/5/', '/api/v0/instances/%35/']) {
        const { status, body } = await send(url, 'GET', path, { Authorization: `Bearer ${secrets.full}` })
        expect([path, status, body.error]).toEqual([path, 400, 'bad_request'])
      }
      const plain = '/things/a%20b/%C3%A9?x=%41'
      expect((await send(url, 'GET', plain, { Authorization: `Bearer ${secrets.full}` })).status).toBe(200)
    }
  })

  it('believes X-Forwarded-For only of the proxies it was told', async () => {
    const trusting = await openExpress({ verifier, trustedProxies: ['127.0.0.0/8'] }, 'guard first')
    apps.push(trusting)
    const headers = { Authorization: `Bearer ${secrets.elsewhere}`, 'X-Forwarded-For': '192.0.2.9' }
    for (const app of apps) {
      expect((await send(app.url, 'GET', five, headers)).status).toBe(app === trusting ? 200 : 403)
    }
    expect(() => openExpress({ verifier, trustedProxies: ['nonsense'] }, 'guard first')).toThrow(RangeError)
  })

  it('takes a body in many pieces, and refuses one that is too large', async () => {
    const padding = ' '.repeat(200_000)
    const headers = {
      Authorization: `Bearer ${secrets.stopper}`,
      'Content-Type': 'application/json',
      'Transfer-Encoding': 'chunked',
    }
    for (const { url, name } of apps.filter((app) => !app.name.includes('parser first'))) {
      const { status, body } = await send(url, 'PUT', five, headers, `{"state":${padding}"stopped"}`)
      // Express' own parser refuses more than 100 KiB, after us.
      expect([name, status]).toEqual([name, name.startsWith('express') ? 413 : 200])
      if (status === 200) expect(body.body).toEqual({ state: 'stopped' })
      const large = await send(url, 'PUT', five, headers, `{"state":"stopped"}${' '.repeat(1_048_576)}`)
      expect([name, large.status, large.body?.error]).toEqual([name, 413, 'too_large'])
    }
  })

  it('lets a request through without its body being read where no constraint needs it', async () => {
    const answer = await send(
      apps[0]!.url,
      'PUT',
      five,
      { Authorization: `Bearer ${secrets.full}`, 'Content-Length': '9' },
      '{"a":"b"}',
    )
    expect([answer.status, answer.body.body]).toEqual([200, { a: 'b' }])
  })
})
