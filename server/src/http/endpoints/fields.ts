/**
 * Members of requests and answers. A member of a request carries a description that completes the sentence "NAME must
 * be …": the OpenAPI document shows it, and a refusal says it.
 */
import { type TSchema, Type } from 'typebox'

/** The last instant that can be given: the end of the year 9999, in epoch seconds. */
const lastInstant = 253_402_300_799

export function nullable<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Null()])
}

/** `maxLength` is in characters. */
export function textField(maxLength: number, what = 'a text') {
  return Type.String({ maxLength, description: `${what} of at most ${maxLength} characters` })
}

export function nullableTextField(maxLength: number, what = 'a text') {
  return Type.Union([Type.String({ maxLength }), Type.Null()], {
    description: `${what} of at most ${maxLength} characters, or null`,
  })
}

export function flagField() {
  return Type.Boolean({ description: 'true or false' })
}

/** Epoch seconds, or null. */
export function instantField() {
  return Type.Union([Type.Number({ minimum: 0, maximum: lastInstant }), Type.Null()], {
    description: 'a time in seconds since 1970, UTC, before the year 10000, or null',
  })
}

/** A duration, or null. */
export function secondsField() {
  return Type.Union([Type.Number({ exclusiveMinimum: 0, maximum: 10_000_000_000 }), Type.Null()], {
    description: 'a number of seconds greater than 0 and at most 10000000000, or null',
  })
}

export function wholeField(minimum: number, maximum: number) {
  return Type.Integer({ minimum, maximum, description: `a whole number from ${minimum} to ${maximum}` })
}

/** One of some words. */
export function choiceField<const Words extends string[]>(words: readonly [...Words]) {
  return Type.Enum<Words>(words, { description: `one of ${words.join(', ')}` })
}

export function addressListField() {
  return Type.Union([Type.Array(Type.String(), { minItems: 1, maxItems: 1_000 }), Type.Null()], {
    description:
      'a list of 1 to 1000 IPv4 or IPv6 addresses or CIDR blocks, such as ["192.0.2.7", "2001:db8::/32"], or null',
  })
}

/** What an action reads by its own grammar; of whatever type it comes. */
export function freeField(description: string) {
  return Type.Unknown({ description })
}

/** What is taken and not looked at: some clients send it. */
export function ignoredField() {
  return Type.Unknown({ description: 'anything: it is ignored', deprecated: true })
}

export function readOnlyField() {
  return Type.Unsafe<never>({ not: {}, description: 'left out: it is read-only', readOnly: true })
}

export function isIgnored(field: TSchema): boolean {
  return 'deprecated' in field && field.deprecated === true
}

export function describeField(field: TSchema): string {
  return 'description' in field ? String(field.description) : 'of another type'
}

/** Whole epoch seconds, never later than the instant. Typed clients read every instant as a whole number. */
export function printInstant(instant: Date): number {
  return Math.floor(instant.getTime() / 1000)
}

export function printOptionalInstant(instant: Date | null): number | null {
  return instant && printInstant(instant)
}

export function readInstant(seconds: number): Date {
  return new Date(Math.round(seconds * 1000))
}
