/**
 * The writing half of the protocol (docs/revocation.md): after a confirmed commit, wait until no verifier can decide by
 * what was before. Bounded by one lease and margin of our own clock, whatever the store or the verifiers do.
 */
import { type Clock, marginOf } from '@keyporter/sdk'

export interface RegistryRow {
  readonly verifierId: string
  /** The last change it reported as applied; that of its registration at first. */
  readonly reportedSeq: number
  readonly leaseMs: number
  /** Counts confirmed renewals. */
  readonly renewals: number
}

export interface Wait {
  /** The change that must be applied everywhere. */
  readonly seq: number
  /** The largest lease in any row, read in the change's own transaction under the writers' lock. */
  readonly leaseMs: number
  /** Our monotonic clock, read after the commit was confirmed. */
  readonly confirmedAt: number
}

export interface RevokerParts {
  readonly clock: Clock
  /** Reads the registry on the primary. */
  readonly listRegistrations: () => Promise<readonly RegistryRow[]>
  /** Tells every verifier that there is something new. An accelerator. */
  readonly wakeAll: () => void
}

const shortestPollMs = 1
const longestPollMs = 20
/** It looks again after so much of the time that it has waited: what that adds stays a small part. */
const pollShare = 0.2

/** Resolves when no verifier decides by older state; says which did not acknowledge. Never rejects. */
export async function awaitVerifiers(parts: RevokerParts, wait: Wait): Promise<{ silent: readonly string[] }> {
  const { clock } = parts
  const until = wait.confirmedAt + wait.leaseMs + marginOf(wait.leaseMs)
  let cancelExpiry = () => {}
  const expired = new Promise<'expired'>((resolve) => {
    cancelExpiry = clock.after(Math.max(0, until - clock.now()), () => resolve('expired'))
  })
  parts.wakeAll()
  let silent: readonly string[] = []
  for (;;) {
    const rows = await Promise.race([expired, parts.listRegistrations().catch(() => null)])
    if (rows === 'expired') return { silent }
    if (rows) {
      silent = rows.filter(({ reportedSeq }) => reportedSeq < wait.seq).map(({ verifierId }) => verifierId)
      if (silent.length === 0) {
        cancelExpiry()
        return { silent }
      }
    }
    const waitedMs = clock.now() - wait.confirmedAt
    const pollMs = Math.min(Math.max(shortestPollMs, pollShare * waitedMs), longestPollMs)
    const slept = new Promise<void>((resolve) => void clock.after(pollMs, resolve))
    if ((await Promise.race([expired, slept])) === 'expired') return { silent }
  }
}
