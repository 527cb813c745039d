/**
 * No secret in anything that the process writes: a whole server at its most talkative, a day's worth of uses and misuses,
 * then a search of its stdout, its stderr and every file of its data folder for each secret that was issued.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { mainFile, makeEnvironment, makeWorkplace } from './cli/run-command.js'

const place = makeWorkplace(() => ({ KEYPORTER_URL: url }))
const dataDir = join(place.folder, 'data')
const issued = new Set<string>()
/** What people type and browsers keep: passwords, tokens of sign-in links, secrets of sessions. */
const typed = new Set<string>()
/** Everything the upstream was sent, headers and all. */
const forwarded: string[] = []
let written = { stdout: '', stderr: '' }
let files: readonly Buffer[] = []
let child: ChildProcess
let url = ''
let consoleUrl = ''
let firstLink = ''
let admin = ''

function keep(secret: unknown): string {
  expect(secret).toMatch(/^kp_[0-9A-Za-z]{49}$/)
  issued.add(secret as string)
  return secret as string
}

function keepTyped(text: string): string {
  expect(text.length).toBeGreaterThanOrEqual(12)
  typed.add(text)
  return text
}

async function openUpstream(): Promise<Server> {
  const server = createServer((req, res) => {
    forwarded.push(`${req.method} ${req.url} ${req.rawHeaders.join(' ')}`)
    req.resume().once('end', () => res.end('{}'))
  })
  new WebSocketServer({ server }).on('connection', (socket, req) => {
    forwarded.push(`${req.url} ${req.rawHeaders.join(' ')}`)
    socket.on('message', (message) => socket.send(message))
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return server
}

async function startServer(upstreamPort: number): Promise<void> {
  child = spawn(process.execPath, [mainFile, 'serve'], {
    cwd: place.folder,
    env: makeEnvironment(place.folder, {
      KEYPORTER_PORT: '0',
      KEYPORTER_LOG_LEVEL: 'trace',
      KEYPORTER_UPSTREAM: `http://127.0.0.1:${upstreamPort}`,
      KEYPORTER_FAILED_AUTH_BURST: '5',
    }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]!.setEncoding('utf8').on('data', (chunk: string) => {
      written[name] += chunk
    })
  }
  while (!written.stdout.includes('#token=') || !/"url":"/.test(written.stderr)) {
    if (child.exitCode !== null) throw new Error(`the server ended; it wrote:\n${written.stderr}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  url = /"url":"(http:[^"]+)"/.exec(written.stderr)![1]!
  const announced = /^admin key: (\S+)\nsign-in link: (http\S+)\/sign-in#token=(\S+)\n$/.exec(written.stdout)!
  admin = keep(announced[1])
  consoleUrl = announced[2]!
  firstLink = keepTyped(announced[3]!)
  written = { stdout: '', stderr: written.stderr }
}

async function call(method: string, path: string, secret: string, body?: unknown) {
  const response = await fetch(url + path, {
    method,
    headers: { Authorization: `Bearer ${secret}`, ...(body !== undefined && { 'Content-Type': 'application/json' }) },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = await response.text()
  return { status: response.status, answer, json: () => JSON.parse(answer) as Record<string, unknown> }
}

async function create(secret: string, permissions?: unknown): Promise<{ id: number; secret: string }> {
  const made = (await call('POST', '/api/v0/auth/apikeys/', secret, { name: 'leak', permissions })).json()
  return { id: made.id as number, secret: keep(made.api_key) }
}

/** Sends bytes as they are and waits for the other side to end. */
async function sendRaw(request: string): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.end(request)
  return text(socket).catch(() => '')
}

async function useKeys(): Promise<void> {
  const scoped = await create(admin, { api: { user_write: {}, user_read: {} } })
  const constrained = await create(admin, {
    api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1 } } } } },
  })
  const child = await create(scoped.secret)
  const reset = (await call('PUT', `/api/v0/auth/apikeys/${child.id}/reset/`, admin, {})).json()
  keep(reset.api_key)
  expect((await call('GET', '/keyporter/whoami', child.secret)).status).toBe(401)
  await call('PUT', `/api/v0/auth/apikeys/${scoped.id}/`, admin, { disabled: true })
  expect((await call('GET', '/keyporter/whoami', scoped.secret)).status).toBe(401)
  await call('DELETE', `/api/v0/auth/apikeys/${child.id}/`, admin)
  const own = await create(admin)
  keep((await call('PUT', '/api/v0/commands/reset_apikey/', own.secret, { client_id: 'me' })).json().api_key)
  // Secrets where they do not belong.
  await call('POST', '/api/v0/auth/apikeys/', admin, {
    name: admin.slice(0, -1),
    permissions: { api: { [admin]: {} } },
  })
  await call('POST', '/api/v0/auth/apikeys/', admin, `{"name": ${admin}`)
  await call('PUT', '/api/v0/users/', admin, { email: admin })
  await call('PUT', `/api/v0/auth/apikeys/${admin}/`, constrained.secret, {})
  await call('GET', `/api/v0/instances/1/?id=${admin}`, constrained.secret)
  await call('POST', '/keyporter/explain', admin, { key_id: 1, method: 'GET', path: `/x?api_key=${admin}` })
  await fetch(`${url}/keyporter/whoami?api_key=${admin}`)
  await fetch(`${url}/keyporter/whoami?api_key=${admin}x`)
  for (const secret of [...issued]) await call('GET', '/keyporter/whoami', secret)
  for (let i = 0; i < 10; i++) await call('GET', '/keyporter/whoami', `${admin.slice(0, -1)}${i}`)
  const raw = `Host: x\r\nAuthorization: Bearer ${admin}\r\n`
  await sendRaw(`GET /keyporter/whoami HTTP/1.1\r\n${raw}${raw}\r\n`)
  await sendRaw(`GET / HTTP/1.1\r\n${raw}Broken ${admin}\r\n\r\n`)
  await sendRaw(`CONNECT ${admin}:1 HTTP/1.1\r\n${raw}\r\n`)
  await sendRaw(`POST /api/v0/auth/apikeys/ HTTP/1.1\r\n${raw}Content-Length: 100\r\n\r\n{"name": "${admin}`)
}

/** As a page of the console calls; returns the status and what the cookie is set to. */
async function visit(method: string, path: string, cookie: string, body: unknown) {
  const response = await fetch(consoleUrl + path, {
    method,
    headers: {
      'X-Keyporter-Console': '1',
      Origin: consoleUrl,
      'Content-Type': 'application/json',
      Cookie: `keyporter_session=${cookie}`,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const answer = await response.text()
  const [, secret = ''] = /keyporter_session=([^;]*)/.exec(response.headers.get('set-cookie') ?? '') ?? []
  for (const each of typed) expect(answer.includes(each)).toBe(false)
  if (secret !== '') keepTyped(secret)
  return { status: response.status, cookie: secret }
}

async function useConsole(): Promise<void> {
  const email = 'admin@localhost'
  const password = keepTyped('first-password-of-the-tests')
  const next = keepTyped('next-password-of-the-tests')
  const link = '/keyporter/sign-in/link'
  const byLink = await visit('POST', link, '', { token: firstLink, password })
  expect(byLink.status).toBe(200)
  expect((await visit('POST', link, '', { token: firstLink, password })).status).toBe(401)
  const byPassword = await visit('POST', '/keyporter/sign-in', byLink.cookie, { email, password })
  expect(byPassword.status).toBe(200)
  const own = byPassword.cookie
  const change = { current_password: password, password: next }
  expect((await visit('PUT', '/keyporter/password', own, change)).status).toBe(200)
  expect((await visit('GET', '/keyporter/whoami', own, undefined)).status).toBe(200)
  expect((await visit('GET', '/keyporter/whoami', byLink.cookie, undefined)).status).toBe(401)
  // Secrets where they do not belong.
  await visit('POST', '/keyporter/sign-in', '', { email: next, password: email })
  await visit('POST', '/keyporter/sign-in', '', { email, password: `${next}${'x'.repeat(300)}` })
  await visit('POST', '/keyporter/sign-in', '', `{"email": "${email}", "password": "${next}"`)
  await visit('POST', '/keyporter/sign-in', '', { email, [next]: next })
  await visit('POST', link, '', { token: own, password: 'short' })
  await visit('POST', link, '', { token: next, password: own })
  await visit('GET', `/keyporter/whoami?${own}`, `${own}; keyporter_session=${own}`, undefined)
  await call('GET', '/keyporter/whoami', own)
  await call('GET', `/things?api_key=${own}`, own)
  await fetch(`${url}/things`, { headers: { Authorization: `Bearer ${admin}`, Cookie: `keyporter_session=${own}` } })
  expect((await visit('POST', '/keyporter/sign-out', own, {})).status).toBe(200)
  for (const cookie of [own, byLink.cookie]) await visit('GET', '/keyporter/whoami', cookie, undefined)
}

async function useGateway(upstream: Server): Promise<void> {
  expect((await call('GET', `/things?api_key=${admin}&a=1`, admin)).status).toBe(200)
  expect((await fetch(`${url}/things?a=1&api_key=${admin}`)).status).toBe(200)
  const socket = new WebSocket(`${url.replace('http', 'ws')}/socket?api_key=${admin}`)
  await once(socket, 'open')
  socket.send('hello')
  await once(socket, 'message')
  socket.close()
  await once(socket, 'close')
  upstream.closeAllConnections()
  upstream.close()
  expect((await call('GET', `/things?api_key=${admin}`, admin)).status).toBe(502)
}

async function useCommands(): Promise<void> {
  const env = { KEYPORTER_API_KEY: admin }
  const runs = [
    await place.run(['create', 'api-key', '--name', 'by command'], { env }),
    await place.run(['admin-key']),
    await place.run(['create', 'account', '--email', 'leak@example.com']),
    await place.run(['whoami'], { env: { KEYPORTER_API_KEY: `${admin.slice(0, -1)}!` } }),
    await place.run(['show', 'api-keys', '--json'], { env }),
    await place.run(['sign-in-link', '--account', 'admin@localhost']),
    await place.run(['explain', '1', 'GET', `/things?api_key=${admin}`], { env }),
  ]
  expect(runs.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, expect.any(Number), 0, 0, 0])
  for (const { stdout } of runs.slice(0, 3)) keep(/kp_[0-9A-Za-z]{49}/.exec(stdout)?.[0])
  for (const { stdout } of [runs[2]!, runs[5]!]) keepTyped(/#token=([\w-]{43})\n$/.exec(stdout)![1]!)
  written.stderr += runs.map(({ stderr }) => stderr).join('')
}

function readData(): Buffer[] {
  return readdirSync(dataDir).map((name) => readFileSync(join(dataDir, name)))
}

beforeAll(async () => {
  const upstream = await openUpstream()
  await startServer((upstream.address() as AddressInfo).port)
  await useKeys()
  await useConsole()
  await useGateway(upstream)
  await useCommands()
  // With the log of the database as it stands, then as the end leaves it.
  const running = readData()
  child.kill('SIGTERM')
  await once(child, 'close')
  files = [...running, ...readData()]
}, 60_000)

afterAll(() => {
  child.kill('SIGKILL')
  place.remove()
})

describe('a secret that was issued', () => {
  it('is one of many, and there is much to search', () => {
    expect(issued.size).toBeGreaterThanOrEqual(9)
    expect(written.stderr).toContain('"code":"upstream_failed"')
    expect(files.length).toBeGreaterThanOrEqual(4)
    expect(typed.size).toBeGreaterThanOrEqual(7)
    expect(forwarded).toHaveLength(4)
  })

  it('is on stdout in the announcement alone', () => {
    expect(written.stdout).toBe('')
  })

  it('is in no word of the log, whole or in its random part', () => {
    for (const secret of issued) expect(written.stderr.includes(secret.slice(3, 46))).toBe(false)
  })

  it('is in no file of the data folder, and neither is its bare digest', () => {
    for (const secret of issued) {
      const digest = createHash('sha256').update(secret).digest()
      for (const trace of [secret.slice(3, 46), digest, digest.toString('hex'), digest.toString('base64')]) {
        expect(files.some((file) => file.includes(trace))).toBe(false)
      }
    }
  })

  it('is not told the upstream', () => {
    for (const secret of issued) expect(forwarded.join('\n').includes(secret.slice(3, 46))).toBe(false)
  })
})

describe('a password, a sign-in link, the cookie of a session', () => {
  const findTyped = (text: string) => [...typed].filter((each) => text.includes(each))

  it('is in no word of the log', () => {
    expect(findTyped(written.stderr)).toEqual([])
  })

  it('is in no file of the data folder, and neither is its bare digest', () => {
    for (const each of typed) {
      const digest = createHash('sha256').update(each).digest()
      for (const trace of [each, digest, digest.toString('hex'), digest.toString('base64url')])
        expect(files.some((file) => file.includes(trace))).toBe(false)
    }
  })

  it('is not told the upstream', () => {
    expect(findTyped(forwarded.join('\n'))).toEqual([])
  })
})
