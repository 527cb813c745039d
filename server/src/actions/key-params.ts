/**
 * key_params (decision A12): values for the placeholders of a permission document, and the reserved `ip_whitelist`. It
 * comes as an object, as the JSON text of one, as null or as an empty text, and is given back as it came.
 */
import { type Block, fromPlain, type Json, type PlaceholderValues, parseJson, toPlain } from '@keyporter/core'
import { Fault } from '../fault.js'
import { readAddressList } from './address-lists.js'

export interface KeyParams {
  /** Null when nothing was given: then placeholders have no meaning. */
  readonly placeholders: PlaceholderValues
  readonly addresses: readonly Block[] | null
}

const addressMember = 'ip_whitelist'
const maxKeyParamsBytes = 65_536

/** Faults: `invalid_key_params`. */
export function readKeyParams(given: unknown): KeyParams {
  if (given === undefined || given === null || given === '') return { placeholders: null, addresses: null }
  const members = readMembers(given)
  const list = members.get(addressMember)
  const placeholders = new Map(members)
  placeholders.delete(addressMember)
  return { placeholders, addresses: list === undefined ? null : readList(list) }
}

function readMembers(given: unknown): ReadonlyMap<string, Json> {
  const parsed = typeof given === 'string' ? parseJson(given) : fromPlain(given)
  if (!parsed.ok) throw new Fault('invalid_key_params', `key_params cannot be read: ${parsed.problem}.`)
  if (!(parsed.value instanceof Map)) {
    throw new Fault('invalid_key_params', 'key_params must be an object, the JSON text of one, or null.')
  }
  if (JSON.stringify(given).length > maxKeyParamsBytes) {
    throw new Fault('invalid_key_params', `key_params is longer than ${maxKeyParamsBytes} characters.`)
  }
  return parsed.value
}

function readList(json: Json): readonly Block[] {
  const member = `key_params.${addressMember}`
  if (Array.isArray(json)) return readAddressList(member, json.map(toPlain), 'invalid_key_params')
  throw new Fault('invalid_key_params', `${member} must be a list of addresses and CIDR blocks.`)
}
