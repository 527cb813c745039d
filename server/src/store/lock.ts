/** A lock inside this process, first come, first served, whose waiters give up after a time. */
import { Fault } from '../fault.js'

export interface Lock {
  /** Waits for the lock and returns what releases it, once however often it is called. Throws Fault `busy` when `waitMs` have passed. */
  take(waitMs: number): Promise<() => void>
}

export function createLock(): Lock {
  const waiters: (() => void)[] = []
  let taken = false

  const makeRelease = () => {
    let released = false
    return () => {
      if (released) return
      released = true
      const next = waiters.shift()
      if (next) next()
      else taken = false
    }
  }

  return {
    take: (waitMs) =>
      new Promise((resolve, reject) => {
        if (!taken) {
          taken = true
          return resolve(makeRelease())
        }
        const enter = () => {
          clearTimeout(timer)
          resolve(makeRelease())
        }
        const timer = setTimeout(() => {
          waiters.splice(waiters.indexOf(enter), 1)
          reject(describeBusy())
        }, waitMs)
        waiters.push(enter)
      }),
  }
}

/** The fault of a store that did not let us in; nothing was changed. */
export function describeBusy(cause?: unknown): Fault {
  return new Fault('busy', 'The store is busy. Nothing was changed; try again.', { cause })
}
