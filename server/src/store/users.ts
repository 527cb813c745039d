/** How users sign in: their passwords and sign-in links, as hashes. Who they are is said in `accounts.ts`. */
import type { PepperedHash } from './keys.js'
import type { Db } from './tables.js'

export interface StoredPassword {
  /** In the PHC format of argon2id; null while none was set. */
  readonly hash: string | null
  readonly changedAt: Date | null
}

/** Makes the user of an account. */
export async function insertUser(db: Db, id: number): Promise<void> {
  await db.insertInto('users').values({ id }).execute()
}

/** Null where there is no such user. */
export async function findPassword(db: Db, userId: number): Promise<StoredPassword | null> {
  const row = await db
    .selectFrom('users')
    .select(['password_hash', 'password_changed_at'])
    .where('id', '=', userId)
    .executeTakeFirst()
  if (!row) return null
  const { password_hash: hash, password_changed_at: changedAt } = row
  return { hash, changedAt: changedAt === null ? null : new Date(changedAt) }
}

export async function setPassword(db: Db, userId: number, hash: string, changedAt: Date): Promise<void> {
  await db
    .updateTable('users')
    .set({ password_hash: hash, password_changed_at: changedAt.getTime() })
    .where('id', '=', userId)
    .execute()
}

/** Gives a user a sign-in link; the one before it, if there is one, is good no more. */
export async function setLink(db: Db, userId: number, link: PepperedHash, expiresAt: Date): Promise<void> {
  await db
    .updateTable('users')
    .set({ link_hash: link.hash, link_pepper_id: link.pepperId, link_expires_at: expiresAt.getTime() })
    .where('id', '=', userId)
    .execute()
}

/** The user whose link has one of these hashes and is not over; null when there is none. */
export async function findUserByLink(db: Db, hashes: readonly string[], nowMs: number): Promise<number | null> {
  const row = await db
    .selectFrom('users')
    .select('id')
    .where('link_hash', 'in', hashes)
    .where('link_expires_at', '>', nowMs)
    .executeTakeFirst()
  return row?.id ?? null
}

export async function spendLink(db: Db, userId: number): Promise<void> {
  await db
    .updateTable('users')
    .set({ link_hash: null, link_pepper_id: null, link_expires_at: null })
    .where('id', '=', userId)
    .execute()
}

/** Links that can still be used, by the pepper they stand under. */
export async function countLinksByPepper(db: Db, nowMs: number): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('users')
    .select(({ fn }) => ['link_pepper_id', fn.countAll<number>().as('links')])
    .where('link_expires_at', '>', nowMs)
    .groupBy('link_pepper_id')
    .execute()
  return new Map(rows.flatMap(({ link_pepper_id: id, links }) => (id === null ? [] : [[id, Number(links)] as const])))
}
