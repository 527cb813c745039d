/** Counts what the revocation protocol does for others: lookups by where they were answered, and waits. */
import type { Revoker } from '../actions/context.js'
import type { KeySource } from '../actions/verify-source.js'
import type { Metrics } from '../metrics.js'

export function meterKeys(keys: KeySource, metrics: Metrics): KeySource {
  const count = { store: () => metrics.countLookup('store'), failed: () => metrics.countLookup('failed') }
  return {
    findNow(digest) {
      const found = keys.findNow(digest)
      if (found !== undefined) metrics.countLookup('memory')
      return found
    },
    find(digest) {
      const found = keys.find(digest)
      if (found instanceof Promise) found.then(count.store, count.failed)
      else metrics.countLookup('memory')
      return found
    },
  }
}

export function meterRevoker(revoker: Revoker, metrics: Metrics): Revoker {
  return {
    async settle(logged) {
      const begunAt = performance.now()
      await revoker.settle(logged)
      metrics.observeRevocation(performance.now() - begunAt)
    },
  }
}
