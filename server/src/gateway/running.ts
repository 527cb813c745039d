/** Every exchange and tunnel from the decision until its end: what must be cut when there is no more right to it. */
import type { Fault } from '../fault.js'
import type { Running } from './exchange.js'

export interface RunningSet {
  /** True from the moment `close` is called. */
  readonly closing: boolean
  add(one: Running): void
  delete(one: Running): void
  /** Resolves when none is left: those that have not ended after `waitMs` are aborted with `fault`. */
  close(waitMs: number, fault: Fault): Promise<void>
}

/** `watch` is told of each one, and what it returns is called at its end. */
export function openRunning(watch: (one: Running) => () => void): RunningSet {
  const all = new Map<Running, () => void>()
  let closing = false
  let announceEmpty = () => {}
  const empty = new Promise<void>((resolve) => {
    announceEmpty = resolve
  })
  return {
    get closing() {
      return closing
    },
    add(one) {
      all.set(one, watch(one))
    },
    delete(one) {
      all.get(one)?.()
      all.delete(one)
      if (closing && all.size === 0) announceEmpty()
    },
    async close(waitMs, fault) {
      closing = true
      if (all.size === 0) return
      const cut = setTimeout(() => {
        for (const one of all.keys()) one.abort(fault)
      }, waitMs)
      await empty
      clearTimeout(cut)
    },
  }
}
