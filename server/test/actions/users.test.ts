import { describe, expect, it } from 'vitest'
import { createAccount } from '../../src/actions/accounts.js'
import { getUser, type UserChanges, updateUser } from '../../src/actions/users.js'
import { createWorld, startMs } from './world.js'

const sshKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIDI5 me@host'

describe('getUser', () => {
  it("gives the caller's own account", async () => {
    const { context, owner } = await createWorld()
    expect(await getUser(context, owner)).toEqual({
      id: owner.principal.account.id,
      email: 'owner@example.com',
      username: null,
      fullname: null,
      sshKey: null,
      credit: 0,
      createdAt: new Date(startMs),
      suspendedAt: null,
      operator: false,
    })
  })
})

describe('updateUser', () => {
  it('changes what is given and nothing else', async () => {
    const { context, owner } = await createWorld()
    let expected = await getUser(context, owner)
    const changes: [UserChanges, object][] = [
      [{}, {}],
      [{ email: 'New@Example.com' }, { email: 'New@Example.com' }],
      [{ username: 'me' }, { username: 'me' }],
      [{ fullname: 'My Náme' }, { fullname: 'My Náme' }],
      [{ sshKey: `  ${sshKey}\n` }, { sshKey }],
      [{ sshKey: '' }, { sshKey: null }],
      [{ sshKey }, { sshKey }],
      [{ sshKey: null }, { sshKey: null }],
      [{ username: '' }, { username: null }],
      [{ fullname: null }, { fullname: null }],
    ]
    for (const [change, effect] of changes) {
      expected = { ...expected, ...effect }
      expect(await updateUser(context, owner, change)).toEqual(expected)
      expect(await getUser(context, owner)).toEqual(expected)
    }
  })

  it.each([
    'ssh-rsa AAAAB3NzaC1yc2E= a comment, with more',
    'ecdsa-sha2-nistp256 AAAAE2VjZHNh',
    'sk-ssh-ed25519@openssh.com AAAAGnNr',
  ])('takes the SSH key %s', async (key) => {
    const { context, owner } = await createWorld()
    expect((await updateUser(context, owner, { sshKey: key })).sshKey).toBe(key)
  })

  const refused: [what: string, changes: UserChanges, message: RegExp][] = [
    ['an e-mail without @', { email: 'me' }, /^email must be an address like name@example.com: one @, printable ASCII/],
    ['an e-mail with two', { email: 'a@b@c' }, /^email must be/],
    ['an e-mail with nothing before it', { email: '@example.com' }, /^email must be/],
    ['an e-mail with a space', { email: 'a b@example.com' }, /^email must be/],
    ['an e-mail with a line end', { email: 'a@example.com\n' }, /^email must be/],
    ['an empty e-mail', { email: '' }, /^email must be/],
    ['a long e-mail', { email: `${'x'.repeat(243)}@example.com` }, /^email must be .* at most 254 characters/],
    ['a long username', { username: 'x'.repeat(65) }, /^username is longer than 64 characters\.$/],
    ['a username with a control character', { username: 'a\u0000' }, /^username has control characters/],
    ['a long fullname', { fullname: 'x'.repeat(256) }, /^fullname is longer than 255 characters\.$/],
    ['a private key', { sshKey: '-----BEGIN OPENSSH PRIVATE KEY-----' }, /^ssh_key must be one public key/],
    ['two keys', { sshKey: `${sshKey}\n${sshKey}` }, /^ssh_key must be one public key/],
    ['a key without its body', { sshKey: 'ssh-rsa' }, /^ssh_key must be one public key/],
    ['a long key', { sshKey: `ssh-rsa ${'A'.repeat(4_096)}` }, /^ssh_key must be .* at most 4096 characters/],
  ]
  it.each(refused)('refuses %s, and changes nothing', async (_what, changes, message) => {
    const { context, owner } = await createWorld()
    const before = await getUser(context, owner)
    await expect(updateUser(context, owner, { fullname: 'x', ...changes })).rejects.toMatchObject({
      code: 'bad_request',
      message: expect.stringMatching(message),
    })
    expect(await getUser(context, owner)).toEqual(before)
  })

  it("refuses another account's e-mail, in whatever case", async () => {
    const { context, owner } = await createWorld()
    await createAccount(context, 'other@example.com')
    await expect(updateUser(context, owner, { email: 'OTHER@example.com', fullname: 'x' })).rejects.toMatchObject({
      code: 'conflict',
      message: 'email: another account has this address.',
    })
    expect((await getUser(context, owner)).fullname).toBeNull()
  })

  it.each([
    ['lacks a category', { api: { user_write: {}, user_read: {} } }],
    [
      'holds every category, one under a constraint',
      {
        api: {
          '*': {},
          instance_read: { constraints: { id: { eq: 1 } } },
        },
      },
    ],
  ])('refuses a new e-mail from a key that %s', async (_what, permissions) => {
    const { context, owner, issue } = await createWorld()
    const { caller } = await issue(owner, permissions)
    await expect(updateUser(context, caller, { email: 'new@example.com' })).rejects.toMatchObject({
      code: 'not_authorized',
      message: 'Only a full-access key can change the email of its account.',
    })
    // The e-mail that is there already changes nothing.
    expect(await updateUser(context, caller, { email: 'owner@example.com', username: 'u' })).toMatchObject({
      email: 'owner@example.com',
      username: 'u',
    })
  })

  it('takes a new e-mail from any key that is full', async () => {
    const { context, owner, issue } = await createWorld()
    const { caller } = await issue(owner, {})
    expect((await updateUser(context, caller, { email: 'new@example.com' })).email).toBe('new@example.com')
  })
})
