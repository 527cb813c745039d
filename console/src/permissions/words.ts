/** Permissions in words: what a key will be able to do, and what a change of it changes. */
import {
  type Catalog,
  type CategoryNode,
  type Constraints,
  findCategoryNode,
  isWholeCategory,
  isWithin,
  type Permissions,
  type Scalar,
  wildcard,
} from '@keyporter/core'
import { type Area, findLevel, findPart, listAreas } from './areas.js'
import { findNode } from './edits.js'
import type { Form, FormNode } from './form.js'
import { readForm } from './form.js'

/** One sentence, such as "It may read and write instances, read billing and part of team (1 constraint), and nothing else." */
export function describePermissions(permissions: Permissions, catalog: Catalog): string {
  const form = readForm(permissions, catalog)
  const areas = listAreas(catalog)
  const shared = areas.filter(({ reserved }) => !reserved)
  const any = form.get(wildcard)
  const isFull =
    any && findPart(any) === 'all' && shared.every((area) => findLevel(form, area) === area.levels.at(-1)!.level)
  const parts = [
    ...(isFull ? ['everything'] : shared.flatMap((area) => describeArea(form, area) ?? [])),
    ...areas.filter(({ reserved }) => reserved).flatMap((area) => describeArea(form, area) ?? []),
  ]
  if (parts.length === 0) return 'It may do nothing but ask who it is.'
  const later = any ? ', also what later catalogs add' : ', and nothing else'
  return `It may ${joinWords(isFull ? ['do everything', ...parts.slice(1)] : parts)}${later}.`
}

/** What an area is to its key, as a verb; null for nothing. */
function describeArea(form: Form, area: Area): string | null {
  const title = area.title.toLowerCase()
  const level = findLevel(form, area)
  if (level === 'none') return null
  if (area.reserved) return `${area.id} across accounts`
  if (level !== 'custom') return `${area.levels.find((each) => each.level === level)!.label.toLowerCase()} ${title}`
  const nodes = area.categories.flatMap((category) => findNode(form, category) ?? [])
  const [endpoints, constraints] = [countEndpoints(nodes), countRows(nodes)]
  const counts = [
    ...(endpoints === null ? [] : [count(endpoints, 'endpoint')]),
    ...(constraints === 0 ? [] : [count(constraints, 'constraint')]),
  ]
  const parts = area.categories.map((category) => findPart(findNode(form, category)))
  if (parts[0] === 'none' && parts[1] === 'all') return `write ${title} without reading`
  return `use part of ${title}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}`
}

/** Null where a node grants all endpoints that it does not name. */
function countEndpoints(nodes: readonly FormNode[]): number | null {
  const named = nodes.map(({ endpoints }) => (endpoints && !endpoints.has(wildcard) ? endpoints.size : null))
  return named.reduce((sum, each) => (sum === null || each === null ? null : sum + each), 0)
}

function countRows(nodes: readonly FormNode[]): number {
  return nodes.reduce(
    (sum, { rows, endpoints }) => sum + rows.length + [...(endpoints?.values() ?? [])].flat().length,
    0,
  )
}

export type Direction = 'same' | 'narrows' | 'widens' | 'both'

export interface Difference {
  readonly category: string
  /** What it was and what it becomes. */
  readonly text: string
  readonly direction: Direction
}

export function compare(before: Permissions, after: Permissions): Direction {
  const [isNarrower, isWider] = [isWithin(after, before), isWithin(before, after)]
  if (isNarrower) return isWider ? 'same' : 'narrows'
  return isWider ? 'widens' : 'both'
}

/** What differs, by category. Where `*` is on one side alone, also each category that it stands for. */
export function listDifferences(before: Permissions, after: Permissions): Difference[] {
  const categories = new Set([...before.keys(), ...after.keys()])
  return [...categories].flatMap((category) => {
    const [old, next] = [findCategoryNode(before, category), findCategoryNode(after, category)]
    const direction = compare(takeCategory(category, old), takeCategory(category, next))
    return direction === 'same' ? [] : [{ category, text: describeDifference(old, next), direction }]
  })
}

function takeCategory(category: string, node: CategoryNode | null): Permissions {
  return new Map(node ? [[category, node]] : [])
}

function describeDifference(before: CategoryNode | null, after: CategoryNode | null): string {
  if (!before?.endpoints || !after?.endpoints) return `${describeNode(before)} → ${describeNode(after)}`
  const changes = [
    ...describeConstraintChange('all of it', before.constraints, after.constraints),
    ...[...new Set([...before.endpoints.keys(), ...after.endpoints.keys()])].flatMap((id) => {
      const [old, next] = [before.endpoints!.get(id), after.endpoints!.get(id)]
      if (!next) return [`without ${describeEndpoint(id)}`]
      if (!old) return [`with ${describeEndpoint(id)}${next.size > 0 ? ` where ${describeConstraints(next)}` : ''}`]
      return describeConstraintChange(describeEndpoint(id), old, next)
    }),
  ]
  return changes.join('; ')
}

function describeConstraintChange(what: string, before: Constraints, after: Constraints): string[] {
  const [old, next] = [before, after].map((each) => (each.size > 0 ? describeConstraints(each) : 'without constraint'))
  return old === next ? [] : [`${what}: ${old} → ${next}`]
}

function describeNode(node: CategoryNode | null): string {
  if (!node) return 'nothing'
  if (isWholeCategory(node)) return 'all'
  const where = node.constraints.size > 0 ? ` where ${describeConstraints(node.constraints)}` : ''
  if (!node.endpoints) return `all${where}`
  const named = [...node.endpoints].map(
    ([id, own]) => `${describeEndpoint(id)}${own.size > 0 ? ` where ${describeConstraints(own)}` : ''}`,
  )
  const shown = named.length > 4 ? [...named.slice(0, 3), `${named.length - 3} more`] : named
  return `${joinWords(shown)}${where && `, all${where}`}`
}

function describeEndpoint(id: string): string {
  return id === wildcard ? 'every endpoint not named' : id
}

/** `id is 5 or 6 and price is at most 0.5`. */
export function describeConstraints(constraints: Constraints): string {
  return [...constraints]
    .flatMap(([name, { eq, gte, lte }]) => [
      ...(eq ? [`${name} is ${eq.map(describeScalar).join(' or ') || 'nothing'}`] : []),
      ...(gte === undefined ? [] : [`${name} is at least ${gte}`]),
      ...(lte === undefined ? [] : [`${name} is at most ${lte}`]),
    ])
    .join(' and ')
}

function describeScalar(value: Scalar): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
