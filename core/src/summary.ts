/**
 * What permissions allow, in words short enough for a list of keys. By areas: `X_read` and `X_write` are one, any other
 * category is one of its own. For people; nothing is decided by it.
 */
import { type Catalog, reservedCategories } from './catalog.js'
import { compileGrant, grants } from './grant.js'
import type { Constraints, Permissions } from './permissions.js'

/** `write` is read and write. `partial`: some of the endpoints, or writing without reading. Constraints are not looked at. */
export type AreaLevel = 'none' | 'read' | 'write' | 'partial'

export interface AreaSummary {
  /** `instance` for `instance_read` and `instance_write`; else the category. */
  readonly id: string
  /** In lower case, as it stands in a sentence. */
  readonly title: string
  readonly level: AreaLevel
}

export interface PermissionSummary {
  /** All areas of the catalog; reserved ones only where something of them is granted. */
  readonly areas: readonly AreaSummary[]
  /** How many parameters are constrained, each once for every place in the document that names it. */
  readonly constraintCount: number
  /** Full access, as `isFull` has it: then the areas say nothing more, except the reserved ones. */
  readonly full: boolean
}

type Part = 'none' | 'some' | 'all'

const titles: ReadonlyMap<string, string> = new Map([
  ['instance', 'instances'],
  ['machine', 'machines'],
  ['misc', 'miscellaneous'],
])
const levelWords: { readonly [L in AreaLevel]: string } = {
  none: 'none',
  read: 'read',
  write: 'read and write',
  partial: 'in part',
}

/** Sums up permissions under a catalog: what that does not know grants nothing, and is not counted as granted. */
export function summarisePermissions(permissions: Permissions, catalog: Catalog): PermissionSummary {
  const grant = compileGrant(permissions, catalog)
  const parts = new Map<string, Part>()
  for (const [category, endpoints] of catalog.categories) {
    const granted = endpoints.filter((endpoint) => grants(grant, endpoint)).length
    parts.set(category, granted === 0 ? 'none' : granted === endpoints.length ? 'all' : 'some')
  }
  const ids = new Set([...parts.keys()].map((category) => findArea(category, catalog)))
  const areas = [...ids].map((id) => ({
    id,
    title: titles.get(id) ?? id.replaceAll('_', ' '),
    level: findLevel(id, parts),
  }))
  return {
    areas: areas.filter(({ id, level }) => level !== 'none' || !reservedCategories.includes(id)),
    constraintCount: countConstraints(permissions),
    full: grant.full,
  }
}

/**
 * One sentence without a full stop: "instances: read and write; 1 constraint; billing: none". What is granted comes first,
 * with what binds it, so that a short place cuts off what is not. Of full access "full access" alone, with the reserved
 * areas that come along; where nothing is granted, "nothing".
 */
export function printSummary({ areas, constraintCount, full }: PermissionSummary): string {
  const granted = areas.filter(({ level }) => level !== 'none')
  if (granted.length === 0 && !full) return 'nothing'
  const named = full ? granted.filter(({ id }) => reservedCategories.includes(id)) : granted
  const absent = full ? [] : areas.filter(({ level }) => level === 'none')
  const print = ({ id, title, level }: AreaSummary) => `${title}: ${describeLevel(id, level)}`
  return [
    ...(full ? ['full access'] : []),
    ...named.map(print),
    ...(constraintCount > 0 ? [`${constraintCount} ${constraintCount === 1 ? 'constraint' : 'constraints'}`] : []),
    ...absent.map(print),
  ].join('; ')
}

function findArea(category: string, { categories }: Catalog): string {
  const id = /^(.+)_(?:read|write)$/.exec(category)?.[1]
  return id && categories.has(`${id}_read`) && categories.has(`${id}_write`) ? id : category
}

function findLevel(id: string, parts: ReadonlyMap<string, Part>): AreaLevel {
  const single = parts.get(id)
  const read = single ?? parts.get(`${id}_read`)
  const write = single ?? parts.get(`${id}_write`)
  if (read === 'none' && write === 'none') return 'none'
  if (read !== 'all') return 'partial'
  if (write === 'none') return 'read'
  if (write !== 'all') return 'partial'
  return id.endsWith('_read') ? 'read' : 'write'
}

function describeLevel(id: string, level: AreaLevel): string {
  return reservedCategories.includes(id) && level === 'write' ? 'allowed' : levelWords[level]
}

function countConstraints(permissions: Permissions): number {
  const all = [...permissions.values()].flatMap(({ constraints, endpoints }): Constraints[] => [
    constraints,
    ...(endpoints?.values() ?? []),
  ])
  return all.reduce((count, constraints) => count + constraints.size, 0)
}
