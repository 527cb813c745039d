/** Why a decision came out as it did: the rule in the key's own document, and the smallest document that would allow it. */
import { type Catalog, type Endpoint, elementType, type Match } from './catalog.js'
import type { Decision } from './decide.js'
import { compileGrant } from './grant.js'
import { findViolation } from './judge.js'
import { parsePermissions, printPermissions } from './permission-document.js'
import { type Constraint, type Constraints, findCategoryNode, type Permissions, wildcard } from './permissions.js'
import type { AccessRequest } from './request.js'
import { readText } from './scalar.js'

export interface Explanation {
  readonly endpointId: string | null
  readonly category: string | null
  /** Where in the key's document the deciding node stands, as in `api.instance_read."api.instance.show"`; null if nowhere. */
  readonly place: string | null
  /** The rule in words. */
  readonly rule: string
  /** The smallest permission document that allows this request; null when only a full key or no document would. */
  readonly smallest: { api: Record<string, unknown> } | null
}

/** Explains a decision made by `decide` for this request. Nothing is executed. */
export function explainDecision(
  catalog: Catalog,
  decision: Decision,
  permissions: Permissions,
  request: AccessRequest,
): Explanation {
  const match = decision.match ?? catalog.match(request.method, request.target.segments)
  const place = match && isByPermissions(decision) ? findPlace(permissions, match) : null
  return {
    endpointId: match?.endpoint.id ?? null,
    category: match?.endpoint.access === 'scoped' ? match.endpoint.category : null,
    place,
    rule: describeRule(decision, match, place),
    smallest: match ? describeSmallest(catalog, match, request, decision.principal?.account.id) : null,
  }
}

/** Whether the key's document had the last word, rather than the state of the key or where the request came from. */
function isByPermissions(decision: Decision): boolean {
  return decision.allowed || ['permission', 'constraint', 'body'].includes(decision.denial.reason)
}

function findPlace(permissions: Permissions, { endpoint }: Match): string | null {
  if (endpoint.access !== 'scoped') return null
  const node = findCategoryNode(permissions, endpoint.category)
  if (!node) return null
  const category = permissions.has(endpoint.category) ? endpoint.category : `"${wildcard}"`
  if (node.endpoints === null) return `api.${category}`
  if (node.endpoints.has(endpoint.id)) return `api.${category}."${endpoint.id}"`
  return node.endpoints.has(wildcard) ? `api.${category}."${wildcard}"` : null
}

function describeRule(decision: Decision, match: Match | null, place: string | null): string {
  if (!decision.allowed) return denialRules[decision.denial.reason]
  if (!match) return 'outside the catalog a full-access key is allowed'
  if (match.endpoint.access === 'public') return 'the endpoint is public: no key is needed'
  if (match.endpoint.access === 'any_key') return 'any valid key may use this endpoint'
  return `${place} grants it`
}

const denialRules: { readonly [R in Extract<Decision, { allowed: false }>['denial']['reason']]: string } = {
  bad_request: 'the request has no canonical form',
  forbidden_origin: 'a session acts only for pages of the console',
  no_credentials: 'a key is needed',
  unknown_key: 'no such key',
  reset: 'the secret was replaced by a reset',
  deleted: 'the key was deleted',
  disabled: 'the key is disabled',
  revoked: 'the session was signed out or revoked',
  expired: 'the key has expired',
  not_yet: 'the key is not valid yet',
  suspended: 'the account is suspended',
  address: "the client address is not in the key's address list",
  not_in_catalog: 'outside the catalog only a full-access key is allowed',
  permission: "nothing in the key's permissions grants this endpoint",
  constraint: 'a constraint on the endpoint is not met',
  body: 'a constraint needs a body that is a JSON object',
}

/** The endpoint alone, held to the path values of this very request, or to none where the request would not meet them. */
function describeSmallest(
  catalog: Catalog,
  match: Match,
  request: AccessRequest,
  accountId: number | undefined,
): { api: Record<string, unknown> } {
  const { endpoint } = match
  if (endpoint.access !== 'scoped') return { api: {} }
  const held = allowOnly(endpoint, listPathValues(endpoint, request.target.segments, accountId))
  const checks = compileGrant(held, catalog).checks.get(endpoint.index) ?? []
  const isMet = accountId !== undefined && findViolation(checks, match, request, accountId) === null
  // Read like any document: what it would not accept is no answer either.
  const isValid = parsePermissions(printPermissions(held), catalog).ok
  return printPermissions(isMet && isValid ? held : allowOnly(endpoint, new Map()))
}

function allowOnly(endpoint: Endpoint, constraints: Constraints): Permissions {
  return new Map([[endpoint.category, { constraints: new Map(), endpoints: new Map([[endpoint.id, constraints]]) }]])
}

function listPathValues(endpoint: Endpoint, segments: readonly string[], accountId: number | undefined): Constraints {
  const constraints = new Map<string, Constraint>()
  for (const { name, type, segment } of endpoint.pathParameters) {
    const text = segments[segment]!
    const value = readText(text === 'me' && endpoint.me.has(name) ? String(accountId) : text, elementType(type)!)
    if (value !== null) constraints.set(name, { eq: [value] })
  }
  return constraints
}
