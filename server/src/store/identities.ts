/** Rows of identities: who somebody is at an OpenID provider. Unlinked ones stay, so that repeating it finds what it asks for. */
import type { Db, IdentityRow } from './tables.js'

export interface Identity {
  readonly id: number
  readonly userId: number
  /** The provider, by its issuer identifier, and the subject that it knows the person by: together unique. */
  readonly issuer: string
  readonly subject: string
  /** As the provider told it last; for people alone. */
  readonly email: string | null
  readonly createdAt: Date
  readonly lastUsedAt: Date | null
  readonly unlinkedAt: Date | null
}

export type IdentityName = Pick<Identity, 'issuer' | 'subject'>

/** The identities of a user that are linked, by id. */
export async function listIdentities(db: Db, userId: number): Promise<Identity[]> {
  const rows = await selectLinked(db).where('user_id', '=', userId).orderBy('id').execute()
  return rows.map(toIdentity)
}

/** The identity with this id, linked or not. */
export async function findIdentity(db: Db, id: number): Promise<Identity | null> {
  const row = await db.selectFrom('identities').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toIdentity(row) : null
}

/** The identity of this name that is linked. */
export async function findLinkedIdentity(db: Db, { issuer, subject }: IdentityName): Promise<Identity | null> {
  const row = await selectLinked(db).where('issuer', '=', issuer).where('subject', '=', subject).executeTakeFirst()
  return row ? toIdentity(row) : null
}

/** Faults: `conflict` (by `Store.write`) where it is linked already. */
export async function insertIdentity(
  db: Db,
  {
    userId,
    issuer,
    subject,
    email,
    createdAt,
  }: Pick<Identity, 'userId' | 'issuer' | 'subject' | 'email' | 'createdAt'>,
): Promise<Identity> {
  const row = await db
    .insertInto('identities')
    .values({ user_id: userId, issuer, subject, email, created_at: createdAt.getTime() })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toIdentity(row)
}

/** Notes that somebody has signed in by it. */
export async function useIdentity(db: Db, id: number, email: string | null, usedAt: Date): Promise<void> {
  await db.updateTable('identities').set({ email, last_used_at: usedAt.getTime() }).where('id', '=', id).execute()
}

/** What was unlinked before keeps its time. */
export async function unlinkIdentity(db: Db, id: number, unlinkedAt: Date): Promise<void> {
  await db
    .updateTable('identities')
    .set({ unlinked_at: unlinkedAt.getTime() })
    .where('id', '=', id)
    .where('unlinked_at', 'is', null)
    .execute()
}

function selectLinked(db: Db) {
  return db.selectFrom('identities').selectAll().where('unlinked_at', 'is', null)
}

function toIdentity(row: IdentityRow): Identity {
  return {
    id: row.id,
    userId: row.user_id,
    issuer: row.issuer,
    subject: row.subject,
    email: row.email,
    createdAt: new Date(row.created_at),
    lastUsedAt: toDate(row.last_used_at),
    unlinkedAt: toDate(row.unlinked_at),
  }
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
