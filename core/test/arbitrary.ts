/**
 * Random documents, catalogs and requests that have something to do with each other: few names, few values, and documents
 * made from one another by small changes.
 */
import fc from 'fast-check'
import { loadCatalog } from '../src/catalog.js'
import type { AccessRequest } from '../src/request.js'
import { accountId, entry, makeTarget } from './world.js'

export interface Entry {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly category: string
  readonly params?: Readonly<Record<string, Readonly<Record<string, string>>>>
  readonly param_aliases?: Readonly<Record<string, string>>
  readonly me?: readonly string[]
}

export type Bound = Readonly<Record<string, unknown>>
export type Node = Readonly<Record<string, unknown>>
export interface Document {
  readonly api: Readonly<Record<string, Node>>
}

export const ownEntries = [
  entry('api.own.whoami', 'GET', '/own/whoami', 'any_key'),
  entry('api.own.verify', 'POST', '/own/verify', 'verify'),
] as readonly Entry[]

export const entries = [
  entry('api.a.list', 'GET', '/a/', 'alpha_read', {
    params: { query: { owner: 'string', limit: 'integer', tags: 'array<string>' } },
  }),
  entry('api.a.show', 'GET', '/a/{id}/', 'alpha_read', {
    params: { path: { id: 'integer' }, query: { owner: 'string' } },
  }),
  entry('api.a.update', 'PUT', '/a/{id}/', 'alpha_write', {
    params: { path: { id: 'integer' }, body: { owner: 'string', limit: 'number', extra: 'object', hint: 'any' } },
  }),
  entry('api.a.bulk', 'POST', '/a/bulk/', 'alpha_write', {
    params: { body: { ids: 'array<integer>', limit: 'integer' }, query: { limit: 'integer' } },
  }),
  entry('api.a.snap', 'POST', '/a/{a_id}/snap/', 'alpha_write', {
    params: { path: { a_id: 'integer' }, body: { id: 'integer', owner: 'string' } },
    param_aliases: { id: 'a_id' },
  }),
  entry('api.b.show', 'GET', '/b/{id}/', 'beta_read', { params: { path: { id: 'integer' } }, me: ['id'] }),
  entry('api.b.role', 'GET', '/r/{owner}/', 'beta_read', { params: { path: { owner: 'string' } } }),
  entry('api.p.p', 'GET', '/p/', 'public'),
] as readonly Entry[]

const names = ['id', 'a_id', 'owner', 'limit', 'tags', 'ids', 'hint', 'extra.x']
const integers = [0, 1, 2, accountId]
const texts = ['a', 'b', 'me']

// --- documents ---

const scalar = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom<unknown>(...integers) },
  { weight: 2, arbitrary: fc.constantFrom<unknown>(...texts) },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(true, 1.5) },
)
export const bound: fc.Arbitrary<Bound> = fc.oneof(
  scalar.map((eq) => ({ eq })),
  fc.array(scalar, { minLength: 1, maxLength: 3 }).map((eq) => ({ eq })),
  fc.constantFrom(...integers).map((gte) => ({ gte })),
  fc.constantFrom(...integers).map((lte) => ({ lte })),
  fc.tuple(fc.nat(2), fc.nat(3)).map(([gte, more]) => ({ gte, lte: gte + more })),
  fc.tuple(scalar, fc.constantFrom(...integers)).map(([eq, lte]) => ({ eq: [eq, 1], lte })),
)
/** A bound that a value of this type may meet. */
function boundOf(type: string): fc.Arbitrary<Bound> {
  const own = type.replace(/^array<(.+)>$/, '$1')
  const fitting: fc.Arbitrary<Bound> =
    own === 'string'
      ? fc.subarray(texts, { minLength: 1 }).map((eq) => ({ eq }))
      : fc.oneof(
          fc.subarray(integers, { minLength: 1 }).map((eq) => ({ eq })),
          fc.constantFrom({ gte: 1 }, { lte: 1 }, { gte: 0, lte: 2 }, { gte: 1, lte: 9 }),
        )
  return fc.oneof({ weight: 8, arbitrary: fitting }, { weight: 1, arbitrary: bound })
}

/** Constraints that mostly are on parameters of the endpoint. */
function constraintsOf({ params = {}, param_aliases = {} }: Entry): fc.Arbitrary<Readonly<Record<string, Bound>>> {
  const declared = Object.values(params).flatMap((place) => Object.entries(place))
  const aliases = Object.keys(param_aliases).map((alias) => [alias, 'integer'] as const)
  const own = [...declared, ...aliases].map(([name, type]) =>
    type === 'object' ? fc.tuple(fc.constant(`${name}.x`), boundOf('any')) : fc.tuple(fc.constant(name), boundOf(type)),
  )
  const pair = fc.oneof(...own.map((arbitrary) => ({ weight: 4, arbitrary })), {
    weight: 1,
    arbitrary: fc.tuple(fc.constantFrom(...names), bound),
  })
  return fc.oneof(fc.tuple(pair), fc.tuple(pair, pair)).map((pairs) => Object.fromEntries(pairs))
}

export const constraints: fc.Arbitrary<Readonly<Record<string, Bound>>> = fc.dictionary(
  fc.constantFrom(...names),
  bound,
  {
    maxKeys: 2,
    noNullPrototype: true,
  },
)

const endpointNode: fc.Arbitrary<Node> = fc.oneof(
  fc.constant({}),
  constraints.map((each) => ({ constraints: each })),
)

function nodeOf(each: Entry): fc.Arbitrary<Node> {
  return fc.oneof(
    { weight: 1, arbitrary: fc.constant({}) },
    { weight: 3, arbitrary: constraintsOf(each).map((own) => ({ constraints: own })) },
  )
}

function categoryNode(category: string): fc.Arbitrary<Node> {
  const child = fc.oneof(
    ...entries
      .filter((each) => each.category === category)
      .map((each) => ({ weight: 3, arbitrary: fc.tuple(fc.constant(each.id), nodeOf(each)) })),
    { weight: 1, arbitrary: fc.tuple(fc.constantFrom('*', 'api.a.later'), endpointNode) },
  )
  const children = fc.array(child, { maxLength: 3 }).map((pairs): Node => Object.fromEntries(pairs))
  const own = constraints.map((each) => ({ constraints: each }))
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({}) },
    { weight: 1, arbitrary: own },
    { weight: 3, arbitrary: children },
    { weight: 1, arbitrary: fc.tuple(own, children).map(([one, other]) => ({ ...other, ...one })) },
  )
}

const categories = ['alpha_read', 'alpha_write', 'beta_read', 'later_read', 'verify', '*']

export const document: fc.Arbitrary<Document> = fc
  .tuple(
    ...categories.map((category) => {
      const node =
        category === '*'
          ? fc.oneof(
              fc.constant({}),
              constraints.map((each) => ({ constraints: each })),
            )
          : categoryNode(category)
      const isRare = category === '*' || category === 'verify' || category === 'later_read'
      return fc.oneof({ weight: isRare ? 3 : 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: node })
    }),
  )
  .map((nodes) => ({
    api: Object.fromEntries(nodes.flatMap((node, i) => (node ? [[categories[i]!, node as Node]] : []))),
  }))

/** One small change of a document; `at` chooses where. */
export interface Change {
  readonly kind: number
  readonly at: number
  readonly node: Node
  readonly name: string
  readonly bound: Bound
}

export const change: fc.Arbitrary<Change> = fc.record({
  kind: fc.nat(9),
  at: fc.nat(1_000),
  node: endpointNode,
  name: fc.constantFrom(...names),
  bound,
})

/** Mostly narrows; `drop` constraints and `add` endpoints now and then widen. */
export function changeDocument({ api }: Document, { kind, at, node, name, bound: value }: Change): Document {
  const category = pick(Object.keys(api), at)
  if (category === undefined) return { api: { [pick(categories, at)!]: {} } }
  const old = api[category]!
  const { [category]: _, ...rest } = api
  const put = (next: Node): Document => ({ api: { ...api, [category]: next } })
  const ids = Object.keys(old).filter((id) => id !== 'constraints')
  const id = pick(ids, at >> 3)
  const inCategory = [...entries.filter((each) => each.category === category).map((each) => each.id), '*']
  switch (kind) {
    case 0:
      return { api: rest }
    case 1:
      return category === '*'
        ? { api: { ...rest, alpha_read: old, beta_read: old } }
        : put({ ...old, [pick(inCategory, at)!]: node })
    case 2:
      return put({ ...old, constraints: { ...(old.constraints as object), [name]: value } })
    case 3: {
      if (id === undefined) return put({ ...old, ...(category !== '*' && { [pick(inCategory, at)!]: {} }) })
      const child = old[id] as Node
      return put({ ...old, [id]: { constraints: { ...(child.constraints as object), [name]: value } } })
    }
    case 4: {
      if (id === undefined) return put({})
      const { [id]: __, ...less } = old
      return put(less)
    }
    case 5: {
      const { constraints: __, ...free } = old
      return put(free)
    }
    case 6:
      return put(tighten(old, at) as Node)
    case 7:
      return put(tighten(old, at) as Node)
    case 8:
      return category === '*'
        ? { api }
        : put(
            Object.fromEntries(
              inCategory.slice(0, 1 + (at % inCategory.length)).map((each) => [each, old[each] ?? {}]),
            ),
          )
    default:
      return { api: { ...rest, [pick(categories, at)!]: old } }
  }
}

/** Every list one shorter, every range one narrower, everywhere in a node. */
function tighten(value: unknown, at: number): unknown {
  if (Array.isArray(value)) return value.length > 1 ? value.filter((_, i) => i !== at % value.length) : value
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      if (name === 'gte' && typeof inner === 'number') return [name, inner + (at % 2)]
      if (name === 'lte' && typeof inner === 'number') return [name, inner - (at % 2)]
      return [name, tighten(inner, at)]
    }),
  )
}

// --- later catalogs ---

const addable: readonly Entry[] = [
  entry('api.a.later', 'PATCH', '/a/{id}/', 'alpha_read', { params: { path: { id: 'integer' } } }) as Entry,
  entry('api.b.later', 'GET', '/later/', 'beta_read', { params: { query: { owner: 'string' } } }) as Entry,
  entry('api.c.later', 'GET', '/c/{id}/', 'later_read', { params: { path: { id: 'integer' } } }) as Entry,
  entry('api.d.later', 'PUT', '/d/', 'd_write', { params: { body: { owner: 'string' } } }) as Entry,
]

/** What may become of a catalog: entries removed, added, moved; parameters added, removed, of another type; aliases. */
export const laterEntries: fc.Arbitrary<readonly Entry[]> = fc
  .tuple(
    fc.subarray([...entries], { minLength: 3 }),
    fc.subarray([...addable]),
    fc.array(fc.tuple(fc.nat(5), fc.nat(100)), { maxLength: 4 }),
  )
  .map(([kept, added, changes]) => changes.reduce<readonly Entry[]>(changeCatalog, [...kept, ...added]))
  .filter(isLoadable)

function isLoadable(under: readonly Entry[]): boolean {
  try {
    loadCatalog([{ own: false, entries: under }])
    return true
  } catch {
    return false
  }
}

function changeCatalog(all: readonly Entry[], [kind, at]: readonly [number, number]): readonly Entry[] {
  const chosen = pick(all, at)!
  const { params = {} } = chosen
  const body = { ...params.body }
  const changed = (): Entry => {
    switch (kind) {
      case 0:
        return { ...chosen, category: chosen.category === 'public' ? 'public' : pick(['alpha_read', 'beta_read'], at)! }
      case 1:
        return { ...chosen, params: { ...params, query: { ...params.query, ...free(chosen, 'limit', 'integer') } } }
      case 2:
        return { ...chosen, params: { ...params, body: { ...body, ...free(chosen, 'hint', 'string') } } }
      case 3:
        return { ...chosen, params: { ...(params.path && { path: params.path }) }, param_aliases: {} }
      case 4:
        return params.path?.id ? { ...chosen, param_aliases: { ...chosen.param_aliases, a_id: 'id' } } : chosen
      default:
        return 'owner' in body ? { ...chosen, params: { ...params, body: { ...body, owner: 'any' } } } : chosen
    }
  }
  const next = changed()
  return all.map((each) => (each === chosen ? next : each))
}

/** A new parameter, where there is none of that name. */
function free({ params = {} }: Entry, name: string, type: string): Record<string, string> {
  return Object.values(params).some((place) => name in place) ? {} : { [name]: type }
}

// --- requests ---

/** Choices that become a request under some catalog. */
export interface Choices {
  readonly endpoint: number
  readonly path: readonly number[]
  readonly query: readonly (readonly [number, number])[]
  readonly body: number
  readonly members: readonly (readonly [number, number])[]
}

const pairs = fc.array(fc.tuple(fc.nat(40), fc.nat(40)), { maxLength: 2 })
export const choices: fc.Arbitrary<Choices> = fc.record({
  endpoint: fc.nat(40),
  path: fc.array(fc.nat(40), { minLength: 3, maxLength: 3 }),
  query: pairs,
  body: fc.nat(9),
  members: pairs,
})

const queryNames = ['owner', 'limit', 'id', 'tags', 'a_id', 'hint', 'other', 'OWNER', 'id[]', 'extra.x', 'extra']
const queryValues = ['a', 'b', '0', '1', '2', 'me', '', '01', '["a"]', '["a","c"]', 'null', String(accountId)]
const memberNames = ['owner', 'limit', 'id', 'ids', 'a_id', 'hint', 'extra', 'Id', 'other', 'extra.x']
const memberValues = [
  '"a"',
  '"b"',
  '0',
  '1',
  '2',
  '1.0',
  'null',
  '[1]',
  '[1,2]',
  '[]',
  '{"x":1}',
  '{"x":"a"}',
  '{}',
  'true',
]
const badBodies = ['[]', '{"id":1,"id":1}', '{"id":', 'owner=a']

/**
 * Makes a request to one of the entries, or to none of them; mostly to those that the document constrains, and with what
 * the endpoint declares.
 */
export function makeChosen(under: readonly Entry[], chosen: Choices, { api }: Document = { api: {} }): AccessRequest {
  const all = [...under, ...ownEntries]
  const constrained = all.filter(({ id, category }) => {
    const node = api[category] ?? api['*'] ?? {}
    return 'constraints' in node || 'constraints' in ((node[id] ?? node['*'] ?? {}) as Node)
  })
  const found =
    chosen.endpoint % 4 > 0 && constrained.length > 0
      ? pick(constrained, chosen.endpoint >> 2)
      : all[chosen.endpoint % (all.length + 1)]
  let at = 0
  const path = (found?.path ?? '/nowhere/5/').replaceAll(/\{(\w+)\}/g, (_, name) => {
    const isText = found?.params?.path?.[name] === 'string'
    const values = isText ? [...texts, 'c'] : [...integers.map(String), '1', 'me', '01']
    return values[chosen.path[at++]! % values.length]!
  })
  const query = chosen.query.map((pair) => {
    const [name, value] = choosePair(found, 'query', pair)
    return `${encodeURIComponent(name)}=${encodeURIComponent(value)}`
  })
  return {
    method: found?.method ?? 'GET',
    target: makeTarget(`${path}${query.length > 0 ? `?${query.join('&')}` : ''}`),
    body: makeBody(found, chosen),
    client: null,
  }
}

function makeBody(found: Entry | undefined, { body, members }: Choices): AccessRequest['body'] {
  if (body === 0) return undefined
  if (body === 1) return null
  const written = new Map(members.map((pair) => choosePair(found, 'body', pair)))
  const json = [...written].map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(',')
  const text = body === 2 ? badBodies[members.length % badBodies.length]! : `{${json}}`
  return new TextEncoder().encode(text)
}

/** Mostly a declared name with a value of its type. */
function choosePair(found: Entry | undefined, place: 'query' | 'body', [name, value]: readonly [number, number]) {
  const declared = Object.entries(found?.params?.[place] ?? {})
  const [names, values] = place === 'query' ? [queryNames, queryValues] : [memberNames, memberValues]
  const [own, type] = pick(declared, name >> 1) ?? []
  if (own === undefined || name % 4 === 0) return [pick(names, name)!, pick(values, value)!] as const
  const fitting = fittingValues[place][type!] ?? values
  return [own, pick(value % 5 === 0 ? values : fitting, value)!] as const
}

const fittingValues: Record<'query' | 'body', Record<string, readonly string[]>> = {
  query: { string: ['a', 'b', 'me'], integer: ['0', '1', '2'], 'array<string>': ['a', 'b', '["a","b"]'] },
  body: {
    string: ['"a"', '"b"'],
    integer: ['0', '1', '2'],
    number: ['1', '2', '1.0'],
    any: ['1', '2', '"a"', '[1,2]'],
    object: ['{"x":1}', '{"x":2}'],
    'array<integer>': ['[1]', '[1,2]', '[0,1,2]'],
  },
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(1, list.length)]
}
