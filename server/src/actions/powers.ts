/**
 * NARROWING ONLY (decision A6): what a key may give and touch. Powers come out of here settled, that is with everything
 * that was left open filled in from the creator, and refused where they reach beyond it.
 */
import {
  expandFull,
  findExcess,
  limitAny,
  type Permissions,
  type PlaceholderValues,
  type Powers,
  type Principal,
  parsePermissions,
  readPowers,
  reservedCategories,
} from '@keyporter/core'
import { Fault } from '../fault.js'
import type { Context } from './context.js'

/** What a document asks for; null for all that the creator has (decisions A1, A2). Faults: `invalid_permissions`. */
export function readAsked(
  { catalog }: Context,
  document: unknown,
  placeholders: PlaceholderValues,
): Permissions | null {
  if (document === undefined || document === null || isEmptyObject(document)) {
    const [unused] = placeholders?.keys() ?? []
    if (unused === undefined) return null
    throw new Fault('invalid_key_params', 'key_params has values, but there is no permission document to use them in.')
  }
  const result = parsePermissions(document, catalog, placeholders)
  if (!result.ok) throw new Fault('invalid_permissions', `${result.problem}.`)
  return result.permissions
}

/** Fits what was asked for to who asks. Faults: `not_authorized` for what no key of this account can hold. */
export function settlePermissions({ catalog }: Context, asked: Permissions | null, creator: Principal): Permissions {
  const own = readPowers(creator).permissions
  if (!asked) return expandFull(own, catalog)
  const reserved = reservedCategories.find((category) => asked.has(category))
  if (reserved && !creator.account.operator) {
    throw new Fault('not_authorized', `Only keys of the operator's account can hold the category ${reserved}.`)
  }
  return limitAny(asked, own, catalog)
}

/** Faults: `not_authorized`, with `act` first in its message, when these powers are not within the caller's. */
export function refuseExcess(powers: Powers, caller: Principal, act: string): void {
  const excess = findExcess(powers, readPowers(caller))
  if (excess)
    throw new Fault('not_authorized', `${act}: ${excess} is not within the powers of the ${callers[caller.kind]}.`)
}

const callers = { key: 'calling key', session: 'signed-in user' } as const

/** Faults: `bad_request` for a time of validity that is over or never comes. */
export function checkPeriod({ notBefore, expiresAt }: Pick<Powers, 'notBefore' | 'expiresAt'>, now: number): void {
  for (const [member, instant] of [
    ['not_before', notBefore],
    ['expires_at', expiresAt],
  ] as const) {
    if (instant && Number.isNaN(instant.getTime())) throw new Fault('bad_request', `${member} is not a point in time.`)
  }
  if (expiresAt && expiresAt.getTime() <= now) {
    throw new Fault('bad_request', 'expires_at is in the past; it must be in the future, or null for never.')
  }
  if (expiresAt && notBefore && notBefore >= expiresAt) {
    throw new Fault('bad_request', 'not_before must be earlier than expires_at.')
  }
}

function isEmptyObject(document: unknown): boolean {
  return (
    typeof document === 'object' && document !== null && !Array.isArray(document) && Object.keys(document).length === 0
  )
}
