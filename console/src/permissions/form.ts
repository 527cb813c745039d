/**
 * A permission document as a form has it: the same tree, each constraint a row of texts. Both ways without loss: what a
 * form cannot show by levels and boxes stays in the tree as it is (`areas.ts` calls it custom). Rows that are not filled
 * in yet print as what the grammar refuses, never as less of a constraint.
 */
import type { Catalog, CategoryNode, Constraint, Constraints, Permissions, Scalar } from '@keyporter/core'
import { findTypes, type Scope } from './parameters.js'
import { printValues, readValues } from './values.js'

export const operators = ['eq', 'lte', 'gte'] as const
export type Operator = (typeof operators)[number]

export interface Row {
  readonly parameter: string
  readonly operator: Operator
  /** One value, or for `eq` several, as `values.ts` prints them. */
  readonly text: string
}

export interface FormNode {
  /** On the whole category. */
  readonly rows: readonly Row[]
  /** By endpoint id or `*`; null for all of the category. An empty map grants nothing and is not printed. */
  readonly endpoints: ReadonlyMap<string, readonly Row[]> | null
}

/** By category or `*`, in the order of the document. */
export type Form = ReadonlyMap<string, FormNode>

export interface PrintedDocument {
  readonly api: Readonly<Record<string, unknown>>
}

export function readForm(permissions: Permissions, catalog: Catalog): Form {
  return new Map([...permissions].map(([category, node]) => [category, readNode(category, node, catalog)]))
}

/** The document of a form; one that the grammar refuses where a row is not right. */
export function printForm(form: Form, catalog: Catalog): PrintedDocument {
  const nodes = [...form].filter(([, node]) => node.endpoints?.size !== 0)
  return {
    api: Object.fromEntries(nodes.map(([category, node]) => [category, printNode(category, node, catalog)])),
  }
}

function readNode(category: string, node: CategoryNode, catalog: Catalog): FormNode {
  const read = (constraints: Constraints, endpointId: string | null) =>
    readRows(constraints, { category, endpointId }, catalog)
  return {
    rows: read(node.constraints, null),
    endpoints: node.endpoints && new Map([...node.endpoints].map(([id, own]) => [id, read(own, id)])),
  }
}

function readRows(constraints: Constraints, scope: Scope, catalog: Catalog): Row[] {
  return [...constraints].flatMap(([parameter, constraint]) => {
    const types = findTypes(catalog, scope, parameter)
    return operators.flatMap((operator): Row[] => {
      const values = listValues(constraint, operator)
      return values ? [{ parameter, operator, text: printValues(values, types) }] : []
    })
  })
}

function listValues(constraint: Constraint, operator: Operator): readonly Scalar[] | null {
  if (operator === 'eq') return constraint.eq ?? null
  const bound = constraint[operator]
  return bound === undefined ? null : [bound]
}

function printNode(category: string, { rows, endpoints }: FormNode, catalog: Catalog): Record<string, unknown> {
  const print = (own: readonly Row[], endpointId: string | null) => printRows(own, { category, endpointId }, catalog)
  return {
    ...print(rows, null),
    ...Object.fromEntries([...(endpoints ?? [])].map(([id, own]) => [id, print(own, id)])),
  }
}

function printRows(rows: readonly Row[], scope: Scope, catalog: Catalog): Record<string, unknown> {
  if (rows.length === 0) return {}
  const constraints = new Map<string, Record<string, unknown>>()
  for (const { parameter, operator, text } of rows) {
    const values = readValues(text, findTypes(catalog, scope, parameter)).map(escapeBraces)
    const constraint = constraints.get(parameter) ?? {}
    constraint[operator] = values.length === 1 ? values[0] : values
    constraints.set(parameter, constraint)
  }
  return { constraints: Object.fromEntries(constraints) }
}

/** A text with braces would be read as a placeholder. */
export function escapeBraces<Value>(value: Value): Value | string {
  return typeof value === 'string' ? value.replaceAll('{', '{{').replaceAll('}', '}}') : value
}
