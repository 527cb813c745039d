/** Keys and who owns them, as a verifier holds them in memory, and whether a key is in force now. */
import { type Address, type Block, isInBlock } from './address.js'
import type { Grant } from './grant.js'
import type { Powers } from './within.js'

/** What deciding takes of a key, and what tells an upstream whose it was: all that a verifier holds, a million times over. */
export interface HeldKey extends Powers {
  readonly id: number
  readonly name: string | null
  readonly disabledAt: Date | null
  readonly deletedAt: Date | null
  readonly resetAt: Date | null
}

/** A stored key, without its secret and its hash. Instants are null when they did not happen or are not set. */
export interface ApiKey extends HeldKey {
  readonly accountId: number
  /** The key that made this one; null for one made by a local command or a session. */
  readonly createdByKeyId: number | null
  /** Prefix and last four characters of the secret. */
  readonly hint: string
  /** The account's first key: it can be reset, not deleted (decision A6). */
  readonly primary: boolean
  /** What came as key_params, in the JSON type it came in; undefined when none did. */
  readonly keyParams: unknown
  readonly createdAt: Date
  /** Lags behind by the interval of the usage batch. */
  readonly lastUsedAt: Date | null
  readonly lastUsedAddress: string | null
}

/** Who owns keys. */
export interface Account {
  readonly id: number
  /** The first account: the only one that can hold the reserved categories. */
  readonly operator: boolean
  readonly suspendedAt: Date | null
}

/** A key with its account and its grant, all of one snapshot of the store. */
export interface KeyPrincipal {
  readonly kind: 'key'
  readonly key: HeldKey
  readonly account: Account
  readonly grant: Grant
}

export type KeyRefusal = 'deleted' | 'disabled' | 'not_yet' | 'expired' | 'suspended' | 'address'

/**
 * Why a key is not in force; null when it is. `now` is the store's clock (decision A15); a key is expired at its
 * `expiresAt` and in force from its `notBefore`. An unknown client address is in no list.
 */
export function findKeyRefusal({ key, account }: KeyPrincipal, client: Address | null, now: number): KeyRefusal | null {
  if (key.deletedAt) return 'deleted'
  if (key.disabledAt) return 'disabled'
  // Written so that an instant which is no number refuses too.
  if (key.expiresAt && !(now < key.expiresAt.getTime())) return 'expired'
  if (key.notBefore && !(now >= key.notBefore.getTime())) return 'not_yet'
  if (account.suspendedAt) return 'suspended'
  if (key.addresses && !isInAnyBlock(client, key.addresses)) return 'address'
  return null
}

function isInAnyBlock(client: Address | null, blocks: readonly Block[]): boolean {
  return client !== null && blocks.some((block) => isInBlock(client, block))
}
