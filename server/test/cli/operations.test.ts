// What operators and their machinery ask: readiness, metrics, verifiers, peppers; and what a server says while it stops.
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { call, endAll, type Served, serve, until } from '../cluster/served.js'
import { makeWorkplace, type Workplace } from './run-command.js'

let place: Workplace
let server: Served
let secret: string
const settings = { KEYPORTER_WORKERS: '1', KEYPORTER_DRAIN_DELAY: '1500' }

beforeAll(async () => {
  place = makeWorkplace()
  server = await serve(place.folder, settings)
  secret = /kp_\w+/.exec(server.written.stdout)![0]
  await until(
    async () => (await call(server.url, '/keyporter/readyz')).status,
    (status) => status === 200,
  )
})

afterAll(async () => {
  await endAll()
  place.remove()
})

async function issue(permissions: unknown): Promise<string> {
  const body = { permissions }
  return (await call(server.url, '/api/v0/auth/apikeys/', { secret, method: 'POST', body })).body.key
}

describe('metrics', () => {
  it('are for keys that hold operate, by name', async () => {
    const full = await issue({ api: { '*': {} } })
    expect((await call(server.url, '/keyporter/metrics')).status).toBe(401)
    expect((await call(server.url, '/keyporter/metrics', { secret: full })).status).toBe(403)
    const scraper = await issue({ api: { operate: { 'api.keyporter.metrics': {} } } })
    const { status, headers, body } = await call(server.url, '/keyporter/metrics', { secret: scraper })
    expect([status, headers['content-type']]).toEqual([200, 'text/plain; version=0.0.4; charset=utf-8'])
    expect(body).toMatch(/^keyporter_decisions_total\{outcome="deny",reason="no_credentials"\} 1$/m)
    expect(body).toMatch(/^keyporter_decisions_total\{outcome="deny",reason="permission"\} 1$/m)
    expect(body).toMatch(/^keyporter_revocation_wait_seconds_count 2$/m)
    expect(body).toMatch(/^keyporter_lease_held 1$/m)
    expect(Number(/^keyporter_lease_lag_seconds (.*)$/m.exec(body)![1])).toBeLessThan(2)
    expect(Number(/^keyporter_memory_keys (.*)$/m.exec(body)![1])).toBe(3)
    expect(Number(/^keyporter_lookups_total\{result="store"\} (.*)$/m.exec(body)![1])).toBe(3)
    for (const word of [secret, full, scraper, 'kp_', 'admin@']) expect(body).not.toContain(word)
  })

  it('are for everybody with KEYPORTER_METRICS=public', async () => {
    const own = makeWorkplace()
    const open = await serve(own.folder, { KEYPORTER_METRICS: 'public' })
    expect((await call(open.url, '/keyporter/metrics')).body).toMatch(/^keyporter_processes 2$/m)
    expect((await call(open.url, '/keyporter/verifiers')).status).toBe(401)
    own.remove()
  })
})

it('`show verifiers` lists who decides from memory', async () => {
  const env = { KEYPORTER_URL: server.url, KEYPORTER_API_KEY: secret }
  const { stdout, exitCode } = await place.run(['show', 'verifiers'], { env })
  expect([exitCode, stdout]).toEqual([
    0,
    expect.stringMatching(/^VERIFIER +HOST +LAG +LEASE +LAST RENEWAL +LAST ACK\n[0-9a-f]{8} +\S+:\d+ +0 +2000 ms +2/),
  ])
  const printed = JSON.parse((await place.run(['show', 'verifiers', '--json'], { env })).stdout)
  expect(printed.verifiers).toEqual([expect.objectContaining({ lag: 0, lease_ms: 2000 })])
})

describe('`show peppers`', () => {
  it('counts the keys under each, and says which is missing, without showing any', async () => {
    const count = (await call(server.url, '/api/v0/auth/apikeys/', { secret })).body.apikeys.length
    const { stdout } = await place.run(['show', 'peppers'])
    expect(stdout).toMatch(
      new RegExp(`^PEPPER +STATE +KEYS +SESSIONS +LINKS\\n[0-9a-f]{12} +current +${count} +0 +1\\n$`),
    )
    const [, own] = /\n([0-9a-f]{12})/.exec(stdout)!
    const other = { KEYPORTER_PEPPER: 'another pepper that is long enough for one' }
    const missing = JSON.parse((await place.run(['show', 'peppers', '--json'], { env: other })).stdout)
    expect(missing.peppers).toEqual([
      { id: expect.not.stringMatching(own!), state: 'current', keys: 0, sessions: 0, links: 0 },
      { id: own, state: 'missing', keys: count, sessions: 0, links: 1 },
    ])
    // Any other command refuses to work so.
    expect((await place.run(['admin-key'], { env: other })).stderr).toContain(own!)
  })

  it('makes no database where there is none', async () => {
    const elsewhere = makeWorkplace()
    expect((await elsewhere.run(['show', 'peppers'])).exitCode).toBe(2)
    elsewhere.remove()
  })
})

it('a server that was told to stop says that it is not ready, serves on, and asks for no further request', async () => {
  server.child.kill('SIGTERM')
  const unready = await until(
    () => call(server.url, '/keyporter/readyz'),
    ({ status }) => status !== 200,
  )
  expect([unready.status, unready.body.error, unready.body.status]).toEqual([503, 'busy', 'draining'])
  expect(unready.headers.connection).toBe('close')
  const served = await call(server.url, '/api/v0/users/current/', { secret })
  expect([served.status, served.headers.connection]).toEqual([200, 'close'])
  expect((await call(server.url, '/keyporter/healthz')).status).toBe(200)
  expect(await Promise.race([server.ended, delay(5000, 'running')])).toEqual({ code: 0, signal: null })
})
