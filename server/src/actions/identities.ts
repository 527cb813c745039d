/** Identities at an OpenID provider by which users sign in: linked to a user, and only then good for anything. */
import { Fault } from '../fault.js'
import { findUser, findUserByEmail } from '../store/accounts.js'
import {
  findIdentity,
  findLinkedIdentity,
  type Identity,
  type IdentityName,
  insertIdentity,
  listIdentities as listStoredIdentities,
  unlinkIdentity as unlinkStored,
} from '../store/identities.js'
import { revokeSessionsOfIdentity } from '../store/sessions.js'
import type { Db } from '../store/tables.js'
import { findPassword } from '../store/users.js'
import { writeAs } from './again.js'
import { change, touch } from './change.js'
import type { Caller, Context } from './context.js'
import { checkText } from './texts.js'

export type { Identity }

/** Most identities of a user. */
const maxIdentities = 20
const maxSubjectLength = 255
const maxIssuerLength = 1_024

/** The identities of the caller's user, oldest first. */
export function listIdentities({ store }: Context, { principal }: Caller): Promise<readonly Identity[]> {
  return store.read((db) => listStoredIdentities(db, principal.account.id))
}

/**
 * Takes an identity from the caller's user, and ends the sessions that it has signed in, but the calling one; to do it
 * again is to find it as asked (decision A16). Faults: `not_found`, also for identities of others; `not_authorized` for a
 * key; `bad_request` for the last way to sign in.
 */
export async function unlinkIdentity(context: Context, caller: Caller, id: number): Promise<void> {
  await writeAs(
    context,
    caller,
    async (db, principal) => {
      if (principal.kind !== 'session') {
        throw new Fault('not_authorized', 'Only a console session can unlink an identity of its user.')
      }
      const { userId, id: own } = principal.session
      const identity = await findIdentity(db, id)
      if (identity?.userId !== userId) throw new Fault('not_found', 'Identity not found.')
      if (!identity.unlinkedAt) await refuseLastWay(db, identity)
      await unlink(context, db, identity, own)
    },
    () => touch('user', caller.principal.account.id),
  )
}

/** Links an identity to a user, named by its account's e-mail. Faults: `not_found`, `conflict`, `bad_request`. */
export async function linkLocally(
  context: Context,
  { email, ...name }: IdentityName & { readonly email: string },
): Promise<Identity> {
  checkText('issuer', name.issuer, maxIssuerLength)
  checkText('subject', name.subject, maxSubjectLength)
  const work = async (db: Db) => {
    const user = await findUserByEmail(db, email)
    if (!user) throw new Fault('not_found', 'Account not found: no account has this email.')
    const identity = await linkTo(context, db, user.id, { ...name, email: null })
    if (!identity) throw new Fault('conflict', 'This identity is linked to another account; unlink it there first.')
    return identity
  }
  return change(context, work, ({ userId }) => touch('user', userId))
}

/**
 * Takes an identity from whoever has it, the last way to sign in included, and ends the sessions that it has signed in.
 * Faults: `not_found`.
 */
export async function unlinkLocally(context: Context, name: IdentityName): Promise<Identity> {
  const work = async (db: Db) => {
    const identity = await findLinkedIdentity(db, name)
    if (!identity) throw new Fault('not_found', 'No account has this identity.')
    await unlink(context, db, identity, null)
    return identity
  }
  return change(context, work, ({ userId }) => touch('user', userId))
}

/** Links an identity to a user who may have it already; null when another has it. Faults: `bad_request` for too many. */
export async function linkTo(
  { now }: Context,
  db: Db,
  userId: number,
  named: IdentityName & { readonly email: string | null },
): Promise<Identity | null> {
  const linked = await findLinkedIdentity(db, named)
  if (linked) return linked.userId === userId ? linked : null
  if (!(await findUser(db, userId))) throw new Fault('not_found', 'There is no such user any more.')
  if ((await listStoredIdentities(db, userId)).length >= maxIdentities) {
    throw new Fault('bad_request', `A user has at most ${maxIdentities} identities; unlink one first.`)
  }
  return insertIdentity(db, { ...named, userId, createdAt: new Date(now()) })
}

/** `own`: the session that asks for it, which goes on. */
async function unlink({ now }: Context, db: Db, identity: Identity, own: number | null): Promise<void> {
  const at = new Date(now())
  await unlinkStored(db, identity.id, at)
  await revokeSessionsOfIdentity(db, identity, own, at)
}

async function refuseLastWay(db: Db, { userId }: Identity): Promise<void> {
  const password = await findPassword(db, userId)
  const identities = await listStoredIdentities(db, userId)
  if (password?.hash || identities.length > 1) return
  throw new Fault(
    'bad_request',
    'This is the only way you can sign in: set a password first, or link another identity.',
  )
}
