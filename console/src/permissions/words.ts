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

/** One sentence: "It may read and write instances and misc, read billing, use part of team (1 constraint), and nothing else." */
export function describePermissions(permissions: Permissions, catalog: Catalog): string {
  const form = readForm(permissions, catalog)
  const areas = listAreas(catalog)
  const shared = areas.filter(({ reserved }) => !reserved)
  const across = areas.filter((area) => area.reserved && findLevel(form, area) !== 'none').map(({ id }) => id)
  const any = form.get(wildcard)
  const isFull =
    any && findPart(any) === 'all' && shared.every((area) => findLevel(form, area) === area.levels.at(-1)!.level)
  const parts = [
    ...(isFull ? ['do everything'] : groupByVerb(form, shared)),
    ...(across.length > 0 ? [`${joinWords(across)} across accounts`] : []),
  ]
  if (parts.length === 0) return 'It may do nothing but ask who it is.'
  return `It may ${parts.join(', ')}${any ? ', also what later catalogs add' : ', and nothing else'}.`
}

/** `read and write instances and billing`: areas under the verb that they share, the strongest first. */
function groupByVerb(form: Form, areas: readonly Area[]): string[] {
  const groups = new Map<string, string[]>(
    ['read and write', 'write', 'read', 'write, without reading,', 'use part of'].map((verb) => [verb, []]),
  )
  for (const area of areas) {
    const described = describeArea(form, area)
    if (described) groups.get(described.verb)?.push(described.what)
  }
  return [...groups].flatMap(([verb, whats]) => (whats.length > 0 ? [`${verb} ${joinWords(whats)}`] : []))
}

/** What a key may do with an area; null for nothing. */
function describeArea(form: Form, area: Area): { readonly verb: string; readonly what: string } | null {
  const what = area.title.toLowerCase()
  const level = findLevel(form, area)
  if (level === 'none') return null
  if (level !== 'custom') return { verb: area.levels.find((each) => each.level === level)!.label.toLowerCase(), what }
  const parts = area.categories.map((category) => findPart(findNode(form, category)))
  if (parts[0] === 'none' && parts[1] === 'all') return { verb: 'write, without reading,', what }
  const nodes = area.categories.flatMap((category) => findNode(form, category) ?? [])
  const [endpoints, constraints] = [countEndpoints(nodes), countRows(nodes)]
  const counts = [
    ...(endpoints === null ? [] : [count(endpoints, 'endpoint')]),
    ...(constraints === 0 ? [] : [count(constraints, 'constraint')]),
  ]
  return { verb: 'use part of', what: `${what}${counts.length > 0 ? ` (${counts.join(', ')})` : ''}` }
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
