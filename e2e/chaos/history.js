/**
 * What was asked and told, with start and end on one clock; and the checker: whether any key was accepted by a request that
 * began after a revoking call on it had returned.
 */
export function makeHistory() {
  const keys = new Map()
  const verifies = []
  const changes = []
  const faults = []
  const now = () => performance.now()
  return {
    now,
    verifies,
    changes,
    faults,
    keys,
    /** Marks the time of a fault of a verifier or of the store. */
    async during(kind, name, work) {
      const fault = { kind, name, start: now(), end: Number.POSITIVE_INFINITY }
      faults.push(fault)
      try {
        await work()
      } finally {
        fault.end = now()
      }
    },
  }
}

/** Allowed answers to requests that began after the key had been taken back or narrowed. */
export function findStaleAccepts({ verifies, keys }) {
  return verifies.filter(
    ({ keyId, start, allowed }) => allowed && start > (keys.get(keyId).refusedFrom ?? Number.POSITIVE_INFINITY),
  )
}

/** Answers other than yes to requests that lie wholly within the time in which the key was good. */
export function findGoodRefused({ verifies, keys }) {
  return verifies.filter(({ keyId, start, end, allowed, answered }) => {
    const { createdAt, revokeBegan } = keys.get(keyId)
    return answered && !allowed && start >= createdAt && end <= (revokeBegan ?? Number.POSITIVE_INFINITY)
  })
}

/** Longest time for which one verifier refused good keys without accepting any. */
export function measureLongestRefusal(history) {
  const refused = new Set(findGoodRefused(history))
  const since = new Map()
  let longest = 0
  for (const verify of [...history.verifies].sort((a, b) => a.end - b.end)) {
    if (verify.allowed) since.delete(verify.verifier)
    else if (refused.has(verify)) {
      if (!since.has(verify.verifier)) since.set(verify.verifier, verify.start)
      longest = Math.max(longest, verify.end - since.get(verify.verifier))
    }
  }
  return longest
}

/** Where a revoking call belongs, by what was broken at the time: `leaseMs` is how long a fault has effects. */
export function classify({ faults }, { start, end, server }, leaseMs) {
  const touching = faults.filter((fault) => fault.start <= end && fault.end + 2 * leaseMs >= start)
  if (touching.length === 0) return 'healthy'
  const own = touching.some(({ kind, name }) => kind === 'store' || name === server)
  return own ? 'storeFaulted' : 'faulted'
}

export function describe(values) {
  if (values.length === 0) return { count: 0, p50: null, p99: null, max: null }
  const sorted = [...values].sort((a, b) => a - b)
  const at = (share) => Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(1))
  return { count: sorted.length, p50: at(0.5), p99: at(0.99), max: at(1) }
}
