// What a page shows a moment after an action is waited for: read again and again, until it is what it should be.
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'

const longestMs = 30_000
const pauseMs = 30

/**
 * Reads until what is read equals `expected` deeply. Throws an AssertionError with both where it never does, or what the
 * last read threw. The clock is monotonic: that of the machine may be put back meanwhile.
 */
export async function eventually(read, expected, what) {
  const giveUpAt = performance.now() + longestMs
  while (true) {
    const [seen] = await Promise.allSettled([read()])
    if (seen.status === 'fulfilled' && isDeepStrictEqual(seen.value, expected)) return
    if (performance.now() > giveUpAt) {
      if (seen.status === 'rejected') throw seen.reason
      assert.deepEqual(seen.value, expected, what)
    }
    await delay(pauseMs)
  }
}
