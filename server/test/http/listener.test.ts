/** The listener on raw sockets: what is malformed, oversized, half-said or half-closed, answered and let go of. */
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answerMalformed, limitUpload } from '../../src/http/sockets.js'
import { cleanUp, exchangeRaw, openClient, parseAnswer, until } from '../gateway/front.js'
import { type Front, openFront } from './front.js'

let front: Front
let port: number
let bearer: string

beforeAll(async () => {
  front = await openFront()
  port = Number(new URL(front.url).port)
  bearer = `Authorization: Bearer ${front.secret}`
})
afterAll(() => front.close())

function text(requestLine: string, lines: readonly string[] = [], body = ''): string {
  return `${[requestLine, 'Host: api.example', ...lines].join('\r\n')}\r\n\r\n${body}`
}

function get(path: string, ...lines: string[]): string {
  return text(`GET ${path} HTTP/1.1`, lines)
}

/** One request on a connection that ends with it. */
async function ask(requestLine: string, lines: readonly string[] = [], body = '') {
  return parseAnswer(await exchangeRaw(port, text(requestLine, ['Connection: close', ...lines], body)))
}

/** Everything that came back, split into answers. */
function splitAnswers(all: string): ReturnType<typeof parseAnswer>[] {
  return all.split(/(?=HTTP\/1\.1 \d{3})/).map(parseAnswer)
}

function expectError(answer: ReturnType<typeof parseAnswer>, status: number, error: string): void {
  expect([answer.status, JSON.parse(answer.body)]).toEqual([
    status,
    expect.objectContaining({
      success: false,
      error,
      msg: expect.any(String),
      request_id: expect.toSatisfy(isRequestId),
    }),
  ])
  expect(answer.header('content-type')).toBe('application/json; charset=utf-8')
}

const isRequestId = (value: unknown) => value === null || typeof value === 'string'

/** Resolves once the server has let go of a connection that this side keeps open. */
async function awaitRelease(socket: Socket): Promise<void> {
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  // What is sent to a socket that is gone is answered by a reset; to a half-open one, by nothing.
  const prod = setInterval(() => socket.write('x'), 100)
  await closed
  clearInterval(prod)
}

async function listen(server: Server): Promise<number> {
  cleanUp(() => server.close())
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

const chunked = 'Transfer-Encoding: chunked'
const post = 'POST /api/v0/auth/apikeys/ HTTP/1.1'

describe('malformed requests', () => {
  it.each([
    ['what is no HTTP', 'GARBAGE\r\n\r\n'],
    ['a version of HTTP that is not spoken', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['an unknown method', text('TRACK / HTTP/1.1')],
    ['a folded header', get('/', 'X: a\r\n b')],
    ['NUL in a header', get('/', 'X: a\0b')],
    ['line feeds alone', 'GET / HTTP/1.1\nHost: x\n\n'],
    // Not every parser of Node refuses it: where it is left to us, only the request is at fault, not the connection.
    ['raw bytes in the target', get('/caf\xe9', 'Connection: close')],
    ['Content-Length beside Transfer-Encoding', text(post, ['Content-Length: 3', chunked], '0\r\n\r\n')],
    ['two Content-Length', text(post, ['Content-Length: 2', 'Content-Length: 3'], '{}')],
    ['a list of Content-Length', text(post, ['Content-Length: 2, 2'], '{}')],
    ['a signed Content-Length', text(post, ['Content-Length: +2'], '{}')],
    ['two Transfer-Encoding', text(post, [chunked, chunked], '0\r\n\r\n')],
    ['a Transfer-Encoding that is not chunked in the end', text(post, ['Transfer-Encoding: xchunked'], '0\r\n\r\n')],
    ['a space before the colon', text(post, ['Transfer-Encoding : chunked'], '0\r\n\r\n')],
    ['a chunk size that is none', text(post, [chunked], 'ZZ\r\n')],
    ['a chunk size in another base', text(post, [chunked], '0x2\r\n{}\r\n0\r\n\r\n')],
    ['a chunk size beyond counting', text(post, [chunked], 'fffffffffffffffff\r\n')],
  ])('answer 400 in the shape of every error, and end the connection: %s', async (_name, request) => {
    // With a good key: without one, the head alone is answered 401.
    const answer = parseAnswer(await exchangeRaw(port, request.replace('Host:', `${bearer}\r\nHost:`)))
    expectError(answer, 400, 'bad_request')
    expect(answer.header('connection')).toBe('close')
  })

  it.each([
    ['no Host', 'GET /keyporter/whoami HTTP/1.1\r\n\r\n'],
    ['two Hosts', get('/keyporter/whoami', 'host: other.example')],
    ['an absolute target', get('http://api.example/keyporter/whoami')],
    ['the target *', text('OPTIONS * HTTP/1.1')],
    ['TRACE', text('TRACE /keyporter/whoami HTTP/1.1')],
    ['CONNECT', text('CONNECT api.example:80 HTTP/1.1')],
    ['two Authorization headers', get('/keyporter/whoami', 'Authorization: Bearer a', 'authorization: Bearer a')],
    ['a target beyond 16 KiB', get(`/${'a'.repeat(16_384)}`)],
  ])('answer 400 with a request id: %s', async (_name, request) => {
    const socket = openClient(port)
    socket.end(request)
    const answer = parseAnswer((await buffer(socket)).toString('latin1'))
    expectError(answer, 400, 'bad_request')
    expect(JSON.parse(answer.body).request_id).toBe(answer.header('x-request-id'))
  })

  it('answers 431 to headers beyond 32 KiB', async () => {
    expectError(parseAnswer(await exchangeRaw(port, get('/', `X: ${'a'.repeat(33_000)}`))), 431, 'headers_too_large')
  })

  it('answers 408 to headers that do not arrive in time', async () => {
    const server = createServer()
    server.on('connection', (socket) => {
      answerMalformed(Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket)
    })
    const late = openClient(await listen(server))
    expectError(parseAnswer((await buffer(late)).toString()), 408, 'timeout')
  })

  it('serves HTTP/1.0 without Host, and ignores expectations it does not know', async () => {
    const old = parseAnswer(await exchangeRaw(port, 'GET /keyporter/healthz HTTP/1.0\r\n\r\n'))
    const expecting = await ask('GET /keyporter/healthz HTTP/1.1', ['Expect: miracles'])
    expect([old.status, expecting.status]).toEqual([200, 200])
  })
})

describe('bodies', () => {
  const body = (bytes: number) => JSON.stringify({ name: 'a'.repeat(bytes - 11) })

  it('are read up to 1 MiB, and answered 413 above', async () => {
    const json = [bearer, 'Content-Type: application/json']
    for (const framing of ['length', 'chunks']) {
      const send = (content: string) =>
        framing === 'length'
          ? ask(post, [...json, `Content-Length: ${content.length}`], content)
          : ask(post, [...json, chunked], `${content.length.toString(16)}\r\n${content}\r\n0\r\n\r\n`)
      // The largest is read, and found to hold too long a name.
      expectError(await send(body(1_048_576)), 400, 'bad_request')
      expectError(await send(body(1_048_577)), 413, 'too_large')
    }
  })

  it('are not asked for where the request is refused, and an upload that goes on all the same is cut', async () => {
    const socket = openClient(port)
    let received = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      received += chunk
    })
    socket.write(text(post, ['Expect: 100-continue', 'Content-Length: 1000000']))
    await until(() => received.includes('request_id'))
    expect(parseAnswer(received).status).toBe(401)
    await awaitRelease(socket)
    expect(received).not.toContain('100 Continue')
  })

  it('are asked for where the request is let in', async () => {
    const lines = [bearer, 'Expect: 100-continue', 'Content-Type: application/json', 'Content-Length: 2']
    const answers = splitAnswers(await exchangeRaw(port, text(post, ['Connection: close', ...lines], '{}')))
    expect(answers.map(({ status }) => status)).toEqual([100, 200])
  })

  it('are asked for once, also where a constraint takes them before the endpoint does', async () => {
    const permissions = { api: { user_write: { 'api.apikey.create': { constraints: { name: { eq: 'CI' } } } } } }
    const constrained = await front.call('POST', '/api/v0/auth/apikeys/', {
      secret: front.secret,
      body: { permissions },
    })
    const bearerOfIt = `Authorization: Bearer ${constrained.body.key}`
    const lines = [bearerOfIt, 'Expect: 100-continue', 'Content-Type: application/json', 'Content-Length: 13']
    const answers = splitAnswers(await exchangeRaw(port, text(post, ['Connection: close', ...lines], '{"name":"CI"}')))
    expect(answers.map(({ status }) => status)).toEqual([100, 200])
  })

  it('that end early are answered 400', async () => {
    const socket = openClient(port)
    socket.end(text(post, [bearer, 'Content-Length: 20'], '{"name"'))
    expectError(parseAnswer((await buffer(socket)).toString()), 400, 'bad_request')
  })
})

describe('pipelined requests', () => {
  it('are answered in order', async () => {
    const all =
      get('/keyporter/whoami', bearer) + get('/keyporter/whoami') + get('/keyporter/healthz', 'Connection: close')
    expect(splitAnswers(await exchangeRaw(port, all)).map(({ status }) => status)).toEqual([200, 401, 200])
  })

  it('have their answers before what follows them is called malformed', async () => {
    const answers = splitAnswers(await exchangeRaw(port, `${get('/keyporter/whoami', bearer)}GARBAGE\r\n\r\n`))
    expect(answers.map(({ status }) => status)).toEqual([200, 400])
  })

  it.each([
    ['an upgrade', get('/x', 'Connection: Upgrade', 'Upgrade: websocket')],
    ['CONNECT', text('CONNECT api.example:80 HTTP/1.1')],
  ])('may not end in %s: the connection is cut, nobody else is harmed', async (_name, second) => {
    await exchangeRaw(port, get('/keyporter/whoami', bearer) + second)
    expect((await ask('GET /keyporter/healthz HTTP/1.1')).status).toBe(200)
  })
})

describe('upgrades', () => {
  const h2c = ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__']

  it('to anything but a WebSocket are ignored, and refused on a request with a body', async () => {
    const ignored = parseAnswer(await exchangeRaw(port, get('/keyporter/healthz', ...h2c)))
    expect([ignored.status, ignored.body]).toEqual([200, '{"status":"ok"}'])
    const request = text(post, [bearer, ...h2c, 'Content-Length: 2'], '{}')
    expectError(parseAnswer(await exchangeRaw(port, request)), 400, 'bad_request')
  })

  it.each([
    ['without credentials', [], 401, 'auth_error'],
    ['on an own path', ['own'], 400, 'bad_request'],
  ] as const)('to a WebSocket %s are refused', async (_name, own, status, error) => {
    const lines = ['Connection: Upgrade', 'Upgrade: websocket', ...(own.length > 0 ? [bearer] : [])]
    expectError(parseAnswer(await exchangeRaw(port, get('/keyporter/whoami', ...lines))), status, error)
  })
})

describe('preflights', () => {
  it('are answered without credentials, and allow nobody unless configured', async () => {
    const lines = ['Origin: https://page.example', 'Access-Control-Request-Method: GET']
    const answer = await ask('OPTIONS /api/v0/users/current/ HTTP/1.1', lines)
    expect([answer.status, answer.header('access-control-allow-origin')]).toEqual([204, undefined])
  })

  it('any other OPTIONS is decided like a request', async () => {
    expectError(await ask('OPTIONS /api/v0/users/current/ HTTP/1.1'), 401, 'auth_error')
  })
})

describe('connections', () => {
  beforeEach(async () => {
    expect((await ask('GET /keyporter/healthz HTTP/1.1')).status).toBe(200)
  })

  it.each([
    ['after CONNECT', text('CONNECT api.example:80 HTTP/1.1')],
    ['after an upgrade that is refused', get('/x', 'Connection: Upgrade', 'Upgrade: websocket')],
    ['after an upgrade that is ignored', get('/keyporter/healthz', 'Connection: Upgrade', 'Upgrade: h2c')],
    ['in the middle of a body', text(post, [bearer, 'Content-Length: 20'], '{')],
  ])('that a client resets %s harm nobody', async (_name, request) => {
    for (let i = 0; i < 20; i++) {
      const socket = openClient(port)
      socket.write(request, () => socket.resetAndDestroy())
    }
    await delay(200)
    expect((await ask('GET /keyporter/healthz HTTP/1.1')).status).toBe(200)
  })

  it('are let go of after the answer, also where the client never ends them', async () => {
    const requests = [
      'GARBAGE\r\n\r\n',
      text('CONNECT api.example:80 HTTP/1.1'),
      get('/x', 'Connection: Upgrade', 'Upgrade: websocket'),
      get('/keyporter/healthz', 'Connection: Upgrade', 'Upgrade: h2c'),
      // The upload that was refused never comes.
      text(post, ['Content-Length: 1000'], '{'),
    ]
    const release = async (request: string) => {
      const socket = openClient(port)
      socket.resume().write(request)
      await awaitRelease(socket)
    }
    await Promise.all(requests.map(release))
  })

  it('time out between requests, whether or not the last one had a body', async () => {
    const serve: RequestListener = (req, res) => {
      limitUpload(req)
      req.resume().once('end', () => res.end())
    }
    const socket = openClient(await listen(createServer({ keepAliveTimeout: 100 }, serve)))
    socket.write(text(post, ['Content-Length: 2'], '{}'))
    expect(parseAnswer((await buffer(socket)).toString()).status).toBe(200)
  })
})
