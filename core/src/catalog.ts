/**
 * The catalog: which endpoints there are, in which category, with which typed parameters. Data, loaded once and checked
 * whole.
 */
import { fromPlain, type Json } from './json.js'
import { createReader, type Reading } from './reading.js'
import { buildTree, findMatch, findPlaceholder, printShape, splitTemplate } from './routes.js'
import type { ScalarType } from './scalar.js'

export type ParameterType = ScalarType | 'object' | `array<${ScalarType}>`
export type ParameterPlace = 'path' | 'query' | 'body'

/** `public`: no key needed. `any_key`: any valid key. `scoped`: a key whose permissions cover it. */
export type Access = 'public' | 'any_key' | 'scoped'

export interface Endpoint {
  /** Position in the catalog; what a grant's bit set is indexed by. */
  readonly index: number
  readonly id: string
  readonly title: string
  readonly method: string
  /** The template as the catalog spells it, `{name}` for parameters. */
  readonly path: string
  readonly category: string
  readonly access: Access
  /** Declared places and type of each parameter, by its canonical name. */
  readonly parameters: ReadonlyMap<string, Parameter>
  /** Other names under which a parameter may come, to its canonical name. */
  readonly aliases: ReadonlyMap<string, string>
  /** Path parameters in which `me` means the caller's own id. */
  readonly me: ReadonlySet<string>
  readonly pathParameters: readonly PathParameter[]
  /** True for what Keyporter itself serves. */
  readonly own: boolean
}

export interface Parameter {
  readonly type: ParameterType
  readonly places: readonly ParameterPlace[]
}

/** A path parameter and the position of its segment. */
export interface PathParameter {
  readonly name: string
  readonly type: ParameterType
  readonly segment: number
}

/** What a request means. The values of its path parameters are in its segments. */
export interface Match {
  readonly endpoint: Endpoint
}

export interface Catalog {
  readonly endpoints: readonly Endpoint[]
  readonly byId: ReadonlyMap<string, Endpoint>
  /** Endpoints by category; without `public` and `any_key`, with the reserved categories. */
  readonly categories: ReadonlyMap<string, readonly Endpoint[]>
  /** The endpoint of a request, or null outside the catalog. HEAD is decided as GET (decision A36). */
  match(method: string, segments: readonly string[]): Match | null
  /** The same for a raw target, which is made canonical first; a text says why it has no canonical form. */
  read(method: string, target: string): Reading | string
}

/** Categories that reach across accounts: granted only by name, and only by the operator's account (decision A27). */
export const reservedCategories: readonly string[] = ['verify', 'operate']

export class CatalogError extends Error {
  override readonly name = 'CatalogError'
}

/** A catalog document: a list of entries, as `JSON.parse` gives it, and whether Keyporter serves them itself. */
export interface CatalogSource {
  readonly entries: unknown
  readonly own: boolean
}

/**
 * Checks and joins catalog documents. An entry that repeats id, method and path of another document's is that same endpoint,
 * as Keyporter's own document or the earlier one has it; the same id on another route, the same route under another id, or
 * an entry twice in one document throws `CatalogError`, as does anything malformed.
 */
export function loadCatalog(sources: readonly CatalogSource[]): Catalog {
  const endpoints: Endpoint[] = []
  const byId = new Map<string, Endpoint>()
  const routes = new Map<string, Endpoint>()
  for (const source of [...sources].sort((a, b) => Number(b.own) - Number(a.own))) {
    const ids = new Set<string>()
    for (const [position, entry] of readEntries(source).entries()) {
      const endpoint = readEntry(entry, position, endpoints.length, source.own)
      if (ids.has(endpoint.id)) throw new CatalogError(`endpoint id ${endpoint.id} stands twice`)
      ids.add(endpoint.id)
      const sameId = byId.get(endpoint.id)
      const route = `${endpoint.method} ${printShape(endpoint)}`
      const sameRoute = routes.get(route)
      if (sameId && sameId === sameRoute && printTemplate(sameId) === printTemplate(endpoint)) continue
      if (sameId) throw new CatalogError(`endpoint id ${endpoint.id} stands for two routes`)
      if (sameRoute) throw new CatalogError(`${route} is both ${sameRoute.id} and ${endpoint.id}`)
      endpoints.push(endpoint)
      byId.set(endpoint.id, endpoint)
      routes.set(route, endpoint)
    }
  }
  const root = buildTree(endpoints)
  const match: Catalog['match'] = (method, segments) => findMatch(root, method === 'HEAD' ? 'GET' : method, segments, 0)
  return { endpoints, byId, categories: groupByCategory(endpoints), match, read: createReader(match) }
}

/** The declared parameter that `name` means for this endpoint, aliases resolved; null when it has none such. */
export function findParameter(endpoint: Endpoint, name: string): { name: string; parameter: Parameter } | null {
  const canonical = endpoint.aliases.get(name) ?? name
  const parameter = endpoint.parameters.get(canonical)
  return parameter ? { name: canonical, parameter } : null
}

const idPattern = /^[a-z0-9_]+(?:\.[a-z0-9_]+)+$/
const categoryPattern = /^[a-z][a-z0-9_]*$/
const methodPattern = /^[A-Z]+$/
const parameterName = /^[A-Za-z_][A-Za-z0-9_-]*$/
const literalSegment = /^[A-Za-z0-9\-._~]+$/
/** Names that mean something to a JavaScript runtime, or to the grammar of permissions. */
export const forbiddenNames: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype', 'constraints'])
const parameterTypes = new Set<string>(
  ['integer', 'number', 'string', 'boolean', 'any'].flatMap((type) => [type, `array<${type}>`]).concat('object'),
)

function readEntries(source: CatalogSource): readonly Json[] {
  const parsed = fromPlain(source.entries)
  if (!parsed.ok || !Array.isArray(parsed.value)) throw new CatalogError('a catalog must be a JSON list of endpoints')
  return parsed.value
}

function readEntry(entry: Json, position: number, index: number, own: boolean): Endpoint {
  if (!(entry instanceof Map)) throw new CatalogError(`entry ${position} is not an object`)
  const id = readText(entry, 'id', position)
  const method = readText(entry, 'method', position)
  const path = readText(entry, 'path', position)
  const category = readText(entry, 'category', position)
  const title = entry.has('title') ? readText(entry, 'title', position) : id
  if (!idPattern.test(id)) throw new CatalogError(`entry ${position}: id must look like api.noun.verb`)
  if (!methodPattern.test(method)) throw new CatalogError(`${id}: method must be an upper-case HTTP method`)
  if (method === 'HEAD') throw new CatalogError(`${id}: HEAD is decided as GET and has no entries of its own`)
  if (!categoryPattern.test(category) || forbiddenNames.has(category)) {
    throw new CatalogError(`${id}: category must be a lower-case name`)
  }
  if (!own && (reservedCategories.includes(category) || category === 'any_key')) {
    throw new CatalogError(`${id}: category ${category} is reserved`)
  }
  const parameters = readParameters(entry.get('params'), id)
  const endpoint: Endpoint = {
    index,
    id,
    title,
    method,
    path,
    category,
    access: category === 'public' || category === 'any_key' ? category : 'scoped',
    parameters,
    aliases: readAliases(entry.get('param_aliases'), parameters, id),
    me: new Set(readMe(entry.get('me'), parameters, id)),
    pathParameters: listPathParameters(path, parameters),
    own,
  }
  checkTemplate(endpoint)
  return endpoint
}

function readText(entry: Map<string, Json>, member: string, position: number): string {
  const value = entry.get(member)
  if (typeof value !== 'string' || value === '') throw new CatalogError(`entry ${position}: ${member} must be a text`)
  return value
}

interface ReadParameter extends Parameter {
  readonly places: ParameterPlace[]
}

function readParameters(json: Json | undefined, id: string): Map<string, ReadParameter> {
  const parameters = new Map<string, ReadParameter>()
  if (json === undefined) return parameters
  if (!(json instanceof Map)) throw new CatalogError(`${id}: params must be an object`)
  for (const [place, names] of json) {
    if (place !== 'path' && place !== 'query' && place !== 'body') {
      throw new CatalogError(`${id}: params has ${place}; path, query or body is expected`)
    }
    if (!(names instanceof Map)) throw new CatalogError(`${id}: params.${place} must be an object`)
    for (const [name, type] of names) {
      if (!parameterName.test(name) || forbiddenNames.has(name)) throw new CatalogError(`${id}: bad parameter ${name}`)
      if (typeof type !== 'string' || !parameterTypes.has(type)) {
        throw new CatalogError(`${id}: parameter ${name} has an unknown type`)
      }
      const known = parameters.get(name)
      if (known && known.type !== type) throw new CatalogError(`${id}: parameter ${name} has two types`)
      if (known) known.places.push(place)
      else parameters.set(name, { type: type as ParameterType, places: [place] })
    }
  }
  return parameters
}

function readAliases(json: Json | undefined, parameters: Map<string, ReadParameter>, id: string): Map<string, string> {
  const aliases = new Map<string, string>()
  if (json === undefined) return aliases
  if (!(json instanceof Map)) throw new CatalogError(`${id}: param_aliases must be an object`)
  for (const [alias, name] of json) {
    if (!parameterName.test(alias) || forbiddenNames.has(alias)) throw new CatalogError(`${id}: bad alias ${alias}`)
    const target = typeof name === 'string' ? parameters.get(name) : undefined
    if (!target || alias === name) throw new CatalogError(`${id}: alias ${alias} does not name another parameter`)
    aliases.set(alias, name as string)
    shadow(parameters.get(alias), target, `${id}: alias ${alias}`)
  }
  return aliases
}

/** A declared parameter whose name is an alias is that other parameter: it may come where either is declared. */
function shadow(own: ReadParameter | undefined, target: ReadParameter, place: string): void {
  if (!own) return
  if (own.type !== target.type) throw new CatalogError(`${place} is a parameter of another type`)
  if (own.places.includes('path')) throw new CatalogError(`${place} is a path parameter itself`)
  target.places.push(...own.places.filter((each) => !target.places.includes(each)))
}

function readMe(json: Json | undefined, parameters: Map<string, Parameter>, id: string): string[] {
  if (json === undefined) return []
  const names = Array.isArray(json) ? json : []
  if (!Array.isArray(json) || !names.every((name) => typeof name === 'string' && parameters.has(name))) {
    throw new CatalogError(`${id}: me must be a list of its parameters`)
  }
  return names as string[]
}

function checkTemplate(endpoint: Endpoint): void {
  if (!endpoint.path.startsWith('/')) throw new CatalogError(`${endpoint.id}: path must begin with /`)
  const seen = new Set<string>()
  for (const segment of splitTemplate(endpoint.path)) {
    const name = findPlaceholder(segment)
    if (name === null) {
      if (!literalSegment.test(segment) || segment === '.' || segment === '..') {
        throw new CatalogError(`${endpoint.id}: bad path segment ${segment}`)
      }
      continue
    }
    const parameter = endpoint.parameters.get(name)
    if (!parameter?.places.includes('path') || parameter.type === 'object' || parameter.type.startsWith('array<')) {
      throw new CatalogError(`${endpoint.id}: {${name}} is not declared as a scalar path parameter`)
    }
    if (seen.has(name)) throw new CatalogError(`${endpoint.id}: {${name}} stands twice in the path`)
    seen.add(name)
  }
  for (const [name, parameter] of endpoint.parameters) {
    if (parameter.places.includes('path') && !seen.has(name)) {
      throw new CatalogError(`${endpoint.id}: path parameter ${name} is not in the path`)
    }
  }
}

/** The template without the slashes that mean nothing. */
function printTemplate(endpoint: Endpoint): string {
  return `/${splitTemplate(endpoint.path).join('/')}`
}

function listPathParameters(path: string, parameters: ReadonlyMap<string, Parameter>): PathParameter[] {
  return splitTemplate(path).flatMap((text, segment) => {
    const name = findPlaceholder(text)
    const parameter = name === null ? undefined : parameters.get(name)
    return parameter ? [{ name: name!, type: parameter.type, segment }] : []
  })
}

function groupByCategory(endpoints: readonly Endpoint[]): Map<string, Endpoint[]> {
  const categories = new Map<string, Endpoint[]>(reservedCategories.map((name) => [name, []]))
  for (const endpoint of endpoints) {
    if (endpoint.access !== 'scoped') continue
    const members = categories.get(endpoint.category)
    if (members) members.push(endpoint)
    else categories.set(endpoint.category, [endpoint])
  }
  return categories
}

/** Type of one element of a parameter: itself for scalars, the element's for lists; null for objects. */
export function elementType(type: ParameterType): ScalarType | null {
  if (type === 'object') return null
  const element = /^array<(.+)>$/.exec(type)?.[1]
  return (element ?? type) as ScalarType
}
