/**
 * What the signed-in principal may not give, by the same rule as the server decides it (decision A6): shown as such before
 * anybody asks for it.
 */
import {
  type Catalog,
  type CategoryNode,
  findCategoryNode,
  findExcessPermission,
  isWithin,
  limitAny,
  type Permissions,
  wildcard,
} from '@keyporter/core'
import type { Level } from './areas.js'
import { type Area, listGranted } from './areas.js'

const whole: CategoryNode = { constraints: new Map(), endpoints: null }

/** Why a level of an area cannot be chosen; null when it can. */
export function findLevelLimit(area: Area, level: Exclude<Level, 'custom'>, creator: Permissions): string | null {
  const missing = listGranted(area, level).filter((category) => !isWithin(new Map([[category, whole]]), creator))
  if (missing.length === 0) return null
  const names = missing.join(' and ')
  const isPart = missing.every((category) => findCategoryNode(creator, category))
  if (area.categories.includes(wildcard))
    return 'Only a full-access key or session that holds "*" can give what later catalogs add.'
  if (isPart) return `You hold only a part of ${names}: customise to give of that part.`
  return `You do not hold ${names} yourself.`
}

/** Why an endpoint of a category cannot be given, or under which condition; null when it can as it is. */
export function findEndpointLimit(category: string, id: string, creator: Permissions): EndpointLimit | null {
  const alone: CategoryNode = { constraints: new Map(), endpoints: new Map([[id, new Map()]]) }
  if (isWithin(new Map([[category, alone]]), creator)) return null
  const node = findCategoryNode(creator, category)
  const isHeld = node !== null && (node.endpoints === null || node.endpoints.has(id) || node.endpoints.has(wildcard))
  return isHeld
    ? { isHeld, msg: 'You hold this under a constraint: give it under one at least as narrow.' }
    : { isHeld, msg: 'You do not hold this yourself.' }
}

export interface EndpointLimit {
  /** Held under a constraint, so that it can be given under one. */
  readonly isHeld: boolean
  readonly msg: string
}

/** What of a document its creator may not give: the path to it and why; null when all is within. */
export function findExcessPlace(
  permissions: Permissions,
  creator: Permissions,
  catalog: Catalog,
): { readonly path: readonly string[]; readonly msg: string } | null {
  // The server writes `*` out for a creator that does not hold it.
  const excess = findExcessPermission(limitAny(permissions, creator, catalog), creator)
  if (excess === null) return null
  const [category, ...rest] = excess.split('/')
  const id = rest.join('/')
  const written = permissions.has(category!) ? category! : wildcard
  const node = permissions.get(written)
  const path = ['api', written, ...(id && node?.endpoints?.has(id) ? [id] : [])]
  const isHeld = findCategoryNode(creator, category!) !== null
  const msg = isHeld
    ? `You cannot give more of ${id || category} than you hold yourself.`
    : `You do not hold ${category === wildcard ? 'all that "*" stands for' : category} yourself.`
  return { path, msg }
}
