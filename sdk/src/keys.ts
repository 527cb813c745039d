/** API keys as programs see them, and as the wire has them. */
import {
  flag,
  instant,
  integer,
  json,
  nullable,
  object,
  printInstant,
  printShape,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
  textList,
} from './shape.js'

/** `{"api": {category: {endpoint: {"constraints": {…}}}}}`; `{}` stands for all that the creating key may do. */
export interface PermissionDocument {
  readonly api?: Readonly<Record<string, unknown>>
}

/** A key without its secret. Instants are null when they did not happen or are not set. */
export interface ApiKey {
  readonly id: number
  /** The account that owns it. */
  readonly userId: number | null
  readonly name: string | null
  readonly keyType: string | null
  /** As stored: `{}` and a missing document come back expanded. */
  readonly permissions: PermissionDocument
  /** `full` or `scoped`. */
  readonly rights: string | null
  /** Beginning and last four characters of the secret, to tell keys apart. */
  readonly hint: string | null
  /** The account's first key: it can be reset, not deleted. */
  readonly primary: boolean
  readonly createdByKeyId: number | null
  readonly createdAt: Date
  readonly expiresAt: Date | null
  readonly expired: boolean
  readonly notBefore: Date | null
  readonly disabled: boolean
  readonly disabledAt: Date | null
  readonly resetAt: Date | null
  /** Written in batches, so it lags behind by some seconds. */
  readonly lastUsedAt: Date | null
  readonly lastUsedAddress: string | null
  /** Addresses and CIDR blocks it may be used from; null: any. */
  readonly ipWhitelist: readonly string[] | null
  /** What was given at creation, in the JSON type it was given in; undefined when nothing was. */
  readonly keyParams: unknown
}

/** A key at the only moment when its secret is known. */
export interface IssuedApiKey extends ApiKey {
  readonly secret: string
}

export interface ResetApiKey {
  readonly id: number
  /** The new one; the old one is refused from now on. */
  readonly secret: string
}

export interface NewApiKey {
  readonly name?: string | null
  /** Missing, null or `{}`: all that the creating key may do. */
  readonly permissions?: PermissionDocument | null
  /** Values for placeholders in the document: an object, or the JSON text of one. */
  readonly keyParams?: unknown
  /** Missing or null: it does not expire. */
  readonly expiresAt?: Date | null
  /** Counted by the server's clock; instead of `expiresAt`. */
  readonly expiresInSeconds?: number
  readonly notBefore?: Date | null
  readonly ipWhitelist?: readonly string[] | null
  readonly disabled?: boolean
}

/** What is missing stays as it is; null takes a bound away. */
export interface ApiKeyChanges {
  readonly name?: string | null
  readonly permissions?: PermissionDocument | null
  readonly disabled?: boolean
  readonly expiresAt?: Date | null
  readonly notBefore?: Date | null
  readonly ipWhitelist?: readonly string[] | null
}

/** Which keys, in which order. What is missing does not narrow. */
export interface ApiKeyQuery {
  /** 1 to 1000; 100 unless given. */
  readonly limit?: number
  readonly offset?: number
  /** In the name or the hint, in whatever case. */
  readonly search?: string
  /**
   * `active`: in force now. `expiring`: in force, and over within 14 days. What is disabled counts as that and not as
   * expired. `full`: full access. `unused`: neither used nor made for `unusedDays`, 30 unless given.
   */
  readonly status?: 'active' | 'expiring' | 'expired' | 'disabled' | 'full' | 'unused'
  readonly unusedDays?: number
  /** By id unless given. Keys without a value come last, whatever the order. */
  readonly sort?: 'id' | 'name' | 'createdAt' | 'lastUsedAt' | 'expiresAt'
  readonly order?: 'asc' | 'desc'
}

export interface ApiKeyPage {
  readonly keys: ApiKey[]
  /** Of all pages. */
  readonly total: number
}

const apiKeyShape: Shape<ApiKey> = {
  id: integer('id'),
  userId: nullable(integer('user_id')),
  name: nullable(text('name')),
  keyType: nullable(text('key_type')),
  permissions: object('permissions'),
  rights: nullable(text('rights')),
  hint: nullable(text('hint')),
  primary: flag('primary'),
  createdByKeyId: nullable(integer('created_by_key_id')),
  createdAt: instant('created_at'),
  expiresAt: nullable(instant('expires_at')),
  expired: flag('expired'),
  notBefore: nullable(instant('not_before')),
  disabled: flag('disabled'),
  disabledAt: nullable(instant('disabled_at')),
  resetAt: nullable(instant('reset_at')),
  lastUsedAt: nullable(instant('last_used_at')),
  lastUsedAddress: nullable(text('last_used_address')),
  ipWhitelist: nullable(textList('ip_whitelist')),
  keyParams: json('key_params'),
}

export function readApiKey(json: unknown): ApiKey {
  return readShape(apiKeyShape, json)
}

/** The key as the wire has it. */
export function printApiKey(key: ApiKey): Record<string, unknown> {
  return printShape(apiKeyShape, key)
}

export function readApiKeyList(json: unknown): ApiKey[] {
  return readMemberList(json, 'apikeys', readApiKey)
}

export function readApiKeyPage(json: unknown): ApiKeyPage {
  const answer = readObject(json)
  return { keys: readApiKeyList(answer), total: readMember(answer, 'total', integer('total').read) }
}

/** The query string; empty where nothing is asked for. */
export function printApiKeyQuery({ limit, offset, search, status, unusedDays, sort, order }: ApiKeyQuery): string {
  const members = {
    limit,
    offset,
    search,
    status,
    unused_days: unusedDays,
    sort: sort && (apiKeyShape[sort]?.wire ?? sort),
    order,
  }
  const given = Object.entries(members).filter(([, value]) => value !== undefined)
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`
}

export function readIssuedApiKey(json: unknown): IssuedApiKey {
  return { ...readApiKey(json), secret: readSecret(json) }
}

export function readResetApiKey(json: unknown): ResetApiKey {
  return { id: integer('id').read(readObject(json).id), secret: readSecret(json) }
}

/** The body of a create call. */
export function printNewApiKey(input: NewApiKey): Record<string, unknown> {
  return {
    ...printApiKeyChanges(input),
    name: input.name ?? null,
    key_params: input.keyParams,
    expires_in: input.expiresInSeconds,
  }
}

/** The body of an update call: members that are not given are not sent. */
export function printApiKeyChanges(changes: ApiKeyChanges): Record<string, unknown> {
  return {
    name: changes.name,
    permissions: changes.permissions,
    disabled: changes.disabled,
    expires_at: changes.expiresAt && printInstant(changes.expiresAt),
    not_before: changes.notBefore && printInstant(changes.notBefore),
    ip_whitelist: changes.ipWhitelist,
  }
}

/** The secret has a different name in the answer of each call, and all of them in some. */
function readSecret(json: unknown): string {
  const answer = readObject(json)
  const secret = answer.key ?? answer.api_key ?? answer.new_api_key
  if (typeof secret !== 'string' || secret === '') throw new ShapeError('"key" is not a text')
  return secret
}
