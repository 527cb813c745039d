/**
 * What can be done with keys. Every write is judged again inside its transaction, and touches only keys whose powers,
 * before and after, lie within the caller's (decision A6). Keys of other accounts are answered as not found.
 */
import { type ApiKey, type Powers, type Principal, readPowers } from '@keyporter/core'
import { Fault } from '../fault.js'
import { changeKey, findKey, insertRetiredHash, listKeys as listStoredKeys, type StoredKey } from '../store/keys.js'
import type { Db } from '../store/tables.js'
import { writeAs } from './again.js'
import { issueOf, touch } from './change.js'
import type { Caller, Context } from './context.js'
import { describeIssued, getStored, type Issued, issueKey, mint } from './issue.js'
import { readAddresses, readKeyParams } from './key-params.js'
import { checkPeriod, readAsked, refuseExcess, settlePermissions } from './powers.js'
import { checkText } from './texts.js'

export interface NewKey {
  readonly name: string | null
  /** A permission document; undefined, null and {} stand for all of the creator's but the reserved categories. */
  readonly permissions: unknown
  /** Undefined when none came. */
  readonly keyParams: unknown
  /** Null, here and in the next two: as far as the creator's own. */
  readonly expiresAt: Date | null
  readonly notBefore: Date | null
  readonly addresses: readonly string[] | null
  readonly disabled?: boolean
}

/** Members that are not given stay as they are; null takes a bound away, where the caller has none itself. */
export interface KeyChanges {
  readonly name?: string | null
  /** {} stands for all of the caller's but the reserved categories. Null is refused: it may mean "leave it" as well. */
  readonly permissions?: unknown
  readonly disabled?: boolean
  readonly expiresAt?: Date | null
  readonly notBefore?: Date | null
  readonly addresses?: readonly string[] | null
}

const maxNameLength = 255

/**
 * Creates a key of the caller's account. Faults: `bad_request`, `missing_permissions`, `invalid_permissions`,
 * `invalid_key_params`, `not_authorized` for powers beyond the caller's.
 */
export async function createKey(context: Context, caller: Caller, input: NewKey): Promise<Issued> {
  const name = readName(input.name)
  const params = readKeyParams(input.keyParams)
  const addresses = readAddresses(input.addresses)
  if (addresses && params.addresses) {
    throw new Fault('invalid_key_params', 'ip_whitelist is given both by itself and in key_params; give it once.')
  }
  if (context.strictPermissions && (input.permissions === undefined || input.permissions === null)) {
    throw new Fault(
      'missing_permissions',
      'permissions is missing; give a document such as {"api": {"user_read": {}}}.',
    )
  }
  const asked = readAsked(context, input.permissions, params.placeholders)
  return writeAs(
    context,
    caller,
    async (db, creator) => {
      const own = readPowers(creator)
      const powers: Powers = {
        permissions: settlePermissions(context, asked, creator),
        addresses: addresses ?? params.addresses ?? own.addresses,
        notBefore: input.notBefore ?? own.notBefore,
        expiresAt: input.expiresAt ?? own.expiresAt,
      }
      checkPeriod(powers, context.now())
      refuseExcess(powers, creator, 'A key cannot give what it does not have')
      return issueKey(context, db, {
        ...powers,
        accountId: creator.account.id,
        createdByKeyId: creator.kind === 'key' ? creator.key.id : null,
        name,
        primary: false,
        keyParams: input.keyParams,
        disabledAt: input.disabled ? new Date(context.now()) : null,
      })
    },
    issueOf,
    describeIssued,
  )
}

/** The keys of the caller's account that are not deleted, by id. */
export function listKeys({ store }: Context, { principal }: Caller): Promise<readonly ApiKey[]> {
  return store.read((db) => listStoredKeys(db, principal.account.id))
}

/** A key of the caller's account. Faults: `not_found`, also for a deleted key and one of another account. */
export async function getKey({ store }: Context, { principal }: Caller, id: number): Promise<ApiKey> {
  const { key } = await store.read((db) => getOwn(db, principal, id))
  return key
}

/** Changes what is given of a key. Faults: those of `createKey`, `not_found`. */
export async function updateKey(context: Context, caller: Caller, id: number, changes: KeyChanges): Promise<ApiKey> {
  const name = changes.name === undefined ? undefined : readName(changes.name)
  const addresses = changes.addresses === undefined ? undefined : readAddresses(changes.addresses)
  if (changes.permissions === null) {
    throw new Fault('invalid_permissions', 'permissions cannot be null; leave it out to keep it, or give a document.')
  }
  const asked = readAsked(context, changes.permissions, null)
  return writeAs(
    context,
    caller,
    async (db, principal) => {
      const { key } = await getOwn(db, principal, id)
      refuseExcess(key, principal, 'You do not have permission to change this API Key')
      const powers: Powers = {
        permissions: changes.permissions === undefined ? key.permissions : settlePermissions(context, asked, principal),
        addresses: addresses === undefined ? key.addresses : addresses,
        notBefore: changes.notBefore === undefined ? key.notBefore : changes.notBefore,
        expiresAt: changes.expiresAt === undefined ? key.expiresAt : changes.expiresAt,
      }
      // A key that is over may still be renamed.
      if (changes.notBefore !== undefined || changes.expiresAt !== undefined) checkPeriod(powers, context.now())
      refuseExcess(powers, principal, 'A key cannot give what it does not have')
      await changeKey(db, id, {
        ...powers,
        ...(name !== undefined && { name }),
        ...(changes.disabled !== undefined && { disabledAt: settleDisabled(context, key, changes.disabled) }),
      })
      return getStored(db, id)
    },
    () => touch('key', id),
    () => ({ id }),
  )
}

/**
 * Deletes a key; the row stays. To delete it again is to find it as asked (decision A16). Faults: `not_found`,
 * `not_authorized`, `bad_request` for the account's first key.
 */
export async function deleteKey(context: Context, caller: Caller, id: number): Promise<void> {
  await writeAs(
    context,
    caller,
    async (db, principal) => {
      const { key } = await getOwn(db, principal, id, 'deleted too')
      refuseExcess(key, principal, 'You do not have permission to delete this API Key')
      if (key.primary) {
        throw new Fault('bad_request', "The account's first API Key cannot be deleted; reset it instead.")
      }
      await changeKey(db, id, { deletedAt: key.deletedAt ?? new Date(context.now()) })
    },
    () => touch('key', id),
    () => ({ id }),
  )
}

/** Gives a key a new secret; the old one is remembered as replaced. Faults: `not_found`, `not_authorized`. */
export async function resetKey(context: Context, caller: Caller, id: number): Promise<Issued> {
  return writeAs(
    context,
    caller,
    async (db, principal) => {
      const { key, hash, pepperId } = await getOwn(db, principal, id)
      refuseExcess(key, principal, 'You do not have permission to reset this API Key')
      const { secret, ...minted } = mint(context)
      const resetAt = new Date(nextInstant(context.now(), key.resetAt))
      await insertRetiredHash(db, id, { hash, pepperId }, resetAt)
      await changeKey(db, id, { ...minted, resetAt })
      return { key: await getStored(db, id), secret }
    },
    issueOf,
    describeIssued,
  )
}

async function getOwn(db: Db, principal: Principal, id: number, which?: 'deleted too'): Promise<StoredKey> {
  const stored = await findKey(db, id)
  const own = stored?.key.accountId === principal.account.id && (which || !stored.key.deletedAt)
  if (!stored || !own) throw new Fault('not_found', 'API Key not found.')
  return stored
}

function readName(name: string | null): string | null {
  return name === null ? null : checkText('name', name, maxNameLength)
}

function settleDisabled({ now }: Context, { disabledAt }: ApiKey, disabled: boolean): Date | null {
  return disabled ? (disabledAt ?? new Date(now())) : null
}

/** Later than the last reset by the clock's smallest step at least: the instant tells one secret from the next. */
function nextInstant(now: number, last: Date | null): number {
  return last ? Math.max(now, last.getTime() + 1) : now
}
