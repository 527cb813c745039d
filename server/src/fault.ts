/**
 * Faults: what went wrong when we could not do what was asked. Thrown, never returned; decisions are values and have their
 * own channel. The code says everything a caller may know; add the rest with `cause`.
 */
import { type Deny, describeDenial } from '@keyporter/core'

export type FaultCode =
  | 'bad_request'
  | 'invalid_permissions'
  | 'missing_permissions'
  | 'invalid_key_params'
  | 'auth_error'
  | 'not_authorized'
  | 'not_found'
  | 'no_ssh_key'
  | 'conflict'
  | 'timeout'
  | 'too_large'
  | 'unsupported_media_type'
  | 'headers_too_large'
  | 'rate_limited'
  | 'internal'
  | 'outcome_unknown'
  | 'not_implemented'
  | 'upstream_failed'
  | 'busy'
  | 'upstream_timeout'

interface FaultOptions {
  readonly cause?: unknown
  readonly details?: Record<string, unknown>
  readonly retryAfterSeconds?: number
}

export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  /** Further members of the answer, such as the id of a key whose COMMIT was not confirmed. Never logged. */
  readonly details: Readonly<Record<string, unknown>>
  /** When to come again; null where that cannot be told. */
  readonly retryAfterSeconds: number | null

  constructor(code: FaultCode, msg: string, options: FaultOptions = {}) {
    super(msg, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
    this.retryAfterSeconds = options.retryAfterSeconds ?? null
  }
}

/** The caller lost, between admission and the write, what the write needs: the decision made again in its transaction. */
export class Denied extends Error {
  override readonly name = 'Denied'
  readonly decision: Deny

  constructor(decision: Deny) {
    super(describeDenial(decision.denial).msg)
    this.decision = decision
  }
}
