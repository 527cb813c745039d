/** What is learnt from the use of keys and written in batches: when and from where, and hashes under the current pepper. */
import type { PepperedHash } from './keys.js'
import type { Db } from './tables.js'

export interface Use {
  readonly keyId: number
  readonly atMs: number
  readonly address: string | null
}

/** A key that was hit under a retired pepper, and its hash under the current one. */
export interface Rehash {
  readonly keyId: number
  readonly from: string
  readonly to: PepperedHash
}

/** Writes the last use of keys; an older one than is known changes nothing. */
export async function recordUses(db: Db, uses: readonly Use[]): Promise<void> {
  const compiled = updateUse(db, { keyId: 0, atMs: 0, address: '' }).compile()
  for (const { keyId, atMs, address } of uses) {
    await db.executeQuery({ ...compiled, parameters: [atMs, address, keyId, atMs] })
  }
}

function updateUse(db: Db, { keyId, atMs, address }: Use) {
  return db
    .updateTable('api_keys')
    .set({ last_used_at: atMs, last_used_address: address })
    .where('id', '=', keyId)
    .where((expression) =>
      expression.or([expression('last_used_at', 'is', null), expression('last_used_at', '<=', atMs)]),
    )
}

/** Moves keys to other hashes, each only where its row still holds the hash that was hit: a reset in between stays. */
export async function rehashKeys(db: Db, hits: readonly Rehash[]): Promise<void> {
  for (const { keyId, from, to } of hits) {
    await db
      .updateTable('api_keys')
      .set({ hash: to.hash, pepper_id: to.pepperId })
      .where('id', '=', keyId)
      .where('hash', '=', from)
      .execute()
  }
}
