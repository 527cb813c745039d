/**
 * What a verifier needs of the store: the registry, the change log and fills, each a single step of the revocation
 * protocol. The server answers it from the database, applications over HTTP. Every method may reject: then nothing is
 * known, and the verifier acts as if nothing had been said.
 */

/** A row of the change log: `tag` is random, so that a log which was put back to an older state is recognised. */
export interface Position {
  readonly seq: number
  readonly tag: string
}

/** What a loaded record depends on, by id. A change to any of them drops it. */
export type Kind = 'key' | 'account' | 'session' | 'user' | 'role'

export interface Touch {
  readonly kind: Kind
  readonly id: number
}

export interface Change extends Position {
  readonly touches: readonly Touch[]
  /** A secret came into being: what was unknown may be known now. */
  readonly dropsNegatives: boolean
}

/** A record as one snapshot of the primary holds it; `value` is null where no such secret is known. */
export interface Loaded<V> {
  readonly value: V | null
  readonly dependsOn: readonly Touch[]
}

export interface Registered {
  readonly verifierId: string
  /** The newest row, read under the writers' lock in the transaction that registered. */
  readonly position: Position
  /** The lease this registration was written with, in milliseconds. */
  readonly leaseMs: number
  /** The store's clock, in milliseconds of the epoch. */
  readonly storeNowMs: number
}

export interface Renewal {
  readonly verifierId: string
  readonly cycle: number
  /** The last change applied. */
  readonly position: Position
  readonly leaseMs: number
}

/**
 * Where a verifier stands. A read counts for it only from a snapshot that holds all of this: a primary that was deposed
 * goes on answering, and of several servers one may still be asking it when another has confirmed a renewal elsewhere.
 */
export interface Standing {
  readonly verifierId: string
  /** The last change applied. */
  readonly position: Position
  /** The last renewal that was confirmed; 0 before the first. */
  readonly cycle: number
}

/** `settingMs` is what the store's setting asks for from the next cycle on. `gone`: no such registration, or no such row. */
export type Renewed =
  | { readonly gone: true }
  | { readonly gone: false; readonly settingMs: number; readonly storeNowMs: number }

export type Changes = { readonly gone: true } | { readonly gone: false; readonly changes: readonly Change[] }

export interface Source<V> {
  /** Registers under a new id, with the lease of the setting. */
  register(signal: AbortSignal): Promise<Registered>
  /**
   * Confirms the registration and writes the lease the verifier will count with. Never registers. `cycle` grows with
   * each attempt: one that arrives after a later one must be refused, or it would write an older lease.
   */
  renew(renewal: Renewal, signal: AbortSignal): Promise<Renewed>
  /**
   * All changes after the position, in order of `seq`. `gone` as with `renew`: registration and position must be in the
   * snapshot that the changes are read in. Rejects when the renewal is not.
   */
  readChanges(standing: Standing, signal: AbortSignal): Promise<Changes>
  /** Acknowledges: all up to `position` is applied here. May be lost later, when the store fails. */
  report(verifierId: string, position: Position, signal: AbortSignal): Promise<void>
  /** Takes the registration back; the verifier has stopped deciding. */
  deregister(verifierId: string): Promise<void>
  /** Reads a record from the primary, in one snapshot, which is not older than `standing`. */
  load(digest: string, standing: Standing): Promise<Loaded<V>>
  /** The same in a transaction that also writes, and counts only once its COMMIT is confirmed. */
  loadConfirmed(digest: string): Promise<Loaded<V>>
  /** Calls `wake` when there may be a change, as new as `seq` if that is known. An accelerator: correctness never needs it. */
  onWake(wake: (seq?: number) => void): { close(): void }
}
