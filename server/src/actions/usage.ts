/**
 * When keys and sessions were last used, and from where: gathered in memory and written in batches, never on the path of a
 * request. What is hit under a retired pepper moves to the current one in the same batches.
 */
import { setImmediate as breathe } from 'node:timers/promises'
import type { Db } from '../store/tables.js'
import { type Rehash, recordUses, rehash, type Use } from '../store/usage.js'
import type { Context } from './context.js'

export interface Usage {
  /** Notes a use at `atMs` milliseconds. Of a key only the latest is kept; when too many are noted, others are let go. */
  record(keyId: number, atMs: number, address: string | null): void
  /** The same for a session. */
  recordSession(sessionId: number, atMs: number, address: string | null): void
  /** Notes a key or session that was hit under a retired pepper. */
  rehash(hit: Rehash): void
  /** Writes what was noted before this call. Throws faults of the store; what was not written stays noted. */
  flush(): Promise<void>
  /** Writes what is left and notes nothing more. */
  close(): Promise<void>
}

export interface UsageOptions {
  readonly flushMs: number
  /** Told when a batch could not be written; it is tried again with the next. */
  readonly onFault?: (error: unknown) => void
}

/** Keys, and sessions, noted between two batches, at most. */
const maxNoted = 100_000
/** Rows of one transaction: so few that nobody waits long for the writers' lock. */
const maxRows = 200

export function openUsage({ store }: Context, { flushMs, onFault = () => {} }: UsageOptions): Usage {
  const keys = { table: 'api_keys', uses: new Map<number, Use>(), rehashes: new Map<number, Rehash>() } as const
  const sessions = { table: 'sessions', uses: new Map<number, Use>(), rehashes: new Map<number, Rehash>() } as const
  let running: Promise<void> = Promise.resolve()
  let closed = false

  const writeBatches = async <V>(noted: Map<number, V>, write: (db: Db, batch: readonly V[]) => Promise<void>) => {
    for (let left = noted.size; left > 0; left -= maxRows) {
      const batch = takeFirst(noted, Math.min(left, maxRows))
      await store.write((db) =>
        write(
          db,
          batch.map(([, row]) => row),
        ),
      )
      // What was noted meanwhile is another object, and stays.
      for (const [id, row] of batch) if (noted.get(id) === row) noted.delete(id)
      await breathe()
    }
  }
  const flush = () => {
    const write = async () => {
      for (const { table, uses, rehashes } of [keys, sessions]) {
        await writeBatches(uses, (db, batch) => recordUses(db, table, batch))
        await writeBatches(rehashes, (db, batch) => rehash(db, table, batch))
      }
    }
    running = running.then(write, write)
    return running
  }
  const timer = setInterval(() => flush().catch(onFault), flushMs)
  timer.unref()

  const note = (uses: Map<number, Use>, id: number, atMs: number, address: string | null) => {
    const noted = uses.get(id)
    if (closed || (noted ? noted.atMs > atMs : uses.size >= maxNoted)) return
    // A key may be used dozens of times within one millisecond.
    if (noted && noted.atMs === atMs && noted.address === address) return
    uses.set(id, { id, atMs, address })
  }

  return {
    record: (keyId, atMs, address) => note(keys.uses, keyId, atMs, address),
    recordSession: (sessionId, atMs, address) => note(sessions.uses, sessionId, atMs, address),
    rehash(hit) {
      const { rehashes } = hit.table === 'sessions' ? sessions : keys
      if (!closed && rehashes.size < maxNoted) rehashes.set(hit.id, hit)
    },
    flush,
    async close() {
      closed = true
      clearInterval(timer)
      await flush()
    },
  }
}

function takeFirst<V>(noted: ReadonlyMap<number, V>, count: number): [number, V][] {
  const first: [number, V][] = []
  for (const entry of noted) {
    if (first.length === count) break
    first.push(entry)
  }
  return first
}
