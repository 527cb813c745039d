/**
 * The listener: takes requests from the socket, has each one authorised, and hands it to the management API or to the
 * gateway. Own paths are exactly the built-in catalog's routes and everything under /keyporter/ (decision A27).
 */
import { randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import {
  type AccessRequest,
  type Address,
  type Allow,
  denyForbiddenOrigin,
  type Match,
  type Principal,
  printAddress,
} from '@keyporter/core'
import type { Logger } from 'pino'
import type { Usage } from '../actions/usage.js'
import { type Authorizer, authorize, type Verdict } from '../authz/authorize.js'
import { hasBody, onceUnfinished, readBody } from '../authz/body.js'
import { isFromConsole } from '../authz/console-session.js'
import { Fault } from '../fault.js'
import type { Exchange } from '../gateway/exchange.js'
import type { Gateway } from '../gateway/gateway.js'
import { answerDenial, answerFault, requestIdHeader } from './answer.js'
import type { Connections } from './connections.js'
import type { ConsoleFiles } from './console-files.js'
import { answerPreflight, type Cors, isPreflight, setCorsHeaders } from './cors.js'
import type { Management } from './management.js'
import { answerMalformed, endSoon, limitUpload, lingerAfter } from './sockets.js'

export interface ListenerParts {
  readonly authorizer: Authorizer
  readonly management: Management
  /** Null without an upstream. */
  readonly gateway: Gateway | null
  readonly usage: Usage
  /** The verifier's count of applied changes. */
  readonly epoch: () => number
  readonly cors: Cors
  /** Null where the console is served elsewhere, or not at all. */
  readonly console: ConsoleFiles | null
  readonly logger: Logger
  readonly connections: Connections
}

const headersTimeoutMs = 15_000
/** How often Node looks for connections whose time is over. */
const checkMs = 5_000
const keepAliveTimeoutMs = 65_000
const maxHeaderBytes = 32_768
/** Of a body that signs somebody in: anybody may send one. */
const maxVisitBytes = 4_096

/** Makes the server; the caller listens and closes. */
export function createListener(parts: ListenerParts): Server {
  const server = createServer(
    // Bodies of any length and slowness are a matter of the endpoint: `limitUpload` bounds standstill, not duration.
    {
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: headersTimeoutMs,
      connectionsCheckingInterval: checkMs,
      requestTimeout: 0,
      keepAliveTimeout: keepAliveTimeoutMs,
      ServerResponse: parts.connections.Response,
      // Checked by `checkHost`, which answers in our own shape.
      requireHostHeader: false,
    },
    (req, res) => void serve(parts, req, res),
  )
  parts.connections.watch(server)
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => void serve(parts, req, res))
  // A server may ignore expectations that it does not know (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => void serve(parts, req, res))
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    const res = takeOver(req, socket)
    if (res) void serveUpgrade(parts, req, res, socket, head)
  })
  server.on('connect', (req: IncomingMessage, socket: Duplex) => {
    const res = takeOver(req, socket)
    if (res) refuseConnect(parts, req, res)
  })
  server.on('clientError', answerMalformed)
  return server
}

async function serve(parts: ListenerParts, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const requestId = begin(parts, req, res)
  try {
    if (isPreflight(req)) return answerPreflight(parts.cors, req, res)
    if (parts.console?.answer(req, res)) return
    const verdict = await admit(parts, req, res, requestId)
    if (!verdict) return
    if (isOwn(verdict)) return await serveOwn(parts, req, res, requestId, verdict)
    if (!parts.gateway) throw describeNoUpstream(verdict.decision)
    continueUpload(req, res)
    await parts.gateway.forward(makeExchange(req, requestId, verdict), res)
  } catch (thrown) {
    answerFault(res, requestId, thrown, parts.logger)
  }
}

async function serveOwn(
  parts: ListenerParts,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  { decision, request, client }: Admission,
): Promise<void> {
  if (!decision.match) throw new Fault('not_found', `There is no ${request.method} ${request.target.path} here.`)
  const { management } = parts
  const isVisit = management.visits.has(decision.match.endpoint.id)
  if (isVisit && !receiveVisit(parts, req, res, requestId, decision.match)) return
  continueUpload(req, res)
  const body = request.body === undefined ? await readBody(req, isVisit ? maxVisitBytes : undefined) : request.body
  const clientText = printClient(client)
  management.handle(req, res, { requestId, request, decision, body, client, clientText })
}

/** Lets in who visits the console; refuses, and returns false, what its own pages have not sent (login CSRF). */
function receiveVisit(
  { authorizer: { console: site } }: ListenerParts,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
  match: Match,
): boolean {
  if (!site) throw new Fault('not_found', 'The console is not served on this port.')
  if (match.endpoint.method === 'GET' || isFromConsole(site, req)) return true
  answerDenial(res, requestId, denyForbiddenOrigin(match))
  return false
}

/**
 * An Upgrade request. Only to a WebSocket, through the same decision; any other offer may be ignored by a server
 * (RFC 9110 section 7.8), so such a request is served as if it had made none.
 */
async function serveUpgrade(
  parts: ListenerParts,
  req: IncomingMessage,
  res: ServerResponse,
  socket: Duplex,
  head: Buffer,
): Promise<void> {
  const isWebSocket = req.headers.upgrade?.toLowerCase() === 'websocket'
  if (!isWebSocket && !hasBody(req)) {
    // Nothing more is read from it, but its end has to be noticed.
    socket.resume()
    return serve(parts, req, res)
  }
  const requestId = begin(parts, req, res)
  try {
    if (!isWebSocket)
      throw new Fault('bad_request', 'Only an upgrade to websocket is supported on a request with a body.')
    const verdict = await admit(parts, req, res, requestId)
    if (!verdict) return
    if (isOwn(verdict)) throw new Fault('bad_request', 'There is no WebSocket here.')
    if (!parts.gateway) throw describeNoUpstream(verdict.decision)
    res.detachSocket(res.socket!)
    await parts.gateway.tunnel(makeExchange(req, requestId, verdict), socket, head)
  } catch (thrown) {
    if (!res.socket) res.assignSocket(socket as Socket)
    answerFault(res, requestId, thrown, parts.logger)
  }
}

function refuseConnect(parts: ListenerParts, req: IncomingMessage, res: ServerResponse): void {
  answerFault(res, begin(parts, req, res), new Fault('bad_request', 'CONNECT is not supported.'), parts.logger)
}

/**
 * A response on a socket that the HTTP server has let go of, its errors included. The connection ends with it. Null where
 * the socket still carries the answer to an earlier request: nobody may go on to another protocol before having read that.
 */
function takeOver(req: IncomingMessage, socket: Duplex): ServerResponse | null {
  socket.on('error', () => socket.destroy())
  const res = new ServerResponse(req)
  res.shouldKeepAlive = false
  try {
    res.assignSocket(socket as Socket)
  } catch {
    socket.destroy()
    return null
  }
  res.on('finish', () => endSoon(socket))
  return res
}

function begin(parts: ListenerParts, req: IncomingMessage, res: ServerResponse): string {
  const requestId = randomUUID()
  res.setHeader(requestIdHeader, requestId)
  setCorsHeaders(parts.cors, req, res)
  if (hasBody(req)) onceUnfinished(req, () => watchUpload(req, res))
  return requestId
}

function watchUpload(req: IncomingMessage, res: ServerResponse): void {
  limitUpload(req)
  lingerAfter(req, res)
}

type Admission = Verdict & { readonly decision: Allow; readonly request: AccessRequest; readonly epoch: number }

/** Authorises; answers and returns null where the answer is no. */
async function admit(
  { authorizer, usage, epoch }: ListenerParts,
  req: IncomingMessage,
  res: ServerResponse,
  requestId: string,
): Promise<Admission | null> {
  if (req.method === 'TRACE') throw new Fault('bad_request', 'TRACE is not supported.')
  checkHost(req)
  const epochBefore = epoch()
  const judged = authorize(authorizer, req, () => continueUpload(req, res))
  const verdict = judged instanceof Promise ? await judged : judged
  const { decision, request, client } = verdict
  if (!decision.allowed || !request) {
    if (!decision.allowed) answerDenial(res, requestId, decision, verdict.retryAfterSeconds)
    return null
  }
  if (decision.principal) recordUse(usage, decision.principal, authorizer.now(), client)
  const { digest, retryAfterSeconds } = verdict
  return { decision, request, client, digest, retryAfterSeconds, epoch: epochBefore }
}

function recordUse(usage: Usage, principal: Principal, now: number, client: Address | null): void {
  if (principal.kind === 'key') usage.record(principal.key.id, now, printClient(client))
  else usage.recordSession(principal.session.id, now, printClient(client))
}

/** RFC 9112 section 3.2: 400 for a request of HTTP/1.1 without a Host header, and for any with more than one. */
function checkHost({ headers, httpVersion, rawHeaders }: IncomingMessage): void {
  if (headers.host === undefined && httpVersion === '1.1') throw new Fault('bad_request', 'A Host header is missing.')
  let hosts = 0
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length === 4 && name.toLowerCase() === 'host') hosts++
  }
  if (hosts > 1) throw new Fault('bad_request', 'More than one Host header.')
}

/** By address object: the requests of one connection share theirs. */
const printed = new WeakMap<Address, string>()

function printClient(client: Address | null): string | null {
  if (!client) return null
  let text = printed.get(client)
  if (text === undefined) {
    text = printAddress(client)
    printed.set(client, text)
  }
  return text
}

function isOwn({ decision, request }: Admission): boolean {
  return decision.match?.endpoint.own ?? request.target.segments[0] === 'keyporter'
}

function makeExchange(req: IncomingMessage, requestId: string, admission: Admission): Exchange {
  const { decision, request, client, digest, epoch } = admission
  return { req, requestId, request, decision, clientText: printClient(client), digest, epoch }
}

/** Decision A32: what is permitted but served nowhere is 501; what nobody knows is 404. */
function describeNoUpstream({ match }: Allow): Fault {
  return match
    ? new Fault('not_implemented', `${match.endpoint.id} is permitted, but there is no upstream to forward it to.`)
    : new Fault('not_found', 'There is no such endpoint here.')
}

/** Only a client that was let in is told to send its body (RFC 9110 section 10.1.1). */
function continueUpload(req: IncomingMessage, res: ServerResponse): void {
  if (req.headers.expect?.toLowerCase() === '100-continue' && !continued.has(req)) {
    continued.add(req)
    res.writeContinue()
  }
}

const continued = new WeakSet<IncomingMessage>()
