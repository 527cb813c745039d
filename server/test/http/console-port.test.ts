/** A whole server with an upstream: the API on one port, the console on another, and nothing in common. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type App, openApp } from '../../src/app.js'
import { loadConfig } from '../../src/config/load.js'

const dir = mkdtempSync(join(tmpdir(), 'keyporter-console-port-'))
const password = 'correct horse battery'
const html = { Accept: 'text/html' }
let upstream: Server
let app: App
let api: string
let admin: string
let console: string
let cookie: string
let seen: { url: string; headers: string } | null = null

beforeAll(async () => {
  const consoleDir = join(dir, 'console')
  mkdirSync(consoleDir)
  writeFileSync(join(consoleDir, 'index.html'), '<title>Console</title>')
  upstream = createServer((req, res) => {
    seen = { url: req.url!, headers: req.rawHeaders.join(' ') }
    res.setHeader('Set-Cookie', ['keyporter_session=planted; Path=/', '__Host-keyporter_session=planted', 'a=b'])
    res.end('{}')
  })
  await new Promise<void>((resolve) => upstream.listen(0, '127.0.0.1', resolve))
  app = await openApp(
    loadConfig({
      KEYPORTER_DATA_DIR: join(dir, 'data'),
      KEYPORTER_PORT: '0',
      KEYPORTER_WORKERS: '1',
      KEYPORTER_LOG_LEVEL: 'silent',
      KEYPORTER_UPSTREAM: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    }),
    { consoleDir },
  )
  api = app.url
  admin = app.announcements[0]!.replace('admin key: ', '')
  const [, origin, token] = /^sign-in link: (http:\/\/[^/]+)\/sign-in#token=([\w-]{43})$/.exec(app.announcements[1]!)!
  console = origin!
  const { headers } = await visit(console, 'POST', '/keyporter/sign-in/link', {}, { token, password })
  cookie = headers.get('set-cookie')!.split(';')[0]!
})
afterAll(async () => {
  await app?.close()
  upstream.closeAllConnections()
  await new Promise((resolve) => upstream.close(resolve))
  rmSync(dir, { recursive: true })
})

async function visit(url: string, method: string, path: string, headers: Record<string, string>, body?: unknown) {
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { 'X-Keyporter-Console': '1', Origin: url, 'Content-Type': 'application/json', ...headers },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, json: () => JSON.parse(text) }
}

describe('the port of the console', () => {
  it('is another one, with another origin, and the link leads there', async () => {
    expect(console).not.toBe(api)
    const page = await visit(console, 'GET', '/sign-in', html)
    expect([page.status, page.text]).toEqual([200, '<title>Console</title>'])
    expect((await visit(console, 'GET', '/keyporter/whoami', { Cookie: cookie })).json().session.method).toBe('link')
  })

  it('serves the management API to keys too, and forwards nothing', async () => {
    seen = null
    const key = { Authorization: `Bearer ${admin}` }
    expect((await visit(console, 'GET', '/api/v0/auth/apikeys/', key)).status).toBe(200)
    const { status, json } = await visit(console, 'GET', '/api/v0/instances/5/', key)
    expect([status, json().error]).toEqual([501, 'not_implemented'])
    expect((await visit(console, 'GET', '/somewhere', key)).json().error).toBe('not_found')
    expect((await visit(console, 'GET', '/api/v0/instances/', { Cookie: cookie })).status).toBe(401)
    expect(seen).toBeNull()
  })
})

describe('the port of the API', () => {
  it('has no pages: what looks like one is decided and forwarded like anything', async () => {
    expect((await visit(api, 'GET', '/', html)).status).toBe(401)
    expect((await visit(api, 'GET', '/', { ...html, Authorization: `Bearer ${admin}` })).text).toBe('{}')
  })

  it('looks at no session: neither for itself nor for what it forwards', async () => {
    seen = null
    for (const path of ['/keyporter/whoami', '/api/v0/auth/sessions/', '/api/v0/instances/', '/things']) {
      const { status, json } = await visit(api, 'GET', path, { Cookie: cookie, Origin: console })
      expect([status, json().msg]).toEqual([401, 'This action requires login.'])
    }
    expect(seen).toBeNull()
  })

  it('lets nobody in or out', async () => {
    for (const [method, path] of [
      ['GET', '/keyporter/sign-in'],
      ['POST', '/keyporter/sign-in'],
      ['POST', '/keyporter/sign-in/link'],
      ['POST', '/keyporter/sign-out'],
    ] as const) {
      const body = method === 'GET' ? undefined : {}
      const { status, headers, json } = await visit(api, method, path, { Cookie: cookie }, body)
      expect([status, json().msg]).toEqual([404, 'The console is not served on this port.'])
      expect(headers.get('set-cookie')).toBeNull()
    }
    expect((await visit(console, 'GET', '/keyporter/whoami', { Cookie: cookie })).status).toBe(200)
  })

  it('neither forwards the cookie nor lets an upstream set one', async () => {
    const { status, headers } = await visit(api, 'GET', '/things', {
      Authorization: `Bearer ${admin}`,
      Cookie: `${cookie}; other=1`,
    })
    expect([status, headers.get('set-cookie')]).toEqual([200, 'a=b'])
    expect(seen!.headers).toContain('other=1')
    expect(seen!.headers).not.toContain('keyporter_session')
  })

  it('does not know the secret of a session, and neither does the verify API', async () => {
    const [, secret] = cookie.split('=')
    const key = { Authorization: `Bearer ${admin}` }
    for (const given of [secret!, `session:${secret}`]) {
      const { status, json } = await visit(api, 'GET', '/things', { Authorization: `Bearer ${given}` })
      expect([status, json().reason]).toEqual([401, undefined])
      const question = { key: given, method: 'GET', path: '/api/v0/instances/' }
      const asked = await visit(api, 'POST', '/keyporter/verify', key, question)
      expect(asked.json()).toMatchObject({ allowed: false, reason: 'unknown_key', keyId: null, accountId: null })
    }
  })
})

describe('closing', () => {
  it('ends both ports', async () => {
    await app.close()
    await expect(fetch(console)).rejects.toThrow('fetch failed')
    await expect(fetch(api)).rejects.toThrow('fetch failed')
  })
})
