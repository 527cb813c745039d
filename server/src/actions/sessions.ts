/**
 * Console sessions: how one comes to be, and how it ends. Whatever signs a user in goes through `signInAs`; every write is
 * in force everywhere when it returns.
 */
import type { Address, Session, SignInMethod } from '@keyporter/core'
import type { Touch } from '@keyporter/sdk'
import { Fault } from '../fault.js'
import { digestSecret, hashDigest, nameSession } from '../secrets.js'
import { findUser } from '../store/accounts.js'
import {
  findSession,
  insertSession,
  listSessions as listStoredSessions,
  purgeSessions,
  purgeUserSessions,
  revokeSessions,
} from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { writeAs } from './again.js'
import { change, touch } from './change.js'
import type { Caller, Context } from './context.js'
import type { KeySource } from './verify-source.js'

/** Who comes to sign in, as far as that can be told. */
export interface Visitor {
  readonly client: Address | null
  /** The same as text. */
  readonly address: string | null
  readonly userAgent: string | null
}

/** A session at the only moment when its secret is known: what the cookie holds. */
export interface SignedIn {
  readonly sessionId: number
  readonly secret: string
  readonly expiresAt: Date
}

/** Who is to be signed in, and by what. */
export interface SignInBy {
  readonly userId: number
  readonly method: SignInMethod
  /** The identity that proves it; null where none does. */
  readonly identityId?: number | null
}

export const sessionMs = 7 * 86_400_000
/** For so long a session that is over is still answered as such, and no more of one user than so many. */
const rememberedMs = 30 * 86_400_000
const maxRemembered = 100
/** By one sign-in. */
const maxPurged = 100
/** Sessions of one user that are in force; a further one ends the oldest. */
const maxSessions = 100
const maxUserAgentLength = 256

/**
 * Signs a user in under a fresh secret. `prepare` runs before, in the same transaction, and returns what else verifiers
 * have to forget. Throws what that throws. Faults: `not_authorized` for a suspended account, `not_found`.
 */
export function signInAs(
  context: Context,
  { userId, method, identityId = null }: SignInBy,
  visitor: Visitor,
  prepare: (db: Db) => Promise<readonly Touch[]> = async () => [],
): Promise<SignedIn> {
  const now = context.now()
  const secret = Buffer.from(context.random(32)).toString('base64url')
  const pepper = context.peppers.current
  const expiresAt = new Date(now + sessionMs)
  const issue = async (db: Db) => {
    const prepared = await prepare(db)
    const account = await findUser(db, userId)
    if (!account) throw new Fault('not_found', 'There is no such user any more.')
    if (account.suspendedAt) throw new Fault('not_authorized', 'This account is suspended.')
    const ended = await endSurplus(db, userId, now)
    const forgotten = await purgeUserSessions(db, { userId, nowMs: now, kept: maxRemembered, limit: maxPurged })
    const purged = await purgeSessions(db, now - rememberedMs, maxPurged)
    const sessionId = await insertSession(db, {
      userId,
      method,
      identityId,
      hash: hashDigest(digestSecret(secret), pepper),
      pepperId: pepper.id,
      createdAt: new Date(now),
      expiresAt,
      lastUsedAddress: visitor.address,
      userAgent: visitor.userAgent && cutUserAgent(visitor.userAgent),
    })
    const touches = [...prepared, ...touchSessions([sessionId, ...ended, ...forgotten, ...purged])]
    return { signedIn: { sessionId, secret, expiresAt }, effect: { touches, dropsNegatives: true } }
  }
  return change(context, issue, ({ effect }) => effect).then(({ signedIn }) => signedIn)
}

/** The sessions of the caller's user that are in force, the newest first. */
export function listSessions({ store, now }: Context, { principal }: Caller): Promise<readonly Session[]> {
  return store.read((db) => listStoredSessions(db, principal.account.id, now()))
}

/**
 * Ends a session of the caller's user; to end it again is to find it as asked (decision A16). Faults: `not_found`, also for
 * sessions of others; `not_authorized` without full access.
 */
export async function revokeSession(context: Context, caller: Caller, id: number): Promise<void> {
  await writeAs(
    context,
    caller,
    async (db, principal) => {
      refuseNarrow(principal.grant.full)
      const stored = await findSession(db, id)
      if (stored?.session.accountId !== principal.account.id) throw new Fault('not_found', 'Session not found.')
      await revokeSessions(db, [id], new Date(context.now()))
    },
    () => touch('session', id),
  )
}

/** Ends all sessions of the caller's user but the calling one; returns how many. Faults: `not_authorized`. */
export function revokeOtherSessions(context: Context, caller: Caller): Promise<number> {
  const { principal } = caller
  return writeAs(
    context,
    caller,
    async (db, { account, grant }) => {
      refuseNarrow(grant.full)
      const own = principal.kind === 'session' ? principal.session.id : null
      return endSessions(context, db, account.id, own)
    },
    () => touch('user', principal.account.id),
  )
}

/**
 * Ends the session with this secret, over or not; of an unknown one nothing is left to end. It takes no right but to hold
 * the secret.
 */
export async function signOut(context: Context, keys: KeySource, secret: string): Promise<void> {
  // Anybody can send a cookie: it is looked up like any secret, and only one that is known is worth the writers' lock.
  const presented = await keys.find(nameSession(secret))
  if (presented.kind !== 'known' || presented.principal.kind !== 'session') return
  const { id } = presented.principal.session
  await change(
    context,
    (db) => revokeSessions(db, [id], new Date(context.now())),
    () => touch('session', id),
  )
}

/** Ends all sessions of a user that are in force, but one; returns how many. Verifiers have to forget the user. */
export async function endSessions(context: Context, db: Db, userId: number, but: number | null): Promise<number> {
  const sessions = await listStoredSessions(db, userId, context.now())
  const ids = sessions.map(({ id }) => id).filter((id) => id !== but)
  await revokeSessions(db, ids, new Date(context.now()))
  return ids.length
}

/** Ends the oldest sessions of a user, so that there is room for one more. */
async function endSurplus(db: Db, userId: number, nowMs: number): Promise<number[]> {
  const sessions = await listStoredSessions(db, userId, nowMs)
  const surplus = sessions.slice(maxSessions - 1).map(({ id }) => id)
  await revokeSessions(db, surplus, new Date(nowMs))
  return surplus
}

/** Sessions carry all the rights of their user: what cannot give them does not take them (decision A6). */
function refuseNarrow(full: boolean): void {
  if (full) return
  throw new Fault('not_authorized', 'Only a full-access key or a console session can end sessions.')
}

function touchSessions(ids: readonly number[]): Touch[] {
  return ids.map((id) => ({ kind: 'session', id }))
}

/** A header of the client's own making: only what can be shown, and not more than a list can hold. */
function cutUserAgent(text: string): string {
  return text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, maxUserAgentLength)
}
