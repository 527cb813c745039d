/**
 * NARROWING ONLY: whether one key's powers lie within another's (decision A6). Decided on the documents alone, so that the
 * answer holds for every later catalog: a whole category fits only in a whole category, `*` only in `*`.
 * May refuse what a cleverer comparison would allow; never the reverse.
 */
import { type Block, isBlockWithin } from './address.js'
import {
  type CategoryNode,
  type Constraint,
  type Constraints,
  findCategoryNode,
  findEndpointConstraints,
  type Permissions,
  wildcard,
} from './permissions.js'
import type { Scalar } from './scalar.js'

/** All that bounds what a key may do. `null`: any address, from always, for ever. */
export interface Powers {
  readonly permissions: Permissions
  readonly addresses: readonly Block[] | null
  readonly notBefore: Date | null
  readonly expiresAt: Date | null
}

/** What of the child is not within the parent; null when all is. The text names the place, not the parent's bounds. */
export function findExcess(child: Powers, parent: Powers): string | null {
  const place = findExcessPermission(child.permissions, parent.permissions)
  if (place) return place
  if (!areAddressesWithin(child.addresses, parent.addresses)) return 'the address list'
  if (parent.notBefore && !(child.notBefore && child.notBefore >= parent.notBefore)) return 'not_before'
  if (parent.expiresAt && !(child.expiresAt && child.expiresAt <= parent.expiresAt)) return 'expires_at'
  return null
}

/** Whether every request that `child` allows, now or under a later catalog, `parent` allows too. */
export function isWithin(child: Permissions, parent: Permissions): boolean {
  return findExcessPermission(child, parent) === null
}

/** The first `category` or `category/endpoint` of the child that the parent does not cover; null when there is none. */
export function findExcessPermission(child: Permissions, parent: Permissions): string | null {
  // Each name on either side, of which `*` is the rest: within such a part both documents say one thing.
  const categories = new Set([...child.keys(), ...parent.keys()])
  for (const category of categories) {
    const childNode = findCategoryNode(child, category)
    if (!childNode) continue
    const parentNode = findCategoryNode(parent, category)
    if (!parentNode) return category
    const endpoint = findExcessEndpoint(childNode, parentNode)
    if (endpoint !== null) return endpoint === wildcard ? category : `${category}/${endpoint}`
  }
  return null
}

function findExcessEndpoint(child: CategoryNode, parent: CategoryNode): string | null {
  const ids = new Set([...(child.endpoints?.keys() ?? []), ...(parent.endpoints?.keys() ?? []), wildcard])
  for (const id of ids) {
    const childConstraints = findEndpointConstraints(child, id)
    if (!childConstraints) continue
    const parentConstraints = findEndpointConstraints(parent, id)
    if (!parentConstraints || !implyAll(childConstraints, parentConstraints)) return id
  }
  return null
}

function implyAll(child: readonly Constraints[], parent: readonly Constraints[]): boolean {
  return parent.every((constraints) =>
    [...constraints].every(([name, bound]) =>
      implies(
        child.flatMap((own) => own.get(name) ?? []),
        bound,
      ),
    ),
  )
}

/** Whether any value that satisfies all of `own` satisfies `bound`. Without any of its own a request need carry no value. */
function implies(own: readonly Constraint[], bound: Constraint): boolean {
  if (own.length === 0) return false
  const listed = own.find(({ eq }) => eq !== undefined)?.eq
  if (listed) {
    return listed.every((value) => !own.every((constraint) => satisfies(value, constraint)) || satisfies(value, bound))
  }
  if (bound.eq) return false
  const floor = Math.max(...own.map(({ gte }) => gte ?? Number.NEGATIVE_INFINITY))
  const ceiling = Math.min(...own.map(({ lte }) => lte ?? Number.POSITIVE_INFINITY))
  return floor >= (bound.gte ?? Number.NEGATIVE_INFINITY) && ceiling <= (bound.lte ?? Number.POSITIVE_INFINITY)
}

/** Whether a value of a parameter meets one constraint. */
export function satisfies(value: Scalar, { eq, gte, lte }: Constraint): boolean {
  if (eq && !eq.includes(value)) return false
  if (gte !== undefined && !(typeof value === 'number' && value >= gte)) return false
  return lte === undefined || (typeof value === 'number' && value <= lte)
}

function areAddressesWithin(child: readonly Block[] | null, parent: readonly Block[] | null): boolean {
  if (!parent) return true
  return child?.every((block) => parent.some((outer) => isBlockWithin(block, outer))) ?? false
}
