/**
 * What clients do to sockets: malformed requests, uploads that stand still, bodies that nobody wants any more. Whatever a
 * client does or leaves undone, its socket is let go of within a bounded time.
 */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

const uploadIdleMs = 60_000
const lingerMs = 2_000

/** Ends a connection whose request body stands still for a minute, unless it is we who do not read it. */
export function limitUpload(req: IncomingMessage): void {
  const { socket } = req
  let seen = socket.bytesRead
  // A timer of its own: the socket's one timeout is what ends connections that are kept alive.
  const timer = setInterval(() => {
    if (socket.bytesRead === seen && !req.isPaused()) socket.destroy()
    seen = socket.bytesRead
  }, uploadIdleMs)
  const lift = () => clearInterval(timer)
  req.once('end', lift).once('close', lift)
}

/**
 * After an answer that came before the end of the body: the rest is read and thrown away for a moment, so that the client
 * sees the answer rather than a reset (RFC 9112 section 9.6), then the connection is cut.
 */
export function lingerAfter(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req
  const linger = () => {
    if (req.complete || socket.destroyed) return
    req.resume()
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    req.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  }
  if (res.writableFinished) linger()
  else res.once('finish', linger)
}

/** Ends a connection after what was written to it, in the same way: half-open, it would stay for as long as the client likes. */
export function endSoon(socket: Duplex): void {
  socket.end()
  socket.resume()
  const timer = setTimeout(() => socket.destroy(), lingerMs)
  socket.once('close', () => clearTimeout(timer))
}

/** Answers what the HTTP parser refuses, in the shape of every other error, once earlier requests have their answers. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // The parser says so again with each further byte.
  if (refused.has(socket)) return
  refused.add(socket)
  if (error.code === 'ECONNRESET') socket.destroy()
  else refuse(socket, printRefusal(describeParserError(error.code)))
}

const refused = new WeakSet<Duplex>()

function refuse(socket: Duplex, text: string): void {
  const running = findRunning(socket)
  if (running?.req.complete) {
    running.once('close', () => refuse(socket, text))
    return
  }
  // What is malformed is the body of a request whose answer has begun: only cutting it tells.
  if (!socket.writable || running?.headersSent) {
    socket.destroy()
    return
  }
  socket.write(text)
  endSoon(socket)
}

/** The response that has its turn on a socket. Node keeps it there, and asks for it itself where it answers such errors. */
function findRunning(socket: Duplex & { _httpMessage?: ServerResponse | null }): ServerResponse | null {
  return socket._httpMessage ?? null
}

interface Refusal {
  readonly status: number
  readonly code: string
  readonly msg: string
}

function printRefusal({ status, code, msg }: Refusal): string {
  const body = JSON.stringify({ success: false, error: code, msg, request_id: null })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  return `${head.join('\r\n')}\r\n\r\n${body}`
}

function describeParserError(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, code: 'headers_too_large', msg: 'The request line and headers are too large.' }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, code: 'timeout', msg: 'The request did not arrive in time.' }
  }
  return { status: 400, code: 'bad_request', msg: 'This is not a well-formed HTTP/1.1 request.' }
}
