/** Who may decide from memory now, and how far behind each of them is. */
import { countChangesAfter } from '../store/changes.js'
import { listRegistrations } from '../store/registry.js'
import type { Context } from './context.js'

export interface RegisteredVerifier {
  readonly id: string
  /** Where it runs, for people. */
  readonly host: string
  /** Changes that it has not acknowledged yet. */
  readonly lag: number
  readonly leaseMs: number
  readonly registeredAt: Date
  readonly renewedAt: Date
  readonly acknowledgedAt: Date
}

/** Oldest first. */
export function listVerifiers({ store }: Context): Promise<RegisteredVerifier[]> {
  return store.read(async (db) => {
    const verifiers: RegisteredVerifier[] = []
    for (const row of await listRegistrations(db)) {
      verifiers.push({
        id: row.id,
        host: row.host,
        lag: await countChangesAfter(db, row.reported_seq),
        leaseMs: row.lease_ms,
        registeredAt: new Date(row.registered_at),
        renewedAt: new Date(row.renewed_at),
        acknowledgedAt: new Date(row.reported_at),
      })
    }
    return verifiers
  })
}
