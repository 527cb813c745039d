/** A small catalog with every kind of parameter, keys under it, and requests as surfaces make them. */
import { readFileSync } from 'node:fs'
import { parseAddress } from '../src/address.js'
import { builtinCatalog } from '../src/builtin-catalog.js'
import { canonicaliseTarget, type Target } from '../src/canonical.js'
import { type Catalog, type CatalogSource, loadCatalog } from '../src/catalog.js'
import { type Decision, decide } from '../src/decide.js'
import { type DenialText, describeDenial } from '../src/denial.js'
import { compileGrant } from '../src/grant.js'
import type { Json } from '../src/json.js'
import type { Account, ApiKey, KeyPrincipal } from '../src/key.js'
import { parsePermissions } from '../src/permission-document.js'
import type { Permissions } from '../src/permissions.js'
import { findUserPermissions } from '../src/principal.js'
import type { AccessRequest, Presented } from '../src/request.js'
import type { Session, SessionPrincipal } from '../src/session.js'

export const now = Date.UTC(2026, 5, 1)
export const accountId = 7

export function entry(id: string, method: string, path: string, category: string, more: object = {}): object {
  return { id, method, path, category, ...more }
}

export const thingEntries: readonly object[] = [
  entry('api.thing.list', 'GET', '/things/', 'thing_read', {
    params: { query: { owner: 'string', limit: 'integer', tags: 'array<string>', since: 'number', all: 'boolean' } },
  }),
  entry('api.thing.show', 'GET', '/things/{id}/', 'thing_read', {
    params: { path: { id: 'integer' }, query: { owner: 'string' } },
  }),
  entry('api.thing.update', 'PUT', '/things/{id}/', 'thing_write', {
    params: {
      path: { id: 'integer' },
      body: { name: 'string', price: 'number', active: 'boolean', extra: 'object', hint: 'any' },
    },
  }),
  entry('api.thing.destroy', 'DELETE', '/things/{id}/', 'thing_write', { params: { path: { id: 'integer' } } }),
  entry('api.thing.destroy_bulk', 'DELETE', '/things/', 'thing_write', { params: { body: { ids: 'array<integer>' } } }),
  entry('api.thing.buy', 'POST', '/things/bulk/', 'thing_write', {
    params: { body: { amount: 'number' }, query: { amount: 'number', dry: 'boolean' } },
  }),
  entry('api.thing.snapshot', 'POST', '/things/{thing_id}/snapshot/', 'thing_write', {
    params: { path: { thing_id: 'integer' }, body: { id: 'integer', note: 'string', extra: 'object' } },
    param_aliases: { id: 'thing_id', thing: 'thing_id', details: 'extra' },
  }),
  entry('api.user.invoices', 'GET', '/users/{user_id}/invoices/', 'billing_read', {
    params: { path: { user_id: 'integer' } },
    me: ['user_id'],
  }),
  entry('api.user.mails', 'GET', '/users/{id}/mails/', 'billing_read', { params: { path: { id: 'integer' } } }),
  entry('api.role.show', 'GET', '/roles/{name}/', 'role_read', { params: { path: { name: 'string' } } }),
  entry('api.role.show_by_id', 'GET', '/roles/{id}/', 'role_read', { params: { path: { id: 'integer' } } }),
  entry('api.role.members', 'GET', '/roles/all/', 'role_admin'),
  entry('api.ping', 'GET', '/ping/', 'public'),
]

export const things: CatalogSource = { own: false, entries: thingEntries }

export const ownEntries: readonly object[] = [
  entry('api.own.whoami', 'GET', '/own/whoami', 'any_key'),
  entry('api.own.verify', 'POST', '/own/verify', 'verify'),
  entry('api.own.verifiers', 'GET', '/own/verifiers', 'operate'),
]

export const own: CatalogSource = { own: true, entries: ownEntries }

export const catalog = loadCatalog([own, things])

export function readVast(): object[] {
  return JSON.parse(readFileSync(new URL('../../server/catalogs/vast.json', import.meta.url), 'utf8'))
}

export function loadVast(): Catalog {
  return loadCatalog([builtinCatalog, { own: false, entries: readVast() }])
}

/** The permissions of a document that must be valid. */
export function permit(
  document: unknown,
  under: Catalog = catalog,
  placeholders: ReadonlyMap<string, Json> | null = null,
): Permissions {
  const parsed = parsePermissions(document, under, placeholders)
  if (!parsed.ok) throw new Error(parsed.problem)
  return parsed.permissions
}

export function makeKey(change: Partial<ApiKey> = {}): ApiKey {
  return {
    id: 1,
    accountId,
    createdByKeyId: null,
    name: null,
    hint: 'kp_…wxyz',
    primary: false,
    permissions: new Map(),
    addresses: null,
    keyParams: undefined,
    createdAt: new Date(now - 1_000),
    expiresAt: null,
    notBefore: null,
    disabledAt: null,
    deletedAt: null,
    resetAt: null,
    lastUsedAt: null,
    lastUsedAddress: null,
    ...change,
  }
}

export function makePrincipal(
  permissions: Permissions,
  change: Partial<ApiKey> = {},
  account: Partial<Account> = {},
  under: Catalog = catalog,
): KeyPrincipal {
  return {
    kind: 'key',
    key: makeKey({ permissions, ...change }),
    account: { id: accountId, operator: false, suspendedAt: null, ...account },
    grant: compileGrant(permissions, under),
  }
}

/** A session of the user of an account: signed in a second ago, for a week. */
export function makeSessionPrincipal(
  change: Partial<Session> = {},
  account: Partial<Account> = {},
  under: Catalog = catalog,
): SessionPrincipal {
  const owner: Account = { id: accountId, operator: false, suspendedAt: null, ...account }
  const session: Session = {
    id: 5,
    userId: accountId,
    accountId,
    method: 'password',
    createdAt: new Date(now - 1_000),
    expiresAt: new Date(now + 7 * 86_400_000),
    revokedAt: null,
    lastUsedAt: null,
    lastUsedAddress: null,
    userAgent: null,
    ...change,
  }
  return { kind: 'session', session, account: owner, grant: compileGrant(findUserPermissions(owner), under) }
}

export function makeTarget(raw: string): Target {
  const canonical = canonicaliseTarget(raw)
  if (!canonical.ok) throw new Error(canonical.problem)
  return canonical.target
}

/** A body that the surface does not see. */
export const unseen = Symbol('unseen')

/** `GET /path?query`, with a body given as text, as bytes, as a value to be written as JSON, or as `unseen`. */
export function makeRequest(line: string, body: unknown = null, change: Partial<AccessRequest> = {}): AccessRequest {
  const [method, raw] = line.split(' ', 2)
  return {
    method: method!,
    target: makeTarget(raw!),
    body: body === unseen ? undefined : body === null ? null : toBytes(body),
    client: parseAddress('192.0.2.1'),
    ...change,
  }
}

function toBytes(body: unknown): Uint8Array {
  if (body instanceof Uint8Array) return body
  return new TextEncoder().encode(typeof body === 'string' ? body : JSON.stringify(body))
}

/** Compiles permissions once, for many requests. */
export function prepare(permissions: Permissions, under: Catalog): (request: AccessRequest) => Decision {
  const presented: Presented = { kind: 'known', principal: makePrincipal(permissions, {}, {}, under) }
  return (request) => decide(under, presented, request, now)
}

/** Decides a request of a key with these permissions. */
export function ask(permissions: Permissions, request: AccessRequest, under: Catalog = catalog): Decision {
  return decide(under, { kind: 'known', principal: makePrincipal(permissions, {}, {}, under) }, request, now)
}

/** Whether a request was allowed, and had constraints to meet. */
export function isConstrained(decision: Decision): boolean {
  const { allowed, principal, match } = decision
  return allowed && match !== null && (principal?.grant.checks.has(match.endpoint.index) ?? false)
}

/** `allow`, or what is told about the denial. */
export function tell(decision: Decision): 'allow' | DenialText {
  return decision.allowed ? 'allow' : describeDenial(decision.denial)
}

/** `allow`, or the reason, with its problem where there is one. */
export function name(decision: Decision): string {
  if (decision.allowed) return 'allow'
  const { denial } = decision
  return denial.reason === 'constraint' ? `constraint ${denial.problem}` : denial.reason
}

export function present(permissions: Permissions, change: Partial<ApiKey> = {}): Presented {
  return { kind: 'known', principal: makePrincipal(permissions, change) }
}
