/** The opening handshake of a WebSocket (RFC 6455 section 4), as far as somebody in the middle has to understand it. */
import { createHash } from 'node:crypto'
import { type IncomingHttpHeaders, type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http'
import { hasBody } from './framing.js'
import { listResponseHeaders } from './response-headers.js'

const acceptSuffix = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const keyPattern = /^[A-Za-z0-9+/]{22}==$/

/** Why a request cannot open a tunnel; null when it can (RFC 6455 section 4.2.1, which leaves versions to the server). */
export function findRequestProblem(req: IncomingMessage): string | null {
  const { headers } = req
  if (headers.upgrade?.toLowerCase() !== 'websocket') return 'Only an upgrade to websocket is supported.'
  if (req.method !== 'GET' || req.httpVersion !== '1.1') return 'A WebSocket is opened by GET over HTTP/1.1.'
  if (hasBody(req)) return 'A request that opens a WebSocket has no body.'
  if (!keyPattern.test(headers['sec-websocket-key'] ?? '')) return 'Sec-WebSocket-Key must be 16 bytes in base64, once.'
  return null
}

/** Whether a 101 answers this request: anything else on the line could be read as an answer of ours. */
export function isValidSwitch(req: IncomingMessage, headers: IncomingHttpHeaders): boolean {
  const connection = String(headers.connection ?? '')
  const accept = createHash('sha1').update(`${req.headers['sec-websocket-key']}${acceptSuffix}`).digest('base64')
  return (
    headers.upgrade?.toLowerCase() === 'websocket' &&
    connection.split(',').some((option) => option.trim().toLowerCase() === 'upgrade') &&
    headers['sec-websocket-accept'] === accept
  )
}

/** The 101 as text in Latin-1. Throws on a header that cannot be passed on. */
export function printSwitch(headers: IncomingHttpHeaders, requestId: string): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: websocket']
  const flat = [...listResponseHeaders(101, headers), 'X-Request-Id', requestId]
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const value = flat[i + 1]!
    validateHeaderName(name)
    for (const line of Array.isArray(value) ? value : [value]) {
      validateHeaderValue(name, line)
      lines.push(`${name}: ${line}`)
    }
  }
  return `${lines.join('\r\n')}\r\n\r\n`
}
