/**
 * The public SSH keys of an account. Its `ssh_key`, the one that old clients know, is the oldest of the list: to set it is
 * to change that one, or to add the first; to clear it is to delete it.
 */
import { Fault } from '../fault.js'
import {
  changeSshKey,
  findSshKey,
  fingerprintSshKey,
  insertSshKey,
  listSshKeys as listStoredSshKeys,
  type SshKey,
} from '../store/ssh-keys.js'
import type { Db } from '../store/tables.js'
import { writeAs } from './again.js'
import { touch } from './change.js'
import type { Caller, Context } from './context.js'
import { checkSshKey } from './texts.js'

export type { SshKey }

/** Most SSH keys of an account. */
const maxSshKeys = 100

/** The SSH keys of the caller's account, oldest first. */
export function listSshKeys({ store }: Context, { principal }: Caller): Promise<readonly SshKey[]> {
  return store.read((db) => listStoredSshKeys(db, principal.account.id))
}

/** Adds a key. Faults: `bad_request` for what is no public key and for one too many, `conflict` for one that is there. */
export async function createSshKey(context: Context, caller: Caller, text: string): Promise<SshKey> {
  const publicKey = checkSshKey(text)
  return writeAs(
    context,
    caller,
    (db, { account }) => addSshKey(context, db, account.id, publicKey),
    touchAccount,
    ({ id }) => ({ id }),
  )
}

/** Puts another key in the place of one. Faults: those of `createSshKey`, `no_ssh_key`. */
export async function updateSshKey(context: Context, caller: Caller, id: number, text: string): Promise<SshKey> {
  const publicKey = checkSshKey(text)
  return writeAs(
    context,
    caller,
    async (db, { account }) => {
      const sshKey = await getOwn(db, account.id, id)
      if (sshKey.deletedAt) throw describeMissing()
      return replaceSshKey(db, sshKey, publicKey)
    },
    touchAccount,
    () => ({ id }),
  )
}

/** Deletes a key. To delete it again is to find it as asked (decision A16). Faults: `no_ssh_key`. */
export async function deleteSshKey(context: Context, caller: Caller, id: number): Promise<void> {
  await writeAs(
    context,
    caller,
    async (db, { account }) => {
      const sshKey = await getOwn(db, account.id, id)
      await changeSshKey(db, id, { deletedAt: sshKey.deletedAt ?? new Date(context.now()) })
      return sshKey
    },
    touchAccount,
    () => ({ id }),
  )
}

/** Makes `publicKey` the account's `ssh_key`, or with null takes that one away. Faults: those of `createSshKey`. */
export async function setFirstSshKey(
  context: Context,
  db: Db,
  accountId: number,
  publicKey: string | null,
): Promise<void> {
  const [first] = await listStoredSshKeys(db, accountId)
  if (publicKey === null) {
    if (first) await changeSshKey(db, first.id, { deletedAt: new Date(context.now()) })
  } else if (first) await replaceSshKey(db, first, publicKey)
  else await addSshKey(context, db, accountId, publicKey)
}

async function addSshKey({ now }: Context, db: Db, accountId: number, publicKey: string): Promise<SshKey> {
  const sshKeys = await listStoredSshKeys(db, accountId)
  refuseTwin(sshKeys, publicKey)
  if (sshKeys.length >= maxSshKeys) {
    throw new Fault('bad_request', `An account has at most ${maxSshKeys} SSH keys; delete one first.`)
  }
  return insertSshKey(db, { accountId, publicKey, createdAt: new Date(now()) })
}

async function replaceSshKey(db: Db, { id, accountId }: SshKey, publicKey: string): Promise<SshKey> {
  const others = (await listStoredSshKeys(db, accountId)).filter((other) => other.id !== id)
  refuseTwin(others, publicKey)
  await changeSshKey(db, id, { publicKey })
  return getOwn(db, accountId, id)
}

function refuseTwin(sshKeys: readonly SshKey[], publicKey: string): void {
  const fingerprint = fingerprintSshKey(publicKey)
  const twin = sshKeys.find((sshKey) => sshKey.fingerprint === fingerprint)
  if (twin) throw new Fault('conflict', `ssh_key: the account has this key already, under the id ${twin.id}.`)
}

async function getOwn(db: Db, accountId: number, id: number): Promise<SshKey> {
  const sshKey = await findSshKey(db, id)
  if (sshKey?.accountId !== accountId) throw describeMissing()
  return sshKey
}

function describeMissing(): Fault {
  return new Fault('no_ssh_key', 'SSH key not found.')
}

function touchAccount({ accountId }: SshKey) {
  return touch('account', accountId)
}
