/**
 * The whole policy, top to bottom: may what was presented do this, now? Pure and synchronous; a refusal is a value.
 * Every surface calls this and nothing else (design section 2, ONE PATH).
 */
import type { Catalog, Match } from './catalog.js'
import type { Denial } from './denial.js'
import { grants } from './grant.js'
import { findViolation } from './judge.js'
import { findRefusal, isBoundInTime, type Principal } from './principal.js'
import type { AccessRequest, Presented } from './request.js'

export type Decision = Allow | Deny

export interface Allow {
  readonly allowed: true
  /** Null only on public endpoints. */
  readonly principal: Principal | null
  /** Null outside the catalog, which only a full key reaches. */
  readonly match: Match | null
}

export interface Deny {
  readonly allowed: false
  readonly denial: Denial
  /** Whose secret it was, when that is known. */
  readonly principal: Principal | null
  readonly match: Match | null
}

/**
 * Decides one request. `now` is in milliseconds of the store's clock (decision A15).
 * Order: who (401), whether that is in force (401, 403), which endpoint, permission, constraints (403).
 */
export function decide(catalog: Catalog, presented: Presented, request: AccessRequest, now: number): Decision {
  return decideMatched(catalog.match(request.method, request.target.segments), presented, request, now)
}

/** The same where the catalog was asked already: `match` must be its answer for this very request. */
export function decideMatched(
  match: Match | null,
  presented: Presented,
  request: AccessRequest,
  now: number,
): Decision {
  if (match?.endpoint.access === 'public') return { allowed: true, principal: null, match }

  if (presented.kind === 'none') return deny({ reason: 'no_credentials' }, null, match)
  if (presented.kind === 'unknown') return deny({ reason: 'unknown_key' }, null, match)
  const { principal } = presented
  if (presented.kind === 'reset') return deny({ reason: 'reset' }, principal, match)
  const refusal = findRefusal(principal, request.client, now)
  if (refusal) return deny({ reason: refusal }, principal, match)

  const { grant } = principal
  if (!match) {
    return grant.full ? { allowed: true, principal, match } : deny({ reason: 'not_in_catalog' }, principal, match)
  }
  const { endpoint } = match
  if (endpoint.access === 'any_key') return { allowed: true, principal, match }
  if (!grants(grant, endpoint)) {
    return deny({ reason: 'permission', category: endpoint.category, endpointId: endpoint.id }, principal, match)
  }
  const checks = grant.checks.get(endpoint.index)
  const violation = checks ? findViolation(checks, match, request, principal.account.id) : null
  return violation ? deny(violation, principal, match) : { allowed: true, principal, match }
}

/** The denial of what could not be made an access request at all. */
export function denyBadRequest(problem: string): Deny {
  return deny({ reason: 'bad_request', problem }, null, null)
}

/** The denial of a request that came with the cookie of a session, and not from a page of the console. */
export function denyForbiddenOrigin(match: Match | null): Deny {
  return deny({ reason: 'forbidden_origin' }, null, match)
}

/**
 * Whether deciding a request takes its body: only when the grant constrains its endpoint (decision A8). A surface that
 * can see bodies reads it then, and only then.
 */
export function needsBody(match: Match | null, presented: Presented): boolean {
  if (match === null || presented.kind !== 'known') return false
  return presented.principal.grant.checks.has(match.endpoint.index)
}

/** Whether deciding takes the time: a surface that is asked often reads no clock for nothing. */
export function needsTime(presented: Presented): boolean {
  return presented.kind === 'known' && isBoundInTime(presented.principal)
}

function deny(denial: Denial, principal: Principal | null, match: Match | null): Deny {
  return { allowed: false, denial, principal, match }
}
