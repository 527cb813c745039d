/**
 * Placeholders in a document that was printed: where a value of key_params stands, `"{name}"` stands in its place. Reading
 * that again gives the same permissions, whichever of equal values was meant.
 */
import { type Json, type PlaceholderValues, parseKeyParams, toPlain } from '@keyporter/core'
import { escapeBraces, type PrintedDocument } from './form.js'

export function putPlaceholders(document: PrintedDocument, values: PlaceholderValues): PrintedDocument {
  if (!values?.size) return document
  const names = new Map([...values].map(([name, value]) => [printValue(value), `{${name}}`]))
  const put = (value: unknown) => names.get(JSON.stringify(value))
  const putAll = (value: unknown): unknown =>
    put(value) ?? (Array.isArray(value) ? value.map((item) => put(item) ?? item) : value)
  return { api: mapMembers(document.api, (node) => mapConstraints(node, putAll)) }
}

/** Of key_params as a key has them, what still stands in its document, as JSON text; empty where nothing does. */
export function printUsedParams(keyParams: unknown, document: PrintedDocument): string {
  const read = parseKeyParams(keyParams)
  if (!read.ok || !read.placeholders) return ''
  const printed = JSON.stringify(putPlaceholders(document, read.placeholders))
  const used = [...read.placeholders].filter(([name]) => printed.includes(JSON.stringify(`{${name}}`)))
  const members = used.map(([name, value]) => [name, toPlain(value)])
  return members.length > 0 ? JSON.stringify(Object.fromEntries(members), null, 2) : ''
}

/** A node is a category or an endpoint; a category holds endpoints beside its constraints. */
function mapConstraints(node: unknown, change: (value: unknown) => unknown): unknown {
  return mapMembers(node, (member, name) =>
    name === 'constraints'
      ? mapMembers(member, (operators) => mapMembers(operators, change))
      : mapConstraints(member, change),
  )
}

function mapMembers(node: unknown, change: (member: unknown, name: string) => unknown): Record<string, unknown> {
  return Object.fromEntries(Object.entries(node as object).map(([name, member]) => [name, change(member, name)]))
}

/** As it is printed in a document: a list of one is its only member, and braces are doubled. */
function printValue(json: Json): string {
  const value = toPlain(json)
  const list = (Array.isArray(value) ? value : [value]).map(escapeBraces)
  return JSON.stringify(list.length === 1 ? list[0] : list)
}
