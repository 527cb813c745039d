/**
 * The failed-authentication budget: a token bucket for each client address, so that guessing is slow. It is asked only
 * after a secret was found bad, so it never refuses a good one. Holds a bounded number of addresses.
 */
import type { Address } from '@keyporter/core'

export interface Budget {
  /** Spends one failure. Returns 0 when it was covered, else the whole seconds until the next one is. */
  spend(client: Address | null, nowMs: number): number
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

const maxBuckets = 50_000

/** `burst` failures at once, `perMinute` in the long run. `nowMs` is monotonic. */
export function openBudget({ burst, perMinute }: { burst: number; perMinute: number }): Budget {
  const buckets = new Map<string, Bucket>()
  const perMs = perMinute / 60_000
  return {
    spend(client, nowMs) {
      const name = nameBucket(client)
      const bucket = buckets.get(name) ?? { tokens: burst, filledAtMs: nowMs }
      bucket.tokens = Math.min(burst, bucket.tokens + (nowMs - bucket.filledAtMs) * perMs)
      bucket.filledAtMs = nowMs
      // Taken out and put in again: the map's order is the order of last use, its first entry the one to forget.
      buckets.delete(name)
      if (buckets.size >= maxBuckets) buckets.delete(buckets.keys().next().value!)
      buckets.set(name, bucket)
      if (bucket.tokens < 1) return Math.max(1, Math.ceil((1 - bucket.tokens) / perMs / 1000))
      bucket.tokens -= 1
      return 0
    },
  }
}

/** One bucket for an IPv4 address, one for an IPv6 /64: a subscriber has all of it. Unknown addresses share one. */
function nameBucket(client: Address | null): string {
  if (!client) return ''
  return (client.length === 4 ? client : client.slice(0, 8)).join('.')
}
