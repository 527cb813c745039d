/** Whether a request carries a body at all (RFC 9112 section 6.3). */
import type { IncomingMessage } from 'node:http'

export function hasBody({ headers }: IncomingMessage): boolean {
  const length = headers['content-length']
  return headers['transfer-encoding'] !== undefined || (length !== undefined && Number(length) !== 0)
}
