/** The account behind a key, and who is calling. */
import { type ApiKey, type PermissionDocument, readApiKey } from './keys.js'
import {
  type Field,
  flag,
  integer,
  isoInstant,
  nullable,
  number,
  object,
  printShape,
  readMember,
  readObject,
  readShape,
  type Shape,
  ShapeError,
  text,
} from './shape.js'

export interface User {
  readonly id: number
  readonly email: string | null
  readonly username: string | null
  readonly fullname: string | null
  readonly sshKey: string | null
  readonly credit: number | null
  readonly balance: number | null
}

/** What is missing stays as it is. A new `email` takes a full-access key. */
export interface UserChanges {
  readonly email?: string
  readonly username?: string | null
  readonly fullname?: string | null
  readonly sshKey?: string | null
}

export interface Account {
  readonly id: number
  /** The first account, the only one whose keys can reach across accounts. */
  readonly operator: boolean
}

/** How a console session was signed in. */
export type SignInMethod = 'password' | 'link' | 'oidc'

/** The console session that is calling. */
export interface OwnSession {
  readonly id: number
  readonly createdAt: Date
  readonly expiresAt: Date
  readonly method: SignInMethod
}

export interface Whoami {
  /** The presenting key; null for a console session. */
  readonly key: ApiKey | null
  readonly session: OwnSession | null
  readonly account: Account
  /** Whose account it is. A key is told the id alone. */
  readonly user: Pick<User, 'id' | 'email' | 'username'>
  readonly permissions: PermissionDocument
}

const userShape: Shape<User> = {
  id: integer('id'),
  email: nullable(text('email')),
  username: nullable(text('username')),
  fullname: nullable(text('fullname')),
  sshKey: nullable(text('ssh_key')),
  credit: nullable(number('credit')),
  balance: nullable(number('balance')),
}

const accountShape: Shape<Account> = { id: integer('id'), operator: flag('operator') }

const ownUserShape: Shape<Whoami['user']> = {
  id: userShape.id,
  email: userShape.email,
  username: userShape.username,
}

const ownSessionShape: Shape<OwnSession> = {
  id: integer('id'),
  createdAt: isoInstant('created_at'),
  expiresAt: isoInstant('expires_at'),
  method: signInMethod('method'),
}

export function signInMethod(wire: string): Field<SignInMethod> {
  const source = text(wire)
  return { ...source, read: (json) => readMethod(source.read(json)), print: (method) => method }
}

function readMethod(method: string): SignInMethod {
  if (method === 'password' || method === 'link' || method === 'oidc') return method
  throw new ShapeError('is not a way to sign in')
}

export function readUser(json: unknown): User {
  return readShape(userShape, json)
}

/** The user as the wire has it. */
export function printUser(user: User): Record<string, unknown> {
  return printShape(userShape, user)
}

/** The body of an update call. */
export function printUserChanges(changes: UserChanges): Record<string, unknown> {
  return {
    email: changes.email,
    username: changes.username,
    fullname: changes.fullname,
    ssh_key: changes.sshKey,
  }
}

export function readWhoami(json: unknown): Whoami {
  const answer = readObject(json)
  return {
    key: readMember(answer, 'key', (key) => (key === null ? null : readApiKey(key))),
    session: readMember(answer, 'session', (own) => (own === null ? null : readShape(ownSessionShape, own))),
    account: readMember(answer, 'account', (account) => readShape(accountShape, account)),
    user: readMember(answer, 'user', (user) => readShape(ownUserShape, user)),
    permissions: object<PermissionDocument>('permissions').read(answer.permissions),
  }
}

/** The account as the wire has it. */
export function printAccount(account: Account): Record<string, unknown> {
  return printShape(accountShape, account)
}
