/**
 * The values of a constraint as one line of text, `1227, 1228`: what an editor field holds. Reading what was printed gives
 * the same values. Texts that could be read as something else, or hold a comma, stand in double quotes, as in JSON.
 */
import type { Scalar, ScalarType } from '@keyporter/core'

const numberPattern = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?$/
const itemPattern = /\s*("(?:[^"\\]|\\.)*"(?=\s*(?:,|$))|[^,]*)\s*(?:,|$)/y

/** The values of a line; none for an empty one. Of what fits no type a text is made, which is then refused. */
export function readValues(line: string, types: readonly ScalarType[]): Scalar[] {
  if (line.trim() === '') return []
  const values: Scalar[] = []
  for (const item of splitItems(line)) values.push(readQuoted(item) ?? readBare(item, types))
  return values
}

export function printValues(values: readonly Scalar[], types: readonly ScalarType[]): string {
  return values.map((value) => printValue(value, types)).join(', ')
}

function printValue(value: Scalar, types: readonly ScalarType[]): string {
  if (typeof value !== 'string') return String(value)
  const isPlain = value !== '' && value.trim() === value && !/[",]/.test(value)
  return isPlain && readBare(value, types) === value ? value : JSON.stringify(value)
}

function splitItems(line: string): string[] {
  const items: string[] = []
  itemPattern.lastIndex = 0
  while (itemPattern.lastIndex < line.length) items.push(itemPattern.exec(line)![1]!.trim())
  if (line.trimEnd().endsWith(',')) items.push('')
  // A comma at the end is one that the next value will follow.
  return items.at(-1) === '' ? items.slice(0, -1) : items
}

function readQuoted(item: string): string | null {
  if (!/^"(?:[^"\\]|\\.)*"$/.test(item)) return null
  try {
    return JSON.parse(item) as string
  } catch {
    return null
  }
}

function readBare(item: string, types: readonly ScalarType[]): Scalar {
  const takes = (...wanted: readonly ScalarType[]) => types.some((type) => type === 'any' || wanted.includes(type))
  if (takes('integer', 'number') && numberPattern.test(item)) return Number(item)
  if (takes('boolean') && (item === 'true' || item === 'false')) return item === 'true'
  return item
}
