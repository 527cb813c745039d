/**
 * Rows of console sessions. Those that are over stay for a while, so that they are answered as such; then they are purged.
 */
import type { Account, Session } from '@keyporter/core'
import type { PepperedHash } from './keys.js'
import type { Db, SessionRow } from './tables.js'

/** A session with its account and what it is found by, all of one snapshot. */
export interface StoredSession {
  readonly session: Session
  readonly account: Account
  readonly hash: string
  readonly pepperId: string
}

export interface NewSessionRow
  extends PepperedHash,
    Pick<Session, 'userId' | 'method' | 'createdAt' | 'expiresAt' | 'lastUsedAddress' | 'userAgent'> {
  readonly identityId: number | null
}

/** Every read of a session: the session joined with its user's account. */
function selectSessions(db: Db) {
  return db
    .selectFrom('sessions')
    .innerJoin('accounts', 'accounts.id', 'sessions.user_id')
    .selectAll('sessions')
    .select(['accounts.operator as account_operator', 'accounts.suspended_at as account_suspended_at'])
}

/** The session with this id, over or not. */
export async function findSession(db: Db, id: number): Promise<StoredSession | null> {
  const row = await selectSessions(db).where('sessions.id', '=', id).executeTakeFirst()
  return row ? toStoredSession(row) : null
}

/** The session that has one of these hashes, over or not. */
export async function findSessionByHash(db: Db, hashes: readonly string[]): Promise<StoredSession | null> {
  const row = await selectSessions(db).where('sessions.hash', 'in', hashes).executeTakeFirst()
  return row ? toStoredSession(row) : null
}

/** The sessions of a user that are in force, the newest first. */
export async function listSessions(db: Db, userId: number, nowMs: number): Promise<Session[]> {
  const rows = await selectSessions(db)
    .where('sessions.user_id', '=', userId)
    .where('sessions.revoked_at', 'is', null)
    .where('sessions.expires_at', '>', nowMs)
    .orderBy('sessions.id', 'desc')
    .execute()
  return rows.map((row) => toStoredSession(row).session)
}

/** Whether any session of a user was last used from this address. */
export async function isKnownAddress(db: Db, userId: number, address: string): Promise<boolean> {
  const row = await db
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where('last_used_address', '=', address)
    .limit(1)
    .executeTakeFirst()
  return row !== undefined
}

/** Inserts a session, which is used by being made, and returns its id. */
export async function insertSession(db: Db, session: NewSessionRow): Promise<number> {
  const { id } = await db
    .insertInto('sessions')
    .values({
      user_id: session.userId,
      hash: session.hash,
      pepper_id: session.pepperId,
      method: session.method,
      identity_id: session.identityId,
      created_at: session.createdAt.getTime(),
      expires_at: session.expiresAt.getTime(),
      last_used_at: session.createdAt.getTime(),
      last_used_address: session.lastUsedAddress,
      user_agent: session.userAgent,
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Ends sessions; what was ended before keeps its time. */
export async function revokeSessions(db: Db, ids: readonly number[], revokedAt: Date): Promise<void> {
  if (ids.length === 0) return
  await db
    .updateTable('sessions')
    .set({ revoked_at: revokedAt.getTime() })
    .where('id', 'in', ids)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Ends the sessions that an identity of a user has signed in, but one; what was ended before keeps its time. */
export async function revokeSessionsOfIdentity(
  db: Db,
  { userId, id }: { readonly userId: number; readonly id: number },
  but: number | null,
  revokedAt: Date,
): Promise<void> {
  await db
    .updateTable('sessions')
    .set({ revoked_at: revokedAt.getTime() })
    .where('user_id', '=', userId)
    .where('identity_id', '=', id)
    .where('id', '!=', but ?? 0)
    .where('revoked_at', 'is', null)
    .execute()
}

/** Removes at most `limit` of a user's sessions that are over, all but the newest `kept`; returns their ids. */
export async function purgeUserSessions(
  db: Db,
  { userId, nowMs, kept, limit }: { userId: number; nowMs: number; kept: number; limit: number },
): Promise<number[]> {
  const rows = await db
    .selectFrom('sessions')
    .select('id')
    .where('user_id', '=', userId)
    .where(({ or, eb }) => or([eb('revoked_at', 'is not', null), eb('expires_at', '<=', nowMs)]))
    .orderBy('id', 'desc')
    .limit(limit)
    .offset(kept)
    .execute()
  return deleteSessions(
    db,
    rows.map(({ id }) => id),
  )
}

/** Removes the rows of at most `limit` sessions whose end lies before an instant; returns their ids. */
export async function purgeSessions(db: Db, beforeMs: number, limit: number): Promise<number[]> {
  const rows = await db.selectFrom('sessions').select('id').where('expires_at', '<', beforeMs).limit(limit).execute()
  return deleteSessions(
    db,
    rows.map(({ id }) => id),
  )
}

async function deleteSessions(db: Db, ids: number[]): Promise<number[]> {
  if (ids.length > 0) await db.deleteFrom('sessions').where('id', 'in', ids).execute()
  return ids
}

/** Sessions that are in force, by the pepper they stand under. */
export async function countSessionsByPepper(db: Db, nowMs: number): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('sessions')
    .select(({ fn }) => ['pepper_id', fn.countAll<number>().as('sessions')])
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', nowMs)
    .groupBy('pepper_id')
    .execute()
  return new Map(rows.map(({ pepper_id, sessions }) => [pepper_id, Number(sessions)]))
}

type JoinedRow = SessionRow & { readonly account_operator: number; readonly account_suspended_at: number | null }

function toStoredSession(row: JoinedRow): StoredSession {
  return {
    session: {
      id: row.id,
      userId: row.user_id,
      accountId: row.user_id,
      method: row.method,
      createdAt: new Date(row.created_at),
      expiresAt: new Date(row.expires_at),
      revokedAt: toDate(row.revoked_at),
      lastUsedAt: toDate(row.last_used_at),
      lastUsedAddress: row.last_used_address,
      userAgent: row.user_agent,
    },
    account: {
      id: row.user_id,
      operator: row.account_operator === 1,
      suspendedAt: toDate(row.account_suspended_at),
    },
    hash: row.hash,
    pepperId: row.pepper_id,
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
