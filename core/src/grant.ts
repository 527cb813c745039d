/**
 * The compiled form of permissions under one catalog: a bit for each endpoint, and checks for the constrained ones.
 * Compiles only towards less: what the catalog does not know grants nothing (decisions, Part 0, Catalog changes).
 */
import { type Catalog, type Endpoint, elementType, type Parameter, reservedCategories } from './catalog.js'
import { foldName } from './lookalike.js'
import { findConstrained } from './permission-document.js'
import {
  type CategoryNode,
  type Constraint,
  type Constraints,
  findCategoryNode,
  findEndpointConstraints,
  isWholeCategory,
  type Permissions,
  wildcard,
} from './permissions.js'
import type { ScalarType } from './scalar.js'

/** One parameter of one endpoint and what its every occurrence must satisfy. */
export interface Check {
  /** Canonical name, with dots for members of body objects. */
  readonly name: string
  /** Its name, its aliases, each with dots: where a request may carry it. */
  readonly names: readonly string[]
  /** The same, split at the dots. */
  readonly paths: readonly (readonly string[])[]
  /** The first part of each, folded: what lookalikes are told by. */
  readonly folded: readonly string[]
  /** Position in the path; null for a parameter that is not in it. */
  readonly segment: number | null
  /** Whether the catalog declares it in the path, in the query, in the body: it must come in one of these. */
  readonly inPath: boolean
  readonly inQuery: boolean
  readonly inBody: boolean
  /** Of one element. */
  readonly type: ScalarType
  /** Whether several values may come at once: then each must satisfy. */
  readonly list: boolean
  readonly constraints: readonly Constraint[]
}

export interface Grant {
  /** All categories of the catalog but the reserved ones, without constraint: reaches beyond the catalog (decision A33). */
  readonly full: boolean
  /** By endpoint index. */
  readonly bits: Uint32Array
  /** By endpoint index, only for endpoints that are granted under constraints. */
  readonly checks: ReadonlyMap<number, readonly Check[]>
}

/** Compiles permissions. Pure: the same document and catalog give an equal grant, so callers may intern by document. */
export function compileGrant(permissions: Permissions, catalog: Catalog): Grant {
  const bits = new Uint32Array((catalog.endpoints.length + 31) >> 5)
  const checks = new Map<number, readonly Check[]>()
  for (const [category, endpoints] of catalog.categories) {
    const node = findCategoryNode(permissions, category)
    if (!node) continue
    for (const endpoint of endpoints) {
      const compiled = compileEndpoint(node, endpoint)
      if (!compiled) continue
      bits[endpoint.index >> 5]! |= 1 << (endpoint.index & 31)
      if (compiled.length > 0) checks.set(endpoint.index, compiled)
    }
  }
  return { full: isFull(permissions, catalog), bits, checks }
}

export function grants(grant: Grant, endpoint: Endpoint): boolean {
  return (grant.bits[endpoint.index >> 5]! & (1 << (endpoint.index & 31))) !== 0
}

/** Whether permissions are full under this catalog: every category but the reserved ones, whole; of none, by `*` alone. */
export function isFull(permissions: Permissions, catalog: Catalog): boolean {
  const categories = [...catalog.categories.keys()].filter((category) => !reservedCategories.includes(category))
  return (categories.length > 0 ? categories : [wildcard]).every((category) => {
    const node = findCategoryNode(permissions, category)
    return node !== null && isWholeCategory(node)
  })
}

/** The checks on an endpoint; null when it is not granted, or a constraint on it is no longer understood. */
function compileEndpoint(node: CategoryNode, endpoint: Endpoint): Check[] | null {
  const all = findEndpointConstraints(node, endpoint.id)
  if (!all) return null
  const checks = new Map<string, Check & { constraints: Constraint[] }>()
  for (const [name, constraint] of all.flatMap((constraints: Constraints) => [...constraints])) {
    const found = findConstrained(endpoint, name)
    const type = found && elementType(found.parameter.type)
    if (!found || !type) return null
    const list = type === 'any' || type !== found.parameter.type
    const known = checks.get(found.name)
    if (known) known.constraints.push(constraint)
    else
      checks.set(found.name, {
        type,
        list,
        constraints: [constraint],
        ...locate(endpoint, found.name, found.parameter),
      })
  }
  return [...checks.values()]
}

/** Where a request may carry a parameter, under all its names. */
function locate(endpoint: Endpoint, name: string, { places }: Parameter): Omit<Check, 'type' | 'list' | 'constraints'> {
  const [head, ...members] = name.split('.')
  const heads = [head!, ...[...endpoint.aliases].flatMap(([alias, canonical]) => (canonical === head ? [alias] : []))]
  const paths = heads.map((each) => [each, ...members])
  return {
    name,
    inPath: places.includes('path'),
    inQuery: places.includes('query'),
    inBody: places.includes('body'),
    names: paths.map((path) => path.join('.')),
    paths,
    folded: [...new Set(heads.map(foldName))],
    segment: endpoint.pathParameters.find((parameter) => parameter.name === name)?.segment ?? null,
  }
}
