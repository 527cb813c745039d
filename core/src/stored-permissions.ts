/** Permission documents as they were stored, read towards less where this program or its catalog does not know all of them. */
import { fromPlain, type Json, JsonNumber } from './json.js'
import { unescapeBraces } from './permission-document.js'
import { type CategoryNode, type Constraint, type Constraints, noConstraints, type Permissions } from './permissions.js'
import type { Scalar } from './scalar.js'

/** A constraint that no value meets. */
const nothing: Constraint = { eq: [] }

/**
 * Reads a document that was stored earlier, perhaps under another catalog or by another program, only towards less: an
 * unknown category or endpoint grants nothing; constraints and members that are not understood make their endpoint denied
 * when compiled (decisions, Part 0, Catalog changes). Throws when the document is not of the stored form at all.
 */
export function readStoredPermissions(document: unknown): Permissions {
  const parsed = fromPlain(document)
  if (!parsed.ok) throw new Error('a stored permission document cannot be read')
  const root = asMap(parsed.value, 'permissions')
  if (root.size > 1) throw new Error('a stored permission document has members beside api')
  const permissions = new Map<string, CategoryNode>()
  for (const [category, node] of asMap(root.get('api') ?? null, 'api')) {
    const members = asMap(node, category)
    const constraints = readStoredConstraints(members)
    const endpoints = new Map<string, Constraints>()
    for (const [id, child] of members) {
      if (id !== 'constraints') endpoints.set(id, readStoredEndpoint(asMap(child, id)))
    }
    permissions.set(category, { constraints, endpoints: endpoints.size > 0 ? endpoints : null })
  }
  return permissions
}

function asMap(json: Json, place: string): ReadonlyMap<string, Json> {
  if (!(json instanceof Map)) throw new Error(`a stored permission document has no object at ${place}`)
  return json
}

function readStoredConstraints(node: ReadonlyMap<string, Json>): Constraints {
  const stored = node.get('constraints')
  if (stored === undefined) return noConstraints
  const constraints = new Map<string, Constraint>()
  for (const [name, json] of asMap(stored, 'constraints')) constraints.set(name, readStoredConstraint(json))
  return constraints
}

/** Members that this program does not know may have narrowed it: they are kept as constraints that nothing meets. */
function readStoredEndpoint(node: ReadonlyMap<string, Json>): Constraints {
  const unknown = [...node.keys()].filter((member) => member !== 'constraints')
  const constraints = readStoredConstraints(node)
  return unknown.length === 0
    ? constraints
    : new Map([...constraints, ...unknown.map((name) => [name, nothing] as const)])
}

function readStoredConstraint(json: Json): Constraint {
  const constraint: { eq?: Scalar[]; gte?: number; lte?: number } = {}
  for (const [operator, value] of asMap(json, 'constraint')) {
    if (operator === 'eq') {
      constraint.eq = (Array.isArray(value) ? value : [value]).flatMap((item) => readStoredScalar(item) ?? [])
    } else if ((operator === 'gte' || operator === 'lte') && value instanceof JsonNumber) {
      constraint[operator] = Number(value.text)
    } else return nothing
  }
  return Object.keys(constraint).length > 0 ? constraint : nothing
}

function readStoredScalar(json: Json): Scalar | null {
  if (json instanceof JsonNumber) return Number(json.text)
  if (typeof json === 'string') return unescapeBraces(json)
  return typeof json === 'boolean' ? json : null
}
