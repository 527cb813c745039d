/** Bounds what runs at once: so many run, so many wait in the order of coming, what comes above that is told to come again. */
import { Fault } from '../fault.js'

export interface TurnLimits {
  readonly maxRunning: number
  readonly maxWaiting: number
}

/** Runs work in its turn. Throws what the work throws, and Fault `busy` where too much waits. */
export type RunInTurn = <T>(work: () => Promise<T>) => Promise<T>

/** `msg` is that of the fault. */
export function openTurns({ maxRunning, maxWaiting }: TurnLimits, msg: string): RunInTurn {
  const waiting: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running < maxRunning) running++
    else {
      if (waiting.length >= maxWaiting) throw new Fault('busy', msg, { retryAfterSeconds: 1 })
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
    try {
      return await work()
    } finally {
      // Whoever waits takes this place over.
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}
