/**
 * Objects of the wire (snake_case, epoch seconds) to objects of TypeScript (camelCase, `Date`) and back, by one table for
 * each. What is missing reads as absent; what is there with the wrong type is refused.
 */

/** One member: its name on the wire, and both directions. */
export interface Field<T> {
  readonly wire: string
  readonly read: (json: unknown) => T
  readonly print: (value: T) => unknown
}

export type Shape<T> = { readonly [K in keyof T]-?: Field<T[K]> }

/** An answer is not of the shape that its endpoint promises. The message names the member, never its value. */
export class ShapeError extends Error {
  override readonly name = 'ShapeError'
}

export function readShape<T>(shape: Shape<T>, json: unknown): T {
  const object = readObject(json)
  const fields = Object.entries(shape) as [string, Field<unknown>][]
  return Object.fromEntries(fields.map(([name, { wire, read }]) => [name, readMember(object, wire, read)])) as T
}

export function printShape<T>(shape: Shape<T>, value: T): Record<string, unknown> {
  const fields = Object.entries(shape) as [string & keyof T, Field<unknown>][]
  return Object.fromEntries(fields.map(([name, { wire, print }]) => [wire, print(value[name])]))
}

export function readObject(json: unknown): Readonly<Record<string, unknown>> {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) throw new ShapeError('is not an object')
  return json as Readonly<Record<string, unknown>>
}

/** Reads the list that is the member `wire` of an object. */
export function readMemberList<T>(json: unknown, wire: string, read: (item: unknown) => T): T[] {
  return readMember(readObject(json), wire, (list) => {
    if (!Array.isArray(list)) throw new ShapeError('is not a list')
    return list.map(read)
  })
}

export function readMember<T>(object: Readonly<Record<string, unknown>>, wire: string, read: (json: unknown) => T): T {
  try {
    return read(Object.hasOwn(object, wire) ? object[wire] : undefined)
  } catch (error) {
    if (error instanceof ShapeError) throw new ShapeError(`"${wire}" ${error.message}`)
    throw error
  }
}

export function integer(wire: string): Field<number> {
  return checked(wire, 'a whole number', (json) => Number.isSafeInteger(json))
}

export function number(wire: string): Field<number> {
  return checked(wire, 'a number', (json) => typeof json === 'number')
}

export function text(wire: string): Field<string> {
  return checked(wire, 'a text', (json) => typeof json === 'string')
}

export function textList(wire: string): Field<readonly string[]> {
  return checked(wire, 'a list of texts', (json) => Array.isArray(json) && json.every((i) => typeof i === 'string'))
}

/** False when missing. */
export function flag(wire: string): Field<boolean> {
  return {
    ...checked<boolean>(wire, 'true or false', (json) => typeof json === 'boolean'),
    read: (json) => json === true,
  }
}

export function object<T extends object>(wire: string): Field<T> {
  return checked(wire, 'an object', (json) => typeof json === 'object' && json !== null && !Array.isArray(json))
}

/** Any JSON value; undefined when missing. */
export function json(wire: string): Field<unknown> {
  return checked(wire, '', () => true)
}

export function instant(wire: string): Field<Date> {
  const seconds = number(wire)
  return { wire, read: (json) => new Date(seconds.read(json) * 1000), print: printInstant }
}

/** An instant in ISO 8601, as it is outside the paths of old clients. */
export function isoInstant(wire: string): Field<Date> {
  const isIso = (json: unknown) => typeof json === 'string' && !Number.isNaN(Date.parse(json))
  const source = checked<string>(wire, 'an instant', isIso)
  return { wire, read: (json) => new Date(source.read(json)), print: (at) => at.toISOString() }
}

/** Epoch seconds, with a fraction where there is one. */
export function printInstant(at: Date): number {
  return at.getTime() / 1000
}

/** Null when missing or null. */
export function nullable<T>(field: Field<T>): Field<T | null> {
  return {
    wire: field.wire,
    read: (json) => (json === undefined || json === null ? null : field.read(json)),
    print: (value) => (value === null ? null : field.print(value)),
  }
}

function checked<T>(wire: string, what: string, isRight: (json: unknown) => boolean): Field<T> {
  const read = (json: unknown) => {
    if (!isRight(json)) throw new ShapeError(`is not ${what}`)
    return json as T
  }
  return { wire, read, print: (value) => value }
}
