/** Rows of public SSH keys. Deleted ones stay, so that repeating a delete finds what it asks for. */
import { hash } from 'node:crypto'
import type { Db, SshKeyRow } from './tables.js'

export interface SshKey {
  readonly id: number
  readonly accountId: number
  /** One line, as in authorized_keys. */
  readonly publicKey: string
  /** Of the key without its comment, as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
  readonly createdAt: Date
  readonly deletedAt: Date | null
}

/** The SSH keys of an account that are not deleted, by id. */
export async function listSshKeys(db: Db, accountId: number): Promise<SshKey[]> {
  const rows = await db
    .selectFrom('ssh_keys')
    .selectAll()
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .execute()
  return rows.map(toSshKey)
}

/** The SSH key with this id, deleted or not. */
export async function findSshKey(db: Db, id: number): Promise<SshKey | null> {
  const row = await db.selectFrom('ssh_keys').selectAll().where('id', '=', id).executeTakeFirst()
  return row ? toSshKey(row) : null
}

/** Faults: `conflict` (by `Store.write`) where the account has this key already. */
export async function insertSshKey(
  db: Db,
  { accountId, publicKey, createdAt }: Pick<SshKey, 'accountId' | 'publicKey' | 'createdAt'>,
): Promise<SshKey> {
  const row = await db
    .insertInto('ssh_keys')
    .values({
      account_id: accountId,
      public_key: publicKey,
      fingerprint: fingerprintSshKey(publicKey),
      created_at: createdAt.getTime(),
    })
    .returningAll()
    .executeTakeFirstOrThrow()
  return toSshKey(row)
}

/** Changes the members that are given. Faults: as `insertSshKey`. */
export async function changeSshKey(
  db: Db,
  id: number,
  { publicKey, deletedAt }: { readonly publicKey?: string; readonly deletedAt?: Date },
): Promise<void> {
  const columns = {
    ...(publicKey !== undefined && { public_key: publicKey, fingerprint: fingerprintSshKey(publicKey) }),
    ...(deletedAt !== undefined && { deleted_at: deletedAt.getTime() }),
  }
  await db.updateTable('ssh_keys').set(columns).where('id', '=', id).execute()
}

/** What tells one key from another, whatever comment it carries. */
export function fingerprintSshKey(publicKey: string): string {
  const [, body = ''] = publicKey.split(' ')
  return `SHA256:${hash('sha256', Buffer.from(body, 'base64'), 'base64').replaceAll('=', '')}`
}

function toSshKey(row: SshKeyRow): SshKey {
  return {
    id: row.id,
    accountId: row.account_id,
    publicKey: row.public_key,
    fingerprint: row.fingerprint,
    createdAt: new Date(row.created_at),
    deletedAt: row.deleted_at === null ? null : new Date(row.deleted_at),
  }
}
