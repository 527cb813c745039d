/** Rows of accounts. A personal account and its user share one row and one number. */
import type { AccountRow, Db } from './tables.js'
import { insertUser } from './users.js'

/** An account with what its user says about themselves. */
export interface User {
  readonly id: number
  readonly email: string | null
  readonly username: string | null
  readonly fullname: string | null
  /** The oldest of its SSH keys. */
  readonly sshKey: string | null
  readonly credit: number
  readonly createdAt: Date
  readonly suspendedAt: Date | null
  /** The first account: the only one whose keys can hold the reserved categories. */
  readonly operator: boolean
}

export interface UserChanges {
  readonly email?: string
  readonly username?: string | null
  readonly fullname?: string | null
  readonly suspendedAt?: Date | null
}

export async function hasAnyAccount(db: Db): Promise<boolean> {
  const row = await db.selectFrom('accounts').select('id').limit(1).executeTakeFirst()
  return row !== undefined
}

/** Makes an account and its user. Faults: `conflict` (by `Store.write`) for an e-mail that is taken, in whatever case. */
export async function insertAccount(
  db: Db,
  { email, operator, createdAt }: { email: string; operator: boolean; createdAt: Date },
): Promise<User> {
  const row = await db
    .insertInto('accounts')
    .values({
      email,
      email_key: foldEmail(email),
      credit: 0,
      operator: operator ? 1 : 0,
      created_at: createdAt.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  await insertUser(db, row.id)
  return toUser({ ...row, ssh_key: null })
}

export async function findUser(db: Db, id: number): Promise<User | null> {
  const row = await selectUsers(db).where('id', '=', id).executeTakeFirst()
  return row ? toUser(row) : null
}

export async function findUserByEmail(db: Db, email: string): Promise<User | null> {
  // PostgreSQL knows no such text, not even to compare with.
  if (email.includes('\u0000')) return null
  const row = await selectUsers(db).where('email_key', '=', foldEmail(email)).executeTakeFirst()
  return row ? toUser(row) : null
}

export async function findOperator(db: Db): Promise<User | null> {
  const row = await selectUsers(db).where('operator', '=', 1).executeTakeFirst()
  return row ? toUser(row) : null
}

/** Changes the members that are given. Faults: `conflict` (by `Store.write`) for an e-mail that is taken. */
export async function changeUser(db: Db, id: number, changes: UserChanges): Promise<void> {
  const { email, username, fullname, suspendedAt } = changes
  const columns = {
    ...(email !== undefined && { email, email_key: foldEmail(email) }),
    ...(username !== undefined && { username }),
    ...(fullname !== undefined && { fullname }),
    ...(suspendedAt !== undefined && { suspended_at: suspendedAt?.getTime() ?? null }),
  }
  if (Object.keys(columns).length === 0) return
  await db.updateTable('accounts').set(columns).where('id', '=', id).execute()
}

function selectUsers(db: Db) {
  return db
    .selectFrom('accounts')
    .selectAll('accounts')
    .select(({ selectFrom }) =>
      selectFrom('ssh_keys')
        .select('public_key')
        .whereRef('ssh_keys.account_id', '=', 'accounts.id')
        .where('ssh_keys.deleted_at', 'is', null)
        .orderBy('ssh_keys.id')
        .limit(1)
        .as('ssh_key'),
    )
}

/** Folded here and not by the database: its idea of lower case differs from one to the next. */
function foldEmail(email: string): string {
  return email.toLowerCase()
}

function toUser(row: AccountRow & { readonly ssh_key: string | null }): User {
  return {
    id: row.id,
    email: row.email,
    username: row.username,
    fullname: row.fullname,
    sshKey: row.ssh_key,
    credit: row.credit,
    createdAt: new Date(row.created_at),
    suspendedAt: row.suspended_at === null ? null : new Date(row.suspended_at),
    operator: row.operator === 1,
  }
}
