/**
 * The failed-authentication budget: a token bucket for each client address, so that guessing is slow. It is asked only
 * after a secret was found bad, so it never refuses a good one.
 */
import type { Address } from '@keyporter/core'
import { type BucketRate, nameBucket, openBuckets } from '../buckets.js'

export interface Budget {
  /** Spends one failure. Returns 0 when it was covered, else the whole seconds until the next one is. */
  spend(client: Address | null, nowMs: number): number
}

/** `burst` failures at once, `perMinute` in the long run. `nowMs` is monotonic. */
export function openBudget(rate: BucketRate): Budget {
  const buckets = openBuckets(rate)
  return { spend: (client, nowMs) => buckets.spend(nameBucket(client), nowMs) }
}
