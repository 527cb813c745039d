/** What went wrong on the way to the upstream, as a fault. Says nothing about where the upstream is. */
import { Fault } from '../fault.js'

const timeoutCodes = new Set([
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'ETIMEDOUT',
])

/** `upstream_timeout` (504) where time ran out, else `upstream_failed` (502). A fault stays as it is. */
export function describeFailure(error: NodeJS.ErrnoException): Fault {
  if (error instanceof Fault) return error
  return error.code !== undefined && timeoutCodes.has(error.code)
    ? new Fault('upstream_timeout', 'The upstream did not answer in time.', { cause: error })
    : new Fault('upstream_failed', 'The upstream could not be reached, or gave no valid answer.', { cause: error })
}
