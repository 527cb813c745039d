/** Texts of the command line to values. What cannot be read is a usage error that names what is expected. */
import { readFileSync } from 'node:fs'
import { type JsonResult, maxSecretLength, parseJson, parseJsonBytes, toPlain } from '@keyporter/core'
import { InvalidArgumentError } from 'commander'
import { UsageError } from './failure.js'

/** The word that takes a bound away. Kept as it is until all options are read, since commander takes null for a flag. */
const none = 'none'
export type None = typeof none
const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 }

export function parseId(text: string): number {
  const id = /^[1-9][0-9]{0,15}$/.test(text) ? Number(text) : Number.NaN
  if (Number.isSafeInteger(id)) return id
  throw new InvalidArgumentError('The id of a key is a whole number.')
}

/** What a header can carry. `source` says where the text came from; the text itself is not repeated. */
export function checkKey(text: string, source: string): void {
  if (/^[\x21-\x7e]+$/.test(text) && text.length <= maxSecretLength) return
  throw new UsageError(
    `the key from ${source} must be 1 to ${maxSecretLength} printable ASCII characters without spaces`,
  )
}

/** Epoch seconds, a date (midnight UTC), or a date with time and zone. */
export function parseInstant(text: string): Date {
  const iso =
    /^[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,3})?)?(?:Z|[+-][0-9]{2}:[0-9]{2}))?$/
  const at = new Date(/^[0-9]{1,11}$/.test(text) ? Number(text) * 1000 : iso.test(text) ? text : Number.NaN)
  if (!Number.isNaN(at.getTime())) return at
  throw new InvalidArgumentError('Give 2027-01-31, 2027-01-31T12:00:00Z or epoch seconds.')
}

/** An instant, or `none`. */
export function parseInstantOrNone(text: string): Date | None {
  return text === none ? none : parseInstant(text)
}

/** A bound as the server takes it. */
export function readBound<T>(bound: T | None): T | null {
  return bound === none ? null : bound
}

/** Seconds of `3600`, `90m`, `12h`, `30d`, `2w`. */
export function parseDuration(text: string): number {
  const found = /^([1-9][0-9]{0,9})([smhdw]?)$/.exec(text)
  if (found) return Number(found[1]) * unitSeconds[found[2] || 's']!
  throw new InvalidArgumentError('Give seconds, or a number with s, m, h, d or w, such as 30d.')
}

/** Addresses and CIDR blocks, separated by commas, or `none`. */
export function parseAddressesOrNone(text: string): string[] | None {
  if (text === none) return none
  const list = text.split(',').map((item) => item.trim())
  if (list.every((item) => item !== '')) return list
  throw new InvalidArgumentError('Give addresses or CIDR blocks separated by commas, or none.')
}

/** The JSON value of a file. Strict: a repeated member is refused, since the server would see only one of the two. */
export function readJsonFile(path: string): unknown {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (error) {
    throw new UsageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'not a file'})`)
  }
  return readJson(parseJsonBytes(bytes), path)
}

/** The JSON value of a text, or of the file behind `@`. */
export function readJsonArgument(text: string, name: string): unknown {
  return text.startsWith('@') ? readJsonFile(text.slice(1)) : readJson(parseJson(text), name)
}

function readJson(result: JsonResult, name: string): unknown {
  if (result.ok) return toPlain(result.value)
  throw new UsageError(`${name} is not JSON: ${result.problem}`)
}
