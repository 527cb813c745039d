import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { KeyporterError, type KeyVerifier, openVerifier } from '../../src/index.js'
import { type Served, startServer, until } from '../server.js'

let server: Served
let verifySecret: string
const opened: KeyVerifier[] = []

beforeAll(async () => {
  server = await startServer()
  verifySecret = (await server.admin.createApiKey({ name: 'app', permissions: { api: { verify: {} } } })).secret!
})
afterEach(async () => {
  for (const verifier of opened.splice(0)) await verifier.close()
})

async function open(key = verifySecret, url = server.url, more: object = {}): Promise<KeyVerifier> {
  const verifier = openVerifier({ url, key, name: 'test', ...more })
  opened.push(verifier)
  await verifier.ready()
  return verifier
}

const list = { method: 'GET', path: '/api/v1/instances/' }

async function issue(permissions: object = { api: { instance_read: {} } }, more: object = {}) {
  const { id, secret } = await server.admin.createApiKey({ permissions: permissions as never, ...more })
  return { id, secret: secret! }
}

describe('a verifier in an application', () => {
  it('asks once for a key, then decides from memory', async () => {
    const verifier = await open()
    const { id, secret } = await issue()
    expect(verifier.checkNow({ secret, ...list })).toBeNull()
    const expected = {
      allowed: true,
      status: 200,
      error: null,
      msg: null,
      reason: null,
      keyId: id,
      endpoint: 'api.instance.list',
    }
    expect(await verifier.check({ secret, ...list })).toMatchObject(expected)
    expect(verifier.checkNow({ secret, ...list })).toMatchObject(expected)
    expect(verifier.checkNow({ authorization: `Bearer ${secret}`, ...list })).toMatchObject(expected)
    expect(verifier.status).toMatchObject({ inForce: true, entries: 1 })
  })

  it('never sends a secret, only its digest', async () => {
    const sent: string[] = []
    const spy: typeof fetch = async (input, init) => {
      sent.push(`${String(input)} ${String(init?.body)}`)
      return fetch(input, init)
    }
    const verifier = await open(verifySecret, server.url, { fetch: spy })
    const { secret } = await issue()
    await verifier.check({ secret, ...list })
    expect(sent.some((text) => text.includes('/load'))).toBe(true)
    expect(sent.join('\n')).not.toContain(secret)
  })

  it('asks a server that is away twice a second whether there is news, so that it hears of changes as soon as it is back', async () => {
    const askedAt: number[] = []
    const spy: typeof fetch = async (input, init) => {
      if (String(input).includes('/wait')) askedAt.push(performance.now())
      return fetch(input, init)
    }
    const own = await startServer()
    await open(own.adminSecret, own.url, { fetch: spy })
    own.child.kill('SIGKILL')
    await once(own.child, 'close')
    askedAt.splice(0, askedAt.length, performance.now())
    await delay(6_000)
    const pauses = askedAt.slice(1).map((at, i) => at - askedAt[i]!)
    expect(pauses.length).toBeGreaterThan(5)
    expect(Math.max(...pauses)).toBeLessThan(1_200)
  })

  it('refuses a key at once after its deletion has returned', async () => {
    const verifier = await open()
    for (let round = 0; round < 20; round++) {
      const { id, secret } = await issue()
      expect((await verifier.check({ secret, ...list })).allowed).toBe(true)
      await server.admin.deleteApiKey(id)
      expect(verifier.checkNow({ secret, ...list })).toBeNull()
      expect(await verifier.check({ secret, ...list })).toMatchObject({
        allowed: false,
        status: 401,
        reason: 'deleted',
      })
    }
  })

  it('decides by narrowed permissions, a lapsed expiry, a new secret and a new key', async () => {
    const verifier = await open()
    const { id, secret } = await issue()
    await verifier.check({ secret, ...list })
    await server.admin.updateApiKey(id, { permissions: { api: { misc: {} } } as never })
    expect(await verifier.check({ secret, ...list })).toMatchObject({ status: 403, reason: 'permission' })
    expect((await verifier.check({ secret, ...list })).challenge).toContain('scope="instance_read"')
    const { secret: renewed } = await server.admin.resetApiKey(id)
    expect(await verifier.check({ secret, ...list })).toMatchObject({ status: 401, reason: 'reset', keyId: id })
    expect(await verifier.check({ secret: renewed!, ...list })).toMatchObject({ status: 403 })
    const short = await issue(undefined, { expiresAt: new Date(Date.now() + 700) })
    expect((await verifier.check({ secret: short.secret, ...list })).allowed).toBe(true)
    await delay(800)
    expect(verifier.checkNow({ secret: short.secret, ...list })).toMatchObject({ status: 401, reason: 'expired' })
  })

  it('judges targets, addresses and bodies like every surface', async () => {
    const verifier = await open()
    const { secret } = await issue({
      api: { instance_write: { 'api.instance.manage': { constraints: { id: { eq: 5 }, state: { eq: 'stopped' } } } } },
    })
    const manage = { secret, method: 'PUT', path: '/api/v0/instances/5/' }
    const read = { count: 0 }
    const body = () => {
      read.count++
      return Promise.resolve(new TextEncoder().encode('{"state":"stopped"}'))
    }
    expect((await verifier.check({ ...manage, body })).allowed).toBe(true)
    expect(verifier.checkNow({ ...manage, body })).toBeNull()
    expect((await verifier.check({ ...manage, ...list, body })).status).toBe(403)
    expect(read.count).toBe(1)
    expect(verifier.checkNow({ ...manage, body: '{"state":"running"}' })).toMatchObject({ reason: 'constraint' })
    expect(verifier.checkNow({ ...manage, body: '{"state":"stopped"}' })).toMatchObject({ allowed: true })
    expect(verifier.checkNow({ ...manage, path: '/api/../x' })).toMatchObject({ status: 400, error: 'bad_request' })
    expect(verifier.checkNow({ ...manage, secret: null })).toMatchObject({
      status: 401,
      challenge: 'Bearer realm="keyporter"',
    })
    const bound = await issue(undefined, { ipWhitelist: ['192.0.2.7'] })
    expect((await verifier.check({ secret: bound.secret, ...list, clientAddress: '192.0.2.7' })).allowed).toBe(true)
    expect((await verifier.check({ secret: bound.secret, ...list })).reason).toBe('address')
  })

  it('does not start with a key that may not verify, and says why', async () => {
    const { secret } = await issue()
    const verifier = openVerifier({ url: server.url, key: secret })
    opened.push(verifier)
    await expect(verifier.ready()).rejects.toThrow(KeyporterError)
    await expect(verifier.ready()).rejects.toMatchObject({ status: 403, reason: 'permission' })
    expect(await verifier.check({ secret, ...list })).toMatchObject({ allowed: false, status: 503, error: 'busy' })
  })

  it('empties its memory when its own key is refused', async () => {
    const own = await issue({ api: { verify: {} } })
    const verifier = await open(own.secret)
    const { secret } = await issue()
    expect((await verifier.check({ secret, ...list })).allowed).toBe(true)
    await server.admin.deleteApiKey(own.id)
    await until(() => verifier.status.entries === 0 && !verifier.status.inForce, 'memory is empty')
    expect(verifier.checkNow({ secret, ...list })).toBeNull()
    expect(await verifier.check({ secret, ...list })).toMatchObject({ allowed: false, status: 503 })
  })

  it('takes its registration back when it is closed', async () => {
    const deleteOne = async () => {
      const { id } = await issue()
      const begun = performance.now()
      await server.admin.deleteApiKey(id)
      return performance.now() - begun
    }
    await until(async () => (await deleteOne()) < 400, 'no silent verifier is waited for')
    const verifier = await open()
    await verifier.close()
    expect(verifier.checkNow({ secret: verifySecret, ...list })).toBeNull()
    expect(await verifier.check({ secret: verifySecret, ...list })).toMatchObject({ status: 503 })
    expect(await deleteOne()).toBeLessThan(400)
  })
})

describe('when the server stops answering', () => {
  it('refuses by its deadline, and goes on when the server does', async () => {
    const frozen = await startServer()
    const verifier = await open(frozen.adminSecret, frozen.url)
    const { secret } = await frozen.admin.createApiKey({ permissions: { api: { instance_read: {} } } as never })
    expect((await verifier.check({ secret: secret!, ...list })).allowed).toBe(true)
    frozen.child.kill('SIGSTOP')
    const stoppedAt = performance.now()
    await until(() => verifier.checkNow({ secret: secret!, ...list }) === null, 'memory refuses')
    expect(performance.now() - stoppedAt).toBeLessThan(850)
    frozen.child.kill('SIGCONT')
    await until(async () => (await verifier.check({ secret: secret!, ...list })).allowed, 'the key is good again')
  })

  it('refuses with 503 when it is gone, and comes back with another one', async () => {
    const first = await startServer()
    const { port } = new URL(first.url)
    const verifier = await open(first.adminSecret, first.url)
    const { id, secret } = await first.admin.createApiKey({ permissions: { api: { instance_read: {} } } as never })
    await verifier.check({ secret: secret!, ...list })
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    await until(() => !verifier.status.inForce, 'the lease lapses')
    const refused = await verifier.check({ secret: secret!, ...list })
    expect(refused).toMatchObject({ allowed: false, status: 503, error: 'busy' })
    const second = await startServer({ KEYPORTER_PORT: port }, first)
    await second.admin.deleteApiKey(id)
    await until(async () => (await verifier.check({ secret: secret!, ...list })).status === 401, 'it is deleted')
  })

  it('takes no answer that was given to another question', async () => {
    const kept = new Map<string, string>()
    let replaying = false
    const replay: typeof fetch = async (input, init) => {
      const name = String(input)
      if (replaying && kept.has(name)) return new Response(kept.get(name)!, { status: 200 })
      const response = await fetch(input, init)
      if (response.ok) kept.set(name, await response.clone().text())
      return response
    }
    const verifier = await open(verifySecret, server.url, { fetch: replay })
    const { id, secret } = await issue()
    await until(() => [...kept.keys()].some((name) => name.endsWith('/renew')), 'it was renewed')
    expect((await verifier.check({ secret, ...list })).allowed).toBe(true)
    replaying = true
    await until(() => !verifier.status.inForce, 'the lease lapses')
    await server.admin.deleteApiKey(id)
    expect(await verifier.check({ secret, ...list })).toMatchObject({ allowed: false, reason: 'deleted' })
  })

  it('decides by the catalog of a server that came back with another', async () => {
    const first = await startServer()
    const { port } = new URL(first.url)
    const verifier = await open(first.adminSecret, first.url)
    const { secret } = await first.admin.createApiKey({ permissions: { api: { instance_read: {} } } as never })
    expect((await verifier.check({ secret: secret!, ...list })).allowed).toBe(true)
    first.child.kill('SIGKILL')
    await once(first.child, 'close')
    const entries = [
      {
        id: 'api.thing.show',
        method: 'GET',
        path: '/things/{id}/',
        category: 'instance_read',
        params: { path: { id: 'integer' } },
      },
    ]
    writeFileSync(join(first.folder, 'things.json'), JSON.stringify(entries))
    await startServer({ KEYPORTER_PORT: port, KEYPORTER_CATALOG: './things.json' }, first)
    const thing = { secret: secret!, method: 'GET', path: '/things/7/' }
    await until(async () => (await verifier.check(thing)).allowed, 'the new endpoint is known')
    expect(verifier.checkNow(thing)).toMatchObject({ allowed: true, endpoint: 'api.thing.show' })
    expect(await verifier.check({ secret: secret!, ...list })).toMatchObject({ status: 403, reason: 'not_in_catalog' })
  })
})
