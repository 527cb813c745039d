/** Answers that are the same for everybody: serialised once, and not sent again to who has them (RFC 9110 section 13.1.2). */
import { hash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

export interface JsonDocument {
  readonly bytes: Buffer
  readonly etag: string
}

export function openDocument(value: unknown): JsonDocument {
  const bytes = Buffer.from(JSON.stringify(value))
  return { bytes, etag: `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"` }
}

export function answerDocument(req: IncomingMessage, res: ServerResponse, { bytes, etag }: JsonDocument): void {
  res.setHeader('ETag', etag)
  res.setHeader('Cache-Control', 'no-cache')
  if (isKnown(req.headers['if-none-match'], etag)) {
    res.statusCode = 304
    res.end()
    return
  }
  res.statusCode = 200
  res.setHeader('Content-Type', 'application/json; charset=utf-8')
  res.setHeader('Content-Length', bytes.length)
  res.setHeader('X-Content-Type-Options', 'nosniff')
  res.end(bytes)
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  const tags = ifNoneMatch.split(',').map((tag) => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}
