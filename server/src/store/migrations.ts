/**
 * The steps that made the schema what it is, oldest first, the same for every database. What was released is never edited
 * again: a change of the schema is a new entry at the end.
 */
import { randomUUID } from 'node:crypto'
import { sql } from 'kysely'
import type { Engine } from './engine.js'
import { foldName } from './keys.js'
import { fingerprintSshKey } from './ssh-keys.js'
import type { Db } from './tables.js'

export interface Migration {
  readonly name: string
  readonly apply: (db: Db, engine: Pick<Engine, 'idColumn' | 'byteText'>) => Promise<void>
}

/** A migration's number is its position here, counted from 1. */
export const migrations: readonly Migration[] = [
  { name: 'accounts and keys', apply: addAccountsAndKeys },
  { name: 'changes and verifiers', apply: addChangesAndVerifiers },
  { name: 'ssh keys', apply: addSshKeys },
  { name: 'names to search', apply: addNameKeys },
  { name: 'users and sessions', apply: addUsersAndSessions },
  { name: 'denials', apply: addDenials },
  { name: 'identities', apply: addIdentities },
  { name: 'identities of sessions', apply: addSessionIdentities },
  { name: 'spent flows', apply: addSpentFlows },
]

async function addAccountsAndKeys(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('accounts')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('email', 'text')
    .addColumn('email_key', 'text')
    .addColumn('username', 'text')
    .addColumn('fullname', 'text')
    .addColumn('ssh_key', 'text')
    .addColumn('credit', 'double precision', (column) => column.notNull())
    .addColumn('operator', 'integer', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('suspended_at', 'bigint')
    .execute()
  await db.schema.createIndex('accounts_email_key').unique().on('accounts').column('email_key').execute()
  await db.schema
    .createIndex('accounts_operator')
    .unique()
    .on('accounts')
    .column('operator')
    .where('operator', '=', 1)
    .execute()
  await db.schema
    .createTable('api_keys')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
    .addColumn('created_by_key_id', 'bigint', (column) => column.references('api_keys.id').onDelete('set null'))
    .addColumn('name', 'text')
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('pepper_id', 'text', (column) => column.notNull())
    .addColumn('hint', 'text', (column) => column.notNull())
    .addColumn('is_primary', 'integer', (column) => column.notNull())
    .addColumn('permissions', 'text', (column) => column.notNull())
    .addColumn('key_params', 'text')
    .addColumn('addresses', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('last_used_address', 'text')
    .addColumn('expires_at', 'bigint')
    .addColumn('not_before', 'bigint')
    .addColumn('disabled_at', 'bigint')
    .addColumn('deleted_at', 'bigint')
    .addColumn('reset_at', 'bigint')
    .execute()
  await db.schema.createIndex('api_keys_hash').unique().on('api_keys').column('hash').execute()
  await db.schema.createIndex('api_keys_account_id').on('api_keys').column('account_id').execute()
  await db.schema.createIndex('api_keys_created_by_key_id').on('api_keys').column('created_by_key_id').execute()
  await db.schema
    .createTable('retired_hashes')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('pepper_id', 'text', (column) => column.notNull())
    .addColumn('key_id', 'bigint', (column) => column.notNull().references('api_keys.id').onDelete('cascade'))
    .addColumn('retired_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('retired_hashes_key_id').on('retired_hashes').column('key_id').execute()
}

async function addChangesAndVerifiers(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('changes')
    .addColumn('seq', idColumn.type, idColumn.build)
    .addColumn('tag', 'text', (column) => column.notNull())
    .addColumn('touches', 'text', (column) => column.notNull())
    .addColumn('drops_negatives', 'integer', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('verifiers')
    .addColumn('id', 'text', (column) => column.primaryKey().notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('lease_ms', 'integer', (column) => column.notNull())
    .addColumn('renewals', 'bigint', (column) => column.notNull())
    .addColumn('cycle', 'bigint', (column) => column.notNull())
    .addColumn('reported_seq', 'bigint', (column) => column.notNull())
    .addColumn('reported_tag', 'text', (column) => column.notNull())
    .addColumn('registered_at', 'bigint', (column) => column.notNull())
    .addColumn('renewed_at', 'bigint', (column) => column.notNull())
    .addColumn('reported_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('confirmations')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('settings')
    .addColumn('name', 'text', (column) => column.primaryKey().notNull())
    .addColumn('value', 'text', (column) => column.notNull())
    .execute()
  // There is always a newest row: where a registration starts.
  const first = { tag: randomUUID(), touches: '[]', drops_negatives: 1, at: Date.now() }
  await db.insertInto('changes').values(first).execute()
}

/** An account had one SSH key, in a column of its own: now it is the first of a list. */
async function addSshKeys(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('ssh_keys')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
    .addColumn('public_key', 'text', (column) => column.notNull())
    .addColumn('fingerprint', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('deleted_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('ssh_keys_fingerprint')
    .unique()
    .on('ssh_keys')
    .columns(['account_id', 'fingerprint'])
    .where(sql.ref('deleted_at'), 'is', null)
    .execute()
  const { rows } = await sql<{ id: number; ssh_key: string }>`
    select id, ssh_key from accounts where ssh_key is not null order by id`.execute(db)
  for (const { id, ssh_key: publicKey } of rows) {
    const fingerprint = fingerprintSshKey(publicKey)
    const values = { account_id: id, public_key: publicKey, fingerprint, created_at: Date.now() }
    await db.insertInto('ssh_keys').values(values).execute()
  }
  await db.schema.alterTable('accounts').dropColumn('ssh_key').execute()
}

async function addNameKeys(db: Db, { byteText }: Pick<Engine, 'byteText'>): Promise<void> {
  await db.schema.alterTable('api_keys').addColumn('name_key', byteText).execute()
  const pageSize = 1_000
  for (let afterId = 0; ; ) {
    const page = await db
      .selectFrom('api_keys')
      .select(['id', 'name'])
      .where('id', '>', afterId)
      .where('name', 'is not', null)
      .orderBy('id')
      .limit(pageSize)
      .execute()
    for (const { id, name } of page) {
      await db
        .updateTable('api_keys')
        .set({ name_key: foldName(name!) })
        .where('id', '=', id)
        .execute()
    }
    if (page.length < pageSize) break
    afterId = page.at(-1)!.id
  }
  // To count the keys of an account, and to read its first page in the usual orders, without a look at the rest.
  await db.schema.dropIndex('api_keys_account_id').execute()
  for (const columns of [['id'], ['name_key', 'id']] as const) {
    await db.schema
      .createIndex(`api_keys_list_${columns[0]}`)
      .on('api_keys')
      .columns(['account_id', ...columns])
      .where(sql.ref('deleted_at'), 'is', null)
      .execute()
  }
}

async function addUsersAndSessions(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('users')
    .addColumn('id', 'bigint', (column) => column.primaryKey().notNull().references('accounts.id'))
    .addColumn('password_hash', 'text')
    .addColumn('password_changed_at', 'bigint')
    .addColumn('link_hash', 'text')
    .addColumn('link_pepper_id', 'text')
    .addColumn('link_expires_at', 'bigint')
    .execute()
  await db.schema.createIndex('users_link_hash').unique().on('users').column('link_hash').execute()
  // Every account so far is a personal one: it and its user share one number.
  await db
    .insertInto('users')
    .columns(['id'])
    .expression((expression) => expression.selectFrom('accounts').select('id'))
    .execute()
  await db.schema
    .createTable('sessions')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('pepper_id', 'text', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .addColumn('last_used_at', 'bigint')
    .addColumn('last_used_address', 'text')
    .addColumn('user_agent', 'text')
    .execute()
  await db.schema.createIndex('sessions_hash').unique().on('sessions').column('hash').execute()
  await db.schema.createIndex('sessions_user_id').on('sessions').column('user_id').execute()
  await db.schema.createIndex('sessions_expires_at').on('sessions').column('expires_at').execute()
}

async function addDenials(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('denials')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('account_id', 'bigint', (column) => column.notNull().references('accounts.id'))
    .addColumn('key_id', 'bigint')
    .addColumn('session_id', 'bigint')
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('path', 'text', (column) => column.notNull())
    .addColumn('endpoint', 'text')
    .addColumn('status', 'integer', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('msg', 'text', (column) => column.notNull())
    .addColumn('address', 'text')
    .execute()
  await db.schema.createIndex('denials_account_id').on('denials').columns(['account_id', 'id']).execute()
}

async function addIdentities(db: Db, { idColumn }: Pick<Engine, 'idColumn'>): Promise<void> {
  await db.schema
    .createTable('identities')
    .addColumn('id', idColumn.type, idColumn.build)
    .addColumn('user_id', 'bigint', (column) => column.notNull().references('users.id'))
    .addColumn('issuer', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    .addColumn('email', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('last_used_at', 'bigint')
    .addColumn('unlinked_at', 'bigint')
    .execute()
  await db.schema
    .createIndex('identities_name')
    .unique()
    .on('identities')
    .columns(['issuer', 'subject'])
    .where(sql.ref('unlinked_at'), 'is', null)
    .execute()
  await db.schema.createIndex('identities_user_id').on('identities').column('user_id').execute()
  await db.schema
    .createTable('flows')
    .addColumn('hash', 'text', (column) => column.primaryKey().notNull())
    .addColumn('session_id', 'bigint')
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('flows_expires_at').on('flows').column('expires_at').execute()
}

async function addSessionIdentities(db: Db): Promise<void> {
  await db.schema.alterTable('sessions').addColumn('identity_id', 'bigint').execute()
}

/** A flow was a row from its beginning: now from its end. Those that are under way begin again. */
async function addSpentFlows(db: Db): Promise<void> {
  await db.schema.dropTable('flows').execute()
  await db.schema
    .createTable('spent_flows')
    .addColumn('digest', 'text', (column) => column.primaryKey().notNull())
    .addColumn('expires_at', 'bigint', (column) => column.notNull())
    .execute()
  await db.schema.createIndex('spent_flows_expires_at').on('spent_flows').column('expires_at').execute()
}
