/**
 * Every request that the official clients were recorded to send, sent again to a whole server with the example upstream
 * behind it: with the placeholder key replaced by one that is good, and each answer held to what the clients can read.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type GpuCloud, openGpuCloud } from '@keyporter/example-gpu-cloud'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, openApp } from '../src/app.js'
import { loadConfig } from '../src/config/load.js'

interface Recorded {
  readonly method: string
  readonly target: string
  readonly headers: Record<string, string>
  readonly body: string
}

interface Run {
  readonly argv: readonly string[]
  readonly requests: readonly Recorded[]
}

const fixture = new URL('./fixtures/recorded-requests.json', import.meta.url)
const recording: { placeholder: string; groups: Record<string, Run[]> } = JSON.parse(readFileSync(fixture, 'utf8'))

let dataDir: string
let upstream: GpuCloud
let app: App
let secret: string

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'keyporter-recorded-'))
  upstream = await openGpuCloud({ port: 0, host: '127.0.0.1' })
  app = await openApp(
    loadConfig({
      KEYPORTER_DATA_DIR: dataDir,
      KEYPORTER_PORT: '0',
      KEYPORTER_UPSTREAM: upstream.url,
      KEYPORTER_LOG_LEVEL: 'silent',
      KEYPORTER_FAILED_AUTH_BURST: '1000',
    }),
  )
  secret = app.announcements[0]!.replace('admin key: ', '')
})

afterAll(async () => {
  await app?.close()
  await upstream?.close()
  rmSync(dataDir, { recursive: true, force: true })
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** Exactly as recorded: no URL parser in between. */
function send({ method, target, headers, body }: Recorded): Promise<Answer> {
  const fill = (text: string) => text.replaceAll(recording.placeholder, secret)
  const { port } = new URL(app.url)
  return new Promise((resolve, reject) => {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, fill(value)]))
    const bytes = Buffer.from(fill(body))
    const outgoing = request({
      host: '127.0.0.1',
      port,
      method,
      path: fill(target),
      headers: { ...sent, ...(bytes.length > 0 && { 'Content-Length': bytes.length }) },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = response.headers['content-type']?.startsWith('application/json')
        resolve({ status: response.statusCode!, body: isJson ? JSON.parse(text) : text })
      })
    })
    outgoing.end(bytes)
  })
}

function identify({ target, headers }: Recorded): 'good' | 'none' | 'other' {
  const authorization = headers.Authorization
  if (target.includes(`api_key=${recording.placeholder}`)) return 'good'
  if (authorization === undefined || authorization.trim() === 'Bearer') return 'none'
  return authorization.includes(recording.placeholder) ? 'good' : 'other'
}

const ownStatus: readonly [string, RegExp, readonly number[]][] = [
  ['GET', /^\/api\/v0\/auth\/apikeys\/$/, [200]],
  ['POST', /^\/api\/v0\/auth\/apikeys\/$/, [200, 400]],
  ['GET', /^\/api\/v0\/auth\/apikeys\/\d+\/$/, [404]],
  ['DELETE', /^\/api\/v0\/auth\/apikeys\/\d+\/$/, [200, 400, 404]],
  ['GET', /^\/api\/v0\/users\/current\/?$/, [200]],
  ['PUT', /^\/api\/v0\/users\/$/, [200]],
]

/** Runs that end the key they are sent with are sent last of all, each with the secret that is then good. */
const isReset = ({ target }: Recorded) => target.startsWith('/api/v0/commands/reset_apikey/')

function expectReadable({ status, body }: Answer): void {
  if (status === 200) return
  expect(body).toMatchObject({ success: false, error: expect.any(String), msg: expect.any(String) })
  // The client repeats these, and would repeat what was done.
  expect([429, 502, 503, 504]).not.toContain(status)
}

for (const [group, runs] of Object.entries(recording.groups)) {
  describe(`recorded: ${group}`, () => {
    it.each(runs.map((run) => [run.argv.join(' '), run] as const))('%s', async (_, { requests }) => {
      for (const recorded of requests.filter((one) => !isReset(one))) {
        const answer = await send(recorded)
        expectReadable(answer)
        const who = identify(recorded)
        const path = recorded.target.split('?')[0]!
        const isPublic = path === '/api/v0/gpu_names/unique/' || path === '/x.log' || path === '/y'
        if (who === 'good') expect(answer.status).not.toBe(401)
        else if (!isPublic) {
          expect(answer.status).toBe(401)
          const msg = who === 'none' ? 'This action requires login.' : 'Invalid user key'
          expect(answer.body).toMatchObject({ error: 'auth_error', msg })
        }
        const own = ownStatus.find(([method, pattern]) => method === recorded.method && pattern.test(path))
        if (own && who === 'good') expect(own[2]).toContain(answer.status)
      }
    })
  })
}

describe('recorded: what the answers hold', () => {
  const all = Object.values(recording.groups).flatMap((runs) => runs.flatMap(({ requests }) => requests))
  const find = (method: string, target: string, body?: string) =>
    all.find(
      (one) => one.method === method && one.target === target && (body === undefined || one.body.includes(body)),
    )!

  it('a created key is there once, under both names, and good', async () => {
    const { status, body } = await send(find('POST', '/api/v0/auth/apikeys/', 'user_read'))
    expect(status).toBe(200)
    const created = body as { key: string; api_key: string; permissions: unknown; name: string }
    expect(created.api_key).toBe(created.key)
    expect(created.permissions).toEqual({ api: { user_read: {} } })
    const current = find('GET', '/api/v0/users/current')
    const answer = await send({ ...current, headers: { Authorization: `Bearer ${created.key}` } })
    expect(answer.body).toMatchObject({ id: expect.any(Number), email: 'admin@localhost', credit: 0 })
    // One of the requests before has added it.
    expect(answer.body).toMatchObject({ ssh_key: 'ssh-ed25519 AAAA u@h' })
  })

  it('the list is an object with apikeys, none of which shows its secret', async () => {
    const { body } = await send(find('GET', '/api/v0/auth/apikeys/'))
    const { apikeys } = body as { apikeys: { key: unknown }[] }
    expect(apikeys.length).toBeGreaterThan(1)
    expect(apikeys.every(({ key }) => key === null)).toBe(true)
  })

  it('the current user has the members that old clients cannot do without', async () => {
    const { body } = await send(find('GET', '/api/v0/users/current'))
    expect(body).toMatchObject({ api_key: null, credit: expect.any(Number) })
  })

  it('each reset gives a new secret and ends the old one', async () => {
    const resets = all.filter(isReset).filter((one) => identify(one) === 'good')
    expect(resets.length).toBeGreaterThan(3)
    for (const recorded of resets) {
      const old = secret
      const { status, body } = await send(recorded)
      expect(status).toBe(200)
      expect(body).toMatchObject({ success: true, id: 1, new_api_key: expect.any(String) })
      secret = (body as { new_api_key: string }).new_api_key
      const current = find('GET', '/api/v0/users/current')
      const answer = await send({ ...current, headers: { Authorization: `Bearer ${old}` } })
      expect(answer).toMatchObject({ status: 401, body: { msg: 'Invalid user key', reason: 'reset' } })
    }
  })
})
