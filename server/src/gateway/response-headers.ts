/** The head of an upstream's answer on its way to the client. */
import type { IncomingHttpHeaders, ServerResponse } from 'node:http'
import { isOwnSetCookie } from './cookies.js'
import { findConnectionOptions, hopByHop } from './header-names.js'

type Value = string | string[]

const dropped = new Set(hopByHop)
const printable = /^[\x20-\x7e]+$/

/**
 * Writes status and headers. Headers that `res` already has are the server's own word (request id, CORS) and stay; Vary is
 * joined. Throws, with `res` as it was, when the upstream's head cannot be passed on.
 */
export function writeResponseHead(
  res: ServerResponse,
  status: number,
  reason: string | undefined,
  headers: IncomingHttpHeaders,
): void {
  const flat = listResponseHeaders(status, headers)
  const before = res.getHeaderNames()
  try {
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      if (!res.hasHeader(name)) res.setHeader(name, flat[i + 1]!)
      else if (name === 'vary') res.appendHeader(name, flat[i + 1]!)
    }
    // A reason phrase is worth nothing to clients (RFC 9112 section 4) and is the one place for odd bytes left.
    if (reason !== undefined && printable.test(reason)) res.writeHead(status, reason)
    else res.writeHead(status)
  } catch (error) {
    for (const name of res.getHeaderNames()) if (!before.includes(name)) res.removeHeader(name)
    throw error
  }
}

/** End-to-end headers of an answer, names in lower case, as a flat list. Throws on a transfer coding nobody asked for. */
export function listResponseHeaders(status: number, headers: IncomingHttpHeaders): Value[] {
  const options = findConnectionOptions(joinLines(headers.connection))
  const coding = joinLines(headers['transfer-encoding'])
  // RFC 9112 section 6.1: only chunked may come unasked; anything else would leave us with a body that is still encoded.
  if (coding !== undefined && coding.toLowerCase() !== 'chunked') throw new Error(`transfer coding ${coding}`)
  const flat: Value[] = []
  for (const name in headers) {
    if (dropped.has(name) || options?.has(name)) continue
    const value = headers[name]
    if (value === undefined) continue
    if (name === 'set-cookie') {
      const lines = (Array.isArray(value) ? value : [value]).filter((line) => !isOwnSetCookie(line))
      if (lines.length > 0) flat.push(name, lines)
    } else if (name !== 'content-length' || mayDeclareLength(status, coding)) {
      flat.push(name, value)
    }
  }
  return flat
}

/**
 * RFC 9110 section 8.6: "A server MUST NOT send a Content-Length header field in any response with a status code of 1xx
 * (Informational) or 204 (No Content)"; RFC 9112 section 6.2: nor beside Transfer-Encoding.
 */
function mayDeclareLength(status: number, coding: string | undefined): boolean {
  return status !== 204 && coding === undefined
}

function joinLines(value: Value | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
