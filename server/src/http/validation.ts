/** Checks bodies against their schemas. Every message names the member and what is allowed there; none repeats a value. */
import type { Target } from '@keyporter/core'
import type { TObject, TSchema } from 'typebox'
import { Compile } from 'typebox/compile'
import { Fault } from '../fault.js'
import { describeField, isIgnored } from './endpoints/fields.js'

type Validator = (value: unknown) => { value: unknown } | { error: Fault }

const maxShownName = 64

/** Compiles the schema of an object whose members are fields of `endpoints/fields.ts`. */
export function compileValidator(schema: TObject): Validator {
  const compiled = Compile(schema)
  return (value) => {
    if (compiled.Check(value)) return { value }
    const [first] = compiled.Errors(value)
    return { error: new Fault('bad_request', describeProblem(schema, value, readPointer(first?.instancePath ?? ''))) }
  }
}

/**
 * Compiles the reader of a query: members that the schema names, each given once at most, whole numbers in their canonical
 * form. Others are ignored. What it returns throws Fault `bad_request`.
 */
export function compileQueryReader(schema: TObject): (query: Target['query']) => Record<string, unknown> {
  const names = Object.keys(schema.properties)
  if (names.length === 0) return () => ({})
  const validate = compileValidator(schema)
  return (query) => {
    const given: Record<string, unknown> = {}
    for (const { name, value } of query) {
      if (!names.includes(name)) continue
      if (Object.hasOwn(given, name)) throw new Fault('bad_request', `${name} is given twice in the query.`)
      given[name] = readMember(schema.properties[name]!, value ?? '')
    }
    const checked = validate(given)
    if ('error' in checked) throw checked.error
    return given
  }
}

function readMember(schema: TSchema, text: string): unknown {
  const isInteger = 'type' in schema && schema.type === 'integer'
  return isInteger && /^(?:0|[1-9][0-9]{0,14})$/.test(text) ? Number(text) : text
}

/** What is wrong with a value on the way to where its first error is. */
function describeProblem(schema: TObject, value: unknown, path: readonly string[]): string {
  let place = ''
  for (const name of path) {
    const property = findProperty(schema, name)
    if (!property) {
      return `${place}${showName(name)} is not a member of this request; its members are ${listMembers(schema, place)}.`
    }
    const member = (value as Readonly<Record<string, unknown>>)[name]
    if (!isObjectSchema(property) || !isObject(member)) return `${place}${name} must be ${describeField(property)}.`
    schema = property
    value = member
    place += `${name}.`
  }
  const missing = isObject(value) ? schema.required?.find((name) => !Object.hasOwn(value, name)) : undefined
  if (missing === undefined) return 'The body must be a JSON object.'
  return `${place}${missing} is missing: it must be ${describeField(schema.properties[missing]!)}.`
}

function findProperty(schema: TObject, name: string): TSchema | null {
  return Object.hasOwn(schema.properties, name) ? schema.properties[name]! : null
}

function listMembers(schema: TObject, place: string): string {
  const names = Object.keys(schema.properties).filter((name) => !isIgnored(schema.properties[name]!))
  return names.map((name) => place + name).join(', ')
}

function isObjectSchema(schema: TSchema): schema is TObject {
  return 'type' in schema && schema.type === 'object'
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The names in a JSON pointer (RFC 6901). */
function readPointer(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** A name of somebody else's, cut to what a message can carry. */
function showName(name: string): string {
  const clean = name.replaceAll(/[^\x20-\x7e]/g, '?')
  return JSON.stringify(clean.length > maxShownName ? `${clean.slice(0, maxShownName)}…` : clean)
}
