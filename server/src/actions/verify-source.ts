/**
 * Where the state of keys and sessions comes from: the digest of a secret to its principal. The one thing authentication
 * asks on every request; nothing else assumes what answers it.
 */
import {
  type Account,
  type ApiKey,
  type Catalog,
  compileGrant,
  findUserPermissions,
  type Grant,
  type HeldKey,
  type KeyPrincipal,
  type Permissions,
  type Presented,
} from '@keyporter/core'
import { hashDigest, readSessionName } from '../secrets.js'
import { printDocument, readDocument, toStoredKey } from '../store/keys.js'
import { createLookup } from '../store/lookup.js'
import { findSessionByHash } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import type { Rehash } from '../store/usage.js'
import type { Context } from './context.js'

export interface KeySource {
  /** From memory; undefined when that cannot tell. */
  findNow(digest: string): Presented | undefined
  /**
   * Who presents the secret with this digest: SHA-256 in hexadecimal, or `nameSession` of a cookie. What is a key is no
   * session, and the reverse. Throws faults of the store.
   */
  find(digest: string): Presented | Promise<Presented>
}

/** A source without memory. */
export interface StoredKeySource extends KeySource {
  find(digest: string): Promise<Presented>
  /** The same in a transaction of the caller's. */
  findIn(db: Db, digest: string): Promise<Presented>
}

export interface KeySourceOptions {
  /** Told of each hit under a retired pepper: `Usage.rehash`. */
  readonly onRetiredHit?: (rehash: Rehash) => void
}

const maxDocuments = 10_000
const maxAccounts = 10_000
const unknown: Presented = { kind: 'unknown' }

/** Answers from the store, by the hash under each pepper in use: among keys, then among what resets have replaced. */
export function openKeySource(context: Context, { onRetiredHit }: KeySourceOptions = {}): StoredKeySource {
  const { store, catalog, peppers } = context
  const lookup = createLookup(peppers.all.length)
  const documents = createDocuments(catalog)
  const shareAccount = createAccounts()
  const hashAll = (digest: string) => peppers.all.map((pepper) => hashDigest(digest, pepper))
  const findSessionIn = async (db: Db, digest: string): Promise<Presented> => {
    const hashes = hashAll(digest)
    const found = await findSessionByHash(db, hashes)
    if (!found) return unknown
    const { session, account, hash, pepperId } = found
    if (pepperId !== peppers.current.id) {
      const to = { hash: hashes[0]!, pepperId: peppers.current.id }
      onRetiredHit?.({ table: 'sessions', id: session.id, from: hash, to })
    }
    const { grant } = documents(printDocument(findUserPermissions(account)))
    return { kind: 'known', principal: { kind: 'session', session, account, grant } }
  }
  const findIn = async (db: Db, digest: string): Promise<Presented> => {
    const sessionDigest = readSessionName(digest)
    if (sessionDigest !== null) return findSessionIn(db, sessionDigest)
    const hashes = hashAll(digest)
    const found = await lookup(db, hashes)
    if (!found) return unknown
    const { permissions, grant } = documents(found.row.permissions)
    const { key, account, hash, pepperId } = toStoredKey(found.row, permissions)
    const principal: KeyPrincipal = { kind: 'key', key: toHeldKey(key), account: shareAccount(account), grant }
    if (found.retired) return { kind: 'reset', principal }
    if (pepperId !== peppers.current.id) {
      const to = { hash: hashes[0]!, pepperId: peppers.current.id }
      onRetiredHit?.({ table: 'api_keys', id: key.id, from: hash, to })
    }
    return { kind: 'known', principal }
  }
  return { findIn, findNow: () => undefined, find: (digest) => store.read((db) => findIn(db, digest)) }
}

interface CompiledDocument {
  readonly permissions: Permissions
  readonly grant: Grant
}

/** Compiles each document once: many keys have the same. The least recently used of too many are forgotten. */
function createDocuments(catalog: Catalog): (text: string) => CompiledDocument {
  const compiled = new Map<string, CompiledDocument>()
  return (text) => {
    let document = compiled.get(text)
    if (document) compiled.delete(text)
    else {
      const permissions = readDocument(text)
      document = { permissions, grant: compileGrant(permissions, catalog) }
    }
    compiled.set(text, document)
    if (compiled.size > maxDocuments) compiled.delete(compiled.keys().next().value!)
    return document
  }
}

/** Of a stored key what a verifier holds. Member by member, since a million of these are held. */
export function toHeldKey(key: ApiKey): HeldKey {
  const { id, name, permissions, addresses, notBefore, expiresAt, disabledAt, deletedAt, resetAt } = key
  return { id, name, permissions, addresses, notBefore, expiresAt, disabledAt, deletedAt, resetAt }
}

/** One object for all equal states of an account: most have many keys. */
function createAccounts(): (account: Account) => Account {
  const known = new Map<number, Account>()
  return (account) => {
    const same = known.get(account.id)
    const suspendedAt = account.suspendedAt?.getTime()
    if (same?.operator === account.operator && same.suspendedAt?.getTime() === suspendedAt) return same
    if (known.size >= maxAccounts) known.clear()
    known.set(account.id, account)
    return account
  }
}
