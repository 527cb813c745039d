/** The peppers that keys, sessions and sign-in links stand under: which are given, and which are still needed. */
import { countByPepper, type PepperCount } from '../store/peppers.js'
import type { Context } from './context.js'

/** Counts are of keys that are not deleted, of sessions and of links in force. A retired pepper with none can be dropped. */
export interface PepperUse extends PepperCount {
  readonly id: string
  /** `missing`: something stands under it, and it is not given. */
  readonly state: 'current' | 'retired' | 'missing'
}

const nothing: PepperCount = { keys: 0, sessions: 0, links: 0 }

/** The current one first, the retired ones, then what is missing. */
export async function listPeppers({ store, peppers }: Context): Promise<PepperUse[]> {
  const counts = await store.read(async (db) => countByPepper(db, await store.now(db)))
  const given = peppers.all.map(({ id }): PepperUse => {
    const state = id === peppers.current.id ? 'current' : 'retired'
    return { id, state, ...(counts.get(id) ?? nothing) }
  })
  const known = new Set(given.map(({ id }) => id))
  const missing = [...counts].filter(([id]) => !known.has(id))
  return [...given, ...missing.map(([id, count]): PepperUse => ({ id, state: 'missing', ...count }))]
}
