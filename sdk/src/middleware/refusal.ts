/** A refusal as middleware answers it: the same status, JSON and headers as the server itself (wire contract section 1.6). */
import { quotable } from '@keyporter/core'
import type { Checked } from '../verifier/open.js'

export interface Refusal {
  readonly status: number
  /** Some clients show nothing else of an answer. */
  readonly statusText: string
  readonly headers: Readonly<Record<string, string>>
  /** JSON. */
  readonly body: string
}

/** Why a request is refused, in the words of the wire. */
export type Refused = Pick<Checked, 'status' | 'error' | 'msg'> &
  Partial<Pick<Checked, 'reason' | 'keyId' | 'challenge'>>

export function describeRefusal({ status, error, msg, reason, keyId, challenge }: Refused): Refusal {
  const requestId = globalThis.crypto.randomUUID()
  // Whose secret it was is known: only then is there anything to tell about it.
  const told = reason && typeof keyId === 'number' ? { reason } : {}
  return {
    status,
    statusText: `${titles[status] ?? 'Error'}: ${quotable(msg ?? '').slice(0, 200)}`,
    headers: {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Content-Type-Options': 'nosniff',
      'X-Request-Id': requestId,
      ...(challenge && { 'WWW-Authenticate': challenge }),
      ...(status === 503 && { 'Retry-After': '1' }),
    },
    body: JSON.stringify({ success: false, error, msg, ...told, request_id: requestId }),
  }
}

const titles: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  408: 'Request Timeout',
  413: 'Payload Too Large',
  503: 'Service Unavailable',
}
