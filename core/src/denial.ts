/**
 * Why a request is denied, and what is told about it: one status, one error code and one message for each reason, in one
 * map that does not compile when a reason is missing (decision A13; wire contract section 2).
 */

export type Denial =
  | { readonly reason: 'bad_request'; readonly problem: string }
  | { readonly reason: 'forbidden_origin' }
  | { readonly reason: 'no_credentials' }
  | { readonly reason: 'unknown_key' }
  | { readonly reason: 'reset' }
  | { readonly reason: 'deleted' }
  | { readonly reason: 'disabled' }
  | { readonly reason: 'revoked' }
  | { readonly reason: 'expired' }
  | { readonly reason: 'not_yet' }
  | { readonly reason: 'suspended' }
  | { readonly reason: 'address' }
  | { readonly reason: 'not_in_catalog' }
  | { readonly reason: 'permission'; readonly category: string; readonly endpointId: string }
  | {
      readonly reason: 'constraint'
      readonly endpointId: string
      readonly parameter: string
      readonly problem: ParameterProblem
    }
  | { readonly reason: 'body'; readonly endpointId: string; readonly problem: string }

export type DenyReason = Denial['reason']

/** `missing`: not in a declared place, or null. `lookalike`: a name that some servers read as this one. */
export type ParameterProblem = 'missing' | 'value' | 'lookalike' | 'not_seen'

export interface DenialText {
  readonly status: 400 | 401 | 403
  /** Closed set, for programs. */
  readonly error: 'bad_request' | 'auth_error' | 'forbidden_origin' | 'not_authorized' | 'not_in_catalog'
  /** For people. Names what is missing, never what would have been allowed. */
  readonly msg: string
}

/** What is answered to a denied request. */
export function describeDenial(denial: Denial): DenialText {
  const describe = texts[denial.reason] as (denial: Denial) => DenialText
  return describe(denial)
}

const invalidKey = (): DenialText => ({ status: 401, error: 'auth_error', msg: 'Invalid user key' })

const texts: { readonly [R in DenyReason]: (denial: Extract<Denial, { reason: R }>) => DenialText } = {
  bad_request: ({ problem }) => ({ status: 400, error: 'bad_request', msg: `Bad request: ${problem}.` }),
  forbidden_origin: () => ({
    status: 403,
    error: 'forbidden_origin',
    msg: 'This request did not come from a page of the console, so its session is not looked at.',
  }),
  no_credentials: () => ({ status: 401, error: 'auth_error', msg: 'This action requires login.' }),
  unknown_key: invalidKey,
  reset: invalidKey,
  deleted: invalidKey,
  disabled: invalidKey,
  revoked: invalidKey,
  expired: invalidKey,
  not_yet: invalidKey,
  suspended: () => forbid('The account of this key is suspended.'),
  address: () => forbid('This key may not be used from your address.'),
  not_in_catalog: () => ({
    status: 403,
    error: 'not_in_catalog',
    msg: 'This endpoint is not in the catalog: only a full-access key may use it.',
  }),
  permission: ({ category, endpointId }) =>
    forbid(`This key lacks the permission ${category} (endpoint ${endpointId}).`),
  constraint: ({ endpointId, parameter, problem }) =>
    forbid(`This key is constrained on "${parameter}" of ${endpointId}: ${parameterProblems[problem]}.`),
  body: ({ endpointId, problem }) => ({
    status: 400,
    error: 'bad_request',
    msg: `This key is constrained on ${endpointId}, so the body must be a JSON object: ${problem}.`,
  }),
}

const parameterProblems: { readonly [P in ParameterProblem]: string } = {
  missing: 'the request does not carry it where it belongs',
  value: 'this value is not allowed',
  lookalike: 'the request carries a name that could be read as it',
  not_seen: 'the body, which may carry it, is not seen here',
}

function forbid(msg: string): DenialText {
  return { status: 403, error: 'not_authorized', msg }
}

/**
 * The WWW-Authenticate of a denial (RFC 6750 section 3): no error code where no credentials came; otherwise which, and
 * why. Null for a status without a challenge. The reason is told only when it is known whose secret it was.
 */
export function describeChallenge({
  denial,
  principal,
}: {
  readonly denial: Denial
  readonly principal: object | null
}): string | null {
  const { status, msg } = describeDenial(denial)
  if (status !== 401 && status !== 403) return null
  if (denial.reason === 'no_credentials') return 'Bearer realm="keyporter"'
  const code = status === 401 ? 'invalid_token' : 'insufficient_scope'
  const description = status === 401 && principal ? `${msg}: ${denial.reason}` : msg
  const scope = denial.reason === 'permission' ? `, scope="${denial.category}"` : ''
  return `Bearer realm="keyporter", error="${code}", error_description="${quotable(description)}"${scope}`
}

/** RFC 6750 allows printable ASCII without `"` and `\` in its attributes; a reason phrase takes no more either. */
export function quotable(text: string): string {
  return text
    .replaceAll('"', "'")
    .replaceAll('\\', '/')
    .replaceAll(/[^\x20-\x7e]/g, '?')
}
