/**
 * key_params (decision A12): values for the placeholders of a permission document, and the reserved `ip_whitelist`. It
 * comes as an object, as the JSON text of one, as null or as an empty text, and is given back as it came.
 */
import type { Block } from './address.js'
import { parseAddressList } from './address-list.js'
import { fromPlain, type Json, parseJson, toPlain } from './json.js'
import type { PlaceholderValues } from './permission-document.js'

export interface KeyParams {
  /** Null when nothing was given: then placeholders have no meaning. */
  readonly placeholders: PlaceholderValues
  readonly addresses: readonly Block[] | null
}

export type KeyParamsResult =
  | ({ readonly ok: true } & KeyParams)
  /** One sentence without its full stop. */
  | { readonly ok: false; readonly problem: string }

const addressMember = 'ip_whitelist'
const maxKeyParamsLength = 65_536

export function parseKeyParams(given: unknown): KeyParamsResult {
  if (given === undefined || given === null || given === '') return { ok: true, placeholders: null, addresses: null }
  const parsed = typeof given === 'string' ? parseJson(given) : fromPlain(given)
  if (!parsed.ok) return { ok: false, problem: `key_params cannot be read: ${parsed.problem}` }
  if (!(parsed.value instanceof Map)) {
    return { ok: false, problem: 'key_params must be an object, the JSON text of one, or null' }
  }
  if (JSON.stringify(given).length > maxKeyParamsLength) {
    return { ok: false, problem: `key_params is longer than ${maxKeyParamsLength} characters` }
  }
  const placeholders = new Map(parsed.value)
  placeholders.delete(addressMember)
  const list = parsed.value.get(addressMember)
  return list === undefined ? { ok: true, placeholders, addresses: null } : readList(list, placeholders)
}

function readList(list: Json, placeholders: PlaceholderValues): KeyParamsResult {
  const member = `key_params.${addressMember}`
  if (!Array.isArray(list)) return { ok: false, problem: `${member} must be a list of addresses and CIDR blocks` }
  const read = parseAddressList(member, list.map(toPlain))
  return read.ok ? { ok: true, placeholders, addresses: read.blocks } : read
}
