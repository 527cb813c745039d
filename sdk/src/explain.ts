/** What a key would be answered, and why, without anything being executed. */
import type { PermissionDocument } from './keys.js'
import { flag, integer, nullable, object, printShape, readShape, type Shape, text } from './shape.js'

/** The request to judge. */
export interface ExplainedRequest {
  readonly method: string
  /** With the query, if there is one. */
  readonly path: string
  /** The JSON body; missing or null when there is none. */
  readonly body?: unknown
  /** Missing: the address that this call comes from. Null: unknown, which is in no address list. */
  readonly clientAddress?: string | null
}

export interface Explanation {
  readonly keyId: number
  readonly allowed: boolean
  /** What would be answered to a denied request; null when it is allowed. */
  readonly status: number | null
  readonly error: string | null
  readonly msg: string | null
  readonly reason: string | null
  /** Id of the endpoint; null outside the catalog. */
  readonly endpoint: string | null
  readonly category: string | null
  /** Where in the key's permissions the deciding rule stands; null if nowhere. */
  readonly place: string | null
  /** The rule in words. */
  readonly rule: string | null
  /** The smallest document that would allow the request; null when only a full key or none would. */
  readonly smallest: PermissionDocument | null
}

const explanationShape: Shape<Explanation> = {
  keyId: integer('key_id'),
  allowed: flag('allowed'),
  status: nullable(integer('status')),
  error: nullable(text('error')),
  msg: nullable(text('msg')),
  reason: nullable(text('reason')),
  endpoint: nullable(text('endpoint')),
  category: nullable(text('category')),
  place: nullable(text('place')),
  rule: nullable(text('rule')),
  smallest: nullable(object('smallest')),
}

export function readExplanation(json: unknown): Explanation {
  return readShape(explanationShape, json)
}

/** The explanation as the wire has it. */
export function printExplanation(explanation: Explanation): Record<string, unknown> {
  return printShape(explanationShape, explanation)
}

/** The body of an explain call. */
export function printExplainedRequest(keyId: number, request: ExplainedRequest): Record<string, unknown> {
  return {
    key_id: keyId,
    request: {
      method: request.method,
      path: request.path,
      body: request.body,
      client_address: request.clientAddress,
    },
  }
}
