/** Which pages of the world may ask, and read the answers: those of the origins that are listed. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerPreflight, isPreflight, listCorsHeaders } from '../../src/http/cors.js'

const listed = 'https://page.example'
let origins = new Set<string>()
let server: Server
beforeAll(async () => {
  server = createServer((req, res) => {
    const headers = listCorsHeaders({ origins }, req)
    for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i]!, headers[i + 1]!)
    if (isPreflight(req)) answerPreflight({ origins }, req, res)
    else res.end('decided')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
})
afterAll(() => server.close())

function ask(method: string, headers: Record<string, string>) {
  return new Promise<Record<string, string | number | undefined>>((resolve, reject) => {
    const { port } = server.address() as AddressInfo
    const outgoing = request({ port, host: '127.0.0.1', method, headers, agent: false }, (response) => {
      response.resume().once('end', () => {
        const { headers: had } = response
        resolve({
          status: response.statusCode,
          vary: had.vary,
          origin: had['access-control-allow-origin'],
          credentials: had['access-control-allow-credentials'],
          exposed: had['access-control-expose-headers'],
          methods: had['access-control-allow-methods'],
          headers: had['access-control-allow-headers'],
          seconds: had['access-control-max-age'],
        })
      })
    })
    outgoing.on('error', reject).end()
  })
}

const requestMethod = { 'Access-Control-Request-Method': 'PUT' }
const nothing = {
  vary: undefined,
  origin: undefined,
  credentials: undefined,
  exposed: undefined,
  methods: undefined,
  headers: undefined,
  seconds: undefined,
}
const readable = { vary: 'Origin', origin: listed, exposed: 'WWW-Authenticate, X-Request-Id, Retry-After' }
const allowing = { methods: 'GET, HEAD, POST, PUT, PATCH, DELETE', seconds: '600' }

describe('with an origin listed', () => {
  beforeAll(() => {
    origins = new Set([listed])
  })

  it('a page of that origin reads answers, without credentials', async () => {
    expect(await ask('GET', { Origin: listed })).toEqual({ ...nothing, status: 200, ...readable })
  })

  it.each(['https://other.example', 'https://page.example.other.example', 'https://page.example:8443', 'null'])(
    'a page of %s reads none, and caches keep the answers apart',
    async (origin) => {
      expect(await ask('GET', { Origin: origin })).toEqual({ ...nothing, status: 200, vary: 'Origin' })
    },
  )

  it('a request without an origin is kept apart by caches too', async () => {
    expect(await ask('GET', {})).toEqual({ ...nothing, status: 200, vary: 'Origin' })
  })

  it('its preflight is answered with what it may send', async () => {
    const answer = await ask('OPTIONS', {
      Origin: listed,
      ...requestMethod,
      'Access-Control-Request-Headers': 'authorization',
    })
    expect(answer).toEqual({ ...nothing, status: 204, ...readable, ...allowing, headers: 'authorization' })
    const plain = await ask('OPTIONS', { Origin: listed, ...requestMethod })
    expect(plain).toEqual({ ...nothing, status: 204, ...readable, ...allowing })
  })

  it('the preflight of another is answered without leave', async () => {
    const answer = await ask('OPTIONS', { Origin: 'https://other.example', ...requestMethod })
    expect(answer).toEqual({ ...nothing, status: 204, vary: 'Origin' })
  })

  it.each([
    ['without an origin', 'OPTIONS', requestMethod],
    ['that names no method', 'OPTIONS', { Origin: listed }],
    ['by another method', 'POST', { Origin: listed, ...requestMethod }],
  ])('a request %s is no preflight, and is decided', async (_name, method, headers) => {
    expect(await ask(method, headers)).toMatchObject({ status: 200, methods: undefined })
  })
})

describe('with none listed', () => {
  beforeAll(() => {
    origins = new Set()
  })

  it('nothing is said to anybody, and caches need not know of origins', async () => {
    expect(await ask('GET', { Origin: listed })).toEqual({ ...nothing, status: 200 })
    expect(await ask('OPTIONS', { Origin: listed, ...requestMethod })).toEqual({ ...nothing, status: 204 })
  })
})
