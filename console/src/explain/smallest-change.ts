/**
 * The smallest change of a key's permissions that would allow a request: an endpoint added for this very object, or a
 * constraint loosened just as far as the request reaches. Found by deciding the request again, with the same core as the
 * server.
 */
import {
  type AccessRequest,
  type ApiKey,
  type Catalog,
  type CategoryNode,
  type Constraint,
  type Constraints,
  canonicaliseTarget,
  compileGrant,
  type Decision,
  decide,
  type Endpoint,
  explainDecision,
  findCategoryNode,
  findConstrained,
  type Permissions,
  parsePermissions,
  type Scalar,
  wildcard,
} from '@keyporter/core'
import type { ExplainedRequest } from '@keyporter/sdk'
import { listValues } from './request-values.js'

/** Each step takes one obstacle away; a document has no more constraints on one endpoint than this. */
const maxSteps = 250

/** Null where the permissions are not what refuses it, or none but full access would do. */
export function findSmallestChange(
  permissions: Permissions,
  asked: ExplainedRequest,
  catalog: Catalog,
  accountId: number,
): Permissions | null {
  const request = makeRequest(asked)
  if (!request) return null
  let current = permissions
  for (let step = 0; step < maxSteps; step++) {
    const decision = judge(current, request, catalog, accountId)
    if (decision.allowed) return current === permissions ? null : current
    const next = takeObstacle(current, request, decision, catalog, accountId)
    if (!next) return null
    current = next
  }
  return null
}

function takeObstacle(
  permissions: Permissions,
  request: AccessRequest,
  decision: Extract<Decision, { allowed: false }>,
  catalog: Catalog,
  accountId: number,
): Permissions | null {
  const { denial, match } = decision
  if (!match) return null
  if (denial.reason === 'permission') return addEndpoint(permissions, match.endpoint, request, decision, catalog)
  if (denial.reason !== 'constraint') return null
  const { endpoint } = match
  const own = takeOwn(permissions, endpoint)
  const loosen = (change: (constraint: Constraint) => Constraint | null) =>
    changeConstraints(own, endpoint, denial.parameter, change)
  const values = listValues(request, endpoint, denial.parameter, accountId)
  const loosened = loosen((constraint) => (values.length > 0 ? values.reduce(admit, constraint) : null))
  const again = judge(loosened, request, catalog, accountId)
  const isStillThere =
    !again.allowed && again.denial.reason === 'constraint' && again.denial.parameter === denial.parameter
  return isStillThere ? loosen(() => null) : loosened
}

/** The endpoint alone, held to the path values of the request. */
function addEndpoint(
  permissions: Permissions,
  endpoint: Endpoint,
  request: AccessRequest,
  decision: Decision,
  catalog: Catalog,
): Permissions | null {
  const { smallest } = explainDecision(catalog, decision, permissions, request)
  const read = parsePermissions(smallest, catalog)
  const added = read.ok ? read.permissions.get(endpoint.category)?.endpoints?.get(endpoint.id) : undefined
  if (!added) return null
  const known = findCategoryNode(permissions, endpoint.category) ?? { constraints: new Map(), endpoints: new Map() }
  // Granted already, and refused by a constraint on the category that this endpoint cannot meet.
  if (known.endpoints === null || known.endpoints.has(endpoint.id)) return null
  const node: CategoryNode = { ...known, endpoints: new Map([...known.endpoints, [endpoint.id, added]]) }
  return new Map([...permissions, [endpoint.category, node]])
}

/** The same meaning, with an entry of its own for the endpoint: so that no other one is touched. */
function takeOwn(permissions: Permissions, { id, category }: Endpoint): Permissions {
  const node = findCategoryNode(permissions, category)!
  const rest = node.endpoints?.get(wildcard)
  const endpoints =
    node.endpoints && !node.endpoints.has(id) && rest ? new Map([...node.endpoints, [id, rest]]) : node.endpoints
  return new Map([...permissions, [category, { ...node, endpoints }]])
}

/** Changes every constraint on a parameter of one endpoint, its own and its category's; null takes it away. */
function changeConstraints(
  permissions: Permissions,
  endpoint: Endpoint,
  parameter: string,
  change: (constraint: Constraint) => Constraint | null,
): Permissions {
  const node = permissions.get(endpoint.category)!
  const apply = (constraints: Constraints): Constraints =>
    new Map(
      [...constraints].flatMap(([name, constraint]) => {
        if (findConstrained(endpoint, name)?.name !== parameter) return [[name, constraint] as const]
        const next = change(constraint)
        return next ? [[name, next] as const] : []
      }),
    )
  const own = node.endpoints?.get(endpoint.id)
  return new Map([
    ...permissions,
    [
      endpoint.category,
      {
        constraints: apply(node.constraints),
        endpoints: own ? new Map([...node.endpoints!, [endpoint.id, apply(own)]]) : node.endpoints,
      },
    ],
  ])
}

function admit(constraint: Constraint, value: Scalar): Constraint {
  const { eq, gte, lte } = constraint
  const isNumber = typeof value === 'number'
  return {
    ...(eq && { eq: eq.includes(value) ? eq : [...eq, value] }),
    ...(gte !== undefined && { gte: isNumber ? Math.min(gte, value) : gte }),
    ...(lte !== undefined && { lte: isNumber ? Math.max(lte, value) : lte }),
  }
}

function judge(permissions: Permissions, request: AccessRequest, catalog: Catalog, accountId: number): Decision {
  const key: ApiKey = { ...anyKey, accountId, permissions }
  const account = { id: accountId, operator: true, suspendedAt: null }
  const grant = compileGrant(permissions, catalog)
  return decide(catalog, { kind: 'known', principal: { kind: 'key', key, account, grant } }, request, 0)
}

function makeRequest({ method, path, body }: ExplainedRequest): AccessRequest | null {
  const canonical = canonicaliseTarget(path)
  if (!canonical.ok) return null
  const bytes = body === undefined || body === null ? null : new TextEncoder().encode(JSON.stringify(body))
  return { method, target: canonical.target, body: bytes, client: null }
}

/** A key that nothing but its permissions bounds. */
const anyKey: ApiKey = {
  id: 0,
  accountId: 0,
  createdByKeyId: null,
  name: null,
  hint: '',
  primary: false,
  permissions: new Map(),
  addresses: null,
  keyParams: undefined,
  createdAt: new Date(0),
  expiresAt: null,
  notBefore: null,
  disabledAt: null,
  deletedAt: null,
  resetAt: null,
  lastUsedAt: null,
  lastUsedAddress: null,
}
