/** The peppers that keys stand under: which are given, and which are still needed. */
import { countKeysByPepper } from '../store/keys.js'
import type { Context } from './context.js'

export interface PepperUse {
  readonly id: string
  /** `missing`: keys stand under it, and it is not given. */
  readonly state: 'current' | 'retired' | 'missing'
  /** Keys under it that are not deleted. A retired one with none can be dropped. */
  readonly keys: number
}

/** The current one first, the retired ones, then what is missing. */
export async function listPeppers({ store, peppers }: Context): Promise<PepperUse[]> {
  const counts = await store.read(countKeysByPepper)
  const given = peppers.all.map(({ id }): PepperUse => {
    const state = id === peppers.current.id ? 'current' : 'retired'
    return { id, state, keys: counts.get(id) ?? 0 }
  })
  const known = new Set(given.map(({ id }) => id))
  const missing = [...counts].filter(([id]) => !known.has(id))
  return [...given, ...missing.map(([id, keys]): PepperUse => ({ id, state: 'missing', keys }))]
}
