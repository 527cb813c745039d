/**
 * One process's part in the revocation protocol: its verifier over the store, the wait of its revoking calls, and its
 * turn at sweeping. docs/revocation.md tells the whole.
 */
import type { Presented } from '@keyporter/core'
import { Busy, type Clock, type Source, type Touched, Verifier, type VerifierLimits } from '@keyporter/sdk'
import type { Revoker } from '../actions/context.js'
import type { KeySource, StoredKeySource } from '../actions/verify-source.js'
import { Fault } from '../fault.js'
import { getNewestPosition } from '../store/changes.js'
import { listRegistrations, sweepRegistration } from '../store/registry.js'
import type { Store } from '../store/store.js'
import { awaitVerifiers, type RegistryRow } from './revoker.js'
import { openStoreSource } from './store-source.js'
import { makeSweeper } from './sweeper.js'

export interface RevocationOptions {
  readonly store: Store
  readonly keys: StoredKeySource
  readonly host: string
  readonly limits: VerifierLimits
  readonly onTouched: (touched: Touched) => Promise<void>
  /** Told as the verifier is when there may be a change as new as `seq`. */
  readonly onWake: (seq?: number) => void
  readonly onProblem: (problem: unknown) => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs)
    return () => clearTimeout(timer)
  },
}

const sweepMs = 1_000

/**
 * The wait of revoking calls. `wake` tells those whom this process reaches without the store, its own verifier first;
 * others hear of a change through the store.
 */
export function openRevoker(store: Store, wake: (seq: number) => void): Revoker {
  return {
    async settle({ seq, leaseMs }) {
      const confirmedAt = systemClock.now()
      await awaitVerifiers(
        {
          clock: systemClock,
          listRegistrations: () => listRows(store),
          wakeAll: () => wake(seq),
        },
        { seq, leaseMs, confirmedAt },
      )
    },
  }
}

/** Opens this process's verifier and has it swept after others. */
export function openVerifier(options: RevocationOptions): Verifier<Presented> {
  const { store } = options
  const source = openStoreSource(options)
  const onWake: Source<Presented>['onWake'] = (wake) =>
    watchLog(store, (seq) => {
      wake(seq)
      options.onWake(seq)
    })
  const verifier = new Verifier<Presented>({
    source: { ...source, onWake },
    clock: systemClock,
    limits: options.limits,
    onTouched: options.onTouched,
    onProblem: options.onProblem,
  })
  return verifier
}

/** Where the store cannot tell what was written, the log does: other writes than changes are no reason to wake. */
function watchLog(store: Store, wake: (seq?: number) => void): { close(): void } {
  return store.onForeignWrite((seq) => {
    if (seq !== undefined) return wake(seq)
    store.look(getNewestPosition).then(
      (newest) => wake(newest.seq),
      () => wake(),
    )
  })
}

/** Sweeps every second until it is closed. */
export function openSweeping(store: Store, onProblem: (problem: unknown) => void): { close(): void } {
  const sweeper = makeSweeper({
    clock: systemClock,
    listRegistrations: () => listRows(store),
    removeRegistration: (id, renewals) => store.beat((db) => sweepRegistration(db, id, renewals)),
  })
  const timer = setInterval(() => void sweeper.sweep().catch(onProblem), sweepMs)
  timer.unref()
  return { close: () => clearInterval(timer) }
}

/** The verifier as what authentication asks. Faults: `busy` where neither memory nor the store can tell. */
export function toKeySource(verifier: Verifier<Presented>): KeySource {
  const findSlowly = async (digest: string) => {
    try {
      return (await verifier.find(digest)).value ?? unknown
    } catch (cause) {
      if (!(cause instanceof Busy)) throw cause
      // Where nothing has failed it is a crowd: anybody can make one, so it is told when to come again.
      const crowd = cause.cause === undefined && { retryAfterSeconds: 1 }
      throw new Fault('busy', `This key cannot be checked now: ${cause.message}.`, { cause, ...crowd })
    }
  }
  return {
    findNow: (digest) => verifier.findNow(digest),
    find: (digest) => verifier.findNow(digest) ?? findSlowly(digest),
  }
}

const unknown: Presented = { kind: 'unknown' }

async function listRows(store: Store): Promise<RegistryRow[]> {
  const rows = await store.read(listRegistrations)
  return rows.map((row) => ({
    verifierId: row.id,
    reportedSeq: row.reported_seq,
    leaseMs: row.lease_ms,
    renewals: row.renewals,
  }))
}
