/**
 * From a hash to its key: what every request asks for. Compiled once, because building a statement costs more than
 * running it.
 */
import type { CompiledQuery } from 'kysely'
import { type JoinedRow, selectKeys } from './keys.js'
import type { Db } from './tables.js'

/** What a hash was found to be: that of a key, or one that a reset has replaced. */
export interface Found {
  readonly row: JoinedRow
  readonly retired: boolean
}

/** Finds the key that has any of these hashes, or had it before a reset. As many hashes as it was made for. */
export type Lookup = (db: Db, hashes: readonly string[]) => Promise<Found | null>

/** Makes a lookup for lists of `count` hashes: one for each pepper in use. */
export function createLookup(count: number): Lookup {
  let compiled: { current: CompiledQuery<JoinedRow>; retired: CompiledQuery<JoinedRow> } | undefined
  return async (db, hashes) => {
    compiled ??= compileLookup(db, count)
    const current = await runQuery(db, compiled.current, hashes)
    if (current) return { row: current, retired: false }
    // A reset moves a hash here in one transaction, so what was not there before and is not here was in neither.
    const retired = await runQuery(db, compiled.retired, hashes)
    return retired ? { row: retired, retired: true } : null
  }
}

function compileLookup(db: Db, count: number) {
  const places = new Array<string>(count).fill('')
  return {
    current: selectKeys(db).where('api_keys.hash', 'in', places).compile(),
    retired: selectKeys(db)
      .innerJoin('retired_hashes', 'retired_hashes.key_id', 'api_keys.id')
      .where('retired_hashes.hash', 'in', places)
      .compile(),
  }
}

async function runQuery(
  db: Db,
  query: CompiledQuery<JoinedRow>,
  hashes: readonly string[],
): Promise<JoinedRow | undefined> {
  const { rows } = await db.executeQuery<JoinedRow>({ ...query, parameters: hashes })
  return rows[0]
}
