/** The one map from faults to HTTP; a new code does not compile until it is here. */
import type { FaultCode } from '../fault.js'

export const faultStatus: { readonly [C in FaultCode]: number } = {
  bad_request: 400,
  invalid_permissions: 400,
  missing_permissions: 400,
  invalid_key_params: 400,
  // Not 404: the wire contract, section 5.
  no_ssh_key: 400,
  auth_error: 401,
  // As the wire contract has it for an e-mail that is taken (section 4).
  conflict: 400,
  not_authorized: 403,
  not_found: 404,
  timeout: 408,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  outcome_unknown: 500,
  not_implemented: 501,
  upstream_failed: 502,
  busy: 503,
  upstream_timeout: 504,
}
