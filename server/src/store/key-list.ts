/**
 * The keys of an account as people look through them: a page in one order, and how many there are in all. The same SQL on
 * every database: names are folded here and compared by bytes, keys without a value come last in either direction, and ties
 * are broken by id.
 */
import type { ApiKey } from '@keyporter/core'
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { foldName, selectKeys, toStoredKey } from './keys.js'
import type { Db, Tables } from './tables.js'

export interface KeyListQuery {
  /** In the name or the hint, in whatever case; null for all. */
  readonly search: string | null
  readonly filter: KeyFilter | null
  readonly sort: KeySort
  readonly descending: boolean
  readonly limit: number
  readonly offset: number
}

/** Instants are milliseconds of the epoch. */
export type KeyFilter =
  /** In force at an instant. */
  | { readonly kind: 'active'; readonly at: number }
  /** Not over at an instant, and over at another. */
  | { readonly kind: 'expiring'; readonly at: number; readonly until: number }
  | { readonly kind: 'expired'; readonly at: number }
  | { readonly kind: 'disabled' }
  /** Neither used nor made since an instant. */
  | { readonly kind: 'unused'; readonly since: number }
  /** With one of these permission documents, as they are stored. */
  | { readonly kind: 'documents'; readonly documents: readonly string[] }

export type KeySort = 'id' | 'name' | 'created_at' | 'last_used_at' | 'expires_at'

/** Ids follow the commits; wall clocks of several machines, or one that was set, do not. */
const orderColumns = {
  id: 'id',
  name: 'name_key',
  created_at: 'id',
  last_used_at: 'last_used_at',
  expires_at: 'expires_at',
} as const satisfies Record<KeySort, keyof Tables['api_keys']>

/** The keys of an account that are not deleted. */
export async function queryKeys(
  db: Db,
  accountId: number,
  { search, filter, sort, descending, limit, offset }: KeyListQuery,
): Promise<{ keys: ApiKey[]; total: number }> {
  const matches = (on: On) => on.and([isOwn(on, accountId), hasText(on, search), passes(on, filter)])
  const { total } = await db
    .selectFrom('api_keys')
    .select(({ fn }) => fn.countAll<number>().as('total'))
    .where(matches)
    .executeTakeFirstOrThrow()
  const direction = descending ? 'desc' : 'asc'
  // First the ids, from as little of each row as that takes, then the whole rows of one page.
  const column = orderColumns[sort]
  const page = db
    .selectFrom('api_keys')
    .select('id')
    .where(matches)
    .$if(column !== 'id', (matching) => matching.orderBy(column, (order) => order[direction]().nullsLast()))
    .orderBy('id', direction)
    .limit(limit)
    .offset(offset)
  const ids = (await page.execute()).map(({ id }) => id)
  if (ids.length === 0) return { keys: [], total: Number(total) }
  const rows = await selectKeys(db).where('api_keys.id', 'in', ids).execute()
  const byId = new Map(rows.map((row) => [row.id, row]))
  const keys = ids.flatMap((id) => byId.get(id) ?? []).map((row) => toStoredKey(row).key)
  return { keys, total: Number(total) }
}

/** The different permission documents of an account's keys that are not deleted, as they are stored. */
export async function listDistinctDocuments(db: Db, accountId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('api_keys')
    .select('permissions')
    .distinct()
    .where('account_id', '=', accountId)
    .where('deleted_at', 'is', null)
    .execute()
  return rows.map(({ permissions }) => permissions)
}

type On = ExpressionBuilder<Tables, 'api_keys'>

function isOwn(on: On, accountId: number) {
  return on.and([on('account_id', '=', accountId), on('deleted_at', 'is', null)])
}

function hasText(on: On, search: string | null) {
  if (search === null) return on.and([])
  const pattern = `%${foldName(search).replaceAll(/[%_\\]/g, '\\$&')}%`
  const isLike = (text: Expression<string | null>) => sql<SqlBool>`${text} like ${pattern} escape ${sql.lit('\\')}`
  return on.or([isLike(on.ref('name_key')), isLike(on.fn<string>('lower', ['hint']))])
}

function passes(on: On, filter: KeyFilter | null) {
  switch (filter?.kind) {
    case undefined:
      return on.and([])
    case 'active':
      return on.and([
        on('disabled_at', 'is', null),
        on.or([on('expires_at', 'is', null), on('expires_at', '>', filter.at)]),
        on.or([on('not_before', 'is', null), on('not_before', '<=', filter.at)]),
      ])
    case 'expiring':
      return on.and([
        on('disabled_at', 'is', null),
        on('expires_at', '>', filter.at),
        on('expires_at', '<=', filter.until),
      ])
    case 'expired':
      return on.and([on('disabled_at', 'is', null), on('expires_at', '<=', filter.at)])
    case 'disabled':
      return on('disabled_at', 'is not', null)
    case 'unused':
      return on(on.fn.coalesce('last_used_at', 'created_at'), '<', filter.since)
    case 'documents':
      return filter.documents.length > 0 ? on('permissions', 'in', filter.documents) : on.lit(false)
  }
}
