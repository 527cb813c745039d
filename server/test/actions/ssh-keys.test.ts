import { describe, expect, it } from 'vitest'
import { createSshKey, deleteSshKey, listSshKeys, updateSshKey } from '../../src/actions/ssh-keys.js'
import { getUser, updateUser } from '../../src/actions/users.js'
import { createWorld, startMs } from './world.js'

const one = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDI1 me@host'
const other = 'ssh-rsa AAAAB3NzaC1yc2E='

async function open() {
  const world = await createWorld()
  const { context, owner } = world
  return {
    ...world,
    create: (text: string, caller = owner) => createSshKey(context, caller, text),
    list: (caller = owner) => listSshKeys(context, caller),
    showFirst: async () => (await getUser(context, owner)).sshKey,
  }
}

describe('SSH keys', () => {
  it('are listed oldest first, each account its own', async () => {
    const { owner, operator, create, list } = await open()
    const first = await create(` ${one}\n`)
    await create(other)
    await create(one, operator)
    expect(first).toEqual({
      id: expect.any(Number),
      accountId: owner.principal.account.id,
      publicKey: one,
      fingerprint: expect.stringMatching(/^SHA256:[A-Za-z0-9+/]{43}$/),
      createdAt: new Date(startMs),
      deletedAt: null,
    })
    expect((await list()).map(({ publicKey }) => publicKey)).toEqual([one, other])
    expect((await list(operator)).map(({ publicKey }) => publicKey)).toEqual([one])
  })

  it('have the fingerprint that ssh-keygen prints', async () => {
    const { create } = await open()
    const text = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f'
    expect((await create(text)).fingerprint).toBe('SHA256:ZkAslGjFiUHdGf/WUL8rQvkib4PTvQatUV0OUQSncCA')
  })

  it('are refused when the account has them already, whatever the comment', async () => {
    const { create, list } = await open()
    const { id } = await create(one)
    await expect(create(one.replace('me@host', 'you'))).rejects.toMatchObject({
      code: 'conflict',
      message: `ssh_key: the account has this key already, under the id ${id}.`,
    })
    expect(await list()).toHaveLength(1)
  })

  it('are at most a hundred', async () => {
    const { create, list } = await open()
    for (let i = 0; i < 100; i++) await create(`ssh-rsa AAAA${String(i).padStart(4, '0')}`)
    await expect(create(one)).rejects.toMatchObject({
      code: 'bad_request',
      message: 'An account has at most 100 SSH keys; delete one first.',
    })
    expect(await list()).toHaveLength(100)
  })

  it.each([
    [
      'a private key',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nMII',
      /: this is a private key, which nobody else may see\.$/,
    ],
    ['the name of a file', '~/.ssh/id_ed25519.pub', /: this looks like the name of a file, whose text is wanted\.$/],
    ['something else', 'hello', /: such as "ssh-ed25519 AAAA name"\.$/],
    ['options before the key', `command="x" ${one}`, /^ssh_key must be one public key of at most 4096 characters/],
  ])('are refused when they are %s, which is not repeated', async (_what, text, message) => {
    const { create, list } = await open()
    await expect(create(text)).rejects.toMatchObject({ code: 'bad_request', message: expect.stringMatching(message) })
    await expect(create(text)).rejects.not.toMatchObject({ message: expect.stringContaining(text.slice(0, 30)) })
    expect(await list()).toEqual([])
  })

  it('give way to another under the same id', async () => {
    const { context, owner, create, list } = await open()
    const { id } = await create(one)
    await create(other)
    expect(await updateSshKey(context, owner, id, one.replace('me@host', 'new'))).toMatchObject({
      id,
      publicKey: one.replace('me@host', 'new'),
    })
    await expect(updateSshKey(context, owner, id, other)).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringMatching(/^ssh_key: the account has this key already, under the id/),
    })
    expect((await list()).map(({ publicKey }) => publicKey)).toEqual([one.replace('me@host', 'new'), other])
  })

  it('can be deleted, again without an error, and added anew', async () => {
    const { context, owner, create, list } = await open()
    const { id } = await create(one)
    await deleteSshKey(context, owner, id)
    await deleteSshKey(context, owner, id)
    expect(await list()).toEqual([])
    await expect(updateSshKey(context, owner, id, other)).rejects.toMatchObject({ code: 'no_ssh_key' })
    expect((await create(one)).id).not.toBe(id)
  })

  it('of another account are not there', async () => {
    const { context, operator, create, list } = await open()
    const { id } = await create(one)
    const missing = { code: 'no_ssh_key', message: 'SSH key not found.' }
    await expect(deleteSshKey(context, operator, id)).rejects.toMatchObject(missing)
    await expect(updateSshKey(context, operator, id, other)).rejects.toMatchObject(missing)
    await expect(deleteSshKey(context, operator, 999)).rejects.toMatchObject(missing)
    expect(await list()).toHaveLength(1)
  })

  it('of which the oldest is the ssh_key of the user', async () => {
    const { context, owner, create, list, showFirst } = await open()
    const { id } = await create(one)
    await create(other)
    expect(await showFirst()).toBe(one)
    const third = 'ssh-rsa AAAAdddd'
    expect((await updateUser(context, owner, { sshKey: third })).sshKey).toBe(third)
    expect((await list())[0]).toMatchObject({ id, publicKey: third })
    await expect(updateUser(context, owner, { sshKey: other })).rejects.toMatchObject({ code: 'conflict' })
    expect((await updateUser(context, owner, { sshKey: null })).sshKey).toBe(other)
    expect((await list()).map(({ publicKey }) => publicKey)).toEqual([other])
    await updateUser(context, owner, { sshKey: null })
    expect([await list(), await showFirst()]).toEqual([[], null])
    expect((await updateUser(context, owner, { sshKey: one })).sshKey).toBe(one)
    expect(await list()).toHaveLength(1)
  })

  it('are written by a change like any other, and judged again', async () => {
    const { context, owner, create, issue, admit } = await open()
    const { key, secret, caller } = await issue(owner, { api: { user_write: {} } })
    await create(one, caller)
    const { changeKey } = await import('../../src/store/keys.js')
    const before = await context.store.read((db) => db.selectFrom('changes').selectAll().execute())
    expect(JSON.parse(before.at(-1)!.touches)).toEqual([{ kind: 'account', id: owner.principal.account.id }])
    const late = await admit(secret)
    await context.store.write((db) => changeKey(db, key.id, { disabledAt: new Date(startMs) }))
    await expect(create(other, late)).rejects.toMatchObject({ name: 'Denied' })
  })
})
