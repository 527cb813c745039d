import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Front, goodPassword, openFront, readSetCookie } from '../front.js'

const path = '/api/v0/auth/sessions/'
let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const signInAgain = async (userAgent = 'Browser/1.0') => {
  const { headers, body } = await front.visit('POST', '/keyporter/sign-in', {
    body: { email: 'owner@example.com', password: goodPassword },
    headers: { 'User-Agent': userAgent },
  })
  return { cookie: readSetCookie(headers), id: body.session_id as number }
}
const list = async (cookie: string) => (await front.visit('GET', path, { cookie })).body
const idsOf = ({ sessions }: { sessions: { id: number }[] }) => sessions.map(({ id }) => id)

describe('the sessions of a user', () => {
  it('are listed, the newest first, and the calling one is marked', async () => {
    const first = await front.signIn()
    const second = await signInAgain('Firefox on <script>\u00e9')
    const { sid, rights, sessions } = await list(first.cookie)
    expect([sid, rights]).toEqual([first.id, { api: { '*': {} } }])
    expect(sessions).toMatchObject([
      { id: second.id, method: 'password', current: false, user_agent: 'Firefox on <script>?' },
      { id: first.id, method: 'link', current: true, last_used_address: '127.0.0.1' },
    ])
    const [{ created_at, expires_at, last_used_at }] = sessions
    expect(last_used_at).toBe(created_at)
    expect(expires_at - created_at).toBe(7 * 86_400)
    expect(JSON.stringify(sessions)).not.toContain(second.cookie)
  })

  it('are listed and ended by a key of the user too, which is none of them', async () => {
    const { id } = await front.signIn()
    const { body } = await front.call('GET', path, { secret: front.secret })
    expect([body.sid, idsOf(body)]).toEqual([null, [id]])
    expect((await front.call('DELETE', `${path}${id}/`, { secret: front.secret })).body).toEqual({ success: true })
    expect(idsOf((await front.call('GET', path, { secret: front.secret })).body)).toEqual([])
  })

  it('are not ended by a key with less than full access', async () => {
    const { cookie, id } = await front.signIn()
    const secret = await front.issue({ api: { user_write: {} } })
    for (const target of [path, `${path}${id}/`]) {
      const { status, body } = await front.call('DELETE', target, { secret })
      expect([status, body.error]).toEqual([403, 'not_authorized'])
      expect(body.msg).toBe('Only a full-access key or a console session can end sessions.')
    }
    expect((await list(cookie)).sid).toBe(id)
  })

  it('end one by one; to end one again is to find it ended', async () => {
    const own = await front.signIn()
    const other = await signInAgain()
    for (let i = 0; i < 2; i++)
      expect((await front.visit('DELETE', `${path}${other.id}/`, { cookie: own.cookie })).status).toBe(200)
    expect((await front.visit('GET', path, { cookie: other.cookie })).body.reason).toBe('revoked')
    expect(idsOf(await list(own.cookie))).toEqual([own.id])
    expect((await front.visit('DELETE', `${path}${own.id}/`, { cookie: own.cookie })).status).toBe(200)
    expect((await front.visit('GET', path, { cookie: own.cookie })).status).toBe(401)
  })

  it('end all at once but the calling one', async () => {
    const own = await front.signIn()
    const others = [await signInAgain(), await signInAgain()]
    const { body } = await front.visit('DELETE', path, { cookie: own.cookie })
    expect(body).toEqual({ success: true, revoked: 2 })
    for (const { cookie } of others) expect((await front.visit('GET', path, { cookie })).status).toBe(401)
    expect(idsOf(await list(own.cookie))).toEqual([own.id])
  })

  it('of others are not found', async () => {
    const { id, cookie } = await front.signIn()
    const secret = await front.world.issue(front.world.operator, {})
    const foreign = await front.call('DELETE', `${path}${id}/`, { secret: secret.secret })
    const unknown = await front.call('DELETE', `${path}999999/`, { secret: secret.secret })
    for (const { status, body } of [foreign, unknown])
      expect([status, body.error, body.msg]).toEqual([404, 'not_found', 'Session not found.'])
    expect((await list(cookie)).sid).toBe(id)
  })
})
