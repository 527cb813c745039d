/** Answers that are the same for everybody: serialised and packed once, and not sent again to who has them (RFC 9110 section 13.1.2). */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { acceptsGzip } from './answer.js'

export interface JsonDocument {
  readonly bytes: Buffer
  readonly gzipped: Buffer
  /** Weak: one for both codings. */
  readonly etag: string
}

export function openDocument(value: unknown): JsonDocument {
  const bytes = Buffer.from(JSON.stringify(value))
  return { bytes, gzipped: gzipSync(bytes), etag: `W/"${hash('sha256', bytes, 'base64url').slice(0, 22)}"` }
}

export function answerDocument(req: IncomingMessage, res: ServerResponse, document: JsonDocument): void {
  const { etag } = document
  res.setHeader('ETag', etag)
  res.setHeader('Cache-Control', 'no-cache')
  res.appendHeader('Vary', 'Accept-Encoding')
  if (isKnown(req.headers['if-none-match'], etag)) {
    res.statusCode = 304
    res.end()
    return
  }
  res.statusCode = 200
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  const isGzipped = acceptsGzip(req.headers['accept-encoding'])
  const bytes = isGzipped ? document.gzipped : document.bytes
  if (isGzipped) res.setHeader('Content-Encoding', 'gzip')
  res.setHeader('Content-Length', bytes.length)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(bytes)
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag.replace(/^W\//, '')) || tags.includes('*')
}
