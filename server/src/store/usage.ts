/**
 * What is learnt from the use of keys and sessions and written in batches: when and from where, and hashes under the
 * current pepper.
 */
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

/** Writes last uses; an older one than is known changes nothing. */
export async function recordUses(db: Db, table: UsedTable, uses: readonly Use[]): Promise<void> {
  const compiled = updateUse(db, table, { id: 0, atMs: 0, address: '' }).compile()
  for (const { id, atMs, address } of uses) {
    await db.executeQuery({ ...compiled, parameters: [atMs, address, id, atMs] })
  }
}

function updateUse(db: Db, table: UsedTable, { id, atMs, address }: Use) {
  return db
    .updateTable(table)
    .set({ last_used_at: atMs, last_used_address: address })
    .where('id', '=', id)
    .where((expression) =>
      expression.or([expression('last_used_at', 'is', null), expression('last_used_at', '<=', atMs)]),
    )
}

/** Moves keys or sessions to other hashes, each only where its row still holds the hash that was hit: a reset in between stays. */
export async function rehash(db: Db, table: UsedTable, hits: readonly Rehash[]): Promise<void> {
  for (const { id, from, to } of hits) {
    await db
      .updateTable(table)
      .set({ hash: to.hash, pepper_id: to.pepperId })
      .where('id', '=', id)
      .where('hash', '=', from)
      .execute()
  }
}
