/**
 * Permissions as they are held: by category, endpoint and parameter (decisions A1 to A5, A9). How they are written is the
 * business of permission-document.ts.
 */
import { reservedCategories } from './catalog.js'
import type { Scalar } from './scalar.js'

/** `*`: every category or endpoint that is not listed by name. */
export const wildcard = '*'

/** All operators given must hold. `eq` with several values means any of them. */
export interface Constraint {
  readonly eq?: readonly Scalar[]
  readonly gte?: number
  readonly lte?: number
}

/** By parameter; all must hold. An empty map constrains nothing. */
export type Constraints = ReadonlyMap<string, Constraint>

export interface CategoryNode {
  /** Hold for every endpoint of the category, beside the endpoint's own. */
  readonly constraints: Constraints
  /** By endpoint id or `*`; null for all of the category. */
  readonly endpoints: ReadonlyMap<string, Constraints> | null
}

/** By category or `*`. An empty map grants nothing. */
export type Permissions = ReadonlyMap<string, CategoryNode>

export const noConstraints: Constraints = new Map()

/** The node that governs a category: its own, or `*` unless the category is reserved. Most specific wins (A3). */
export function findCategoryNode(permissions: Permissions, category: string): CategoryNode | null {
  const own = permissions.get(category)
  if (own) return own
  return reservedCategories.includes(category) ? null : (permissions.get(wildcard) ?? null)
}

/** The constraints on an endpoint of a category node, all of which must hold; null when it is not granted. */
export function findEndpointConstraints(node: CategoryNode, id: string): readonly Constraints[] | null {
  if (node.endpoints === null) return node.constraints.size > 0 ? [node.constraints] : []
  const own = node.endpoints.get(id) ?? node.endpoints.get(wildcard)
  if (!own) return null
  return [node.constraints, own].filter((constraints) => constraints.size > 0)
}

/** Whether a node grants all of its category, now and later, without constraint. */
export function isWholeCategory(node: CategoryNode): boolean {
  if (node.constraints.size > 0) return false
  if (node.endpoints === null) return true
  return node.endpoints.has(wildcard) && [...node.endpoints.values()].every((constraints) => constraints.size === 0)
}
