/**
 * What is learnt from the use of keys and sessions and written in batches: when and from where, and hashes under the
 * current pepper.
 */
import { sql } from 'kysely'
import type { PepperedHash } from './keys.js'
import type { Db } from './tables.js'

/** Whose use it is, by the table that holds it. */
export type UsedTable = 'api_keys' | 'sessions'

export interface Use {
  readonly id: number
  readonly atMs: number
  readonly address: string | null
}

/** A key or session that was hit under a retired pepper, and its hash under the current one. */
export interface Rehash {
  readonly table: UsedTable
  readonly id: number
  readonly from: string
  readonly to: PepperedHash
}

/**
 * Writes last uses; an older one than is known changes nothing. One statement: whoever waits for the writers' lock waits
 * for as long as this takes.
 */
export async function recordUses(db: Db, table: UsedTable, uses: readonly Use[]): Promise<void> {
  const rows = uses.map(
    ({ id, atMs, address }) => sql`(cast(${id} as bigint), cast(${atMs} as bigint), cast(${address} as text))`,
  )
  await sql`
    with used(id, at, address) as (values ${sql.join(rows)})
    update ${sql.table(table)} set last_used_at = used.at, last_used_address = used.address
    from used
    where ${sql.table(table)}.id = used.id and (last_used_at is null or last_used_at <= used.at)
  `.execute(db)
}

/** Moves keys or sessions to other hashes, each only where its row still holds the hash that was hit: a reset in between stays. */
export async function rehash(db: Db, table: UsedTable, hits: readonly Rehash[]): Promise<void> {
  const rows = hits.map(
    ({ id, from, to }) =>
      sql`(cast(${id} as bigint), cast(${from} as text), cast(${to.hash} as text), cast(${to.pepperId} as text))`,
  )
  await sql`
    with hit(id, old, hash, pepper_id) as (values ${sql.join(rows)})
    update ${sql.table(table)} set hash = hit.hash, pepper_id = hit.pepper_id
    from hit
    where ${sql.table(table)}.id = hit.id and ${sql.table(table)}.hash = hit.old
  `.execute(db)
}
