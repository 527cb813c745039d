/** When a GET is tried again, and after how long. Nothing else ever is. */
import { KeyporterError } from './error.js'

const transientStatuses: readonly (number | null)[] = [429, 502, 503, 504]
const mostAttempts = 3
const firstDelayMs = 150
/** A server that asks for a longer pause than this is not waited for. */
const longestDelayMs = 5_000

/** Milliseconds to wait before another attempt; null when there is none. `failures` counts the attempts so far. */
export function findRetryDelay(error: unknown, failures: number): number | null {
  if (!(error instanceof KeyporterError) || failures >= mostAttempts) return null
  if (error.code !== 'network_failed' && !transientStatuses.includes(error.status)) return null
  const delayMs = error.retryAfterMs ?? firstDelayMs * 3 ** (failures - 1)
  return delayMs <= longestDelayMs ? delayMs : null
}

/** Milliseconds of a Retry-After header: seconds or a date (RFC 9110 section 10.2.3); null when it is neither. */
export function readRetryAfter(header: string | null, nowMs = Date.now()): number | null {
  if (header === null) return null
  if (/^[0-9]{1,9}$/.test(header)) return Number(header) * 1000
  const at = Date.parse(header)
  return Number.isNaN(at) ? null : Math.max(0, at - nowMs)
}
