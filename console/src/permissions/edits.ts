/** Every change that a form can make, each a function from one form to the next. None grants more than it says. */
import { type Catalog, findConstrained, reservedCategories, wildcard } from '@keyporter/core'
import type { Form, FormNode, Operator, Row } from './form.js'
import { operators } from './form.js'
import { findTypes, isOrdered, listMembers, listParameters, type Scope } from './parameters.js'

const whole: FormNode = { rows: [], endpoints: null }

/** The node that governs a category: its own, or that of `*`, as the document has it. */
export function findNode(form: Form, category: string): FormNode | null {
  const own = form.get(category)
  if (own) return own
  return reservedCategories.includes(category) ? null : (form.get(wildcard) ?? null)
}

/** Grants all of a category without constraint. */
export function grantCategory(form: Form, category: string): Form {
  return put(form, category, whole)
}

/** Grants nothing of a category. `*` would, so it is written out first as the categories that it stands for today. */
export function withdrawCategory(form: Form, category: string, catalog: Catalog): Form {
  const isGoverned = !reservedCategories.includes(category) && findNode(form, category) !== null
  const next = new Map(isGoverned ? writeOutAny(form, catalog) : form)
  next.delete(category)
  return next
}

/** `*` written out as the categories that it stands for today. */
export function writeOutAny(form: Form, catalog: Catalog): Form {
  const rest = form.get(wildcard)
  if (!rest) return form
  const next = new Map(form)
  next.delete(wildcard)
  for (const category of catalog.categories.keys()) {
    if (next.has(category) || reservedCategories.includes(category)) continue
    // Without the constrained parameter none of its endpoints is granted, and the category would not be valid by itself.
    const members = listMembers(catalog, category)
    const isGranted = rest.rows.every(({ parameter }) => members.some((member) => findConstrained(member, parameter)))
    if (isGranted) next.set(category, rest)
  }
  return next
}

/** All endpoints of a category, also later ones, each with its constraints so far. */
export function chooseAllEndpoints(form: Form, category: string): Form {
  const node = findNode(form, category) ?? whole
  const constrained = [...(node.endpoints ?? [])].filter(([, rows]) => rows.length > 0)
  const isAny = category === wildcard || constrained.length === 0
  const endpoints = isAny ? null : new Map<string, readonly Row[]>([[wildcard, []], ...constrained])
  return put(form, category, { ...node, endpoints })
}

/** Only the endpoints that are granted now, by name. */
export function chooseEndpoints(form: Form, category: string, catalog: Catalog): Form {
  return put(
    form,
    category,
    writeOutEndpoints(findNode(form, category) ?? { rows: [], endpoints: new Map() }, category, catalog),
  )
}

export function grantEndpoint(form: Form, category: string, id: string): Form {
  const node = findNode(form, category) ?? { rows: [], endpoints: new Map() }
  if (node.endpoints === null || node.endpoints.has(id)) return form
  return put(form, category, { ...node, endpoints: new Map([...node.endpoints, [id, []]]) })
}

export function withdrawEndpoint(form: Form, category: string, id: string, catalog: Catalog): Form {
  const node = findNode(form, category)
  if (!node) return form
  const endpoints = new Map((id === wildcard ? node : writeOutEndpoints(node, category, catalog)).endpoints)
  endpoints.delete(id)
  // With none left the category is not printed, and `*` would govern it.
  const rest = endpoints.size === 0 ? writeOutAny(form, catalog) : form
  return put(rest, category, { ...node, endpoints })
}

/** Withdraws all endpoints of a category, which stays open for others to be granted. */
export function clearEndpoints(form: Form, category: string, catalog: Catalog): Form {
  return put(writeOutAny(form, catalog), category, { rows: findNode(form, category)?.rows ?? [], endpoints: new Map() })
}

/** The rows of a scope; those of the `*` of the category where the endpoint has none of its own. */
export function findRows(form: Form, { category, endpointId }: Scope): readonly Row[] {
  const node = findNode(form, category)
  if (!node) return []
  return endpointId === null ? node.rows : (node.endpoints?.get(endpointId) ?? node.endpoints?.get(wildcard) ?? [])
}

/** A row on the first parameter and operator that have none; the form as it is when all have. */
export function addRow(form: Form, scope: Scope, catalog: Catalog): Form {
  const rows = findRows(form, scope)
  const free = listParameters(catalog, scope).flatMap(({ name, type }) => {
    const parameter = type === 'object' ? `${name}.member` : name
    return listFreeOperators(rows, null, parameter, scope, catalog).map((operator) => ({ parameter, operator }))
  })
  const fresh = free.find(({ parameter }) => rows.every((row) => row.parameter !== parameter)) ?? free[0]
  return fresh ? putRows(form, scope, [...rows, { ...fresh, text: '' }]) : form
}

/** Changes one row; the form as it is where another row has that parameter and operator. */
export function changeRow(form: Form, scope: Scope, at: number, change: Partial<Row>): Form {
  const rows = findRows(form, scope)
  const next = { ...rows[at]!, ...change }
  const isTaken = rows.some((row, i) => i !== at && row.parameter === next.parameter && row.operator === next.operator)
  return isTaken ? form : putRows(form, scope, rows.with(at, next))
}

export function removeRow(form: Form, scope: Scope, at: number): Form {
  return putRows(form, scope, findRows(form, scope).toSpliced(at, 1))
}

/** The operators that a row on this parameter can have, beside the rows there are (`at`: its own place, if it has one). */
export function listFreeOperators(
  rows: readonly Row[],
  at: number | null,
  parameter: string,
  scope: Scope,
  catalog: Catalog,
): Operator[] {
  const isFree = (operator: Operator) =>
    rows.every((row, i) => i === at || row.parameter !== parameter || row.operator !== operator)
  const isPossible = isOrdered(findTypes(catalog, scope, parameter))
  return operators.filter((operator) => isFree(operator) && (operator === 'eq' || isPossible))
}

function putRows(form: Form, { category, endpointId }: Scope, rows: readonly Row[]): Form {
  const node = findNode(form, category) ?? whole
  if (endpointId === null) return put(form, category, { ...node, rows })
  // Constraining one endpoint of a whole category leaves the others as they are.
  const endpoints = node.endpoints ?? new Map<string, readonly Row[]>([[wildcard, []]])
  return put(form, category, { ...node, endpoints: new Map([...endpoints, [endpointId, rows]]) })
}

function writeOutEndpoints(node: FormNode, category: string, catalog: Catalog): FormNode {
  const rest = node.endpoints === null ? [] : node.endpoints.get(wildcard)
  if (!rest) return node
  const endpoints = new Map(node.endpoints ?? [])
  endpoints.delete(wildcard)
  for (const { id } of listMembers(catalog, category)) if (!endpoints.has(id)) endpoints.set(id, rest)
  return { ...node, endpoints }
}

function put(form: Form, category: string, node: FormNode): Form {
  return new Map([...form, [category, node]])
}
