/** Token buckets by name: so many at once, so many a minute in the long run. Holds a bounded number of them. */
import type { Address } from '@keyporter/core'

export interface Buckets {
  /** Takes a token. Returns 0 when there was one, else the whole seconds until there is. */
  spend(name: string, nowMs: number): number
  /** Puts a token back that was taken for nothing. */
  refund(name: string): void
}

export interface BucketRate {
  readonly burst: number
  readonly perMinute: number
}

interface Bucket {
  tokens: number
  filledAtMs: number
}

const maxBuckets = 50_000

/** `burst` at once, `perMinute` in the long run. `nowMs` is monotonic. */
export function openBuckets({ burst, perMinute }: BucketRate): Buckets {
  const buckets = new Map<string, Bucket>()
  const perMs = perMinute / 60_000
  return {
    spend(name, nowMs) {
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
    refund(name) {
      const bucket = buckets.get(name)
      if (bucket) bucket.tokens = Math.min(burst, bucket.tokens + 1)
    },
  }
}

/** What one of several processes may let through, so that together they keep to a rate. */
export function shareRate({ burst, perMinute }: BucketRate, shares: number): BucketRate {
  return { burst: Math.ceil(burst / shares), perMinute: perMinute / shares }
}

/** One bucket for an IPv4 address, one for an IPv6 /64: a subscriber has all of it. Unknown addresses share one. */
export function nameBucket(client: Address | null): string {
  if (!client) return ''
  return (client.length === 4 ? client : client.slice(0, 8)).join('.')
}
