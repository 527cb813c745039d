/**
 * Every exchange and tunnel from the decision until its end: what must be cut when there is no more right to it.
 * An array and not a Set: a Set that sees thousands of short-lived members a second leaves its outgrown tables behind,
 * chained to one another, and these keep every member of late from the cheap garbage collection (a fifth of all time).
 */
import type { Fault } from '../fault.js'
import type { Running } from './exchange.js'

/** One place in the set. */
export interface Place {
  readonly one: Running
  readonly unwatch: () => void
  /** Where it stands; -1 once it is gone. */
  index: number
}

export interface RunningSet {
  /** True from the moment `close` is called. */
  readonly closing: boolean
  add(one: Running): Place
  /** Once is enough, twice does no harm. */
  delete(place: Place): void
  /** Resolves when none is left: those that have not ended after `waitMs` are aborted with `fault`. */
  close(waitMs: number, fault: Fault): Promise<void>
}

/** `watch` is told of each one, and what it returns is called at its end. */
export function openRunning(watch: (one: Running) => () => void): RunningSet {
  const all: Place[] = []
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
      const place = { one, unwatch: watch(one), index: all.length }
      all.push(place)
      return place
    },
    delete(place) {
      if (place.index < 0) return
      const last = all.pop()!
      if (last !== place) {
        all[place.index] = last
        last.index = place.index
      }
      place.index = -1
      place.unwatch()
      if (closing && all.length === 0) announceEmpty()
    },
    async close(waitMs, fault) {
      closing = true
      if (all.length === 0) return
      const cut = setTimeout(() => {
        for (const { one } of [...all]) one.abort(fault)
      }, waitMs)
      await empty
      clearTimeout(cut)
    },
  }
}
