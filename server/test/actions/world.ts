/** A store with an operator's account, an ordinary account, and callers who hold their keys; real, and made anew each time. */
import { randomBytes } from 'node:crypto'
import {
  type AccessRequest,
  type ApiKey,
  builtinCatalog,
  type Catalog,
  canonicaliseTarget,
  type KeyPrincipal,
  loadCatalog,
  type Permissions,
  parseAddress,
} from '@keyporter/core'
import { createAccount, ensureFirstAccount } from '../../src/actions/accounts.js'
import type { Caller, Context } from '../../src/actions/context.js'
import { createKey, type NewKey } from '../../src/actions/keys.js'
import { type SignedIn, signInAs, type Visitor } from '../../src/actions/sessions.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import { digestSecret, nameSession, openPeppers } from '../../src/secrets.js'
import { initialiseLease } from '../../src/store/settings.js'
import type { Store } from '../../src/store/store.js'
import { openTestStore } from '../database.js'

export const startMs = Date.UTC(2026, 0, 1)
export const pepperText = 'the pepper of the tests is long enough'

/** Own endpoints and a few of an upstream, so that every kind of permission can be given. */
export const catalog: Catalog = loadCatalog([
  builtinCatalog,
  {
    own: false,
    entries: [
      entry('api.instance.show', 'GET', '/api/v0/instances/{id}/', 'instance_read', { path: { id: 'integer' } }),
      entry('api.instance.list', 'GET', '/api/v0/instances/', 'instance_read'),
      entry('api.instance.destroy', 'DELETE', '/api/v0/instances/{id}/', 'instance_write', { path: { id: 'integer' } }),
      entry('api.invoice.list', 'GET', '/api/v0/invoices/', 'billing_read'),
    ],
  },
])

function entry(id: string, method: string, path: string, category: string, params: object = {}): object {
  return { id, method, path, category, params }
}

/** A caller who presents a key. */
export interface KeyHolder extends Caller {
  readonly principal: KeyPrincipal
}

/** A context on a store; its clock stands still until `world.nowMs` is set. */
export interface World {
  readonly context: Context
  readonly operator: KeyHolder
  /** Holds the first key of an ordinary account. */
  readonly owner: KeyHolder
  nowMs: number
  /** A caller who presents this secret, as the key source knows it now. */
  admit(secret: string, request?: AccessRequest): Promise<KeyHolder>
  /** A key that `creator` makes, and whoever holds it. */
  issue(
    creator: Caller,
    permissions: unknown,
    more?: Partial<NewKey>,
  ): Promise<{ key: ApiKey; secret: string; caller: KeyHolder }>
}

export async function createWorld(store?: Store, more: Partial<Context> = {}): Promise<World> {
  const clock = { nowMs: startMs }
  const context: Context = {
    store: store ?? (await openTestStore()),
    catalog,
    peppers: openPeppers({ dataDir: '/nowhere', pepper: pepperText, hasKeys: false }),
    revoker: { settle: async () => {} },
    // No verifier decides from memory here, so there is none to wait for.
    now: () => clock.nowMs,
    random: (bytes) => randomBytes(bytes),
    keyPrefix: 'kp_',
    strictPermissions: false,
    ...more,
  }
  await context.store.write((db) => initialiseLease(db, 2_000))
  const source = openKeySource(context)
  const admit = async (secret: string, request = toRequest('POST', '/api/v0/auth/apikeys/')): Promise<KeyHolder> => {
    const presented = await source.find(digestSecret(secret))
    if (presented.kind !== 'known' || presented.principal.kind !== 'key')
      throw new Error(`the secret is ${presented.kind}`)
    return { principal: presented.principal, request }
  }
  const first = await ensureFirstAccount(context, 'admin@localhost')
  const account = await createAccount(context, 'owner@example.com')
  return {
    context,
    operator: await admit(first!.secret),
    owner: await admit(account.secret),
    get nowMs() {
      return clock.nowMs
    },
    set nowMs(ms) {
      clock.nowMs = ms
    },
    admit,
    async issue(creator, permissions, given = {}) {
      const issued = await createKey(context, creator, newKey({ permissions, ...given }))
      return { ...issued, caller: await admit(issued.secret) }
    },
  }
}

/** Somebody at a browser. */
export function makeVisitor(address = '192.0.2.1'): Visitor {
  return { client: parseAddress(address), address, userAgent: 'Browser/1.0' }
}

/** A session of the user of an account, and its holder as admitted by memory. */
export async function openSession({ context }: World, userId: number): Promise<SignedIn & { caller: Caller }> {
  const signedIn = await signInAs(context, { userId, method: 'password' }, makeVisitor())
  const presented = await openKeySource(context).find(nameSession(signedIn.secret))
  if (presented.kind !== 'known') throw new Error(`the session is ${presented.kind}`)
  return { ...signedIn, caller: { principal: presented.principal, request: toRequest('GET', '/keyporter/whoami') } }
}

export function newKey(given: Partial<NewKey> = {}): NewKey {
  return {
    name: null,
    permissions: undefined,
    keyParams: undefined,
    expiresAt: null,
    notBefore: null,
    addresses: null,
    ...given,
  }
}

export function toRequest(method: string, target: string, client = '192.0.2.1'): AccessRequest {
  const canonical = canonicaliseTarget(target)
  if (!canonical.ok) throw new Error(canonical.problem)
  return { method, target: canonical.target, body: null, client: parseAddress(client) }
}

/** Category names of a document. */
export function listCategories(permissions: Permissions): string[] {
  return [...permissions.keys()].sort()
}
