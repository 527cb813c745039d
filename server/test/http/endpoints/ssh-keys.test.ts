import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startMs } from '../../actions/world.js'
import { type Front, openFront } from '../front.js'

const path = '/api/v0/ssh/'
const text = 'ssh-ed25519 AAAA u@h'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const call = (method: string, where: string, body?: unknown) =>
  front.call(method, where, { secret: front.secret, body })

describe('SSH keys over HTTP', () => {
  it('are created, listed, updated and deleted in the shapes that old clients need', async () => {
    expect((await call('GET', path)).body).toEqual([])
    const created = (await call('POST', path, { ssh_key: text })).body
    const { id } = created.key
    const item = {
      id,
      user_id: front.world.owner.principal.account.id,
      key: text,
      public_key: text,
      fingerprint: expect.stringMatching(/^SHA256:/),
      created_at: startMs / 1000,
      deleted_at: null,
    }
    expect(created).toEqual({ success: true, key: item })
    expect((await call('GET', path)).body).toEqual([item])
    expect((await call('GET', '/api/v0/users/current/')).body.ssh_key).toBe(text)
    const updated = (await call('PUT', `${path}${id}/`, { id: 999, ssh_key: 'ssh-ed25519 BBBB' })).body
    expect(updated).toMatchObject({ success: true, key: { id, public_key: 'ssh-ed25519 BBBB' } })
    expect((await call('DELETE', `${path}${id}/`, {})).body).toEqual({ success: true })
    expect((await call('GET', path)).body).toEqual([])
  })

  it.each(['PUT', 'DELETE'])('%s of one that is not there is 400 no_ssh_key', async (method) => {
    const { status, body } = await call(method, `${path}999999/`, { ssh_key: text })
    expect([status, body.error, body.msg]).toEqual([400, 'no_ssh_key', 'SSH key not found.'])
  })

  const refused: [unknown, RegExp][] = [
    [{}, /^ssh_key is missing: it must be a public SSH key on one line/],
    [{ ssh_key: null }, /^ssh_key must be a public SSH key on one line/],
    [{ ssh_key: 'k.pub' }, /^ssh_key must be one public key .* the name of a file/],
    [{ ssh_key: `ssh-rsa ${'A'.repeat(4_096)}` }, /^ssh_key must be .* at most 4096 characters/],
  ]
  it.each(refused)('refuses %j', async (body, msg) => {
    const answer = await call('POST', path, body)
    expect([answer.status, answer.body.error]).toEqual([400, 'bad_request'])
    expect(answer.body.msg).toMatch(msg)
  })
})
