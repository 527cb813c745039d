/** A gateway behind a server that allows everything, and upstreams of every temper. All of it closes after each test. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http'
import {
  type AddressInfo,
  connect,
  createServer as createRawServer,
  type Server as RawServer,
  type Socket,
} from 'node:net'
import type { Duplex } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import {
  type Allow,
  builtinCatalog,
  canonicaliseTarget,
  compileGrant,
  type KeyPrincipal,
  loadCatalog,
  parseAddress,
  printAddress,
  readStoredPermissions,
} from '@keyporter/core'
import { afterEach } from 'vitest'
import { Fault, type FaultCode } from '../../src/fault.js'
import type { Exchange } from '../../src/gateway/exchange.js'
import { type Gateway, type GatewayOptions, openGateway } from '../../src/gateway/gateway.js'

const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup()
})

/** Runs after the test, last come first. */
export function cleanUp(cleanup: () => unknown): void {
  cleanups.push(cleanup)
}

const catalog = loadCatalog([
  builtinCatalog,
  {
    own: false,
    entries: [
      {
        id: 'api.thing.show',
        method: 'GET',
        path: '/things/{id}',
        category: 'thing_read',
        params: { path: { id: 'integer' } },
      },
    ],
  },
])

/** Key 42 of account 7, with full powers. */
export function makePrincipal(name: string | null): KeyPrincipal {
  const permissions = readStoredPermissions({ api: { '*': {} } })
  return {
    kind: 'key',
    key: {
      id: 42,
      name,
      permissions,
      addresses: null,
      notBefore: null,
      expiresAt: null,
      disabledAt: null,
      deletedAt: null,
      resetAt: null,
    },
    account: { id: 7, operator: false, suspendedAt: null },
    grant: compileGrant(permissions, catalog),
  }
}

export interface FrontOptions extends Partial<Omit<GatewayOptions, 'upstream'>> {
  /** Null: nobody is known to be calling. */
  readonly principal?: KeyPrincipal | null
  /** Bodies are read whole before they are forwarded, as where a constraint needs them. */
  readonly buffer?: boolean
  /** What the server itself says on every answer. */
  readonly answerHeaders?: Record<string, string>
}

export interface Front {
  readonly port: number
  readonly gateway: Gateway
  readonly server: Server
  /** How each exchange or tunnel ended, in order: a fault code or `over`. */
  readonly ends: (FaultCode | 'over' | 'broken')[]
}

const statuses: Partial<Record<FaultCode, number>> = {
  bad_request: 400,
  not_implemented: 501,
  upstream_failed: 502,
  busy: 503,
  upstream_timeout: 504,
}

export async function openFront(upstream: string, options: FrontOptions = {}): Promise<Front> {
  const { principal = makePrincipal('ci'), buffer: buffered = false, answerHeaders = {}, ...rest } = options
  const gateway = openGateway({
    upstream: new URL(upstream),
    connectTimeoutMs: 2_000,
    headersTimeoutMs: 10_000,
    bodyIdleTimeoutMs: 10_000,
    passSecret: false,
    connections: 16,
    trustedProxy: () => false,
    drainMs: 0,
    ...rest,
  })
  const ends: Front['ends'] = []
  const makeExchange = async (req: IncomingMessage): Promise<Exchange> => {
    const result = canonicaliseTarget(req.url!)
    if (!result.ok) throw new Error(result.problem)
    const client = parseAddress(req.socket.remoteAddress!)!
    const body = buffered ? makeView(await buffer(req)) : undefined
    const match = catalog.match(req.method!, result.target.segments)
    const decision: Allow = { allowed: true, principal, match }
    return {
      req,
      requestId: 'request-1',
      request: { method: req.method!, target: result.target, body: body?.length === 0 ? null : body, client },
      decision,
      clientText: printAddress(client),
      digest: null,
      epoch: 0,
    }
  }
  const answerFault = (res: ServerResponse, thrown: unknown) => {
    const code = thrown instanceof Fault ? thrown.code : 'broken'
    ends.push(code)
    if (res.headersSent) throw new Error('a fault after the head was sent')
    const body = JSON.stringify({ error: code, msg: String((thrown as Error).message) })
    res.writeHead(statuses[code as FaultCode] ?? 500, { 'Content-Length': body.length }).end(body)
  }
  const server = createServer((req, res) => {
    for (const [name, value] of Object.entries(answerHeaders)) res.setHeader(name, value)
    makeExchange(req)
      .then((exchange) => gateway.forward(exchange, res))
      .then(() => ends.push('over'))
      .catch((thrown) => answerFault(res, thrown))
  })
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    makeExchange(req)
      .then((exchange) => gateway.tunnel(exchange, socket, head))
      .then(() => ends.push('over'))
      .catch((thrown) => {
        const code: FaultCode | 'broken' = thrown instanceof Fault ? thrown.code : 'broken'
        ends.push(code)
        socket.end(`HTTP/1.1 ${statuses[code as FaultCode] ?? 500} ${code}\r\nConnection: close\r\n\r\n`)
      })
  })
  const port = await listen(server)
  cleanUp(() => gateway.close())
  return { port, gateway, server, ends }
}

/** The same bytes as part of a larger buffer. */
function makeView(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from('before'), bytes, Buffer.from('after')]).subarray(6, 6 + bytes.length)
}

/** An upstream that speaks HTTP. */
export async function openUpstream(handler: RequestListener, server: Server = createServer()): Promise<string> {
  server.on('request', handler)
  return `http://127.0.0.1:${await listen(server)}`
}

/** An upstream that may say anything. */
export async function openRawUpstream(handler: (socket: Socket) => void): Promise<string> {
  const server = createRawServer((socket) => {
    socket.on('error', () => {})
    handler(socket)
  })
  return `http://127.0.0.1:${await listen(server)}`
}

/** An upstream that says `answer` to each connection, once a request's head is in, then ends it if told so. */
export function openScriptedUpstream(answer: string | Buffer, end = false): Promise<string> {
  return openRawUpstream((socket) => {
    socket.once('data', () => {
      socket.write(answer)
      if (end) socket.end()
    })
  })
}

/** What an echo upstream received. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly rawHeaders: string[]
  readonly body: string
}

/** An upstream that answers with what it received. */
export function openEcho(): Promise<string> {
  return openUpstream(async (req, res) => {
    const body = (await buffer(req)).toString('latin1')
    const seen: Seen = { method: req.method!, url: req.url!, rawHeaders: req.rawHeaders, body }
    res.setHeader('Content-Type', 'application/json')
    res.end(JSON.stringify(seen))
  })
}

export interface Answer {
  readonly status: number
  readonly reason: string
  /** Names in lower case. */
  readonly headers: (readonly [name: string, value: string])[]
  /** As on the wire, in Latin-1. */
  readonly body: string
  header(name: string): string | undefined
  /** The body of an echo. */
  seen(): Seen
}

/** Sends bytes as they are; gives everything that came back until the other side ended. */
export async function exchangeRaw(port: number, request: string | Buffer): Promise<string> {
  const socket = openClient(port)
  socket.write(request)
  const answer = (await buffer(socket)).toString('latin1')
  socket.destroy()
  return answer
}

/** Sends one request with exactly these header lines and reads the answer. */
export async function send(
  port: number,
  requestLine: string,
  lines: readonly string[] = [],
  body: string | Buffer = '',
): Promise<Answer> {
  const head = [`${requestLine} HTTP/1.1`, 'Host: api.example', 'Connection: close', ...lines]
  const request = Buffer.concat([Buffer.from(`${head.join('\r\n')}\r\n\r\n`, 'latin1'), Buffer.from(body)])
  return parseAnswer(await exchangeRaw(port, request))
}

export function parseAnswer(text: string): Answer {
  const split = text.indexOf('\r\n\r\n')
  const [statusLine, ...lines] = text.slice(0, split).split('\r\n')
  const [, status, reason] = /^HTTP\/1\.1 (\d{3}) ?(.*)$/.exec(statusLine ?? '') ?? []
  const headers = lines.map((line) => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const
  })
  const body = text.slice(split + 4)
  const header = (name: string) => headers.find((pair) => pair[0] === name)?.[1]
  return {
    status: Number(status),
    reason: reason ?? '',
    headers,
    body,
    header,
    seen() {
      const bytes = header('transfer-encoding') === 'chunked' ? dechunk(body) : body
      return JSON.parse(Buffer.from(bytes, 'latin1').toString())
    },
  }
}

function dechunk(body: string): string {
  let text = ''
  let rest = body
  for (;;) {
    const length = Number.parseInt(rest, 16)
    if (!(length > 0)) return text
    const start = rest.indexOf('\r\n') + 2
    text += rest.slice(start, start + length)
    rest = rest.slice(start + length + 2)
  }
}

/** Values under which a name, as spelt, reached the upstream. */
export function valuesOf(seen: Seen, name: string): string[] {
  return seen.rawHeaders.filter((_, i) => i % 2 === 1 && seen.rawHeaders[i - 1]!.toLowerCase() === name.toLowerCase())
}

export function openClient(port: number): Socket {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  socket.on('error', () => {})
  cleanUp(() => socket.destroy())
  return socket
}

/** Resolves once `test` holds. The test's own time limit bounds it. */
export async function until(test: () => boolean): Promise<void> {
  while (!test()) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function listen(server: Server | RawServer): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  cleanUp(async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of sockets) socket.destroy()
    await closed
  })
  return (server.address() as AddressInfo).port
}
