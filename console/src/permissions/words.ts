/** Permissions in words: what a key will be able to do, and what a change of it changes. */
import {
  type AreaLevel,
  type Catalog,
  type CategoryNode,
  type Constraints,
  findCategoryNode,
  isWholeCategory,
  isWithin,
  type Permissions,
  reservedCategories,
  type Scalar,
  summarisePermissions,
  wildcard,
} from '@keyporter/core'

const verbs: readonly (readonly [Exclude<AreaLevel, 'none'>, string])[] = [
  ['write', 'read and write'],
  ['read', 'read'],
  ['partial', 'use part of'],
]

/** One sentence: "It may read and write instances and misc, read billing, use part of team, under 1 constraint, and nothing else." */
export function describePermissions(permissions: Permissions, catalog: Catalog): string {
  const { areas, constraintCount, full } = summarisePermissions(permissions, catalog)
  const shared = areas.filter(({ id }) => !reservedCategories.includes(id))
  const across = areas.filter(({ id }) => reservedCategories.includes(id)).map(({ id }) => id)
  const groups = verbs.flatMap(([level, verb]) => {
    const titles = shared.filter((area) => area.level === level).map(({ title }) => title)
    return titles.length > 0 ? [`${verb} ${joinWords(titles)}`] : []
  })
  const isOpen = permissions.has(wildcard)
  const parts = [
    ...(full && isOpen ? ['do everything'] : groups),
    ...(across.length > 0 ? [`${joinWords(across)} across accounts`] : []),
    ...(constraintCount > 0
      ? [`under ${constraintCount} ${constraintCount === 1 ? 'constraint' : 'constraints'}`]
      : []),
  ]
  if (groups.length === 0 && across.length === 0) return 'It may do nothing but ask who it is.'
  return `It may ${parts.join(', ')}, ${isOpen ? 'also what later catalogs add' : 'and nothing else'}.`
}

export type Direction = 'same' | 'narrows' | 'widens' | 'both'

export interface Difference {
  /** Its name; in words for `*`. */
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

/** What differs, by category: where `*` is on one side, also in each that it stands for today. */
export function listDifferences(before: Permissions, after: Permissions, catalog: Catalog): Difference[] {
  const isOpen = before.has(wildcard) || after.has(wildcard)
  const categories = new Set([...before.keys(), ...after.keys(), ...(isOpen ? catalog.categories.keys() : [])])
  return [...categories].flatMap((category) => {
    const [old, next] = [findCategoryNode(before, category), findCategoryNode(after, category)]
    const direction = compare(takeCategory(category, old), takeCategory(category, next))
    const name = category === wildcard ? 'everything else' : category
    return direction === 'same' ? [] : [{ category: name, text: describeDifference(old, next), direction }]
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
function describeConstraints(constraints: Constraints): string {
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

/** `a`, `a and b`, `a, b and c`. */
export function joinWords(words: readonly string[]): string {
  return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}
