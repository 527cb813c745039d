import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, get, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConsoleFiles, openConsoleFiles } from '../../src/http/console-files.js'
import { endpoints } from '../../src/http/endpoints/index.js'

const dir = mkdtempSync(join(tmpdir(), 'keyporter-console-'))
const script = 'console.log("hello");'.repeat(100)
const html = { Accept: 'text/html,application/xhtml+xml' }
let server: Server
let tlsFiles: ConsoleFiles

beforeAll(async () => {
  mkdirSync(join(dir, 'assets'), { recursive: true })
  writeFileSync(
    join(dir, 'index.html'),
    '<meta name="csp-nonce" content="%KEYPORTER_NONCE%"><p>%KEYPORTER_NONCE%</p><i>%KEYPORTER_API%</i>',
  )
  writeFileSync(join(dir, 'favicon.svg'), '<svg/>')
  writeFileSync(join(dir, 'assets', 'index-abc.js'), script)
  writeFileSync(join(dir, 'assets', 'letters-abc.woff2'), 'font')
  const files = openConsoleFiles({ dir, behindTls: false, api: ':7070' })!
  tlsFiles = openConsoleFiles({ dir, behindTls: true, api: '' })!
  server = createServer((req, res) => {
    const chosen = req.headers['x-test'] === 'tls' ? tlsFiles : files
    if (!chosen.answer(req, res)) res.writeHead(404, { 'X-Left': 'alone' }).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve))
  rmSync(dir, { recursive: true })
})

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly bytes: Buffer
}

function ask(path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  const { port } = server.address() as AddressInfo
  return new Promise((resolve, reject) => {
    get({ port, path, headers, method, agent: false }, async (res) => {
      const chunks: Buffer[] = []
      for await (const chunk of res) chunks.push(chunk as Buffer)
      resolve({ status: res.statusCode!, headers: res.headers, bytes: Buffer.concat(chunks) })
    }).on('error', reject)
  })
}

const isLeftAlone = async (...given: Parameters<typeof ask>) => (await ask(...given)).headers['x-left'] === 'alone'

describe('the page of the console', () => {
  it.each(['/', '/sign-in', '/keys', '/keys/ssh', '/keys/7', '/explain?key=7'])('is what %s answers', async (path) => {
    const { status, headers, bytes } = await ask(path, html)
    expect([status, headers['content-type'], headers['cache-control']]).toEqual([
      200,
      'text/html; charset=utf-8',
      'no-store',
    ])
    expect(String(bytes)).toMatch(/^<meta name="csp-nonce" content="[\w-]{22}">/)
  })

  it('says where the API is', async () => {
    expect(String((await ask('/', html)).bytes)).toContain('<i>:7070</i>')
  })

  it('has a nonce of its own each time, in the policy and wherever the page wants it', async () => {
    const nonces = await Promise.all(
      ['/', '/'].map(async (path) => {
        const { headers, bytes } = await ask(path, html)
        const [, nonce] = /content="([^"]+)"/.exec(String(bytes))!
        expect(String(bytes)).toContain(`<p>${nonce}</p>`)
        expect(headers['content-security-policy']).toBe(
          `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonce}'; img-src 'self' data:; ` +
            "font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        )
        return nonce
      }),
    )
    expect(nonces[0]).not.toBe(nonces[1])
  })

  it('shuts out other sites, and says so for a year behind TLS', async () => {
    const { headers } = await ask('/', html)
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-resource-policy': 'same-origin',
    })
    expect(headers['permissions-policy']).toContain('camera=()')
    expect(headers['strict-transport-security']).toBeUndefined()
    expect((await ask('/', { ...html, 'X-Test': 'tls' })).headers['strict-transport-security']).toBe('max-age=31536000')
  })

  it('answers HEAD without a body', async () => {
    const { status, bytes } = await ask('/', html, 'HEAD')
    expect([status, bytes.length]).toEqual([200, 0])
  })

  it.each([
    ['does not take text/html', '/', { Accept: 'application/json' }, 'GET'],
    ['says nothing of what it takes', '/', {}, 'GET'],
    ['brings a key', '/', { ...html, Authorization: 'Bearer x' }, 'GET'],
    ['brings a key in the query', '/?api_key=x', html, 'GET'],
    ['writes', '/', html, 'POST'],
    ['is for an endpoint', '/api/v0/auth/apikeys/', html, 'GET'],
    ['is for one of the API behind', '/api/v0/instances/', html, 'GET'],
    ['is below /keyporter/', '/keyporter/nothing', html, 'GET'],
    ['is for a file that is not there', '/assets/none.js', html, 'GET'],
    ['is for the page by its name', '/index.html', html, 'GET'],
    ['leaves the folder', '/assets/%2e%2e/index.html', html, 'GET'],
  ])('is no answer to what %s', async (_what, path, headers, method) => {
    expect(await isLeftAlone(path, headers, method)).toBe(true)
  })
})

it('no endpoint of ours stands where a page could', () => {
  for (const { path } of endpoints) expect(path).toMatch(/^\/(?:api|keyporter)\//)
})

describe('an asset', () => {
  it('is kept for a year, whoever asks', async () => {
    const { status, headers, bytes } = await ask('/assets/index-abc.js')
    expect([status, String(bytes)]).toEqual([200, script])
    expect(headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      vary: 'Accept-Encoding',
    })
    const again = await ask('/assets/index-abc.js', { 'If-None-Match': headers.etag! })
    expect([again.status, again.bytes.length]).toEqual([304, 0])
    expect((await ask('/assets/index-abc.js', { 'If-None-Match': '"other"' })).status).toBe(200)
  })

  it.each([
    ['gzip', 'gzip', gunzipSync],
    ['gzip, deflate, br', 'br', brotliDecompressSync],
    ['br;q=0, gzip;q=0.5', 'gzip', gunzipSync],
  ])('comes compressed to who accepts %s', async (accepted, coding, decompress) => {
    const { headers, bytes } = await ask('/assets/index-abc.js', { 'Accept-Encoding': accepted })
    expect(headers['content-encoding']).toBe(coding)
    expect(bytes.length).toBeLessThan(script.length / 10)
    expect(String(decompress(bytes))).toBe(script)
  })

  it('of a kind that is compressed already comes as it is', async () => {
    const { headers } = await ask('/assets/letters-abc.woff2', { 'Accept-Encoding': 'gzip, br' })
    expect([headers['content-encoding'], headers['content-type']]).toEqual([undefined, 'font/woff2'])
  })

  it('outside the folder of assets is asked for again each time', async () => {
    const { headers } = await ask('/favicon.svg')
    expect([headers['content-type'], headers['cache-control']]).toEqual(['image/svg+xml', 'no-cache'])
    expect(headers['content-security-policy']).toBe("default-src 'none'; frame-ancestors 'none'")
  })
})

it('there is no console without its build', () => {
  expect(openConsoleFiles({ dir: join(dir, 'nothing'), behindTls: false, api: '' })).toBeNull()
})
