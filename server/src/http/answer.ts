/**
 * How this server says no: every error is a JSON object with `success: false`, `error`, `msg` and a request id, on every
 * status (wire contract section 1.6), and 401 and 403 carry the challenge of RFC 6750 section 3.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { STATUS_CODES } from 'node:http'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { type Deny, describeChallenge, describeDenial, quotable } from '@keyporter/core'
import type { Logger } from 'pino'
import { Denied, Fault } from '../fault.js'
import { faultStatus } from './faults.js'

export const requestIdHeader = 'X-Request-Id'

/** Answers a denial; with `retryAfterSeconds`, as 429 in its place (decision D17 of the wire contract). */
export function answerDenial(res: ServerResponse, requestId: string, deny: Deny, retryAfterSeconds = 0): void {
  const { status, error, msg } = describeDenial(deny.denial)
  if (retryAfterSeconds > 0) {
    res.setHeader('Retry-After', retryAfterSeconds)
    const text = `API requests too frequent: too many failed authentications from your address; try again in ${retryAfterSeconds} s.`
    sendError(res, requestId, 429, { error: 'rate_limited', msg: text, detail: text })
    return
  }
  // Whose secret it was is known: only then is there anything to tell about it (decisions, Part 0, A13).
  const reason = deny.principal ? { reason: deny.denial.reason } : {}
  const challenge = describeChallenge(deny)
  if (challenge) res.setHeader('WWW-Authenticate', challenge)
  sendError(res, requestId, status, { error, msg, ...reason })
}

/** Answers what was thrown. Anything but a fault is `internal`: logged with its cause, told without its message. */
export function answerFault(res: ServerResponse, requestId: string, thrown: unknown, logger: Logger): void {
  if (thrown instanceof Denied) {
    answerDenial(res, requestId, thrown.decision)
    return
  }
  const fault =
    thrown instanceof Fault ? thrown : new Fault('internal', 'Something went wrong here.', { cause: thrown })
  const status = faultStatus[fault.code]
  // Anybody can ask for what there is not, and come in a crowd that is told when to come again: that would fill the log.
  if (status >= 500 && fault.code !== 'not_implemented' && fault.retryAfterSeconds === null)
    logger.error({ requestId, code: fault.code, err: fault.cause ?? fault }, 'request failed')
  if (res.headersSent) {
    // Part of another answer is on its way: only cutting it tells the client that it is not whole.
    res.destroy()
    return
  }
  if (fault.code === 'busy') res.setHeader('Retry-After', 1)
  if (fault.retryAfterSeconds !== null) res.setHeader('Retry-After', fault.retryAfterSeconds)
  // RFC 9110 section 15.5.2.
  if (fault.code === 'auth_error') res.setHeader('WWW-Authenticate', 'Bearer realm="keyporter"')
  if (fault.code === 'not_authorized') {
    res.setHeader(
      'WWW-Authenticate',
      `Bearer realm="keyporter", error="insufficient_scope", error_description="${quotable(fault.message)}"`,
    )
  }
  sendError(res, requestId, status, { error: fault.code, msg: fault.message, ...fault.details })
}

/** Sends one error object. The reason phrase carries the message too: some clients show nothing else of an answer. */
export function sendError(
  res: ServerResponse,
  requestId: string,
  status: number,
  members: { error: string; msg: string } & Record<string, unknown>,
): void {
  res.statusMessage = `${STATUS_CODES[status] ?? 'Error'}: ${quotable(members.msg).slice(0, 200)}`
  sendJson(res, status, { success: false, ...members, request_id: requestId })
}

export function sendJson(res: ServerResponse, status: number, value: unknown): void {
  res.statusCode = status
  sendText(res, jsonType, JSON.stringify(value))
}

const pack = promisify(gzip)
/** Below this, packing gains nothing. */
const leastPackedBytes = 1_024

/**
 * The same, gzipped for whoever takes that. For lists without secrets: the length of a packed answer tells of a secret in it
 * to who may choose what stands beside it (BREACH).
 */
export async function sendPackedJson(req: IncomingMessage, res: ServerResponse, value: unknown): Promise<void> {
  const text = JSON.stringify(value)
  res.statusCode = 200
  res.appendHeader('Vary', 'Accept-Encoding')
  if (Buffer.byteLength(text) < leastPackedBytes || !acceptsGzip(req.headers['accept-encoding'])) {
    sendText(res, jsonType, text)
    return
  }
  const bytes = await pack(text)
  const length = String(bytes.length)
  res.writeHead(200, ['Content-Type', jsonType, 'Content-Encoding', 'gzip', 'Content-Length', length, ...unkept])
  res.end(bytes)
}

export function acceptsGzip(acceptEncoding = ''): boolean {
  return acceptEncoding.split(',').some((part) => /^\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*$).*)?$/i.test(part))
}

export const jsonType = 'application/json; charset=utf-8'

/** Sends a text that nobody may keep, with the status that is set. `headers` go with it: a flat list of names and values. */
export function sendText(res: ServerResponse, mediaType: string, text: string, headers: readonly string[] = []): void {
  // All in one list, which costs a fraction of setting one after the other.
  const length = String(Buffer.byteLength(text))
  res.writeHead(res.statusCode, [...headers, 'Content-Type', mediaType, 'Content-Length', length, ...unkept])
  // As a text it goes out with the head in one write; bytes would take a second.
  res.end(text)
}

/** Sends a browser elsewhere. Nobody may keep that, nor learn from where it came. */
export function sendRedirect(res: ServerResponse, location: string): void {
  res.statusCode = 302
  res.setHeader('Location', location)
  res.setHeader('Content-Length', 0)
  res.setHeader('Cache-Control', 'no-store')
  res.setHeader('Referrer-Policy', 'no-referrer')
  res.end()
}

const unkept = ['Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff']
