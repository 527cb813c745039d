/** What clients do to sockets: malformed requests, uploads that stand still, bodies that nobody wants any more. */

import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'

const uploadIdleMs = 60_000
const lingerMs = 2_000

/** Ends a connection whose request body stands still for a minute. */
export function limitUpload(req: IncomingMessage): void {
  const { socket } = req
  const cut = () => socket.destroy()
  socket.setTimeout(uploadIdleMs, cut)
  const lift = () => {
    socket.off('timeout', cut)
    socket.setTimeout(0)
  }
  req.once('end', lift).once('close', lift)
}

/**
 * After an answer that came before the end of the body: the rest is read and thrown away for a moment, so that the client
 * sees the answer rather than a reset (RFC 9112 section 9.6), then the connection is cut.
 */
export function lingerAfter(req: IncomingMessage, res: ServerResponse): void {
  const { socket } = req
  res.once('finish', () => {
    if (req.complete || socket.destroyed) return
    req.resume()
    const timer = setTimeout(() => socket.destroy(), lingerMs)
    req.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer))
  })
}

/** Answers what the HTTP parser refuses, in the shape of every other error. */
export function answerMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const { status, code, msg } = describeParserError(error.code)
  const body = JSON.stringify({ success: false, error: code, msg, request_id: null })
  const head = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

function describeParserError(code: string | undefined): { status: number; code: string; msg: string } {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { status: 431, code: 'headers_too_large', msg: 'The request line and headers are too large.' }
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return { status: 408, code: 'timeout', msg: 'The request did not arrive in time.' }
  }
  return { status: 400, code: 'bad_request', msg: 'This is not a well-formed HTTP/1.1 request.' }
}
