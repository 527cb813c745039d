/** Rows of flows: browsers that were sent to a provider and have not come back. One is spent by removing it. */
import type { Db } from './tables.js'

export interface Flow {
  /** Of the secret in the browser's cookie. */
  readonly hash: string
  /** The session that wants to link an identity; null where somebody wants to sign in. */
  readonly sessionId: number | null
  readonly expiresAt: Date
}

/** Adds a flow, and removes those that are over. */
export async function insertFlow(db: Db, { hash, sessionId, expiresAt }: Flow, nowMs: number): Promise<void> {
  await db.deleteFrom('flows').where('expires_at', '<=', nowMs).execute()
  await db.insertInto('flows').values({ hash, session_id: sessionId, expires_at: expiresAt.getTime() }).execute()
}

/** The flow with this hash that is not over. */
export async function findFlow(db: Db, hash: string, nowMs: number): Promise<Flow | null> {
  const row = await db
    .selectFrom('flows')
    .selectAll()
    .where('hash', '=', hash)
    .where('expires_at', '>', nowMs)
    .executeTakeFirst()
  return row ? { hash: row.hash, sessionId: row.session_id, expiresAt: new Date(row.expires_at) } : null
}

/** Removes a flow; of several who try, one gets true. */
export async function spendFlow(db: Db, hash: string): Promise<boolean> {
  const row = await db.deleteFrom('flows').where('hash', '=', hash).returning('hash').executeTakeFirst()
  return row !== undefined
}
