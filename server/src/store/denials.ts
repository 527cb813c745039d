/** Rows of refused requests: the newest of each account, shared out fairly among its keys and sessions. */
import { sql } from 'kysely'
import type { Db } from './tables.js'

/** A refused request of a known key or session: nothing of its query, of its body, or of its secret. */
export interface DenialRow {
  readonly accountId: number
  readonly keyId: number | null
  readonly sessionId: number | null
  readonly atMs: number
  readonly method: string
  readonly path: string
  /** The id of its endpoint; null outside the catalog. */
  readonly endpoint: string | null
  readonly status: number
  readonly reason: string
  readonly msg: string
  readonly address: string | null
}

export interface StoredDenial extends DenialRow {
  readonly id: number
  /** As the key is called now. */
  readonly keyName: string | null
  readonly keyHint: string | null
}

/** Adds denials, and of every account that they concern drops all but `kept`. */
export async function recordDenials(db: Db, denials: readonly DenialRow[], kept: number): Promise<void> {
  const values = denials.map((denial) => ({
    account_id: denial.accountId,
    key_id: denial.keyId,
    session_id: denial.sessionId,
    at: denial.atMs,
    method: denial.method,
    path: denial.path,
    endpoint: denial.endpoint,
    status: denial.status,
    reason: denial.reason,
    msg: denial.msg,
    address: denial.address,
  }))
  await db.insertInto('denials').values(values).execute()
  for (const accountId of new Set(denials.map((denial) => denial.accountId))) await trimDenials(db, accountId, kept)
}

/**
 * Keeps the newest of each key and session, then the second of each, and so on: who has the most gives way, so that nobody
 * pushes the rows of others out. Few are more than are kept, so it is one look at an account's own.
 */
async function trimDenials(db: Db, accountId: number, kept: number): Promise<void> {
  const { count } = await db
    .selectFrom('denials')
    .select(({ fn }) => fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow()
  if (Number(count) <= kept) return
  await db
    .deleteFrom('denials')
    .where('id', 'in', ({ selectFrom }) =>
      selectFrom(selectFrom('denials').select(['id', countNewer()]).where('account_id', '=', accountId).as('ranked'))
        .select('ranked.id')
        .orderBy('ranked.newer')
        .orderBy('ranked.id', 'desc')
        .limit(Number(count) - kept)
        .offset(kept),
    )
    .execute()
}

/** How many newer ones the same key or session has, and itself. */
function countNewer() {
  return sql<number>`row_number() over (partition by key_id, session_id order by id desc)`.as('newer')
}

/** Newest first. */
export async function listDenials(db: Db, accountId: number, limit: number): Promise<StoredDenial[]> {
  const rows = await db
    .selectFrom('denials')
    .leftJoin('api_keys', 'api_keys.id', 'denials.key_id')
    .selectAll('denials')
    .select(['api_keys.name as key_name', 'api_keys.hint as key_hint'])
    .where('denials.account_id', '=', accountId)
    .orderBy('denials.at', 'desc')
    .orderBy('denials.id', 'desc')
    .limit(limit)
    .execute()
  return rows.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    keyId: row.key_id,
    sessionId: row.session_id,
    atMs: row.at,
    method: row.method,
    path: row.path,
    endpoint: row.endpoint,
    status: row.status,
    reason: row.reason,
    msg: row.msg,
    address: row.address,
    keyName: row.key_name,
    keyHint: row.key_hint,
  }))
}
