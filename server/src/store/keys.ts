/**
 * Rows of keys, and of the hashes that resets retired. Deleted keys stay, so that their secrets are answered as deleted and
 * their numbers are never given again.
 */
import {
  type Account,
  type ApiKey,
  type Block,
  type Permissions,
  parseBlock,
  printBlock,
  printPermissions,
  readStoredPermissions,
} from '@keyporter/core'
import type { Db, KeyRow } from './tables.js'

/** A key with its account and what it is found by, all of one snapshot. */
export interface StoredKey {
  readonly key: ApiKey
  readonly account: Account
  readonly hash: string
  readonly pepperId: string
}

/** A hash under the pepper whose id it names. */
export interface PepperedHash {
  readonly hash: string
  readonly pepperId: string
}

export type NewKeyRow = PepperedHash &
  Pick<
    ApiKey,
    | 'accountId'
    | 'createdByKeyId'
    | 'name'
    | 'hint'
    | 'primary'
    | 'permissions'
    | 'keyParams'
    | 'addresses'
    | 'createdAt'
    | 'expiresAt'
    | 'notBefore'
    | 'disabledAt'
  >

export type KeyChange = Partial<
  PepperedHash &
    Pick<
      ApiKey,
      'name' | 'hint' | 'permissions' | 'addresses' | 'expiresAt' | 'notBefore' | 'disabledAt' | 'deletedAt' | 'resetAt'
    >
>

/** A row of `selectKeys`: a key and what is judged of its account. */
export type JoinedRow = KeyRow & { readonly account_operator: number; readonly account_suspended_at: number | null }

/** Every read of a key: the key joined with its account. */
export function selectKeys(db: Db) {
  return db
    .selectFrom('api_keys')
    .innerJoin('accounts', 'accounts.id', 'api_keys.account_id')
    .selectAll('api_keys')
    .select(['accounts.operator as account_operator', 'accounts.suspended_at as account_suspended_at'])
}

/** The key with this id, deleted or not. */
export async function findKey(db: Db, id: number): Promise<StoredKey | null> {
  const row = await selectKeys(db).where('api_keys.id', '=', id).executeTakeFirst()
  return row ? toStoredKey(row) : null
}

/** The keys of an account that are not deleted, by id. */
export async function listKeys(db: Db, accountId: number): Promise<ApiKey[]> {
  const rows = await selectKeys(db)
    .where('api_keys.account_id', '=', accountId)
    .where('api_keys.deleted_at', 'is', null)
    .orderBy('api_keys.id')
    .execute()
  return rows.map((row) => toStoredKey(row).key)
}

/** Documents of keys that are not deleted, by id, from behind `afterId` on. */
export function listDocuments(
  db: Db,
  { afterId, limit }: { afterId: number; limit: number },
): Promise<{ id: number; permissions: string }[]> {
  return db
    .selectFrom('api_keys')
    .select(['id', 'permissions'])
    .where('id', '>', afterId)
    .where('deleted_at', 'is', null)
    .orderBy('id')
    .limit(limit)
    .execute()
}

/** Inserts a key and returns its id. */
export async function insertKey(db: Db, key: NewKeyRow): Promise<number> {
  const { id } = await db
    .insertInto('api_keys')
    .values({
      account_id: key.accountId,
      created_by_key_id: key.createdByKeyId,
      name: key.name,
      name_key: key.name && foldName(key.name),
      hash: key.hash,
      pepper_id: key.pepperId,
      hint: key.hint,
      is_primary: key.primary ? 1 : 0,
      permissions: printDocument(key.permissions),
      key_params: key.keyParams === undefined ? null : JSON.stringify(key.keyParams),
      addresses: printAddresses(key.addresses),
      created_at: key.createdAt.getTime(),
      expires_at: toMs(key.expiresAt),
      not_before: toMs(key.notBefore),
      disabled_at: toMs(key.disabledAt),
    })
    .returning('id')
    .executeTakeFirstOrThrow()
  return id
}

/** Changes the members that are given. */
export async function changeKey(db: Db, id: number, change: KeyChange): Promise<void> {
  const columns = {
    ...(change.name !== undefined && { name: change.name, name_key: change.name && foldName(change.name) }),
    ...(change.hash !== undefined && { hash: change.hash }),
    ...(change.pepperId !== undefined && { pepper_id: change.pepperId }),
    ...(change.hint !== undefined && { hint: change.hint }),
    ...(change.permissions !== undefined && { permissions: printDocument(change.permissions) }),
    ...(change.addresses !== undefined && { addresses: printAddresses(change.addresses) }),
    ...(change.expiresAt !== undefined && { expires_at: toMs(change.expiresAt) }),
    ...(change.notBefore !== undefined && { not_before: toMs(change.notBefore) }),
    ...(change.disabledAt !== undefined && { disabled_at: toMs(change.disabledAt) }),
    ...(change.deletedAt !== undefined && { deleted_at: toMs(change.deletedAt) }),
    ...(change.resetAt !== undefined && { reset_at: toMs(change.resetAt) }),
  }
  if (Object.keys(columns).length === 0) return
  await db.updateTable('api_keys').set(columns).where('id', '=', id).execute()
}

/** Remembers the hash of a secret that a reset replaces. */
export async function insertRetiredHash(db: Db, keyId: number, retired: PepperedHash, retiredAt: Date): Promise<void> {
  await db
    .insertInto('retired_hashes')
    .values({ hash: retired.hash, pepper_id: retired.pepperId, key_id: keyId, retired_at: retiredAt.getTime() })
    .execute()
}

export async function hasAnyKey(db: Db): Promise<boolean> {
  const row = await db.selectFrom('api_keys').select('id').limit(1).executeTakeFirst()
  return row !== undefined
}

/** Keys that are not deleted, by the pepper they stand under. */
export async function countKeysByPepper(db: Db): Promise<Map<string, number>> {
  const rows = await db
    .selectFrom('api_keys')
    .select(({ fn }) => ['pepper_id', fn.countAll<number>().as('keys')])
    .where('deleted_at', 'is', null)
    .groupBy('pepper_id')
    .orderBy('pepper_id')
    .execute()
  return new Map(rows.map(({ pepper_id, keys }) => [pepper_id, Number(keys)]))
}

/** Turns a row into core's terms. `permissions` spares reading the document again. */
export function toStoredKey(row: JoinedRow, permissions: Permissions = readDocument(row.permissions)): StoredKey {
  return {
    key: {
      id: row.id,
      accountId: row.account_id,
      createdByKeyId: row.created_by_key_id,
      name: row.name,
      hint: row.hint,
      primary: row.is_primary === 1,
      permissions,
      keyParams: row.key_params === null ? undefined : JSON.parse(row.key_params),
      addresses: readAddresses(row.addresses),
      createdAt: new Date(row.created_at),
      expiresAt: toDate(row.expires_at),
      notBefore: toDate(row.not_before),
      disabledAt: toDate(row.disabled_at),
      deletedAt: toDate(row.deleted_at),
      resetAt: toDate(row.reset_at),
      lastUsedAt: toDate(row.last_used_at),
      lastUsedAddress: row.last_used_address,
    },
    account: {
      id: row.account_id,
      operator: row.account_operator === 1,
      suspendedAt: toDate(row.account_suspended_at),
    },
    hash: row.hash,
    pepperId: row.pepper_id,
  }
}

/** Folded here and not by the database: its idea of lower case differs from one to the next. */
export function foldName(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

/** The permissions of a stored document. */
export function readDocument(text: string): Permissions {
  return readStoredPermissions(JSON.parse(text))
}

/** The document of permissions, as it is stored. */
export function printDocument(permissions: Permissions): string {
  return JSON.stringify(printPermissions(permissions))
}

function readAddresses(text: string | null): readonly Block[] | null {
  if (text === null) return null
  return (JSON.parse(text) as string[]).map((entry) => {
    const block = parseBlock(entry)
    // A list that cannot be read must not become a shorter or an absent one.
    if (!block) throw new Error('a stored address list cannot be read')
    return block
  })
}

function printAddresses(addresses: readonly Block[] | null): string | null {
  return addresses && JSON.stringify(addresses.map(printBlock))
}

function toMs(date: Date | null): number | null {
  return date?.getTime() ?? null
}

function toDate(ms: number | null): Date | null {
  return ms === null ? null : new Date(ms)
}
