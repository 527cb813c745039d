/** The account behind a key, and who is calling. */
import { type ApiKey, readApiKey } from './keys.js'
import {
  flag,
  integer,
  nullable,
  number,
  printShape,
  readMember,
  readObject,
  readShape,
  type Shape,
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

/** What is missing stays as it is. `email` takes a full-access key. */
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

export interface Whoami {
  readonly key: ApiKey
  readonly account: Account
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
    key: readMember(answer, 'key', readApiKey),
    account: readMember(answer, 'account', (account) => readShape(accountShape, account)),
  }
}

/** The account as the wire has it. */
export function printAccount(account: Account): Record<string, unknown> {
  return printShape(accountShape, account)
}
