/** Which parameters a constraint can name, and of which types their values are: by endpoint, or for a whole category. */
import {
  type Catalog,
  type Endpoint,
  elementType,
  findConstrained,
  type ParameterType,
  type ScalarType,
  wildcard,
} from '@keyporter/core'

/** Where constraints stand: on a category or `*` (`endpointId` null), or on an endpoint or the `*` of a category. */
export interface Scope {
  readonly category: string
  readonly endpointId: string | null
}

export interface ScopedParameter {
  readonly name: string
  readonly type: ParameterType
  /** How many endpoints of the scope have it: under a constraint, the others are refused. */
  readonly endpoints: number
}

/** The endpoints that a constraint of this scope narrows. */
function listConstrained(catalog: Catalog, { category, endpointId }: Scope): readonly Endpoint[] {
  const members = listMembers(catalog, category)
  if (endpointId === null || endpointId === wildcard) return members
  return members.filter(({ id }) => id === endpointId)
}

/** The endpoints of a category, or of all for `*`. Empty for one that the catalog does not know. */
export function listMembers(catalog: Catalog, category: string): readonly Endpoint[] {
  if (category === wildcard) return catalog.endpoints.filter(({ access }) => access === 'scoped')
  return catalog.categories.get(category) ?? []
}

/** What can be named here: those of the path first, then those that most endpoints have. */
export function listParameters(catalog: Catalog, scope: Scope): ScopedParameter[] {
  const found = new Map<string, { type: ParameterType; endpoints: number; inPath: number }>()
  for (const endpoint of listConstrained(catalog, scope)) {
    for (const [name, { type, places }] of endpoint.parameters) {
      const known = found.get(name) ?? { type, endpoints: 0, inPath: 0 }
      const inPath = places.includes('path') ? 1 : 0
      found.set(name, { type: known.type, endpoints: known.endpoints + 1, inPath: known.inPath + inPath })
    }
  }
  return [...found]
    .sort(([, a], [, b]) => b.inPath - a.inPath || b.endpoints - a.endpoints)
    .map(([name, { type, endpoints }]) => ({ name, type, endpoints }))
}

/** The types that a value may be of; `any` where the catalog does not know the parameter. */
export function findTypes(catalog: Catalog, scope: Scope, parameter: string): readonly ScalarType[] {
  const types = listConstrained(catalog, scope).flatMap((endpoint) => {
    const found = findConstrained(endpoint, parameter)
    return (found && elementType(found.parameter.type)) ?? []
  })
  return types.length > 0 ? [...new Set(types)] : ['any']
}

/** Whether values of these types can be more or less than another. */
export function isOrdered(types: readonly ScalarType[]): boolean {
  return types.some((type) => type === 'integer' || type === 'number' || type === 'any')
}
