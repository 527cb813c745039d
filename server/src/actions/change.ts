/**
 * Writes that can alter a decision, all of them: rows and a change of the log in one transaction, then the wait until no
 * verifier anywhere decides by what was before (design section 6, REVOCATION).
 */
import { randomUUID } from 'node:crypto'
import type { Touch } from '@keyporter/sdk'
import { appendChange, trimChanges } from '../store/changes.js'
import type { Db } from '../store/tables.js'
import type { Context } from './context.js'

/** The log is trimmed by one change in so many. */
const trimEvery = 64

/** What a verifier has to forget. */
export interface Effect {
  readonly touches: readonly Touch[]
  /** Whether a secret came into being: what was unknown may be known now. */
  readonly dropsNegatives: boolean
}

/** The effect of a new secret. */
export function issueOf({ key }: { readonly key: { readonly id: number } }): Effect {
  return touch('key', key.id, true)
}

export function touch(kind: Touch['kind'], id: number, dropsNegatives = false): Effect {
  return { touches: [{ kind, id }], dropsNegatives }
}

/**
 * Runs `work` in one write transaction and returns its result once it holds everywhere. `describe` gives the details of an
 * outcome that is not known. Throws what `work` throws, and faults of the store; once COMMIT is confirmed, nothing.
 */
export async function change<T>(
  { store, revoker, now }: Context,
  work: (db: Db) => Promise<T>,
  findEffect: (result: T) => Effect | null,
  describe?: (result: T) => Record<string, unknown>,
): Promise<T> {
  const { result, logged } = await store.write(
    async (db) => {
      const result = await work(db)
      const effect = findEffect(result)
      if (!effect) return { result, logged: null }
      const change = { ...effect, tag: randomUUID(), at: new Date(now()) }
      const logged = await appendChange(db, change, store.announcement())
      if (logged.seq % trimEvery === 0) await trimChanges(db)
      return { result, logged }
    },
    describe && (({ result }) => describe(result)),
  )
  if (logged) await revoker.settle(logged)
  return result
}
