/** How many requests may be at the upstream at once. Others wait their turn, for a bounded time. */

export interface Waiter {
  /** Its turn has come. `leave` must be called once, when it is over. */
  start(): void
  /** Its turn did not come in time. */
  giveUp(): void
}

export interface Slots {
  enter(waiter: Waiter): void
  /** Takes back a waiter that has not been started. */
  forget(waiter: Waiter): void
  leave(): void
}

export function createSlots(limit: number, waitMs: number): Slots {
  const waiting = new Map<Waiter, NodeJS.Timeout>()
  let free = limit
  const forget = (waiter: Waiter) => {
    clearTimeout(waiting.get(waiter))
    waiting.delete(waiter)
  }
  return {
    enter(waiter) {
      if (free > 0) {
        free--
        waiter.start()
        return
      }
      const expire = () => {
        waiting.delete(waiter)
        waiter.giveUp()
      }
      waiting.set(waiter, setTimeout(expire, waitMs))
    },
    forget,
    leave() {
      const next = waiting.keys().next()
      if (next.done) {
        free++
        return
      }
      const waiter = next.value
      forget(waiter)
      // Not from within undici's parser, which is where turns end: it cannot be entered twice.
      queueMicrotask(() => waiter.start())
    },
  }
}
