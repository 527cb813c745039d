/** Scalar values under a constraint: which spellings count, and when two are equal (decision A9). */
import { type Json, JsonNumber } from './json.js'

export type ScalarType = 'integer' | 'number' | 'string' | 'boolean' | 'any'

/** A value in a constraint: numbers are finite, integers within ±(2^53−1). */
export type Scalar = string | number | boolean

const minus = 0x2d
const digit0 = 0x30
const digit9 = 0x39

/** Decimal without leading zeros, sign plus, fraction or exponent, within ±(2^53−1). `-0` is not canonical. */
export function isCanonicalInteger(text: string): boolean {
  return readInteger(text) !== null
}

/** The value of a canonical integer; null for any other text. On the path of every request, hence by hand. */
function readInteger(text: string): number | null {
  if (text === '0') return 0
  const start = text.charCodeAt(0) === minus ? 1 : 0
  const first = text.charCodeAt(start)
  if (!(first > digit0 && first <= digit9)) return null
  let number = 0
  for (let at = start; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code < digit0 || code > digit9) return null
    number = number * 10 + (code - digit0)
  }
  if (!Number.isSafeInteger(number)) return null
  return start === 0 ? number : -number
}

/** A finite decimal without exponent, leading zeros or trailing fraction zeros. */
export function isCanonicalNumber(text: string): boolean {
  return /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]*[1-9])?$/.test(text) && text !== '-0' && isExact(text)
}

const maxNumberLength = 64

/** False for a number that a double rounds to another one: upstream may read it exactly. */
function isExact(text: string): boolean {
  if (text.length > maxNumberLength) return false
  const number = Number(text)
  if (!Number.isFinite(number) || (Number.isInteger(number) && !Number.isSafeInteger(number))) return false
  return listSignificant(text) === listSignificant(String(number))
}

/** The significant digits of a decimal, without sign, point and exponent. */
function listSignificant(text: string): string {
  return text
    .replace(/[eE].*$/, '')
    .replace(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '')
}

/**
 * The value of a path or query text under a declared type; null when it is not one.
 * Under `any`, a text is only ever a text.
 */
export function readText(text: string, type: ScalarType): Scalar | null {
  switch (type) {
    case 'integer':
      return readInteger(text)
    case 'number':
      return isCanonicalNumber(text) ? Number(text) : null
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : null
    case 'string':
    case 'any':
      return text
  }
}

/** The value of a JSON body member under a declared type; null when it is not one. */
export function readJson(json: Json, type: ScalarType): Scalar | null {
  if (json instanceof JsonNumber) {
    if (type === 'integer') return readInteger(json.text)
    if (type !== 'number' && type !== 'any') return null
    return isExact(json.text) ? Number(json.text) : null
  }
  if (typeof json === 'string') return type === 'string' || type === 'any' ? json : null
  if (typeof json === 'boolean') return type === 'boolean' || type === 'any' ? json : null
  return null
}

/** Whether a constraint value can ever equal a parameter of this type. */
export function fitsType(value: Scalar, type: ScalarType): boolean {
  if (type === 'any') return true
  if (type === 'integer') return typeof value === 'number' && Number.isSafeInteger(value)
  return typeof value === type
}
