import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMs } from '../../actions/world.js'
import { type Front, openFront } from '../front.js'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const show = async (secret = front.secret) => (await front.call('GET', '/api/v0/users/current', { secret })).body
const update = (body: unknown, secret = front.secret) => front.call('PUT', '/api/v0/users/', { secret, body })

describe('show user', () => {
  it('has what every client needs, and claims nothing that is not so', async () => {
    const { account, key } = front.world.owner.principal
    const body = await show()
    expect(body).toMatchObject({
      id: account.id,
      email: 'owner@example.com',
      username: null,
      fullname: null,
      ssh_key: null,
      credit: 0,
      balance: 0,
      api_key: null,
      sid: null,
      created_at: startMs / 1000,
      can_pay: false,
      has_billing: false,
      host_agreement_accepted: false,
      tfa_enabled: false,
      tfa_status: 'disabled',
    })
    expect(body.key_id).not.toBe(key.id)
  })

  it('shows the rights of the presenting key', async () => {
    const permissions = { api: { user_read: {} } }
    expect((await show(await front.issue(permissions))).rights).toEqual({ rights: permissions, sid: null })
  })
})

describe('set user', () => {
  it('changes what is given and answers with the user', async () => {
    const { status, body } = await update({
      fullname: 'Ada Example',
      username: 'ada',
      ssh_key: 'ssh-ed25519 AAAAC3Nza ada',
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({
      success: true,
      msg: 'User updated.',
      fullname: 'Ada Example',
      username: 'ada',
      user: 'ada',
    })
    const { success: _success, msg: _msg, ...user } = body
    expect(await show()).toEqual(user)
    expect((await update({ fullname: null })).body).toMatchObject({
      fullname: null,
      username: 'ada',
      ssh_key: 'ssh-ed25519 AAAAC3Nza ada',
    })
  })

  it('says which members it took where others came along', async () => {
    const { status, body } = await update({ fullname: 'A', api_key: 'x', paypal_email: 'a@b.c' })
    expect(status).toBe(200)
    expect(body.msg).toBe(
      'User updated; only email, username, fullname, ssh_key can be set here, other members were ignored.',
    )
    expect(body.api_key).toBeNull()
  })

  it('changes the e-mail for a full key alone', async () => {
    const scoped = await front.issue({ api: { user_read: {}, user_write: {} } })
    const { status, body } = await update({ email: 'thief@example.com' }, scoped)
    expect([status, body.error]).toEqual([403, 'not_authorized'])
    expect((await update({ email: 'new@example.com' })).body.email).toBe('new@example.com')
    expect((await update({ email: 'owner@example.com' })).status).toBe(200)
  })

  it('takes no e-mail that another account has', async () => {
    const { status, body } = await update({ email: 'Admin@LOCALHOST' })
    expect([status, body.error, body.msg]).toEqual([400, 'conflict', 'email: another account has this address.'])
  })

  const refused: [unknown, string | RegExp][] = [
    [{}, 'Nothing to change: give at least one of email, username, fullname, ssh_key.'],
    [{ paypal_email: 'a@b.c' }, /^Nothing to change/],
    [{ credit: 100 }, 'credit must be left out: it is read-only.'],
    [{ credit: null, fullname: 'x' }, 'credit must be left out: it is read-only.'],
    [{ balance: 100 }, 'balance must be left out: it is read-only.'],
    [{ email: null }, /^email must be an e-mail address like name@example\.com, of at most 254 characters\.$/],
    [{ email: 5 }, /^email must be an e-mail address/],
    [{ email: 'nobody' }, /^email must be an address like name@example\.com/],
    [{ email: `${'a'.repeat(251)}@b.c` }, /^email must be an e-mail address/],
    [{ username: 'x'.repeat(65) }, 'username must be a text of at most 64 characters, or null.'],
    [{ username: {} }, 'username must be a text of at most 64 characters, or null.'],
    [{ fullname: 'a\u0000b' }, /^fullname has control characters/],
    [{ fullname: 1 }, 'fullname must be a text of at most 255 characters, or null.'],
    [{ ssh_key: 'my key' }, /^ssh_key must be one public key/],
    [{ ssh_key: 7 }, 'ssh_key must be a public SSH key on one line of at most 4096 characters, or null.'],
  ]
  it.each(refused)('refuses %j and changes nothing', async (body, msg) => {
    const before = await show()
    const answer = await update(body)
    expect([answer.status, answer.body.error]).toEqual([400, 'bad_request'])
    expect(answer.body.msg).toMatch(msg)
    expect(await show()).toEqual(before)
  })
})
