/** Signed-in browsers, as a verifier holds them in memory, and whether a session is in force now. */
import type { Grant } from './grant.js'
import type { Account } from './key.js'

/** How a session came to be. */
export type SignInMethod = 'password' | 'link' | 'oidc'

/** A stored session, without its secret and its hash. */
export interface Session {
  readonly id: number
  readonly userId: number
  /** What it acts in: the user's personal account, which has the same number. */
  readonly accountId: number
  readonly method: SignInMethod
  readonly createdAt: Date
  readonly expiresAt: Date
  /** Null while it was neither signed out nor revoked. */
  readonly revokedAt: Date | null
  /** Lags behind by the interval of the usage batch. */
  readonly lastUsedAt: Date | null
  readonly lastUsedAddress: string | null
  /** What the browser called itself when it signed in, cut to a bound. */
  readonly userAgent: string | null
}

/** A session with its account and its grant, all of one snapshot of the store. It acts with the rights of its user. */
export interface SessionPrincipal {
  readonly kind: 'session'
  readonly session: Session
  readonly account: Account
  readonly grant: Grant
}

export type SessionRefusal = 'revoked' | 'expired' | 'suspended'

/** Why a session is not in force; null when it is. `now` is the store's clock; it is expired at its `expiresAt`. */
export function findSessionRefusal(
  { session, account }: Pick<SessionPrincipal, 'session' | 'account'>,
  now: number,
): SessionRefusal | null {
  if (session.revokedAt) return 'revoked'
  // Written so that an instant which is no number refuses too.
  if (!(now < session.expiresAt.getTime())) return 'expired'
  return account.suspendedAt ? 'suspended' : null
}
