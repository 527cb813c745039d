/**
 * The listener: takes requests from the socket, has each one authorised, and hands it to the management API or to the
 * gateway. Own paths are exactly the built-in catalog's routes and everything under /keyporter/ (decision A27).
 */
import { createServer, type IncomingMessage, type Server, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type Allow, denyForbiddenOrigin, type Match } from '@keyporter/core'
import type { Logger } from 'pino'
import { hasBody, receiveBody } from '../authz/body.js'
import { isFromConsole, isOwnPath } from '../authz/console-session.js'
import { Fault } from '../fault.js'
import type { Exchange } from '../gateway/exchange.js'
import type { Gateway } from '../gateway/gateway.js'
import { type Admission, type AdmissionParts, admit, printClient } from './admission.js'
import { answerDenial, jsonType, sendText } from './answer.js'
import { type Arrival, answerThrown, begin, continueUpload, setHeaders } from './arrival.js'
import type { Connections } from './connections.js'
import type { ConsoleFiles } from './console-files.js'
import { answerPreflight, type Cors, isPreflight } from './cors.js'
import type { Management } from './management.js'
import type { Asked, Service } from './services.js'
import { answerMalformed, endSoon } from './sockets.js'

export interface ListenerParts extends AdmissionParts {
  readonly management: Management
  /** Null without an upstream. */
  readonly gateway: Gateway | null
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
    (req, res) => serve(parts, req, res),
  )
  parts.connections.watch(server)
  server.on('checkContinue', (req: IncomingMessage, res: ServerResponse) => serve(parts, req, res))
  // A server may ignore expectations that it does not know (RFC 9110 section 10.1.1).
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => serve(parts, req, res))
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

/** Serves a request, at once where nothing has to be waited for. */
function serve(parts: ListenerParts, req: IncomingMessage, res: ServerResponse): void {
  const arrival = begin(parts, req, res)
  try {
    if (isPreflight(req)) {
      setHeaders(arrival)
      answerPreflight(parts.cors, req, res)
      return
    }
    if (parts.console?.answer(req, res, arrival.headers)) return
    const admitted = admit(parts, arrival)
    const served =
      admitted instanceof Promise
        ? admitted.then((admission) => serveAdmitted(parts, arrival, admission))
        : serveAdmitted(parts, arrival, admitted)
    if (served instanceof Promise) served.catch((thrown) => answerThrown(parts, arrival, thrown))
  } catch (thrown) {
    answerThrown(parts, arrival, thrown)
  }
}

function serveAdmitted(parts: ListenerParts, arrival: Arrival, admission: Admission | null): void | Promise<void> {
  if (!admission) return
  if (isOwn(admission)) return serveOwn(parts, arrival, admission)
  if (!parts.gateway) throw describeNoUpstream(admission.decision)
  continueUpload(arrival)
  setHeaders(arrival)
  return parts.gateway.forward(makeExchange(arrival, admission), arrival.res)
}

function serveOwn(parts: ListenerParts, arrival: Arrival, admission: Admission): void {
  const { req, res } = arrival
  const { request } = admission
  const { match } = admission.decision
  if (!match) throw new Fault('not_found', `There is no ${request.method} ${request.target.path} here.`)
  const isVisit = parts.management.visits.has(match.endpoint.id)
  if (isVisit && !receiveVisit(parts, arrival, match)) return
  continueUpload(arrival)
  const service = parts.management.findService(match.endpoint.id)
  if (!service) setHeaders(arrival)
  const answer = (body: Uint8Array | null) => {
    // May be called by the stream, where nobody else would catch what it throws.
    try {
      if (service) answerService(parts, arrival, service, { req, res, request, body })
      else handleRouted(parts, arrival, admission, body)
    } catch (thrown) {
      answerThrown(parts, arrival, thrown)
    }
  }
  if (request.body !== undefined) answer(request.body)
  else receiveBody(req, answer, (fault) => answerThrown(parts, arrival, fault), isVisit ? maxVisitBytes : undefined)
}

/** Lets in who visits the console; refuses, and returns false, what its own pages have not sent (login CSRF). */
function receiveVisit({ authorizer: { console: site } }: ListenerParts, arrival: Arrival, match: Match): boolean {
  if (!site) throw new Fault('not_found', 'The console is not served on this port.')
  if (match.endpoint.method === 'GET' || isFromConsole(site, arrival.req)) return true
  setHeaders(arrival)
  answerDenial(arrival.res, arrival.requestId, denyForbiddenOrigin(match))
  return false
}

function answerService(parts: ListenerParts, arrival: Arrival, service: Service, asked: Asked): void {
  const send = (value: unknown) => sendText(arrival.res, jsonType, service.print(value), arrival.headers)
  const answer = service.answer(asked)
  if (answer instanceof Promise) answer.then(send).catch((thrown) => answerThrown(parts, arrival, thrown))
  else send(answer)
}

function handleRouted(
  { management }: ListenerParts,
  { req, res, requestId }: Arrival,
  { decision, request, client }: Admission,
  body: Uint8Array | null,
): void {
  management.handle(req, res, { requestId, request, decision, body, client, clientText: printClient(client) })
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
  const arrival = begin(parts, req, res)
  try {
    if (!isWebSocket)
      throw new Fault('bad_request', 'Only an upgrade to websocket is supported on a request with a body.')
    const admission = await admit(parts, arrival)
    if (!admission) return
    if (isOwn(admission)) throw new Fault('bad_request', 'There is no WebSocket here.')
    if (!parts.gateway) throw describeNoUpstream(admission.decision)
    res.detachSocket(res.socket!)
    await parts.gateway.tunnel(makeExchange(arrival, admission), socket, head)
  } catch (thrown) {
    if (!res.socket) res.assignSocket(socket as Socket)
    answerThrown(parts, arrival, thrown)
  }
}

function refuseConnect(parts: ListenerParts, req: IncomingMessage, res: ServerResponse): void {
  answerThrown(parts, begin(parts, req, res), new Fault('bad_request', 'CONNECT is not supported.'))
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

function isOwn({ decision, request }: Admission): boolean {
  return isOwnPath(decision.match, request.target)
}

function makeExchange({ req, requestId }: Arrival, admission: Admission): Exchange {
  const { decision, request, client, digest, epoch } = admission
  return { req, requestId, request, decision, clientText: printClient(client), digest, epoch }
}

/** Decision A32: what is permitted but served nowhere is 501; what nobody knows is 404. */
function describeNoUpstream({ match }: Allow): Fault {
  return match
    ? new Fault('not_implemented', `${match.endpoint.id} is permitted, but there is no upstream to forward it to.`)
    : new Fault('not_found', 'There is no such endpoint here.')
}
