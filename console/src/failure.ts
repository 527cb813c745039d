/** What people are told when a call failed. */
import { KeyporterError } from '@keyporter/sdk'

/** The server's own words where it answered; what to do where it did not. */
export function describeError(error: unknown): string {
  if (!(error instanceof KeyporterError)) return 'Something in this page failed. Reload it and try again.'
  if (error.code === 'network_failed') return 'The server could not be reached. Check the connection and try again.'
  if (error.code === 'network_timeout') return 'The server did not answer in time. Try again in a moment.'
  if (error.code === 'rate_limited') return `${error.msg}${describeWait(error.retryAfterMs)}`
  return error.msg
}

/** What the server's log knows the call by; null where there was no answer, or none that needs looking up. */
export function findRequestId(error: unknown): string | null {
  if (!(error instanceof KeyporterError) || error.status === null || error.status < 500) return null
  return error.requestId
}

/** Whether the session is over, or there never was one. */
export function isSignedOut(error: unknown): boolean {
  return error instanceof KeyporterError && error.status === 401
}

function describeWait(waitMs: number | null): string {
  if (waitMs === null) return ''
  const seconds = Math.max(1, Math.ceil(waitMs / 1000))
  return seconds < 90 ? ` Try again in ${seconds} s.` : ` Try again in ${Math.ceil(seconds / 60)} minutes.`
}
