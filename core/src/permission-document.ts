/**
 * Permission documents, `{"api": {category: {endpoint: {"constraints": {parameter: {operator: value}}}}}}`: the grammar,
 * read strictly against a catalog (decisions A1 to A5, A7, A9, A10, A12), and written. Nothing is ever dropped: what is not
 * understood is refused with its place and the allowed names.
 */
import { type Catalog, type Endpoint, elementType, findParameter, forbiddenNames, type Parameter } from './catalog.js'
import { fromPlain, type Json, JsonNumber } from './json.js'
import {
  type CategoryNode,
  type Constraint,
  type Constraints,
  noConstraints,
  type Permissions,
  wildcard,
} from './permissions.js'
import { fitsType, type Scalar, type ScalarType } from './scalar.js'

export type PermissionsResult =
  | { readonly ok: true; readonly permissions: Permissions }
  /** `path`: the members of the document that lead to the problem; empty for the document as a whole. */
  | { readonly ok: false; readonly problem: string; readonly path: readonly string[] }

const maxDocumentEntries = 10_000
const maxParameters = 100
const maxAlternatives = 1_000
const maxTextLength = 1_024
const operators = ['eq', 'lte', 'gte'] as const

/** Values for `"{name}"` placeholders (decision A12); null where placeholders have no meaning, as in roles. */
export type PlaceholderValues = ReadonlyMap<string, Json> | null

/**
 * Reads a permission document. `undefined`, `null` and `{}` are the caller's business (decisions A1, A2) and refused here.
 * Parameter aliases are stored under their canonical names; placeholders are replaced by their values.
 */
export function parsePermissions(
  document: unknown,
  catalog: Catalog,
  placeholders: PlaceholderValues = null,
): PermissionsResult {
  const parsed = fromPlain(document)
  if (!parsed.ok) return { ok: false, problem: `permissions cannot be read: ${parsed.problem}`, path: [] }
  const reader = new Reader(catalog, placeholders)
  try {
    const permissions = reader.readDocument(parsed.value)
    reader.refuseUnusedPlaceholders()
    return { ok: true, permissions }
  } catch (error) {
    if (error instanceof Problem) return { ok: false, problem: error.message, path: reader.path }
    throw error
  }
}

/** The document of `permissions`, in one order: parsing it again gives the same permissions. */
export function printPermissions(permissions: Permissions): { api: Record<string, unknown> } {
  return { api: Object.fromEntries([...permissions].map(([category, node]) => [category, printCategory(node)])) }
}

class Problem extends Error {}

class Reader {
  private readonly catalog: Catalog
  private readonly placeholders: PlaceholderValues
  private readonly used = new Set<string>()
  /** Where it reads; after a problem, where that is. */
  readonly path: string[] = []
  private entries = 0

  constructor(catalog: Catalog, placeholders: PlaceholderValues) {
    this.catalog = catalog
    this.placeholders = placeholders
  }

  readDocument(json: Json): Permissions {
    if (typeof json === 'string') {
      throw new Problem('permissions must be a JSON object, not a text: pass the object itself, not a file name')
    }
    if (!(json instanceof Map)) throw new Problem('permissions must be a JSON object like {"api": {"user_read": {}}}')
    for (const name of json.keys()) {
      if (name === 'api') continue
      this.path.push(name)
      throw new Problem(`permissions has the unknown member ${quote(name)}; the only one is "api"`)
    }
    return this.within('api', () => {
      const api = json.get('api')
      if (!(api instanceof Map)) throw new Problem('permissions.api must be an object of categories')
      const permissions = new Map<string, CategoryNode>()
      for (const [category, node] of api) {
        permissions.set(
          category,
          this.within(category, () => this.readCategory(category, node)),
        )
      }
      return permissions
    })
  }

  refuseUnusedPlaceholders(): void {
    for (const name of this.placeholders?.keys() ?? []) {
      if (!this.used.has(name)) {
        throw new Problem(`key_params.${show(name)} is not used: no constraint has the value "{${show(name)}}"`)
      }
    }
  }

  private readCategory(category: string, json: Json): CategoryNode {
    const place = `api.${show(category)}`
    this.count()
    const known = this.catalog.categories.get(category)
    if (category !== wildcard && !known) {
      throw new Problem(`${quote(category)} is not a category; the categories are ${this.listCategories()}`)
    }
    if (!(json instanceof Map)) throw new Problem(`${place} must be an object: {} for all of the category`)
    const candidates = known ?? this.catalog.endpoints.filter(({ access }) => access === 'scoped')
    const constraints = json.has('constraints')
      ? this.within('constraints', () =>
          this.readConstraints(`${place}.constraints`, json.get('constraints')!, (name) =>
            candidates.flatMap((endpoint) => findParameter(endpoint, name) ?? findMember(endpoint, name) ?? []),
          ),
        )
      : noConstraints
    const endpoints = new Map<string, Constraints>()
    for (const [id, node] of json) {
      if (id === 'constraints') continue
      endpoints.set(
        id,
        this.within(id, () => this.readEndpoint(category, id, node)),
      )
    }
    return { constraints, endpoints: endpoints.size > 0 ? endpoints : null }
  }

  private readEndpoint(category: string, id: string, json: Json): Constraints {
    this.count()
    const members = this.catalog.categories.get(category)
    if (!members) throw new Problem(`api."*" takes no endpoints: name the category of ${quote(id)}`)
    const endpoint = members.find((member) => member.id === id)
    if (id !== wildcard && !endpoint) throw new Problem(this.describeUnknownEndpoint(category, id))
    const place = `api.${category}.${show(id)}`
    if (!(json instanceof Map)) {
      throw new Problem(`${place} must be an object: {} or {"constraints": {…}}`)
    }
    for (const member of json.keys()) {
      if (member === 'constraints') continue
      this.path.push(member)
      throw new Problem(`${place} has the unknown member ${quote(member)}; the only one is "constraints"`)
    }
    if (!json.has('constraints')) return noConstraints
    const candidates = endpoint ? [endpoint] : members
    return this.within('constraints', () =>
      this.readConstraints(
        `${place}.constraints`,
        json.get('constraints')!,
        (name) =>
          candidates.flatMap((candidate) => findParameter(candidate, name) ?? findMember(candidate, name) ?? []),
        endpoint,
      ),
    )
  }

  /** With an endpoint, names are stored canonically; on a whole category, where they differ by endpoint, as given. */
  private readConstraints(
    place: string,
    json: Json,
    find: (name: string) => readonly Found[],
    endpoint?: Endpoint,
  ): Constraints {
    if (!(json instanceof Map)) throw new Problem(`${place} must be an object of parameters`)
    if (json.size > maxParameters) throw new Problem(`${place} has more than ${maxParameters} parameters`)
    const constraints = new Map<string, Constraint>()
    for (const [name, node] of json) {
      this.path.push(name)
      this.count()
      if (name.length > maxTextLength) throw new Problem(`${place} has a name longer than ${maxTextLength} characters`)
      const found = find(name)
      if (found.length === 0) throw new Problem(describeUnknownParameter(place, name, endpoint))
      const stored = endpoint ? found[0]!.name : name
      if (constraints.has(stored)) throw new Problem(`${place}: ${quote(name)} stands there twice, under two names`)
      constraints.set(stored, this.readConstraint(`${place}.${show(name)}`, node, found))
      this.path.pop()
    }
    return constraints
  }

  private readConstraint(place: string, json: Json, found: readonly Found[]): Constraint {
    if (!(json instanceof Map) || json.size === 0) {
      throw new Problem(`${place} must be an object with at least one of ${operators.join(', ')}`)
    }
    const types = found.flatMap(({ parameter }) => elementType(parameter.type) ?? [])
    if (types.length === 0) {
      throw new Problem(
        `${place}: an object cannot be compared; constrain a member of it, as in "${found[0]!.name}.member"`,
      )
    }
    const constraint: { eq?: Scalar[]; gte?: number; lte?: number } = {}
    for (const [operator, value] of json) {
      this.path.push(operator)
      if (operator === 'eq') constraint.eq = this.readAlternatives(`${place}.eq`, value, types)
      else if (operator === 'lte' || operator === 'gte') {
        constraint[operator] = this.readBound(`${place}.${operator}`, value, types)
      } else throw new Problem(`${place} has the unknown operator ${quote(operator)}; the operators are eq, lte, gte`)
      this.path.pop()
    }
    if (constraint.gte !== undefined && constraint.lte !== undefined && constraint.gte > constraint.lte) {
      throw new Problem(`${place}: gte is greater than lte, which allows nothing`)
    }
    return constraint
  }

  private readAlternatives(place: string, json: Json, types: readonly ScalarType[]): Scalar[] {
    const value = this.replacePlaceholder(place, json)
    const list = Array.isArray(value) ? value : [value]
    if (list.length === 0) throw new Problem(`${place} must not be an empty list`)
    if (list.length > maxAlternatives) throw new Problem(`${place} has more than ${maxAlternatives} values`)
    const read = (item: Json) => this.readScalar(place, this.replacePlaceholder(place, item), types)
    // A list that came from a placeholder has no places of its own in the document.
    const scalars = list.map((item, at) =>
      Array.isArray(json) ? this.within(String(at), () => read(item)) : read(item),
    )
    return [...new Set(scalars)]
  }

  private readBound(place: string, json: Json, types: readonly ScalarType[]): number {
    const numeric = types.filter((type) => type === 'integer' || type === 'number' || type === 'any')
    if (numeric.length === 0)
      throw new Problem(`${place}: lte and gte need a number, and this parameter is ${types[0]}`)
    const value = this.readScalar(place, this.replacePlaceholder(place, json), numeric)
    if (typeof value !== 'number') throw new Problem(`${place} must be a number`)
    return value
  }

  private readScalar(place: string, json: Json, types: readonly ScalarType[]): Scalar {
    const value =
      json instanceof JsonNumber ? Number(json.text) : typeof json === 'string' ? unescapeBraces(json) : json
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw new Problem(`${place} must be a text, a number, true or false`)
    }
    if (typeof value === 'string' && value.length > maxTextLength) {
      throw new Problem(`${place} is longer than ${maxTextLength} characters`)
    }
    if (
      typeof value === 'number' &&
      (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    ) {
      throw new Problem(`${place} is outside the range of exact numbers`)
    }
    if (!types.some((type) => fitsType(value, type))) throw new Problem(`${place} must be of type ${types[0]}`)
    return value === 0 ? 0 : value
  }

  private replacePlaceholder(place: string, json: Json): Json {
    const name = typeof json === 'string' ? /^\{([^{}]+)\}$/.exec(json)?.[1] : undefined
    if (name === undefined) return json
    if (!this.placeholders) throw new Problem(`${place}: placeholders like "{${show(name)}}" need key_params`)
    const value = this.placeholders.get(name)
    if (value === undefined) throw new Problem(`${place}: key_params has no ${quote(name)}`)
    this.used.add(name)
    // A value is taken as it is: braces in it are doubled so that it is not read as a placeholder again.
    return escapeBraces(value)
  }

  private within<T>(step: string, read: () => T): T {
    this.path.push(step)
    const value = read()
    this.path.pop()
    return value
  }

  private count(): void {
    if (++this.entries > maxDocumentEntries)
      throw new Problem(`permissions has more than ${maxDocumentEntries} entries`)
  }

  private listCategories(): string {
    return [...this.catalog.categories.keys(), '"*"'].join(', ')
  }

  private describeUnknownEndpoint(category: string, id: string): string {
    const elsewhere = this.catalog.byId.get(id)
    if (elsewhere && elsewhere.access === 'scoped')
      return `${quote(id)} belongs to the category ${elsewhere.category}, not ${category}`
    if (elsewhere) return `${quote(id)} needs no permission and cannot be named`
    const ids = this.catalog.categories.get(category)!.map((member) => member.id)
    return `${quote(id)} is not an endpoint of ${category}; its endpoints are ${[...ids, '"*"'].join(', ')}`
  }
}

interface Found {
  readonly name: string
  readonly parameter: Parameter
}

/** A member of an object parameter, by dotted path: `extra.gpu_name`. Its own type is not declared. */
function findMember(endpoint: Endpoint, name: string): Found | null {
  const dot = name.indexOf('.')
  if (dot < 0 || name.split('.').some((step) => step === '' || forbiddenNames.has(step))) return null
  const found = findParameter(endpoint, name.slice(0, dot))
  if (found?.parameter.type !== 'object' || !found.parameter.places.includes('body')) return null
  return { name: found.name + name.slice(dot), parameter: { type: 'any', places: ['body'] } }
}

/** The declared parameter or dotted member behind a constraint's name; null when the endpoint has none such. */
export function findConstrained(endpoint: Endpoint, name: string): { name: string; parameter: Parameter } | null {
  return findParameter(endpoint, name) ?? findMember(endpoint, name)
}

function describeUnknownParameter(place: string, name: string, endpoint: Endpoint | undefined): string {
  if (!endpoint) return `${place}: no endpoint there has the parameter ${quote(name)}`
  const names = [...endpoint.parameters.keys()].join(', ')
  return `${place}: ${quote(name)} is not a parameter of ${endpoint.id}; ${names ? `its parameters are ${names}` : 'it has none'}`
}

/** Braces are doubled in a document, so that a text is not read as a placeholder. */
export function unescapeBraces(text: string): string {
  return text.replaceAll('{{', '{').replaceAll('}}', '}')
}

function escapeBraces(json: Json): Json {
  if (typeof json === 'string') return json.replaceAll('{', '{{').replaceAll('}', '}}')
  return Array.isArray(json) ? json.map(escapeBraces) : json
}

function printCategory({ constraints, endpoints }: CategoryNode): Record<string, unknown> {
  return {
    ...printNode(constraints),
    ...Object.fromEntries([...(endpoints ?? [])].map(([id, own]) => [id, printNode(own)])),
  }
}

function printNode(constraints: Constraints): Record<string, unknown> {
  return constraints.size > 0 ? { constraints: printConstraints(constraints) } : {}
}

function printConstraints(constraints: Constraints): Record<string, unknown> {
  return Object.fromEntries([...constraints].map(([name, constraint]) => [name, printConstraint(constraint)]))
}

function printConstraint({ eq, gte, lte }: Constraint): Record<string, unknown> {
  const values = eq?.map((value) => (typeof value === 'string' ? escapeBraces(value) : value))
  return {
    ...(values && { eq: values.length === 1 ? values[0] : values }),
    ...(gte !== undefined && { gte }),
    ...(lte !== undefined && { lte }),
  }
}

/** A name of somebody else's, cut to what a message can carry. */
function show(name: string): string {
  const clean = name.replaceAll(/[^\x20-\x7e]/g, '?')
  return clean.length > 64 ? `${clean.slice(0, 64)}…` : clean
}

function quote(name: string): string {
  return JSON.stringify(show(name))
}
