/**
 * What request targets mean under one catalog. Most requests are for a target that came before, so readings of late are
 * kept: a bounded number, of short targets without a secret. Pure to whoever asks: a kept reading is what reading gives.
 */
import { canonicaliseTarget, type Target } from './canonical.js'
import type { Match } from './catalog.js'
import { queryKeyName } from './credentials.js'

export interface Reading {
  readonly target: Target
  /** The endpoint; null outside the catalog. */
  readonly match: Match | null
}

type FindMatch = (method: string, segments: readonly string[]) => Match | null

interface Kept {
  readonly method: string
  readonly reading: Reading
}

const maxKept = 1_024
const maxKeptLength = 256
/** Of the targets that are not kept one in so many is: one that comes often soon is, and one that comes once costs little. */
const keepOneIn = 64

/** Makes a reader of method and raw target: what it means, or why it is refused before any decision (decision A36). */
export function createReader(findMatch: FindMatch): (method: string, raw: string) => Reading | string {
  let kept = new Map<string, Kept>()
  let others = 0

  const readAnew = (method: string, raw: string): Reading | string => {
    if (method === 'TRACE' || method === 'CONNECT') return `${method} is not supported`
    const canonical = canonicaliseTarget(raw)
    if (!canonical.ok) return canonical.problem
    const { target } = canonical
    const reading = { target, match: findMatch(method, target.segments) }
    others = (others + 1) % keepOneIn
    if (others === 0 && raw.length <= maxKeptLength && !carriesKey(target)) {
      if (kept.size >= maxKept) kept = new Map()
      kept.set(raw, { method, reading })
    }
    return reading
  }
  return (method, raw) => {
    const known = kept.get(raw)
    return known !== undefined && known.method === method ? known.reading : readAnew(method, raw)
  }
}

function carriesKey({ query }: Target): boolean {
  return query.some(({ name }) => name === queryKeyName)
}
