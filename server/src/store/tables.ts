/**
 * The tables as every database has them: instants are integer milliseconds, JSON is text, flags are 0 or 1.
 * What each column means is said once, here.
 */
import type { SignInMethod } from '@keyporter/core'
import type { Generated, Kysely, Selectable } from 'kysely'

/** A database handle, inside or outside a transaction. Queries on it must read alike in every database. */
export type Db = Kysely<Tables>

export interface Tables {
  accounts: AccountTable
  api_keys: KeyTable
  ssh_keys: SshKeyTable
  users: UserTable
  sessions: SessionTable
  denials: DenialTable
  identities: IdentityTable
  spent_flows: SpentFlowTable
  retired_hashes: RetiredHashTable
  changes: ChangeTable
  verifiers: VerifierTable
  confirmations: ConfirmationTable
  settings: SettingTable
  migrations: MigrationTable
}

export interface AccountTable {
  id: Generated<number>
  /** As its owner wrote it. */
  email: string | null
  /** The e-mail in lower case: what is unique. */
  email_key: string | null
  username: string | null
  fullname: string | null
  credit: number
  /** 1 for the first account, and never for a second. */
  operator: number
  created_at: number
  suspended_at: number | null
}

export interface KeyTable {
  /** Never used again, not even after the row is gone. */
  id: Generated<number>
  account_id: number
  created_by_key_id: number | null
  name: string | null
  /** The name in lower case: what a search looks in, and names are ordered by, byte by byte. */
  name_key: string | null
  /** `hashDigest` of the secret's digest under the pepper of `pepper_id`. Kept when the key is deleted. */
  hash: string
  pepper_id: string
  hint: string
  /** 1 for the account's first key. */
  is_primary: number
  /** A permission document, as `printPermissions` writes it. */
  permissions: string
  /** What came as key_params, as JSON; null when none did. */
  key_params: string | null
  /** A JSON list of canonical blocks; null for any address. */
  addresses: string | null
  created_at: number
  last_used_at: number | null
  last_used_address: string | null
  expires_at: number | null
  not_before: number | null
  disabled_at: number | null
  deleted_at: number | null
  reset_at: number | null
}

export interface SshKeyTable {
  /** Never used again. */
  id: Generated<number>
  account_id: number
  public_key: string
  /** Of the key without its comment: unique in an account, among what is not deleted. */
  fingerprint: string
  created_at: number
  deleted_at: number | null
}

/** Who can sign in. A personal account and its user share one number. */
export interface UserTable {
  id: number
  /** In the PHC format of argon2id; null while no password was set. */
  password_hash: string | null
  password_changed_at: number | null
  /** `hashDigest` of the digest of the sign-in link's token, under the pepper of `link_pepper_id`; null once it is spent. */
  link_hash: string | null
  link_pepper_id: string | null
  link_expires_at: number | null
}

export interface SessionTable {
  /** Never used again, not even after the row is gone. */
  id: Generated<number>
  user_id: number
  /** `hashDigest` of the cookie's digest under the pepper of `pepper_id`. */
  hash: string
  pepper_id: string
  /** How it was signed in: password, link or oidc. */
  method: SignInMethod
  /** The identity that has signed it in; null for one that was signed in otherwise. */
  identity_id: number | null
  created_at: number
  expires_at: number
  revoked_at: number | null
  last_used_at: number | null
  last_used_address: string | null
  user_agent: string | null
}

/** Who users are at OpenID providers. */
export interface IdentityTable {
  id: Generated<number>
  user_id: number
  /** With the subject unique, among what is linked. */
  issuer: string
  subject: string
  email: string | null
  created_at: number
  last_used_at: number | null
  unlinked_at: number | null
}

/** Browsers that came back from an OpenID provider. */
export interface SpentFlowTable {
  /** SHA-256 of what the cookie held. */
  digest: string
  /** When it would have been over. */
  expires_at: number
}

/** Refused requests of known keys and sessions, the newest of each account. */
export interface DenialTable {
  id: Generated<number>
  account_id: number
  key_id: number | null
  session_id: number | null
  at: number
  method: string
  /** Without its query. */
  path: string
  endpoint: string | null
  status: number
  reason: string
  msg: string
  address: string | null
}

/** Hashes of secrets that a reset replaced, so that they are answered as such. */
export interface RetiredHashTable {
  hash: string
  pepper_id: string
  key_id: number
  retired_at: number
}

/** The change log: what verifiers have to forget, in the order of commits. */
export interface ChangeTable {
  seq: Generated<number>
  tag: string
  /** A JSON list of kind and id. */
  touches: string
  drops_negatives: number
  at: number
}

/** The registry of verifiers. */
export interface VerifierTable {
  id: string
  /** Where it runs, for people. */
  host: string
  /** What it may count with: revokers wait for the largest. */
  lease_ms: number
  /** Grows with each confirmed renewal: sweepers watch it. */
  renewals: number
  /** The verifier's own count of attempts: an older one that comes late is refused. */
  cycle: number
  reported_seq: number
  reported_tag: string
  registered_at: number
  renewed_at: number
  reported_at: number
}

/** A row for each process, written only so that a COMMIT has something to confirm. */
export interface ConfirmationTable {
  name: string
  at: number
}

/** What all processes of one installation must agree on. */
export interface SettingTable {
  name: string
  value: string
}

/** Migrations that were applied. */
export interface MigrationTable {
  number: number
  name: string
  applied_at: number
}

export type AccountRow = Selectable<AccountTable>
export type KeyRow = Selectable<KeyTable>
export type IdentityRow = Selectable<IdentityTable>
export type SshKeyRow = Selectable<SshKeyTable>
export type SessionRow = Selectable<SessionTable>
export type VerifierRow = Selectable<VerifierTable>
