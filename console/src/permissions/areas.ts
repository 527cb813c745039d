/**
 * The catalog as people choose from it: `X_read` and `X_write` are one area with three levels, any other category is one
 * with two. What is neither nothing nor all of a category has the level `custom`, and is changed by customising.
 */
import { type Catalog, reservedCategories, wildcard } from '@keyporter/core'
import { findNode, grantCategory, withdrawCategory } from './edits.js'
import type { Form, FormNode } from './form.js'

export type Level = 'none' | 'read' | 'write' | 'custom'

export interface Area {
  readonly id: string
  readonly title: string
  /** In the order of levels; one where there is no pair. */
  readonly categories: readonly string[]
  /** The levels that can be chosen, with what each is called here. */
  readonly levels: readonly { readonly level: Exclude<Level, 'custom'>; readonly label: string }[]
  /** Reaches across accounts: only for keys of the operator's account. */
  readonly reserved: boolean
}

const labels = { none: 'None', read: 'Read', write: 'Read and write' }

/** Those that most catalogs have, in the order in which people look for them; the others follow as the catalog has them. */
const familiar = ['user', 'machine', 'instance', 'billing', 'team']
const titles: Readonly<Record<string, string>> = {
  machine: 'Machines',
  instance: 'Instances',
  misc: 'Miscellaneous',
  [wildcard]: 'Everything else',
}

/** All areas of a catalog; the reserved ones last. `*` is not among them. */
export function listAreas(catalog: Catalog): Area[] {
  const areas = new Map<string, Area>()
  for (const category of catalog.categories.keys()) {
    const id = findPair(category, catalog) ?? category
    if (!areas.has(id)) areas.set(id, id === category ? describeSingle(category) : describePair(id))
  }
  const rank = ({ id, reserved, categories }: Area) => {
    if (reserved) return familiar.length + 2
    const place = familiar.indexOf(id)
    return place >= 0 ? place : familiar.length + (categories.length === 2 ? 0 : 1)
  }
  return [...areas.values()].sort((a, b) => rank(a) - rank(b))
}

/** `*` as an area: what no other one lists, now and in later catalogs. */
export const anyArea: Area = describeSingle(wildcard)

export function findLevel(form: Form, { categories, levels }: Area): Level {
  const parts = categories.map((category) => findPart(findNode(form, category)))
  if (parts.includes('some')) return 'custom'
  if (parts.every((part) => part === 'none')) return 'none'
  if (parts.every((part) => part === 'all')) return levels.at(-1)!.level
  return parts[0] === 'all' ? 'read' : 'custom'
}

/** Grants the categories of the level whole, and withdraws the others. */
export function setLevel(form: Form, area: Area, level: Exclude<Level, 'custom'>, catalog: Catalog): Form {
  const granted = listGranted(area, level)
  const withdrawn = area.categories.filter((category) => !granted.includes(category))
  const rest = withdrawn.reduce((next, category) => withdrawCategory(next, category, catalog), form)
  return granted.reduce(
    (next, category) => (findPart(findNode(next, category)) === 'all' ? next : grantCategory(next, category)),
    rest,
  )
}

/** The categories that a level grants. */
export function listGranted({ categories }: Area, level: Exclude<Level, 'custom'>): readonly string[] {
  if (level === 'none') return []
  return level === 'read' ? categories.slice(0, 1) : categories
}

/** Categories of a form that the catalog does not know. They grant nothing, and are kept until somebody removes them. */
export function listUnknown(form: Form, catalog: Catalog): string[] {
  return [...form.keys()].filter((category) => category !== wildcard && !catalog.categories.has(category))
}

/** How much of a category a node grants. */
function findPart(node: FormNode | null): 'none' | 'some' | 'all' {
  if (!node || node.endpoints?.size === 0) return 'none'
  if (node.rows.length > 0) return 'some'
  if (node.endpoints === null) return 'all'
  const isFree = [...node.endpoints.values()].every((rows) => rows.length === 0)
  return isFree && node.endpoints.has(wildcard) ? 'all' : 'some'
}

function findPair(category: string, catalog: Catalog): string | null {
  const id = /^(.+)_(?:read|write)$/.exec(category)?.[1]
  return id && catalog.categories.has(`${id}_read`) && catalog.categories.has(`${id}_write`) ? id : null
}

function describePair(id: string): Area {
  return {
    id,
    title: titleOf(id),
    categories: [`${id}_read`, `${id}_write`],
    levels: (['none', 'read', 'write'] as const).map((level) => ({ level, label: labels[level] })),
    reserved: false,
  }
}

function describeSingle(category: string): Area {
  const [, name = category, kind] = /^(.+)_(read|write)$/.exec(category) ?? []
  const label = kind === 'read' ? 'Read' : kind === 'write' ? 'Write' : labels.write
  const reserved = reservedCategories.includes(category)
  return {
    id: category,
    title: titleOf(name),
    categories: [category],
    levels: [
      { level: 'none', label: labels.none },
      { level: kind === 'read' ? 'read' : 'write', label: reserved ? 'Allowed' : label },
    ],
    reserved,
  }
}

function titleOf(name: string): string {
  const words = name.replaceAll('_', ' ')
  return titles[name] ?? `${words.charAt(0).toUpperCase()}${words.slice(1)}`
}
