/** What whoever holds the database can do: local commands and the first start. No caller is judged here. */
import { expandFull, findUserPermissions, type Permissions } from '@keyporter/core'
import { Fault } from '../fault.js'
import {
  changeUser,
  findOperator,
  findUser,
  findUserByEmail,
  hasAnyAccount,
  insertAccount,
  type User,
} from '../store/accounts.js'
import type { Db } from '../store/tables.js'
import { change, issueOf, touch } from './change.js'
import type { Context } from './context.js'
import { describeIssued, type Issued, issueKey } from './issue.js'
import { issueLink } from './links.js'
import { checkEmail } from './texts.js'

/** What the operator's keys hold (decision A27). */
const operatorPermissions = findUserPermissions({ operator: true })

/** What the maker of an account hands on: the secret of its first key, and the token of its user's sign-in link. */
export interface NewAccount extends Issued {
  readonly user: User
  readonly linkToken: string
}

/**
 * Makes the operator's account with its first key and a sign-in link, or returns null when there is an account already.
 * Faults: `bad_request`.
 */
export async function ensureFirstAccount(context: Context, email: string): Promise<NewAccount | null> {
  if (await context.store.read(hasAnyAccount)) return null
  checkEmail(email)
  return change(
    context,
    async (db) => {
      if (await hasAnyAccount(db)) return null
      return addAccount(context, db, { email, operator: true, permissions: operatorPermissions })
    },
    (issued) => (issued ? issueOf(issued) : null),
    (issued) => (issued ? describeIssued(issued) : {}),
  )
}

/** Issues another key of the operator's account with all its powers. Faults: `not_found` before the first start. */
export function issueAdminKey(context: Context): Promise<Issued> {
  const issue = async (db: Db) => {
    const operator = await getOperator(db)
    return issueKey(context, db, {
      accountId: operator.id,
      createdByKeyId: null,
      name: 'admin key',
      primary: false,
      permissions: operatorPermissions,
      keyParams: undefined,
      addresses: null,
      expiresAt: null,
      notBefore: null,
      disabledAt: null,
    })
  }
  return change(context, issue, issueOf, describeIssued)
}

/**
 * Makes an account with a first key that holds every category of the catalog, and a sign-in link. Faults: `bad_request`, `conflict` for an
 * e-mail that is taken, `not_found` before the first start.
 */
export async function createAccount(context: Context, email: string): Promise<NewAccount> {
  checkEmail(email)
  const create = async (db: Db) => {
    await getOperator(db)
    const permissions = expandFull(findUserPermissions({ operator: false }), context.catalog)
    return addAccount(context, db, { email, operator: false, permissions })
  }
  return change(context, create, issueOf, describeIssued)
}

/**
 * Gives the user of an account, by its id or e-mail, a sign-in link in place of the last one; of the operator's account
 * where none is named. Alters no decision. Faults: `not_found`.
 */
export function createSignInLink(
  context: Context,
  id: number | string | null,
): Promise<{ readonly user: User; readonly linkToken: string }> {
  return context.store.write(async (db) => {
    const user = id === null ? await getOperator(db) : await getAccount(db, id)
    return { user, linkToken: await issueLink(context, db, user.id) }
  })
}

/** Stops all keys and sessions of an account, by its id or e-mail; a suspended one stays as it is. Faults: `not_found`. */
export function suspendAccount(context: Context, id: number | string): Promise<User> {
  return setSuspended(context, id, ({ suspendedAt }) => suspendedAt ?? new Date(context.now()))
}

/** Lets the keys and sessions of an account work again, by its id or e-mail. Faults: `not_found`. */
export function resumeAccount(context: Context, id: number | string): Promise<User> {
  return setSuspended(context, id, () => null)
}

async function addAccount(
  context: Context,
  db: Db,
  { email, operator, permissions }: { email: string; operator: boolean; permissions: Permissions },
): Promise<NewAccount> {
  const user = await insertAccount(db, { email, operator, createdAt: new Date(context.now()) })
  const issued = await issueKey(context, db, {
    accountId: user.id,
    createdByKeyId: null,
    name: null,
    primary: true,
    permissions,
    keyParams: undefined,
    addresses: null,
    expiresAt: null,
    notBefore: null,
    disabledAt: null,
  })
  return { user, linkToken: await issueLink(context, db, user.id), ...issued }
}

function setSuspended(context: Context, id: number | string, settle: (user: User) => Date | null): Promise<User> {
  const set = async (db: Db) => {
    const user = await getAccount(db, id)
    const suspendedAt = settle(user)
    await changeUser(db, user.id, { suspendedAt })
    return { ...user, suspendedAt }
  }
  return change(context, set, ({ id: accountId }) => touch('account', accountId))
}

/** A text of digits is an id: no e-mail is one. */
async function getAccount(db: Db, id: number | string): Promise<User> {
  const byId = typeof id === 'number' || /^[0-9]{1,15}$/.test(id)
  const user = byId ? await findUser(db, Number(id)) : await findUserByEmail(db, id)
  if (!user) throw new Fault('not_found', 'Account not found: no account has this id or email.')
  return user
}

async function getOperator(db: Db): Promise<User> {
  const operator = await findOperator(db)
  if (!operator) throw new Fault('not_found', 'There is no account yet; the first start of the server makes it.')
  return operator
}
