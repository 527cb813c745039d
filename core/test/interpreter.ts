/**
 * A second reading of permission documents, straight from the decisions, slow and plain: what the compiled form is held to.
 * Knows lookalikes only by case and brackets, which is all that the random requests have.
 */
import type { AccessRequest } from '../src/request.js'
import type { Bound, Document, Entry, Node } from './arbitrary.js'
import { accountId } from './world.js'

const reserved = ['verify', 'operate']

export function interpret({ api }: Document, entries: readonly Entry[], request: AccessRequest): boolean {
  const found = findEntry(entries, request)
  if (!found) return isFull(api, entries)
  if (found.category === 'public' || found.category === 'any_key') return true
  const node = findNode(api, found.category)
  if (!node) return false
  const listed = Object.keys(node).some((member) => member !== 'constraints')
  const child = listed ? ((node[found.id] ?? node['*']) as Node | undefined) : {}
  if (!child) return false
  const all = [...listBounds(node), ...listBounds(child)]
  if (all.length === 0) return true
  const body = readBody(request)
  return body !== 'bad' && all.every(([name, bound]) => holds(found, name, bound, request, body))
}

function findNode(api: Document['api'], category: string): Node | undefined {
  return api[category] ?? (reserved.includes(category) ? undefined : api['*'])
}

function listBounds(node: Node): [string, Bound][] {
  return Object.entries((node.constraints ?? {}) as Record<string, Bound>)
}

function isFull(api: Document['api'], entries: readonly Entry[]): boolean {
  const categories = entries
    .map(({ category }) => category)
    .filter((each) => !['public', 'any_key', ...reserved].includes(each))
  return (categories.length > 0 ? categories : ['*']).every((category) => {
    const node = findNode(api, category)
    if (!node || listBounds(node).length > 0) return false
    const children = Object.entries(node).filter(([id]) => id !== 'constraints') as [string, Node][]
    if (children.length === 0) return true
    return children.some(([id]) => id === '*') && children.every(([, child]) => listBounds(child).length === 0)
  })
}

/** Templates with more literals first; none of these catalogs has a text beside them. */
function findEntry(entries: readonly Entry[], { method, target }: AccessRequest): Entry | undefined {
  const literals = ({ path }: Entry) => path.split('/').filter((segment) => segment && !segment.startsWith('{')).length
  return [...entries]
    .sort((a, b) => literals(b) - literals(a))
    .find((each) => {
      const template = each.path.split('/').filter(Boolean)
      return (
        each.method === (method === 'HEAD' ? 'GET' : method) &&
        template.length === target.segments.length &&
        template.every((segment, i) => {
          const name = /^\{(.+)\}$/.exec(segment)?.[1]
          const text = target.segments[i]!
          if (!name) return segment === text
          return each.params!.path![name] !== 'integer' || isInteger(text) || (text === 'me' && each.me?.includes(name))
        })
      )
    })
}

const isInteger = (text: string) => String(Number.parseInt(text, 10)) === text

/** The members; null for none; undefined for not seen. */
function readBody({ body }: AccessRequest): Record<string, unknown> | null | undefined | 'bad' {
  if (body === undefined || body === null) return body
  const text = new TextDecoder().decode(body)
  if (text === '{"id":1,"id":1}') return 'bad'
  try {
    const value: unknown = JSON.parse(text.replaceAll('1.0', '{"spelt":"1.0"}'))
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : 'bad'
  } catch {
    return 'bad'
  }
}

function holds(
  found: Entry,
  given: string,
  bound: Bound,
  { target }: AccessRequest,
  body: Record<string, unknown> | null | undefined,
): boolean {
  const [head, member] = given.split('.') as [string, string?]
  const canonical = found.param_aliases?.[head] ?? head
  const aliases = Object.entries(found.param_aliases ?? {}).flatMap(([alias, name]) =>
    name === canonical ? [alias] : [],
  )
  const heads = [canonical, ...aliases]
  const places = ['path', 'query', 'body'].filter((place) =>
    heads.some((each) => each in (found.params?.[place] ?? {})),
  )
  const type = places.map((place) => found.params![place]![canonical]).find(Boolean)
  if (!type || (type === 'object') !== (member !== undefined)) return false
  if (member !== undefined && !places.includes('body')) return false
  const element = member === undefined ? type.replace(/^array<(.+)>$/, '$1') : 'any'
  const isList = type.startsWith('array<') || element === 'any'
  const names = heads.map((each) => (member === undefined ? each : `${each}.${member}`))

  const occurrences: { place: string; ok: boolean }[] = []
  const note = (place: string, value: unknown) => occurrences.push({ place, ok: meets(value, element, bound) })

  const segment = found.path.split('/').filter(Boolean).indexOf(`{${canonical}}`)
  if (segment >= 0 && member === undefined) {
    const text = target.segments[segment]!
    const me = text === 'me' && found.me?.includes(canonical)
    note('path', readText(me ? String(accountId) : text, element))
  }
  for (const { name, value } of target.query) {
    if (names.includes(name)) {
      if (value === null || value === 'null') note('query', undefined)
      else if (isList && value.startsWith('[')) noteAll('query', JSON.parse(value))
      else note('query', readText(value, element))
    } else if (heads.some((each) => alike(name, each) || (member !== undefined && name === each))) return false
  }
  if (body === undefined && (member !== undefined || places.includes('body'))) return false
  for (const each of body ? heads : []) {
    for (const name of Object.keys(body!))
      if (!heads.includes(name) && heads.some((own) => alike(name, own))) return false
    if (!(each in body!)) continue
    const value = body![each]
    if (member === undefined) noteAll('body', value)
    else if (typeof value !== 'object' || value === null || Array.isArray(value)) note('body', undefined)
    else if (member in value) noteAll('body', (value as Record<string, unknown>)[member])
  }
  const declared = member === undefined ? places : ['body']
  return occurrences.every(({ ok }) => ok) && occurrences.some(({ place }) => declared.includes(place))

  function noteAll(place: string, value: unknown): void {
    if (!Array.isArray(value)) note(place, value)
    else if (!isList || value.length === 0) note(place, undefined)
    else for (const each of value) note(place, each)
  }
}

/** Another case, or brackets or dots behind. */
function alike(name: string, own: string): boolean {
  return name !== own && name.replace(/[[.].*$/, '').toLowerCase() === own.toLowerCase()
}

function readText(text: string, type: string): unknown {
  if (type === 'integer' || type === 'number') return isInteger(text) ? Number(text) : undefined
  return text
}

function meets(given: unknown, type: string, { eq, gte, lte }: Bound): boolean {
  const isSpelt = typeof given === 'object' && given !== null && 'spelt' in given
  const value = isSpelt && type !== 'integer' ? 1 : given
  if (value === null || value === undefined || typeof value === 'object') return false
  if (type === 'integer' && !Number.isInteger(value)) return false
  if (type !== 'any' && type !== 'integer' && typeof value !== type) return false
  if (eq !== undefined && !(Array.isArray(eq) ? eq : [eq]).includes(value)) return false
  if (gte !== undefined && !(typeof value === 'number' && value >= (gte as number))) return false
  return lte === undefined || (typeof value === 'number' && value <= (lte as number))
}
