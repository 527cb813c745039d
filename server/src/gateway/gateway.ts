/**
 * The gateway: forwards what was allowed to the upstream (design section 3). Decides nothing and repeats nothing; its only
 * state is which exchanges are running.
 */
import { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Address, printTarget } from '@keyporter/core'
import { type Dispatcher, Pool } from 'undici'
import { Fault } from '../fault.js'
import { createConnector } from './connector.js'
import type { Exchange, Running } from './exchange.js'
import { createPeerFinder } from './forwarded.js'
import { findRequestProblem, isValidSwitch, printSwitch } from './handshake.js'
import { Relay, type RelayParts, type Switched } from './relay.js'
import { buildRequestHeaders } from './request-headers.js'
import { openRunning } from './running.js'
import { createSlots } from './slots.js'
import { closeSoon, openTunnel } from './tunnel.js'
import { openUpload } from './upload.js'

export interface GatewayOptions {
  /** http or https; its path, if any, is put before every forwarded path. */
  readonly upstream: URL
  /** Time to get a connection: to wait for a free one, and again for the upstream to accept a new one. */
  readonly connectTimeoutMs: number
  /** Time from the end of the request to the head of the answer. */
  readonly headersTimeoutMs: number
  /** Time for which the body of an answer, or a client that should take it, may stand still. */
  readonly bodyIdleTimeoutMs: number
  /** Pass the Authorization header on. */
  readonly passSecret: boolean
  /** Most requests at the upstream at once. Tunnels do not count once they are open. */
  readonly connections: number
  /** Whether what a peer says in X-Forwarded-* and Forwarded may be kept. */
  readonly trustedProxy: (address: Address) => boolean
  /** Told of each exchange and tunnel when it begins; what it returns is called at its end. */
  readonly watch?: (running: Running) => () => void
  /** How long `close` waits for what is running; 10 s when not given. */
  readonly drainMs?: number
}

export interface Gateway {
  /**
   * Forwards a request and its answer; resolves when the exchange is over, also when it had to be cut. Rejects only while
   * nothing was sent to the client. Faults: `upstream_failed`, `upstream_timeout`, `busy`, `not_implemented`.
   */
  forward(exchange: Exchange, res: ServerResponse): Promise<void>
  /**
   * Forwards a request to open a WebSocket, and everything after. `socket` must not be assigned to a response, and is
   * again free of one where this rejects. Faults: those of `forward`, and `bad_request` where it is no such request.
   */
  tunnel(exchange: Exchange, socket: Duplex, head: Buffer): Promise<void>
  /** Takes nothing new, waits for what is running, as long as `drainMs` when not told otherwise, then cuts it. */
  close(waitMs?: number): Promise<void>
}

/** Query member that carries the secret for old clients (decision A31). */
const secretMember = 'api_key'
const maxHeaderBytes = 65_536
const defaultDrainMs = 10_000

export function openGateway(options: GatewayOptions): Gateway {
  const { upstream, bodyIdleTimeoutMs } = options
  const base = upstream.pathname.replace(/\/+$/, '')
  const findPeer = createPeerFinder(options.trustedProxy)
  const running = openRunning(options.watch ?? (() => () => {}))
  const pool = new Pool(upstream.origin, {
    connections: options.connections,
    pipelining: 1,
    connect: createConnector(options.connectTimeoutMs),
    headersTimeout: options.headersTimeoutMs,
    bodyTimeout: bodyIdleTimeoutMs,
    maxHeaderSize: maxHeaderBytes,
  })
  const parts: RelayParts = {
    pool,
    slots: createSlots(options.connections, options.connectTimeoutMs),
    clientIdleMs: bodyIdleTimeoutMs,
  }

  function describeRequest(exchange: Exchange): Dispatcher.DispatchOptions & { headers: string[] } {
    const { target, method } = exchange.request
    return {
      path: base + printTarget(target, secretMember),
      method,
      headers: buildRequestHeaders(exchange, findPeer(exchange.req.socket), options),
    }
  }

  async function forward(exchange: Exchange, res: ServerResponse): Promise<void> {
    if (running.closing) throw describeClosing()
    if (res.destroyed || exchange.req.socket.destroyed) return
    const request = describeRequest(exchange)
    request.body = openUpload(exchange, request.headers)
    const relay = new Relay(parts, exchange, request, res)
    const place = running.add(relay)
    try {
      parts.slots.enter(relay)
      await relay.over
    } finally {
      running.delete(place)
    }
  }

  async function tunnel(exchange: Exchange, socket: Duplex, head: Buffer): Promise<void> {
    // Whatever becomes of this connection, its errors are told by its end.
    socket.on('error', () => {})
    if (running.closing) throw describeClosing()
    const problem = findRequestProblem(exchange.req)
    if (problem) throw new Fault('bad_request', problem)
    if (socket.destroyed) return
    const request = { ...describeRequest(exchange), upgrade: 'websocket' }
    const res = answerOn(exchange, socket, bodyIdleTimeoutMs)
    const relay = new Relay(parts, exchange, request, res)
    let place = running.add(relay)
    try {
      parts.slots.enter(relay)
      const switched = await relay.over.finally(() => res.detachSocket(socket as Socket))
      if (!switched) return
      switchProtocols(exchange, socket, head, switched)
      const open = openTunnel(exchange, socket, switched.upstream, bodyIdleTimeoutMs)
      // The one before the other is let go: at no moment is this connection out of reach.
      const next = running.add(open)
      running.delete(place)
      place = next
      await open.over
    } finally {
      running.delete(place)
    }
  }

  const close = async (waitMs = options.drainMs ?? defaultDrainMs) => {
    await running.close(waitMs, describeClosing())
    await pool.destroy()
  }

  return { forward, tunnel, close }
}

/** A response on a connection that is no longer read as HTTP. The connection ends with it. */
function answerOn({ req, requestId }: Exchange, socket: Duplex, idleMs: number): ServerResponse {
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  res.setHeader('X-Request-Id', requestId)
  res.assignSocket(socket as Socket)
  res.once('finish', () => closeSoon(socket, idleMs))
  return res
}

/** Passes the 101 on. Faults: `upstream_failed` when it is no valid one. */
function switchProtocols(
  { req, requestId }: Exchange,
  socket: Duplex,
  head: Buffer,
  { headers, upstream }: Switched,
): void {
  try {
    if (!isValidSwitch(req, headers)) throw new Error('the answer does not fit the handshake')
    const text = printSwitch(headers, requestId)
    if (head.length > 0) socket.unshift(head)
    socket.write(text, 'latin1')
  } catch (cause) {
    upstream.destroy()
    throw new Fault('upstream_failed', 'The upstream gave no valid answer to the WebSocket handshake.', { cause })
  }
}

function describeClosing(): Fault {
  return new Fault('busy', 'This server is shutting down.')
}
