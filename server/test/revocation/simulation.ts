/**
 * The real verifier, revoker and sweeper over a virtual store and network, under seeded faults. Records what each request
 * was told, and finds those that were told less than a revoking call had promised before they began.
 */
import type { Changes, Loaded, Registered, Renewed, Source, Verifier } from '@keyporter/sdk'
import { Machine, Scheduler, seedRandom } from './scheduler.js'

export interface Subject {
  readonly Verifier: typeof Verifier
  readonly Busy: new (...args: never[]) => Error
  readonly awaitVerifiers: typeof import('../../src/revocation/revoker.js').awaitVerifiers
  readonly makeSweeper: typeof import('../../src/revocation/sweeper.js').makeSweeper
  /** A fault of the store's side: what the sources do wrong. */
  readonly sourceMutant?: 'recreates the row' | 'fills through another verifier' | 'accepts late renewals'
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
  /** Grows with each write; 0 is not created yet. */
  version: number
}

interface Row {
  reportedSeq: number
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
  const wakers = new Map<Machine, () => void>()
  /** Calm runs find races of a busy system, wild ones those of faults. */
  const wildness = random()
  /** In some schedules the lease changes all the time: what that can break is rare among other faults. */
  const leaseTheme = random() < 0.2
  const latency = () => (random() < 0.1 * wildness ? 600 * random() : 1 + 9 * random())
  let storeDownUntil = 0

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
    const load = (digest: string) =>
      call(machine, () => world.load(digest), random() < 0.2 ? 3_000 * random() : latency())
    return {
      register: () => call(machine, world.register),
      renew: (renewal) => call(machine, () => world.renew(renewal, subject.sourceMutant)),
      readChanges: (id, position) => call(machine, () => world.readChanges(id, position.seq)),
      report: (id, position) => call(machine, () => world.report(id, position.seq)),
      deregister: (id) => call(machine, () => void world.registry.delete(id)),
      load: (digest) => {
        const other = verifiers[(index + 1) % verifiers.length]
        const value = subject.sourceMutant === 'fills through another verifier' ? other?.findNow(digest) : undefined
        if (value === undefined) return load(digest)
        return call(machine, () => ({ value, dependsOn: [{ kind: 'key', id: Number(digest) }] }))
      },
      loadConfirmed: load,
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

  async function write(): Promise<void> {
    const keyId = Math.floor(random() * keyCount)
    const done = await call(writer, () => world.write(keyId)).catch(() => null)
    if (!done) return
    const confirmedAt = writer.clock.now()
    await subject.awaitVerifiers(
      {
        clock: writer.clock,
        listRegistrations: () => call(writer, world.list),
        wakeAll: () => {
          for (const [machine, wake] of wakers) if (random() < 0.8) scheduler.after(latency(), machine, wake)
        },
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
    if (kind < 0.3) machine.freeze(duration)
    else if (kind < 0.4) machine.cutUntil = scheduler.now + duration
    else if (kind < 0.5) machine.suspend(duration)
    else if (kind < 0.55) machine.jumpWall((random() - 0.5) * 4_000)
    else if (kind < 0.6) storeDownUntil = scheduler.now + duration / 2
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

  /** Some of what the machine sends arrives long after, and out of order; then nothing passes any more. */
  function delayRequests(machine: Machine, duration: number): void {
    machine.lagMs = 1_500
    scheduler.after(duration / 2, null, () => {
      machine.lagMs = 0
      machine.cutUntil = scheduler.now + 2_500
    })
  }

  /** Replies crawl for a while, then nothing passes any more. */
  function slowThenCut(machine: Machine, duration: number): void {
    machine.slownessMs = (world.setting / 4) * (0.5 + 0.45 * random())
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
  repeat(300, writer, () => void write())
  repeat(60, sweeping, () => void sweeper.sweep().catch(() => {}))
  repeat(400 + 3_000 * (1 - wildness), null, misfortune)
  await scheduler.runUntil(runMs)
  return { stale, requests, answered, revocations, events: scheduler.events, longestWaitMs }
}

/** The database: every operation is one transaction, at one instant. */
function makeStore(random: () => number) {
  const keys: KeyState[] = Array.from({ length: keyCount }, (_, keyId) => ({ keyId, version: 0 }))
  let log = [{ seq: 1, tag: 'first', keyId: -1, created: false }]
  const registry = new Map<string, Row>()
  let nextId = 1
  const store = {
    setting: 1_000,
    registry,
    list: () => [...registry].map(([verifierId, row]) => ({ verifierId, ...row })),
    remove(id: string, renewals: number): void {
      if (registry.get(id)?.renewals === renewals) registry.delete(id)
    },
    register(): Registered {
      const verifierId = String(nextId++)
      const { seq, tag } = log.at(-1)!
      registry.set(verifierId, { reportedSeq: seq, leaseMs: store.setting, renewals: 0, cycle: 0 })
      return { verifierId, position: { seq, tag }, leaseMs: store.setting, storeNowMs: 0 }
    },
    renew(
      {
        verifierId,
        cycle,
        position,
        leaseMs,
      }: { verifierId: string; cycle: number; position: { seq: number }; leaseMs: number },
      mutant: Subject['sourceMutant'],
    ): Renewed {
      let row = registry.get(verifierId)
      if (!row && mutant === 'recreates the row') {
        row = { reportedSeq: position.seq, leaseMs, renewals: 0, cycle: 0 }
        registry.set(verifierId, row)
      } else if (!row || !log.some(({ seq }) => seq === position.seq)) return { gone: true }
      if (cycle <= row.cycle && mutant !== 'accepts late renewals') throw new Error('a later renewal came first')
      row.cycle = cycle
      row.leaseMs = leaseMs
      row.renewals++
      return { gone: false, settingMs: store.setting, storeNowMs: 0 }
    },
    readChanges(id: string, after: number): Changes {
      if (!registry.has(id)) return { gone: true }
      const changes = log
        .filter(({ seq }) => seq > after)
        .map(({ seq, tag, keyId, created }) => ({
          seq,
          tag,
          touches: [{ kind: 'key' as const, id: keyId }],
          dropsNegatives: created,
        }))
      return { gone: false, changes }
    },
    report(id: string, seq: number): void {
      const row = registry.get(id)
      if (!row) throw new Error('no such registration')
      row.reportedSeq = Math.max(row.reportedSeq, seq)
    },
    load(digest: string): Loaded<number> {
      const { keyId, version } = keys[Number(digest)]!
      return version === 0
        ? { value: null, dependsOn: [] }
        : { value: version, dependsOn: [{ kind: 'key', id: keyId }] }
    },
    write(keyId: number): { seq: number; version: number; leaseMs: number } {
      const key = keys[keyId]!
      key.version++
      const seq = log.at(-1)!.seq + 1
      log.push({ seq, tag: String(random()), keyId, created: key.version === 1 })
      // Nothing that a registration may still need is trimmed, and never the newest row.
      const needed = Math.min(seq, ...[...registry.values()].map((row) => row.reportedSeq))
      log = log.filter((change) => change.seq >= needed)
      const leaseMs = Math.max(0, ...[...registry.values()].map((row) => row.leaseMs))
      return { seq, version: key.version, leaseMs }
    },
  }
  return store
}
