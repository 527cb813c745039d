/** Virtual time: events in order of their instant, machines that freeze, suspend and count time at their own rate. */
import { setImmediate } from 'node:timers/promises'
import type { Clock } from '@keyporter/sdk'

/** A seeded generator (mulberry32): a seed reproduces a run exactly. */
export function seedRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

interface Event {
  at: number
  readonly order: number
  readonly machine: Machine | null
  readonly generation: number
  readonly run: () => void
}

export class Scheduler {
  now = 0
  events = 0
  private order = 0
  private readonly queue: Event[] = []

  /** Runs `run` after `delay` of true time, on `machine` when it is awake and has not crashed since. */
  after(delay: number, machine: Machine | null, run: () => void): void {
    this.push({ at: this.now + delay, order: this.order++, machine, generation: machine?.generation ?? 0, run })
  }

  async runUntil(end: number): Promise<void> {
    for (;;) {
      const event = this.queue[0]
      if (!event || event.at > end) break
      this.pop()
      const { machine } = event
      if (machine && event.generation !== machine.generation) continue
      if (machine && machine.frozenUntil > event.at) {
        this.push({ ...event, at: machine.frozenUntil })
        continue
      }
      this.now = event.at
      this.events++
      event.run()
      // Everything that the event made ready runs before the next instant.
      await setImmediate()
    }
    this.now = end
  }

  private push(event: Event): void {
    const { queue } = this
    queue.push(event)
    let i = queue.length - 1
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!isBefore(queue[i]!, queue[parent]!)) break
      ;[queue[i], queue[parent]] = [queue[parent]!, queue[i]!]
      i = parent
    }
  }

  private pop(): void {
    const { queue } = this
    const last = queue.pop()!
    if (queue.length === 0) return
    queue[0] = last
    for (let i = 0; ; ) {
      let least = i
      for (const child of [2 * i + 1, 2 * i + 2]) {
        if (child < queue.length && isBefore(queue[child]!, queue[least]!)) least = child
      }
      if (least === i) return
      ;[queue[i], queue[least]] = [queue[least]!, queue[i]!]
      i = least
    }
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** A process on a machine of its own. */
export class Machine {
  generation = 0
  frozenUntil = 0
  /** No message passes to or from the store before this instant. */
  cutUntil = 0
  /** The store hears it, but its answers do not arrive, before this instant. */
  deafUntil = 0
  /** Nobody tells it of changes before this instant. */
  unwokenUntil = 0
  /** The store cannot renew its registration before this instant, whatever else it can. */
  unrenewableUntil = 0
  /** Up to this is added to the way of each question. */
  lagMs = 0
  /** Added to the way of each answer. */
  slownessMs = 0
  private readonly scheduler: Scheduler
  private readonly rate: number
  private suspended = 0
  private jump = 0
  readonly clock: Clock

  constructor(scheduler: Scheduler, rate: number) {
    this.scheduler = scheduler
    this.rate = rate
    this.clock = {
      now: () => (scheduler.now - this.suspended) * rate,
      wall: () => scheduler.now + this.jump,
      after: (delayMs, callback) => {
        let cancelled = false
        scheduler.after(delayMs / this.rate, this, () => {
          if (!cancelled) callback()
        })
        return () => {
          cancelled = true
        }
      },
    }
  }

  /** As SIGSTOP does: nothing runs, clocks go on. */
  freeze(duration: number): void {
    this.frozenUntil = Math.max(this.frozenUntil, this.scheduler.now + duration)
  }

  /** As a laptop's lid does: nothing runs, and the monotonic clock stands still. */
  suspend(duration: number): void {
    this.freeze(duration)
    this.suspended += duration
  }

  jumpWall(by: number): void {
    this.jump += by
  }

  crash(): void {
    this.generation++
    this.frozenUntil = 0
  }
}
