/** A decision as programs outside the server are told it: by POST /keyporter/verify, and by a verifier of their own. */
import { type Decision, describeChallenge, describeDenial } from '@keyporter/core'

export interface Verdict {
  readonly allowed: boolean
  /** What to answer: 200 when allowed, else 400, 401 or 403; 503 when it cannot be told now. */
  readonly status: number
  /** The code of a refusal, for programs; null when allowed. */
  readonly error: string | null
  /** The same for people. */
  readonly msg: string | null
  /** Exactly why it is refused: `expired`, `permission`, …; null when allowed, and when it cannot be told. */
  readonly reason: string | null
  /** Whose secret it was; null when that is not known, on public endpoints, and for a console session. */
  readonly keyId: number | null
  readonly accountId: number | null
  /** The endpoint of the catalog that the request is for; null outside it. */
  readonly endpoint: string | null
}

export function describeDecision(decision: Decision): Verdict {
  const { principal, match } = decision
  const endpoint = match?.endpoint.id ?? null
  const keyId = principal?.kind === 'key' ? principal.key.id : null
  const accountId = principal?.account.id ?? null
  if (decision.allowed)
    return { allowed: true, status: 200, error: null, msg: null, reason: null, keyId, accountId, endpoint }
  const { status, error, msg } = describeDenial(decision.denial)
  return { allowed: false, status, error, msg, reason: decision.denial.reason, keyId, accountId, endpoint }
}

/** The verdict where neither memory nor the store can tell: nothing is guessed. */
export function describeBusy(msg: string): Verdict {
  return {
    allowed: false,
    status: 503,
    error: 'busy',
    msg,
    reason: null,
    keyId: null,
    accountId: null,
    endpoint: null,
  }
}

/** What a surface adds to a refusal: the challenge of RFC 6750, null where there is none. */
export function findChallenge(decision: Decision): string | null {
  return decision.allowed ? null : describeChallenge(decision)
}
