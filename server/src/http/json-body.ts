/** The body of a management request: bytes that were read before, to JSON. Strict, as where constraints are judged. */
import type { IncomingHttpHeaders } from 'node:http'
import { type Json, parseJsonBytes, toPlain } from '@keyporter/core'
import { Fault } from '../fault.js'

const jsonType = /^\s*application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i

/** The value of the body as ordinary objects; an empty one when there is no body. Faults: those of `parseJsonBody`. */
export function readJsonBody(bytes: Uint8Array | null, headers: IncomingHttpHeaders): unknown {
  return toPlain(parseJsonBody(bytes, headers))
}

/**
 * The value of the body, each number in its own spelling; an empty object when there is no body. Faults: `bad_request` for
 * what is not strict JSON, `unsupported_media_type` for a body that says that it is something else.
 */
export function parseJsonBody(bytes: Uint8Array | null, headers: IncomingHttpHeaders): Json {
  if (!bytes || bytes.length === 0) return new Map()
  const type = headers['content-type']
  if (type !== undefined && !jsonType.test(type)) {
    throw new Fault('unsupported_media_type', 'The body must be JSON: send it with Content-Type: application/json.')
  }
  const coding = headers['content-encoding']
  if (coding !== undefined && coding.trim().toLowerCase() !== 'identity') {
    throw new Fault('unsupported_media_type', 'The body must be plain JSON: send it without Content-Encoding.')
  }
  const parsed = parseJsonBytes(bytes)
  if (!parsed.ok) throw new Fault('bad_request', `The body is not valid JSON: ${parsed.problem}.`)
  return parsed.value
}
