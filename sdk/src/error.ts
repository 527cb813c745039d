/**
 * What a call can end in besides its result: one class, one closed set of codes. An error never holds the secret of the
 * client that threw it, and keeps no `cause`, since what a `fetch` throws may carry the request with its headers.
 */

/** Codes that a server answers with; what each means is in its own documentation. */
const serverCodes = [
  'bad_request',
  'invalid_permissions',
  'missing_permissions',
  'invalid_key_params',
  'auth_error',
  'forbidden_origin',
  'not_authorized',
  'not_in_catalog',
  'not_found',
  'no_ssh_key',
  'conflict',
  'timeout',
  'too_large',
  'unsupported_media_type',
  'headers_too_large',
  'rate_limited',
  'internal',
  'outcome_unknown',
  'not_implemented',
  'upstream_failed',
  'busy',
  'upstream_timeout',
] as const

/** Codes of this client: what happened before, or instead of, an answer that it can use. */
const clientCodes = [
  /** No connection, or it broke. Unless the call was a GET, it may have been carried out. */
  'network_failed',
  /** No whole answer within `timeoutMs`. Unless the call was a GET, it may have been carried out. */
  'network_timeout',
  /** The server answered with a redirect, which is never followed: it would carry the secret elsewhere. */
  'redirected',
  /** The answer is a success, but not one of the shapes of this API. */
  'bad_answer',
  /** An error whose code this client does not know. */
  'unknown',
] as const

export const errorCodes = [...serverCodes, ...clientCodes] as const
export type ErrorCode = (typeof errorCodes)[number]

/** What a server hands over when it cannot tell whether its write was kept (code `outcome_unknown`). */
export interface Unconfirmed {
  readonly id: number | null
  readonly secret: string | null
}

export interface ErrorFields {
  readonly status: number | null
  readonly code: ErrorCode
  readonly msg: string
  readonly reason?: string | null
  readonly requestId?: string | null
  readonly retryAfterMs?: number | null
  readonly unconfirmed?: Unconfirmed | null
}

export class KeyporterError extends Error {
  override readonly name = 'KeyporterError'
  /** HTTP status; null when there was no answer. */
  readonly status: number | null
  readonly code: ErrorCode
  /** For people; the same text as `message`. Compare `code`, never this. */
  readonly msg: string
  /** Why a known key was refused: `expired`, `permission`, …; null when the server does not tell. */
  readonly reason: string | null
  /** What the server's log knows this call by. */
  readonly requestId: string | null
  /** How long the server asks to wait; null when it does not. */
  readonly retryAfterMs: number | null
  // Private, so that no inspection and no serialisation of an error ever shows a secret.
  readonly #unconfirmed: Unconfirmed | null

  constructor(fields: ErrorFields) {
    super(fields.msg)
    this.status = fields.status
    this.code = fields.code
    this.msg = fields.msg
    this.reason = fields.reason ?? null
    this.requestId = fields.requestId ?? null
    this.retryAfterMs = fields.retryAfterMs ?? null
    this.#unconfirmed = fields.unconfirmed ?? null
  }

  /** Id and secret that hold if the write of a call with code `outcome_unknown` was kept; null for all other errors. */
  findUnconfirmed(): Unconfirmed | null {
    return this.#unconfirmed
  }
}

/** The code of an answer's `error` member. */
export function parseErrorCode(text: unknown): ErrorCode {
  return serverCodes.find((code) => code === text) ?? 'unknown'
}
