/** Who is calling: a key, or a signed-in browser. What holds for both alike is said here. */
import type { Address } from './address.js'
import { type Account, findKeyRefusal, type KeyPrincipal, type KeyRefusal } from './key.js'
import type { Permissions } from './permissions.js'
import { findSessionRefusal, type SessionPrincipal, type SessionRefusal } from './session.js'
import { readStoredPermissions } from './stored-permissions.js'
import type { Powers } from './within.js'

export type Principal = KeyPrincipal | SessionPrincipal

/** Why a principal is not in force; null when it is. `now` is the store's clock (decision A15). */
export function findRefusal(
  principal: Principal,
  client: Address | null,
  now: number,
): KeyRefusal | SessionRefusal | null {
  return principal.kind === 'key' ? findKeyRefusal(principal, client, now) : findSessionRefusal(principal, now)
}

/** Whether it may depend on the time if a principal is in force: of most keys it does not. */
export function isBoundInTime(principal: Principal): boolean {
  return principal.kind !== 'key' || principal.key.expiresAt !== null || principal.key.notBefore !== null
}

/**
 * What bounds a principal, and whatever it makes: a key's own bounds; of a session the rights of its user. A session's own
 * lifetime does not bound the keys it makes (decisions, Part 0, A6).
 */
export function readPowers(principal: Principal): Powers {
  if (principal.kind === 'key') return principal.key
  const permissions = findUserPermissions(principal.account)
  return { permissions, addresses: null, notBefore: null, expiresAt: null }
}

/** What the user of an account may do: all there is or will be; of the operator's, by name, what reaches across accounts. */
export function findUserPermissions({ operator }: Pick<Account, 'operator'>): Permissions {
  return operator ? operatorPermissions : allPermissions
}

const allPermissions = readStoredPermissions({ api: { '*': {} } })
const operatorPermissions = readStoredPermissions({ api: { '*': {}, verify: {}, operate: {} } })
