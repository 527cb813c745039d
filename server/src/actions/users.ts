/** What a caller may see and change of its own account. Credit is read here and never written. */
import type { Principal } from '@keyporter/core'
import { Fault } from '../fault.js'
import { changeUser, findUser, type UserChanges as StoredChanges, type User } from '../store/accounts.js'
import type { Db } from '../store/tables.js'
import { writeAs } from './again.js'
import { touch } from './change.js'
import type { Caller, Context } from './context.js'
import { setFirstSshKey } from './ssh-keys.js'
import { checkEmail, checkSshKey, checkText } from './texts.js'

export type { User }

/** Members that are not given stay as they are; null and an empty text clear. */
export interface UserChanges {
  readonly email?: string
  readonly username?: string | null
  readonly fullname?: string | null
  readonly sshKey?: string | null
}

const maxUsernameLength = 64
const maxFullnameLength = 255

/** The caller's account. */
export function getUser({ store }: Context, { principal }: Caller): Promise<User> {
  return store.read((db) => getStoredUser(db, principal.account.id))
}

/**
 * Changes what is given of the caller's account. Faults: `bad_request`, `conflict` for another account's e-mail,
 * `not_authorized` for a new e-mail without a full key (decision A6); a session shows its password for that, in
 * `SignIn.changeEmail`. `sshKey` is the oldest of the account's SSH keys.
 */
export async function updateUser(context: Context, caller: Caller, changes: UserChanges): Promise<User> {
  const { sshKey, ...checked } = checkChanges(changes)
  const update = async (db: Db, principal: Principal) => {
    const { account } = principal
    const { email } = await getStoredUser(db, account.id)
    if (checked.email !== undefined && checked.email !== email) refuseNewEmail(principal)
    await changeUser(db, account.id, checked)
    if (sshKey !== undefined) await setFirstSshKey(context, db, account.id, sshKey)
    return getStoredUser(db, account.id)
  }
  return writeAs(context, caller, update, ({ id }) => touch('account', id))
}

function refuseNewEmail({ kind, grant }: Principal): void {
  if (kind === 'session') {
    throw new Fault('not_authorized', 'A console session changes the email with its password: PUT /keyporter/email.')
  }
  if (!grant.full) throw new Fault('not_authorized', 'Only a full-access key can change the email of its account.')
}

function checkChanges({ email, username, fullname, sshKey }: UserChanges): StoredChanges & Pick<UserChanges, 'sshKey'> {
  return {
    ...(email !== undefined && { email: checkEmail(email) }),
    ...(username !== undefined && { username: username ? checkText('username', username, maxUsernameLength) : null }),
    ...(fullname !== undefined && { fullname: fullname ? checkText('fullname', fullname, maxFullnameLength) : null }),
    ...(sshKey !== undefined && { sshKey: sshKey ? checkSshKey(sshKey) : null }),
  }
}

async function getStoredUser(db: Db, id: number): Promise<User> {
  const user = await findUser(db, id)
  if (!user) throw new Fault('not_found', 'Account not found.')
  return user
}
