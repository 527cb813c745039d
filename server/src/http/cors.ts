/** CORS (Fetch standard): preflights are answered here and never forwarded; other requests are decided like any (A36). */
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface Cors {
  readonly origins: ReadonlySet<string>
}

const preflightSeconds = 600
const methods = 'GET, HEAD, POST, PUT, PATCH, DELETE'

export function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined
}

/**
 * Says which of the pages of the world may read the answer: those of listed origins. Credentials are never allowed. A flat
 * list of names and values.
 */
export function listCorsHeaders({ origins }: Cors, { headers: { origin } }: IncomingMessage): readonly string[] {
  if (origins.size === 0) return []
  if (origin === undefined || !origins.has(origin)) return ['Vary', 'Origin']
  const exposed = 'WWW-Authenticate, X-Request-Id, Retry-After'
  return ['Vary', 'Origin', 'Access-Control-Allow-Origin', origin, 'Access-Control-Expose-Headers', exposed]
}

/** Answers a preflight. Without the allowing headers, which `listCorsHeaders` gives or not, the browser refuses. */
export function answerPreflight({ origins }: Cors, { headers }: IncomingMessage, res: ServerResponse): void {
  if (origins.has(headers.origin!)) {
    res.setHeader('Access-Control-Allow-Methods', methods)
    const requested = headers['access-control-request-headers']
    if (requested !== undefined) res.setHeader('Access-Control-Allow-Headers', requested)
    res.setHeader('Access-Control-Max-Age', preflightSeconds)
  }
  res.statusCode = 204
  res.end()
}
