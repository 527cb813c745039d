/**
 * The real verifier, revoker and sweeper over a virtual store and network, under seeded faults. Records what each request
 * was told, and finds those that were told less than a revoking call had promised before they began.
 */
import type {
  Changes,
  Loaded,
  Position,
  Registered,
  Renewal,
  Renewed,
  Source,
  Standing,
  Verifier,
} from '@keyporter/sdk'
import { Machine, Scheduler, seedRandom } from './scheduler.js'

export interface Subject {
  readonly Verifier: typeof Verifier
  readonly Busy: new (...args: never[]) => Error
  readonly awaitVerifiers: typeof import('../../src/revocation/revoker.js').awaitVerifiers
  readonly makeSweeper: typeof import('../../src/revocation/sweeper.js').makeSweeper
  /** A fault of the store's side: what the sources do wrong. */
  readonly sourceMutant?:
    | 'recreates the row'
    | 'fills through another verifier'
    | 'accepts late renewals'
    | 'reads by number alone'
    | 'reads on at a deposed primary'
    | 'fills at a deposed primary'
}

export interface Outcome {
  /** One line for each request that was told older state than a call had promised. */
  readonly stale: readonly string[]
  readonly requests: number
  readonly answered: number
  readonly revocations: number
  readonly events: number
  /** Longest wait of a revoking call after its commit was confirmed, of its caller's clock. */
  readonly longestWaitMs: number
}

interface KeyState {
  readonly keyId: number
  /** Grows with each write, and is never used for another; 0 is not created yet. */
  version: number
}

interface Row {
  reportedSeq: number
  /** What a crash of the store leaves of it at least. */
  settledSeq: number
  leaseMs: number
  renewals: number
  cycle: number
}

const keyCount = 3
const runMs = 15_000

export async function simulate(seed: number, subject: Subject): Promise<Outcome> {
  const random = seedRandom(seed)
  const scheduler = new Scheduler()
  const rate = () => 0.99 + 0.02 * random()
  const world = makeStore(random)
  const machines = [0, 1, 2].map(() => new Machine(scheduler, rate()))
  const writer = new Machine(scheduler, rate())
  const sweeping = new Machine(scheduler, rate())
  const verifiers: Verifier<number>[] = []
  const wakers = new Map<Machine, (seq?: number) => void>()
  /** Calm runs find races of a busy system, wild ones those of faults. */
  const wildness = random()
  /** In some schedules the lease changes all the time: what that can break is rare among other faults. */
  const leaseTheme = random() < 0.2
  /** In others a standby takes over again and again, just after commits of which nobody was told yet. */
  const failoverTheme = !leaseTheme && random() < 0.2
  const latency = () => (random() < 0.1 * wildness ? 600 * random() : 1 + 9 * random())
  let storeDownUntil = 0
  /** Before then some servers still read at the primary from before the last failover. */
  let deposedUntil = 0

  /** One message to the store and one back; each may be late or lost. `replyLatency` is that of the one back. */
  function call<T>(machine: Machine, run: () => T, replyLatency = latency() + machine.slownessMs): Promise<T> {
    return new Promise((resolve, reject) => {
      const lost = () => random() < 0.02 * wildness || scheduler.now < storeDownUntil
      const fail = () => scheduler.after(300, machine, () => reject(new Error('no answer')))
      if (lost() || scheduler.now < machine.cutUntil) return fail()
      const delayed = machine.lagMs > 0
      scheduler.after(latency() + (random() < 0.3 ? machine.lagMs * random() : 0), null, () => {
        if (lost() || (scheduler.now < machine.cutUntil && !delayed)) return fail()
        let settle: () => void
        try {
          const result = run()
          settle = () => resolve(result)
        } catch (error) {
          settle = () => reject(error)
        }
        if (lost() || scheduler.now < machine.deafUntil) return fail()
        scheduler.after(replyLatency, machine, settle)
      })
    })
  }

  function makeSource(index: number): Source<number> {
    const machine = machines[index]!
    const load = (run: () => Loaded<number>) => call(machine, run, random() < 0.2 ? 3_000 * random() : latency())
    /** Whether a read goes to a server that is still at the deposed primary. */
    const goesAstray = () => scheduler.now < deposedUntil && random() < 0.5
    return {
      register: () => call(machine, world.register),
      renew: (renewal) =>
        call(machine, () => {
          if (scheduler.now < machine.unrenewableUntil) throw new Error('a lock is not to be had')
          return world.renew(renewal, subject.sourceMutant)
        }),
      readChanges: (standing) => {
        const astray = goesAstray()
        return call(machine, () => world.readChanges(standing, subject.sourceMutant, astray))
      },
      report: (id, position) => call(machine, () => world.report(id, position)),
      deregister: (id) => call(machine, () => void world.registry.delete(id)),
      load: (digest, standing) => {
        const other = verifiers[(index + 1) % verifiers.length]
        const value = subject.sourceMutant === 'fills through another verifier' ? other?.findNow(digest) : undefined
        const astray = goesAstray()
        if (value === undefined) return load(() => world.loadAt(digest, standing, subject.sourceMutant, astray))
        return call(machine, () => ({ value, dependsOn: [{ kind: 'key', id: Number(digest) }] }))
      },
      loadConfirmed: (digest) => load(() => world.load(digest)),
      onWake: (wake) => {
        wakers.set(machine, wake)
        return { close: () => wakers.delete(machine) }
      },
    }
  }

  function start(index: number): void {
    verifiers[index] = new subject.Verifier<number>({
      source: makeSource(index),
      clock: machines[index]!.clock,
      limits: { maxEntries: 100, maxNegatives: 100, maxLoads: 50, maxLoadsPerSecond: 10_000 },
    })
  }

  // --- what clients do -------------------------------------------------------------------------------------------------

  const stale: string[] = []
  const promised = new Array<number>(keyCount).fill(0)
  let requests = 0
  let answered = 0
  let revocations = 0
  let longestWaitMs = 0

  function request(): void {
    const index = Math.floor(random() * machines.length)
    const keyId = Math.floor(random() * keyCount)
    const startedAt = scheduler.now
    const atLeast = promised[keyId]!
    requests++
    scheduler.after(0, machines[index]!, async () => {
      const found = await verifiers[index]!.find(String(keyId)).catch((error: unknown) => {
        if (error instanceof subject.Busy) return null
        throw error
      })
      if (!found) return
      answered++
      const version = found.value ?? 0
      if (version >= atLeast) return
      stale.push(
        `t=${startedAt.toFixed(1)}: verifier ${index} said version ${version} of key ${keyId}, promised was ${atLeast}`,
      )
    })
  }

  function wakeAll(seq: number): void {
    for (const [machine, wake] of wakers) {
      const known = random() < 0.5 ? seq : undefined
      if (random() < 0.6 && scheduler.now >= machine.unwokenUntil)
        scheduler.after(latency(), machine, () => wake(known))
    }
  }

  async function write(): Promise<void> {
    const keyId = Math.floor(random() * keyCount)
    const doomed = failoverTheme && random() < 0.3
    const commit = () => {
      const done = world.write(keyId)
      wakeAll(done.seq)
      if (doomed) scheduler.after(15 + 40 * random(), null, failOver)
      return done
    }
    const done = await call(writer, commit, doomed ? 300 : undefined).catch(() => null)
    // A failover has lost it before this confirmation could be sent.
    if (!done || !world.confirm(done.tag)) return
    const confirmedAt = writer.clock.now()
    await subject.awaitVerifiers(
      {
        clock: writer.clock,
        listRegistrations: () => call(writer, world.list),
        wakeAll: () => wakeAll(done.seq),
      },
      { seq: done.seq, leaseMs: done.leaseMs, confirmedAt },
    )
    longestWaitMs = Math.max(longestWaitMs, writer.clock.now() - confirmedAt)
    promised[keyId] = Math.max(promised[keyId]!, done.version)
    revocations++
  }

  // --- what fate does --------------------------------------------------------------------------------------------------

  function misfortune(): void {
    const index = Math.floor(random() * machines.length)
    const machine = machines[index]!
    const duration = 100 + random() * 3_000
    const kind = leaseTheme ? 0.7 + 0.15 * random() : random()
    if (failoverTheme && random() < 0.5) delayRequests(machine, duration)
    else if (kind < 0.3) machine.freeze(duration)
    else if (kind < 0.4) machine.cutUntil = scheduler.now + duration
    else if (kind < 0.5) machine.suspend(duration)
    else if (kind < 0.55) machine.jumpWall((random() - 0.5) * 4_000)
    else if (kind < 0.58) storeDownUntil = scheduler.now + duration / 2
    else if (kind < 0.62) failOver()
    else if (kind < 0.65) machine.unrenewableUntil = scheduler.now + duration
    else if (kind < 0.7) slowThenCut(machine, duration)
    else if (kind < 0.85) {
      world.setting = world.setting < 1_000 ? 1_600 : 400 + 400 * random()
      if (random() < 0.5) machine.deafUntil = scheduler.now + duration
      else delayRequests(machine, duration)
    } else {
      machine.crash()
      wakers.delete(machine)
      scheduler.after(random() * 500, machine, () => start(index))
    }
  }

  function failOver(): void {
    world.failOver()
    deposedUntil = scheduler.now + 4_000 * random()
  }

  /** Some of what the machine sends arrives long after, and out of order; then nothing passes any more. */
  function delayRequests(machine: Machine, duration: number): void {
    machine.lagMs = 1_500
    scheduler.after(duration / 2, null, () => {
      machine.lagMs = 0
      machine.cutUntil = scheduler.now + 2_500
    })
  }

  /** Replies crawl for a while, then nothing passes any more; nobody wakes it. */
  function slowThenCut(machine: Machine, duration: number): void {
    machine.unwokenUntil = scheduler.now + duration + 2_000
    machine.slownessMs = (world.setting / 4) * (0.35 + 0.13 * random())
    scheduler.after(duration, null, () => {
      machine.slownessMs = 0
      machine.cutUntil = scheduler.now + 2_000
    })
  }

  function repeat(meanMs: number, machine: Machine | null, run: () => void): void {
    const next = () => {
      run()
      scheduler.after(2 * meanMs * random(), machine, next)
    }
    scheduler.after(2 * meanMs * random(), machine, next)
  }

  for (const index of machines.keys()) start(index)
  const sweeper = subject.makeSweeper({
    clock: sweeping.clock,
    listRegistrations: () => call(sweeping, world.list),
    removeRegistration: (id, renewals) => call(sweeping, () => world.remove(id, renewals)),
  })
  repeat(25, null, request)
  repeat(failoverTheme ? 60 : 300, writer, () => void write())
  repeat(60, sweeping, () => void sweeper.sweep().catch(() => {}))
  repeat(400 + 3_000 * (1 - wildness), null, misfortune)
  await scheduler.runUntil(runMs)
  return { stale, requests, answered, revocations, events: scheduler.events, longestWaitMs }
}

/** What a reader sees. */
interface Snapshot {
  readonly keys: readonly KeyState[]
  readonly log: readonly LogRow[]
  readonly registry: ReadonlyMap<string, Row>
}

interface LogRow extends Position {
  readonly keyId: number
  readonly before: number
}

/** The database: every operation is one transaction, at one instant. */
function makeStore(random: () => number) {
  const keys: KeyState[] = Array.from({ length: keyCount }, (_, keyId) => ({ keyId, version: 0 }))
  let log: LogRow[] = [{ seq: 1, tag: 'first', keyId: -1, before: -1 }]
  const registry = new Map<string, Row>()
  let nextId = 1
  let versions = 0
  /** The newest change may be lost: nobody was told of it, and nothing durable was written since. */
  let fragile = false
  const settle = () => {
    fragile = false
    for (const row of registry.values()) row.settledSeq = row.reportedSeq
  }
  const holds = ({ seq, tag }: Position, { log } = look()) =>
    log.some((change) => change.seq === seq && change.tag === tag)
  const look = (): Snapshot => ({ keys, log, registry })
  /** As the old primary stood when the last failover began; it confirms nothing any more. */
  let deposed = look()
  const store = {
    setting: 1_000,
    registry,
    list: () => [...registry].map(([verifierId, row]) => ({ verifierId, ...row })),
    remove(id: string, renewals: number): void {
      if (registry.get(id)?.renewals !== renewals) return
      registry.delete(id)
      settle()
    },
    /** False where a failover has lost it. */
    confirm(tag: string): boolean {
      const { tag: newest } = log.at(-1)!
      if (tag === newest) fragile = false
      return tag === newest || log.some((change) => change.tag === tag)
    },
    /** A standby takes over: it has all that was confirmed, perhaps not the newest change, and not the newest reports. */
    failOver(): void {
      const rows = [...registry].map(([id, row]) => [id, { ...row }] as const)
      deposed = { keys: keys.map((key) => ({ ...key })), log: [...log], registry: new Map(rows) }
      for (const row of registry.values()) {
        if (random() < 0.7) row.reportedSeq = row.settledSeq
      }
      const newest = log.at(-1)!
      if (!fragile || log.length === 1) return
      log.pop()
      keys[newest.keyId]!.version = newest.before
      fragile = false
      const { seq } = log.at(-1)!
      for (const row of registry.values()) {
        row.reportedSeq = Math.min(row.reportedSeq, seq)
        row.settledSeq = Math.min(row.settledSeq, seq)
      }
    },
    register(): Registered {
      const verifierId = String(nextId++)
      const { seq, tag } = log.at(-1)!
      registry.set(verifierId, { reportedSeq: seq, settledSeq: seq, leaseMs: store.setting, renewals: 0, cycle: 0 })
      settle()
      return { verifierId, position: { seq, tag }, leaseMs: store.setting, storeNowMs: 0 }
    },
    renew({ verifierId, cycle, position, leaseMs }: Renewal, mutant: Subject['sourceMutant']): Renewed {
      let row = registry.get(verifierId)
      if (!row && mutant === 'recreates the row') {
        row = { reportedSeq: position.seq, settledSeq: position.seq, leaseMs, renewals: 0, cycle: 0 }
        registry.set(verifierId, row)
      } else if (!row || !holds(position)) return { gone: true }
      if (cycle <= row.cycle && mutant !== 'accepts late renewals') throw new Error('a later renewal came first')
      row.cycle = cycle
      row.leaseMs = leaseMs
      row.renewals++
      settle()
      return { gone: false, settingMs: store.setting, storeNowMs: 0 }
    },
    readChanges(standing: Standing, mutant: Subject['sourceMutant'], astray: boolean): Changes {
      const seen = astray ? deposed : look()
      const { verifierId, position, cycle } = standing
      const row = seen.registry.get(verifierId)
      if (!row) return { gone: true }
      if (row.cycle < cycle && mutant !== 'reads on at a deposed primary') throw new Error('behind')
      const unseen = mutant === 'reads by number alone' || mutant === 'recreates the row'
      if (!holds(position, seen) && !unseen) return { gone: true }
      const changes = seen.log
        .filter(({ seq }) => seq > position.seq)
        .map(({ seq, tag, keyId, before }) => ({
          seq,
          tag,
          touches: [{ kind: 'key' as const, id: keyId }],
          dropsNegatives: before === 0,
        }))
      return { gone: false, changes }
    },
    report(id: string, position: Position): void {
      const row = registry.get(id)
      if (!row) throw new Error('no such registration')
      if (!holds(position)) return
      row.reportedSeq = Math.max(row.reportedSeq, position.seq)
    },
    /** A fill. */
    loadAt(digest: string, standing: Standing, mutant: Subject['sourceMutant'], astray: boolean): Loaded<number> {
      const seen = astray ? deposed : look()
      const row = seen.registry.get(standing.verifierId)
      const isBehind = !row || row.cycle < standing.cycle || !holds(standing.position, seen)
      if (isBehind && astray && mutant !== 'fills at a deposed primary') throw new Error('behind')
      return store.load(digest, seen)
    },
    load(digest: string, seen = look()): Loaded<number> {
      const { keyId, version } = seen.keys[Number(digest)]!
      return version === 0
        ? { value: null, dependsOn: [] }
        : { value: version, dependsOn: [{ kind: 'key', id: keyId }] }
    },
    write(keyId: number): { seq: number; tag: string; version: number; leaseMs: number } {
      const key = keys[keyId]!
      const before = key.version
      key.version = ++versions
      const seq = log.at(-1)!.seq + 1
      const tag = String(random())
      // In order: what was written before is as durable as this one, whose loss alone is told apart.
      settle()
      log.push({ seq, tag, keyId, before })
      fragile = true
      // Nothing that a registration may still need is trimmed, and never the newest row.
      const needed = Math.min(seq, ...[...registry.values()].map((row) => row.reportedSeq))
      log = log.filter((change) => change.seq >= needed)
      const leaseMs = Math.max(0, ...[...registry.values()].map((row) => row.leaseMs))
      return { seq, tag, version: key.version, leaseMs }
    },
  }
  return store
}
