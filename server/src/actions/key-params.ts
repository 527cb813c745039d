/** What bounds a key besides its permissions, as it comes in; what cannot be read is a fault. */
import { type Block, type KeyParams, parseAddressList, parseKeyParams } from '@keyporter/core'
import { Fault } from '../fault.js'

/** Faults: `invalid_key_params`. */
export function readKeyParams(given: unknown): KeyParams {
  const read = parseKeyParams(given)
  if (!read.ok) throw new Fault('invalid_key_params', `${read.problem}.`)
  return read
}

/** Faults: `bad_request`. */
export function readAddresses(list: readonly string[] | null): readonly Block[] | null {
  if (list === null) return null
  const read = parseAddressList('ip_whitelist', list)
  if (!read.ok) throw new Fault('bad_request', `${read.problem}.`)
  return read.blocks
}
