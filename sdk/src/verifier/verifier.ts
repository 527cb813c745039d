/**
 * The verifier: decides from memory while its lease holds, and gives memory up before anybody may count on that. The one
 * implementation of the protocol's reading half (docs/revocation.md); what it needs of the store is a `Source`.
 *
 * Its promise: a record that it hands out for a request was true at some moment after that request began, or at a moment
 * before which no revocation that had returned by then is missing from it.
 */
import { Memory } from './memory.js'
import type { Change, Position, Source, Standing, Touch } from './source.js'

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number
  /** Wall clock milliseconds: only compared with itself, to notice a machine that was suspended. */
  wall(): number
  /** Calls back once after `delayMs`; the result cancels. */
  after(delayMs: number, callback: () => void): () => void
}

export interface VerifierLimits {
  readonly maxEntries: number
  readonly maxNegatives: number
  /** Loads that may be under way at once; what comes above that is busy. */
  readonly maxLoads: number
  /** Loads a second in the long run, twice that in a burst: a flood of unknown secrets reaches the store no faster. */
  readonly maxLoadsPerSecond: number
}

export interface VerifierOptions<V> {
  readonly source: Source<V>
  readonly clock: Clock
  readonly limits: VerifierLimits
  /** Told what changed, before it is acknowledged: streams of those records are decided again, and cut. */
  readonly onTouched?: (change: Touched) => Promise<void> | void
  /** Told of failures, for a log. The verifier goes on by itself. */
  readonly onProblem?: (problem: unknown) => void
}

/** `all`: a new registration; nothing that was decided before it is known to hold. `seq`: that of the last change. */
export type Touched =
  | { readonly all: true }
  | { readonly all: false; readonly touches: readonly Touch[]; readonly seq: number }

/** `marked`: a change was applied while this was loaded, so it holds for requests that began before, and for no stream. */
export interface Found<V> {
  readonly value: V | null
  readonly marked: boolean
}

/** The store could not be asked: no memory to decide by, and no place or no answer there. A surface says 503. */
export class Busy extends Error {
  override readonly name = 'Busy'
}

export interface VerifierStatus {
  readonly verifierId: string | null
  readonly inForce: boolean
  readonly leaseMs: number
  readonly entries: number
  readonly negatives: number
  readonly position: Position | null
  /** Milliseconds since the store was last heard of; null when it never was. */
  readonly renewedAgoMs: number | null
}

/** At least 50 ms, or 2.5 % of the lease: covers clock rates that differ by up to 1 % on either side. */
export function marginOf(leaseMs: number): number {
  return Math.max(50, leaseMs * 0.025)
}

interface Load<V> {
  readonly promise: Promise<Found<V>>
  readonly mark: Mark
}

/** Set when a change was applied while a load was under way. */
interface Mark {
  marked: boolean
}

interface Registration {
  readonly id: string
  position: Position
  /** The last confirmed renewal. */
  cycle: number
  /** The lease that it wrote. */
  leaseMs: number
  /** What the next renewal will write. */
  nextLeaseMs: number
  /** Streams from before this registration were not decided again yet, so nothing may be acknowledged. */
  streamsPending: boolean
}

export class Verifier<V> {
  private readonly source: Source<V>
  private readonly clock: Clock
  private readonly options: VerifierOptions<V>
  private readonly memory: Memory<V>
  private readonly loads = new Map<string, Load<V>>()
  private readonly waker: { close(): void }

  private registration: Registration | null = null
  /** Monotonic instant up to which memory decides; −∞ when it does not. */
  private deadline = Number.NEGATIVE_INFINITY
  /** Wall minus monotonic clock at the `t0` that the deadline counts from. */
  private wallOffset = 0
  private maxWallDrift = 0
  /** Store's clock minus our monotonic clock, as of the last renewal. */
  private storeOffset = Number.NEGATIVE_INFINITY
  /** The latest store time that was told: it never goes back (decision A15). */
  private storeFloor = Number.NEGATIVE_INFINITY
  private renewedAt: number | null = null

  private running: AbortController | null = null
  /** The newest change that we were woken for since the cycle began. */
  private wantedSeq = Number.NEGATIVE_INFINITY
  /** Monotonic instant at which the next renewal is due, woken or not. */
  private renewAt = Number.NEGATIVE_INFINITY
  private cancelTimer = () => {}
  private closed = false
  private cycles = 0
  private applied = 0
  private confirmed = 0
  private underWay = 0
  private tokens: number
  private tokensAt: number

  constructor(options: VerifierOptions<V>) {
    this.options = options
    this.source = options.source
    this.clock = options.clock
    this.memory = new Memory(options.limits)
    this.tokens = 2 * options.limits.maxLoadsPerSecond
    this.tokensAt = options.clock.now()
    this.waker = options.source.onWake((seq) => this.wake(seq))
    this.wake()
  }

  /** A record from memory; undefined when memory cannot tell now. The hot path: no I/O, no allocation. */
  findNow(digest: string): V | undefined {
    const value = this.memory.get(digest)
    // The clock is read after the entry was looked up: an entry that a freeze held back is late by then.
    return value !== undefined && this.isInForce() ? value : undefined
  }

  /** A record from memory or from the store. Throws `Busy` when neither can tell now; nothing is guessed. */
  async find(digest: string): Promise<Found<V>> {
    const value = this.findNow(digest)
    if (value !== undefined) return { value, marked: false }
    if (this.closed) throw new Busy('the verifier is closed')
    if (!this.isInForce()) return this.findConfirmed(digest)
    if (this.memory.isKnownUnknown(digest) && this.isInForce()) return { value: null, marked: false }
    const load = this.loads.get(digest)
    // A marked load may have read before the change: a request that comes after that has to ask again.
    if (load && !load.mark.marked) return load.promise
    return this.startLoad(digest)
  }

  /** The store's clock by our last renewal; it never goes back. −∞ before the first renewal. */
  storeNow(): number {
    this.storeFloor = Math.max(this.storeFloor, this.clock.now() + this.storeOffset)
    return this.storeFloor
  }

  /** Asks for a look at the log now: there may be a change as new as `seq`. */
  wake(seq = Number.POSITIVE_INFINITY): void {
    if (this.closed || seq <= this.appliedSeq) return
    this.wantedSeq = Math.max(this.wantedSeq, seq)
    if (!this.running) void this.runCycle(this.clock.now() >= this.renewAt)
  }

  isInForce(): boolean {
    const now = this.clock.now()
    if (now >= this.deadline) return false
    const drift = this.clock.wall() - now - this.wallOffset
    return drift <= this.maxWallDrift && drift >= -this.maxWallDrift
  }

  /** Grows with each change that is applied: two equal readings have none between them. */
  get epoch(): number {
    return this.applied
  }

  get status(): VerifierStatus {
    return {
      verifierId: this.registration?.id ?? null,
      inForce: this.isInForce(),
      leaseMs: this.registration?.leaseMs ?? 0,
      entries: this.memory.size,
      negatives: this.memory.negativeSize,
      position: this.registration?.position ?? null,
      renewedAgoMs: this.renewedAt === null ? null : this.clock.now() - this.renewedAt,
    }
  }

  /** Stops deciding, empties memory, then takes the registration back. Streams are the caller's to end before. */
  async close(): Promise<void> {
    if (this.closed) return
    this.closed = true
    this.cancelTimer()
    this.waker.close()
    this.running?.abort()
    const id = this.registration?.id
    this.forget()
    if (id !== undefined) await this.source.deregister(id).catch((problem) => this.options.onProblem?.(problem))
  }

  // --- loads ---------------------------------------------------------------------------------------------------------

  private startLoad(digest: string): Promise<Found<V>> {
    this.takeToken()
    if (this.underWay >= this.options.limits.maxLoads) throw new Busy('too many records are being loaded')
    const mark = { marked: false }
    const load = { promise: this.runLoad(digest, mark), mark }
    this.loads.set(digest, load)
    return load.promise
  }

  private async runLoad(digest: string, mark: Mark): Promise<Found<V>> {
    const { registration } = this
    this.underWay++
    try {
      const loaded = await this.source.load(digest, describeStanding(registration!))
      const kept = !mark.marked && registration === this.registration
      if (kept) this.memory.set(digest, loaded)
      return { value: loaded.value, marked: !kept }
    } catch (cause) {
      throw new Busy('the store did not answer', { cause })
    } finally {
      this.underWay--
      if (this.loads.get(digest)?.mark === mark) this.loads.delete(digest)
    }
  }

  /** Without a lease: one confirmed read for one decision, as many at once as the store has places for. */
  private async findConfirmed(digest: string): Promise<Found<V>> {
    this.takeToken()
    if (this.confirmed >= this.options.limits.maxLoads) throw new Busy('the lease has lapsed, and the store is busy')
    this.confirmed++
    try {
      const { value } = await this.source.loadConfirmed(digest)
      return { value, marked: true }
    } catch (cause) {
      throw new Busy('the lease has lapsed, and the store did not answer', { cause })
    } finally {
      this.confirmed--
    }
  }

  private takeToken(): void {
    const { maxLoadsPerSecond } = this.options.limits
    const now = this.clock.now()
    this.tokens = Math.min(2 * maxLoadsPerSecond, this.tokens + ((now - this.tokensAt) * maxLoadsPerSecond) / 1000)
    this.tokensAt = now
    if (this.tokens < 1) throw new Busy('too many unknown secrets')
    this.tokens -= 1
  }

  private markLoads(): void {
    for (const { mark } of this.loads.values()) mark.marked = true
  }

  // --- the cycle -----------------------------------------------------------------------------------------------------

  private async runCycle(renews: boolean): Promise<void> {
    this.cancelTimer()
    this.wantedSeq = Number.NEGATIVE_INFINITY
    const running = new AbortController()
    this.running = running
    const period = this.cycleMs()
    if (renews) this.renewAt = this.clock.now() + period
    // A cycle without an answer is abandoned; what it is told later finds `running` replaced and changes nothing.
    const cancelTimeout = this.clock.after(period, () => running.abort())
    try {
      await this.cycle(renews, running.signal)
    } catch (problem) {
      if (!this.closed) this.options.onProblem?.(problem)
    } finally {
      cancelTimeout()
      if (this.running === running) this.running = null
    }
    if (this.closed) return
    const dueMs = this.renewAt - this.clock.now()
    if (this.wantedSeq > this.appliedSeq) void this.runCycle(dueMs <= 0)
    else this.cancelTimer = this.clock.after(Math.max(0, dueMs), () => void this.runCycle(true))
  }

  private get appliedSeq(): number {
    return this.registration?.position.seq ?? Number.NEGATIVE_INFINITY
  }

  /** A quarter of the lease; before the first registration, of the default one. */
  private cycleMs(): number {
    const { registration } = this
    return (registration ? Math.min(registration.leaseMs, registration.nextLeaseMs) : defaultLeaseMs) / 4
  }

  /** Renews on its timer; woken in between, it reads, applies and reports alone, which is sooner acknowledged. */
  private async cycle(renews: boolean, signal: AbortSignal): Promise<void> {
    const { registration } = this
    if (!registration) return this.register(signal)
    const renewed = renews ? await this.renew(registration, signal) : null
    if (renewed?.gone) return this.reregister(signal)
    const read = await abandonable(this.source.readChanges(describeStanding(registration), signal), signal)
    if (read.gone) return this.reregister(signal)
    await this.apply(registration, read.changes, signal)
    // A deadline counts from a renewal that was confirmed in this very cycle, and moves with no other.
    if (renewed) this.extend(renewed.t0, renewed.wallOffset, renewed.leaseMs, renewed.storeNowMs)
    await this.report(registration, signal)
  }

  private async renew(registration: Registration, signal: AbortSignal) {
    const t0 = this.clock.now()
    const wallOffset = this.clock.wall() - t0
    const leaseMs = registration.nextLeaseMs
    if (leaseMs < registration.leaseMs) this.cutDeadline(registration.leaseMs - leaseMs)
    const { id: verifierId, position } = registration
    const renewal = { verifierId, cycle: ++this.cycles, position, leaseMs }
    const renewed = await abandonable(this.source.renew(renewal, signal), signal)
    if (renewed.gone) return renewed
    registration.cycle = renewal.cycle
    registration.leaseMs = leaseMs
    registration.nextLeaseMs = renewed.settingMs
    return { ...renewed, t0, wallOffset, leaseMs }
  }

  private async reregister(signal: AbortSignal): Promise<void> {
    this.forget()
    await this.register(signal)
  }

  private async register(signal: AbortSignal): Promise<void> {
    const t0 = this.clock.now()
    const wallOffset = this.clock.wall() - t0
    const registering = this.source.register(signal)
    const registered = await abandonable(registering, signal).catch((problem: unknown) => {
      // What comes too late is taken back, or every revoking call would wait for a verifier that there is not.
      registering.then((late) => this.source.deregister(late.verifierId)).catch(() => {})
      throw problem
    })
    const { verifierId: id, position, leaseMs } = registered
    const registration = { id, position, cycle: 0, leaseMs, nextLeaseMs: leaseMs, streamsPending: true }
    this.registration = registration
    this.extend(t0, wallOffset, leaseMs, registered.storeNowMs)
    await this.report(registration, signal)
  }

  private async report(registration: Registration, signal: AbortSignal): Promise<void> {
    if (registration.streamsPending) {
      await this.tellTouched({ all: true }, signal)
      registration.streamsPending = false
    }
    await abandonable(this.source.report(registration.id, registration.position, signal), signal)
  }

  private tellTouched(touched: Touched, signal: AbortSignal): Promise<void> {
    return abandonable(Promise.resolve(this.options.onTouched?.(touched)), signal)
  }

  private async apply(registration: Registration, changes: readonly Change[], signal: AbortSignal): Promise<void> {
    if (changes.length === 0) return
    this.applied++
    const touches: Touch[] = []
    for (const change of changes) {
      for (const touch of change.touches) {
        this.memory.drop(touch)
        touches.push(touch)
      }
      if (change.dropsNegatives) this.memory.dropNegatives()
    }
    const { seq, tag } = changes.at(-1)!
    // A load does not yet know whose record it is, so every change is its business.
    this.markLoads()
    await this.tellTouched({ all: false, touches, seq }, signal)
    registration.position = { seq, tag }
  }

  private extend(t0: number, wallOffset: number, leaseMs: number, storeNowMs: number): void {
    const margin = marginOf(leaseMs)
    this.deadline = t0 + leaseMs - margin
    this.wallOffset = wallOffset
    this.maxWallDrift = margin / 2
    this.renewedAt = t0
    this.storeOffset = storeNowMs - this.clock.now()
  }

  /** Before a renewal that lowers the lease: revokers may soon wait less than the deadline that now runs. */
  private cutDeadline(byMs: number): void {
    this.deadline -= byMs
  }

  private forget(): void {
    this.registration = null
    this.applied++
    this.deadline = Number.NEGATIVE_INFINITY
    this.memory.clear()
    this.markLoads()
  }
}

const defaultLeaseMs = 2_000

function describeStanding({ id, position, cycle }: Registration): Standing {
  return { verifierId: id, position, cycle }
}

/** Rejects when the cycle is abandoned, so that a late reply cannot be acted upon. */
function abandonable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  if (signal.aborted) {
    promise.catch(() => {})
    return Promise.reject(new Error('the cycle was abandoned'))
  }
  return new Promise((resolve, reject) => {
    const abandon = () => reject(new Error('the cycle was abandoned'))
    signal.addEventListener('abort', abandon, { once: true })
    promise.then(
      (value) => {
        signal.removeEventListener('abort', abandon)
        resolve(value)
      },
      (problem) => {
        signal.removeEventListener('abort', abandon)
        reject(problem)
      },
    )
  })
}
