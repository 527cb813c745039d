/**
 * Removes registrations of dead verifiers, so that they do not slow every revoking call: those whose renewal counter stood
 * still for a lease and margin of our own clock. By then their memory is void by their own clock, were it the slower.
 */
import { type Clock, marginOf } from '@keyporter/sdk'
import type { RegistryRow } from './revoker.js'

export interface SweeperParts {
  readonly clock: Clock
  readonly listRegistrations: () => Promise<readonly RegistryRow[]>
  /** One conditional write: only where the counter still holds this value. */
  readonly removeRegistration: (verifierId: string, renewals: number) => Promise<void>
}

export interface Sweeper {
  /** Looks once. Rejects as the store does; the next call then starts anew. */
  sweep(): Promise<void>
}

export function makeSweeper({ clock, listRegistrations, removeRegistration }: SweeperParts): Sweeper {
  let seen = new Map<string, { readonly renewals: number; readonly since: number }>()
  return {
    async sweep() {
      const askedAt = clock.now()
      const rows = await listRegistrations().catch((problem: unknown) => {
        // While the store was away nobody could renew: who lives gets a whole lease to do it now.
        seen = new Map()
        throw problem
      })
      const answeredAt = clock.now()
      const still = new Map<string, { renewals: number; since: number }>()
      for (const { verifierId, renewals, leaseMs } of rows) {
        const before = seen.get(verifierId)
        // From the answer that showed it first to the question whose answer shows it last: never too long a span.
        const since = before?.renewals === renewals ? before.since : answeredAt
        if (askedAt - since >= leaseMs + marginOf(leaseMs)) await removeRegistration(verifierId, renewals)
        else still.set(verifierId, { renewals, since })
      }
      seen = still
    },
  }
}
