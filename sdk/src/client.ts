/** The client: one function for each management call. Talks to one server with one key, or with the console's session. */
import { type CatalogListing, readCatalog } from './catalog.js'
import { type AccountDenial, readDenialList } from './denials.js'
import { type ExplainedRequest, type Explanation, printExplainedRequest, readExplanation } from './explain.js'
import { type LinkedIdentity, readDeparture, readIdentityList } from './identities.js'
import {
  type ApiKey,
  type ApiKeyChanges,
  type ApiKeyPage,
  type ApiKeyQuery,
  type IssuedApiKey,
  type NewApiKey,
  printApiKeyChanges,
  printApiKeyQuery,
  printNewApiKey,
  type ResetApiKey,
  readApiKey,
  readApiKeyList,
  readApiKeyPage,
  readIssuedApiKey,
  readResetApiKey,
} from './keys.js'
import {
  type ConsoleSession,
  readDone,
  readRevoked,
  readSessionList,
  readSignedIn,
  readSignInMethods,
  type SignInMethods,
} from './sessions.js'
import { readKeptSshKey, readSshKeyList, type SshKey } from './ssh-keys.js'
import { openTransport, type TransportOptions } from './transport.js'
import { printUserChanges, readUser, readWhoami, type User, type UserChanges, type Whoami } from './users.js'
import { type RegisteredVerifier, readVerifierList } from './verifiers.js'

export type ClientOptions = TransportOptions

/**
 * Every function rejects with `KeyporterError`, except for arguments that can never be right (`RangeError`).
 * Only reading calls are repeated when the server is busy or the connection breaks; a write whose answer was lost may
 * have been carried out.
 */
export interface Client {
  /**
   * Issues a key. Without permissions it may do all that the presenting key may.
   * Codes: `invalid_permissions`, `missing_permissions`, `invalid_key_params`, `not_authorized` (wider than the
   * presenting key), `bad_request`.
   */
  createApiKey(input?: NewApiKey): Promise<IssuedApiKey>
  /** The keys of the account, oldest first. */
  showApiKeys(): Promise<ApiKey[]>
  /** A page of the keys that match. `showApiKeys` gives all at once. Code `bad_request` for what is out of bounds. */
  listApiKeys(query?: ApiKeyQuery): Promise<ApiKeyPage>
  /** Code `not_found` for an id that is not one of the account's keys, here and below. */
  showApiKey(id: number): Promise<ApiKey>
  /** In force everywhere when this returns. */
  updateApiKey(id: number, changes: ApiKeyChanges): Promise<ApiKey>
  /** The key is refused from when this returns. Repeating it is no error. */
  deleteApiKey(id: number): Promise<void>
  /**
   * Gives a key a new secret, and refuses the old one from when this returns. Without an id: the presenting key, after
   * which this client holds a dead secret; open another one.
   */
  resetApiKey(id?: number): Promise<ResetApiKey>
  /** The public SSH keys of the account, oldest first. */
  showSshKeys(): Promise<SshKey[]>
  /** Codes: `bad_request` for what is no public key, `conflict` for one that the account has already. */
  createSshKey(publicKey: string): Promise<SshKey>
  /** Puts another key in its place. Code `no_ssh_key` for an id that is not one of the account's, here and below. */
  updateSshKey(id: number, publicKey: string): Promise<SshKey>
  /** Repeating it is no error. */
  deleteSshKey(id: number): Promise<void>
  showUser(): Promise<User>
  /** A new `email` takes a full-access key; a session changes it by `changeEmail`. */
  updateUser(changes: UserChanges): Promise<User>
  /** Who is calling, and what that may do. Needs no permission: any valid key or session may ask about itself. */
  whoami(): Promise<Whoami>
  /** The ways to sign in to the console. Here and in the next five: only with `session: true`. */
  showSignInMethods(): Promise<SignInMethods>
  /** Codes: `auth_error` (which of the two is wrong is not told), `rate_limited`, `busy`. */
  signIn(input: { readonly email: string; readonly password: string }): Promise<{ readonly sessionId: number }>
  /** Sets the password of the user behind a sign-in link, and signs in. Codes: those of `signIn`, `bad_request`. */
  redeemLink(input: { readonly token: string; readonly password: string }): Promise<{ readonly sessionId: number }>
  /** The session is over from when this returns. Repeating it is no error. */
  signOut(): Promise<void>
  /**
   * Sets another password; all other sessions are over from when this returns. `currentPassword` is null where none was
   * set, which takes a session of the last 15 minutes. Codes: `not_authorized` (the current one is wrong, or the session
   * too old), `bad_request`, `rate_limited`, `busy`.
   */
  changePassword(input: { readonly currentPassword: string | null; readonly password: string }): Promise<void>
  /** Sets another e-mail to sign in by. Codes: those of `changePassword`, `conflict` (another account has it). */
  changeEmail(input: { readonly currentPassword: string | null; readonly email: string }): Promise<void>
  /** The sessions of the user that are in force, the newest first. */
  showSessions(): Promise<ConsoleSession[]>
  /** The session is over from when this returns. Repeating it is no error. Codes: `not_found`, `not_authorized`. */
  revokeSession(id: number): Promise<void>
  /** Ends all sessions of the user but the calling one; returns how many. */
  revokeOtherSessions(): Promise<{ readonly revoked: number }>
  /** The identities at an OpenID provider by which the user signs in, oldest first. */
  showIdentities(): Promise<LinkedIdentity[]>
  /**
   * Where to send the browser to link one. Only with `session: true`. Codes: those of `changePassword`, `not_found` (no
   * provider is configured), `busy` (also: it does not answer).
   */
  linkIdentity(input: { readonly currentPassword: string | null }): Promise<{ readonly url: string }>
  /** Repeating it is no error. Codes: `not_found`, `bad_request` for the last way to sign in, `not_authorized`. */
  unlinkIdentity(id: number): Promise<void>
  /** What a key of the account would be answered, and why. Nothing is executed. */
  explain(keyId: number, request: ExplainedRequest): Promise<Explanation>
  /** What keys and sessions of the account were refused, newest first, some seconds late. `limit`: 1 to 200, all unless given. */
  showDenials(options?: { readonly limit?: number }): Promise<AccountDenial[]>
  /** The endpoints and categories that permissions can name. Needs no key. */
  showCatalog(): Promise<CatalogListing>
  /** The verifiers that are registered, oldest first. Needs the permission `operate`. */
  showVerifiers(): Promise<RegisteredVerifier[]>
  /** Ends the calls under way; later ones fail with `network_failed`. */
  close(): void
}

const keysPath = '/api/v0/auth/apikeys/'
const identitiesPath = '/keyporter/identities'
const sshKeysPath = '/api/v0/ssh/'
const sessionsPath = '/api/v0/auth/sessions/'

/**
 * Opens a client. No connection is made yet.
 * Throws `TypeError` or `RangeError` for options that cannot be used, without quoting the key.
 */
export function openClient(options: ClientOptions): Client {
  const { call, close } = openTransport(options)
  const get = <T>(path: string, read: (json: unknown) => T) => call('GET', path, undefined, read)
  return {
    createApiKey: async (input = {}) => call('POST', keysPath, printNewApiKey(input), readIssuedApiKey),
    showApiKeys: async () => get(keysPath, readApiKeyList),
    listApiKeys: async (query = {}) => get(`${keysPath}${printApiKeyQuery(query)}`, readApiKeyPage),
    showApiKey: async (id) => get(itemPath(keysPath, id), readApiKey),
    updateApiKey: async (id, changes) => call('PUT', itemPath(keysPath, id), printApiKeyChanges(changes), readApiKey),
    deleteApiKey: async (id) => call('DELETE', itemPath(keysPath, id), undefined, () => undefined),
    resetApiKey: async (id) =>
      id === undefined
        ? call('PUT', '/api/v0/commands/reset_apikey/', { client_id: 'me' }, readResetApiKey)
        : call('PUT', `${itemPath(keysPath, id)}reset/`, {}, readResetApiKey),
    showSshKeys: async () => get(sshKeysPath, readSshKeyList),
    createSshKey: async (publicKey) => call('POST', sshKeysPath, { ssh_key: publicKey }, readKeptSshKey),
    updateSshKey: async (id, publicKey) =>
      call('PUT', itemPath(sshKeysPath, id), { ssh_key: publicKey }, readKeptSshKey),
    deleteSshKey: async (id) => call('DELETE', itemPath(sshKeysPath, id), undefined, () => undefined),
    showUser: async () => get('/api/v0/users/current/', readUser),
    updateUser: async (changes) => call('PUT', '/api/v0/users/', printUserChanges(changes), readUser),
    whoami: async () => get('/keyporter/whoami', readWhoami),
    showSignInMethods: async () => get('/keyporter/sign-in', readSignInMethods),
    signIn: async ({ email, password }) => call('POST', '/keyporter/sign-in', { email, password }, readSignedIn),
    redeemLink: async ({ token, password }) =>
      call('POST', '/keyporter/sign-in/link', { token, password }, readSignedIn),
    signOut: async () => call('POST', '/keyporter/sign-out', {}, readDone),
    changePassword: async ({ currentPassword, password }) =>
      call('PUT', '/keyporter/password', { current_password: currentPassword, password }, readDone),
    changeEmail: async ({ currentPassword, email }) =>
      call('PUT', '/keyporter/email', { current_password: currentPassword, email }, readDone),
    showSessions: async () => get(sessionsPath, readSessionList),
    revokeSession: async (id) => call('DELETE', itemPath(sessionsPath, id), undefined, readDone),
    revokeOtherSessions: async () => call('DELETE', sessionsPath, undefined, readRevoked),
    showIdentities: async () => get(identitiesPath, readIdentityList),
    linkIdentity: async ({ currentPassword }) =>
      call('POST', identitiesPath, { current_password: currentPassword }, readDeparture),
    unlinkIdentity: async (id) => call('DELETE', itemPath(`${identitiesPath}/`, id), undefined, readDone),
    explain: async (keyId, request) =>
      call('POST', '/keyporter/explain', printExplainedRequest(keyId, request), readExplanation),
    showDenials: async ({ limit } = {}) =>
      get(`/keyporter/denials${limit === undefined ? '' : `?limit=${limit}`}`, readDenialList),
    showCatalog: async () => get('/keyporter/catalog', readCatalog),
    showVerifiers: async () => get('/keyporter/verifiers', readVerifierList),
    close,
  }
}

function itemPath(listPath: string, id: number): string {
  if (!Number.isSafeInteger(id) || id < 0) throw new RangeError('id must be a whole number')
  return `${listPath}${id}/`
}
