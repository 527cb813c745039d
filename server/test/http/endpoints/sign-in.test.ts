import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createSignInLink, resumeAccount, suspendAccount } from '../../../src/actions/accounts.js'
import { type Front, goodPassword, openFront, readSetCookie } from '../front.js'

const whoami = '/keyporter/whoami'
const sessionsPath = '/api/v0/auth/sessions/'
const email = 'owner@example.com'

let front: Front
beforeAll(async () => {
  front = await openFront()
})
afterAll(() => front.close())

const makeLink = async () =>
  (await createSignInLink(front.world.context, front.world.owner.principal.account.id)).linkToken
const redeem = (token: string, password = goodPassword) =>
  front.visit('POST', '/keyporter/sign-in/link', { body: { token, password } })
const signIn = (given: object) =>
  front.visit('POST', '/keyporter/sign-in', { body: { email, password: goodPassword, ...given } })
const isSignedIn = async (cookie: string) => (await front.visit('GET', whoami, { cookie })).status === 200

describe('a sign-in link', () => {
  it('sets a password and signs in, in a cookie that pages cannot read and other sites cannot send', async () => {
    const { status, headers, body } = await redeem(await makeLink())
    expect([status, Object.keys(body)]).toEqual([200, ['success', 'session_id']])
    expect(headers.get('set-cookie')).toMatch(
      /^keyporter_session=[A-Za-z0-9_-]{43}; Path=\/; Max-Age=604800; HttpOnly; SameSite=Strict$/,
    )
    expect(headers.get('cache-control')).toBe('no-store')
    expect((await signIn({})).status).toBe(200)
  })

  it('is good once, also for two at once', async () => {
    const token = await makeLink()
    const answers = await Promise.all([redeem(token), redeem(token)])
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401])
    const { status, body } = await redeem(token)
    expect([status, body.error, body.msg]).toEqual([
      401,
      'auth_error',
      'This link was used already or is out of date. Make another with keyporter sign-in-link.',
    ])
  })

  it('is replaced by a later one, and out of date after a day', async () => {
    const [first, second] = [await makeLink(), await makeLink()]
    expect((await redeem(first)).status).toBe(401)
    front.world.nowMs += 86_400_000
    expect((await redeem(second)).status).toBe(401)
    const third = await makeLink()
    front.world.nowMs += 86_400_000 - 1
    expect((await redeem(third)).status).toBe(200)
  })

  it('is not spent by a password that cannot be used', async () => {
    const token = await makeLink()
    for (const password of ['eleven char', 'x'.repeat(257), '']) {
      const { status, body } = await redeem(token, password)
      expect([status, body.error, body.msg]).toEqual([400, 'bad_request', 'password must have 12 to 256 characters.'])
    }
    expect((await redeem(token, '🔑'.repeat(12))).status).toBe(200)
  })

  it('ends the sessions that there were', async () => {
    const { cookie } = await front.signIn()
    const { cookie: other } = await front.signIn()
    expect([await isSignedIn(cookie), await isSignedIn(other)]).toEqual([false, true])
  })
})

describe('signing in by password', () => {
  beforeAll(async () => void (await front.signIn()))

  it('takes the e-mail in whatever case, and the password in whatever normal form', async () => {
    await redeem(await makeLink(), 'caf\u00e9 caf\u00e9 caf\u00e9')
    const { status, headers } = await signIn({
      email: 'OWNER@example.com',
      password: 'cafe\u0301 cafe\u0301 cafe\u0301',
    })
    expect(status).toBe(200)
    expect(await isSignedIn(readSetCookie(headers))).toBe(true)
    await front.signIn()
  })

  it('tells nothing about which of the two is wrong', async () => {
    const bodies = await Promise.all(
      [{ password: 'not the password' }, { email: 'nobody@example.com' }, { email: 'admin@localhost' }].map(
        async (given) => {
          const { status, headers, body } = await signIn(given)
          const { request_id: _, ...rest } = body
          return { status, cookie: headers.get('set-cookie'), rest }
        },
      ),
    )
    const told = { success: false, error: 'auth_error', msg: 'Wrong email or password.' }
    for (const each of bodies) expect(each).toEqual({ status: 401, cookie: null, rest: told })
  })

  it('never takes over a session that the browser came with', async () => {
    const planted = 'A'.repeat(43)
    const { headers } = await front.visit('POST', '/keyporter/sign-in', {
      cookie: planted,
      body: { email, password: goodPassword },
    })
    expect(readSetCookie(headers)).not.toBe(planted)
    expect(await isSignedIn(planted)).toBe(false)
  })

  it('is refused for a suspended account, whose sessions stand still', async () => {
    const { cookie } = await front.signIn()
    const { id } = front.world.owner.principal.account
    await suspendAccount(front.world.context, id)
    const { status, body } = await signIn({})
    expect([status, body.error, body.msg]).toEqual([403, 'not_authorized', 'This account is suspended.'])
    const refused = await front.visit('GET', whoami, { cookie })
    expect([refused.status, refused.body.reason]).toEqual([403, 'suspended'])
    await resumeAccount(front.world.context, id)
    expect(await isSignedIn(cookie)).toBe(true)
  })

  it.each([
    ['no member', {}, 'email is missing'],
    ['another member', { email, password: 'x', remember: true }, 'is not a member'],
    ['an e-mail of another type', { email: 1, password: 'x' }, 'email must be a text'],
    ['a password of another type', { email, password: null }, 'password must be a text'],
    ['a long password', { email, password: 'x'.repeat(257) }, 'password must be a text of at most 256'],
  ])('refuses %s', async (_what, body, msg) => {
    const { status, body: answer } = await front.visit('POST', '/keyporter/sign-in', { body })
    expect([status, answer.error]).toEqual([400, 'bad_request'])
    expect(answer.msg).toContain(msg)
  })

  it('refuses a body of more than a few kB before it is read whole', async () => {
    const { status, body } = await signIn({ password: 'x'.repeat(5_000) })
    expect([status, body.error, body.msg]).toEqual([413, 'too_large', 'The body is larger than 4096 bytes.'])
  })
})

describe('signing out', () => {
  it('ends the session and takes the cookie away; to do it again is to find it done', async () => {
    const { cookie } = await front.signIn()
    for (const given of [cookie, cookie, 'unknown', null]) {
      const { status, headers, body } = await front.visit('POST', '/keyporter/sign-out', { cookie: given, body: {} })
      expect([status, body]).toEqual([200, { success: true }])
      expect(headers.get('set-cookie')).toBe('keyporter_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict')
    }
    const { status, body } = await front.visit('GET', whoami, { cookie })
    expect([status, body.msg, body.reason]).toEqual([401, 'Invalid user key', 'revoked'])
  })
})

describe('changing the password', () => {
  const change = (cookie: string, current_password: string | null, password: string) =>
    front.visit('PUT', '/keyporter/password', { cookie, body: { current_password, password } })

  it('ends all other sessions, and not its own', async () => {
    const { cookie: other } = await front.signIn()
    const own = readSetCookie((await signIn({})).headers)
    expect([await isSignedIn(other), await isSignedIn(own)]).toEqual([true, true])
    expect((await change(own, goodPassword, 'another good one')).body).toEqual({ success: true })
    expect([await isSignedIn(other), await isSignedIn(own)]).toEqual([false, true])
    expect((await signIn({})).status).toBe(401)
    expect((await signIn({ password: 'another good one' })).status).toBe(200)
  })

  it('takes the current password', async () => {
    const { cookie } = await front.signIn()
    for (const current of ['not the password', null]) {
      const { status, body } = await change(cookie, current, 'another good one')
      expect([status, body.error, body.msg]).toEqual([403, 'not_authorized', 'The current password is wrong.'])
    }
    const { status, body } = await change(cookie, goodPassword, 'short')
    expect([status, body.msg]).toEqual([400, 'password must have 12 to 256 characters.'])
    expect((await signIn({})).status).toBe(200)
  })

  it('takes any password that can be set', async () => {
    const { cookie } = await front.signIn('🔑'.repeat(200))
    expect((await change(cookie, '🔑'.repeat(200), goodPassword)).status).toBe(200)
    expect((await change(cookie, goodPassword, 'e\u0301'.repeat(120))).status).toBe(200)
    expect((await change(cookie, 'é'.repeat(120), '👨‍👩‍👧‍👦'.repeat(36))).status).toBe(200)
    expect((await change(cookie, '👨‍👩‍👧‍👦'.repeat(36), goodPassword)).status).toBe(200)
  })

  it('takes a session: a key has no password', async () => {
    const { status, body } = await front.visit('PUT', '/keyporter/password', {
      headers: { Authorization: `Bearer ${front.secret}` },
      body: { current_password: goodPassword, password: 'another good one' },
    })
    expect([status, body.error]).toEqual([403, 'not_authorized'])
    expect(body.msg).toBe('Only a console session can change the password of its user.')
  })
})

describe('changing the email to sign in by', () => {
  const change = (cookie: string, current_password: string | null, next: string) =>
    front.visit('PUT', '/keyporter/email', { cookie, body: { current_password, email: next } })
  const show = async () => (await front.call('GET', '/api/v0/users/current/', { secret: front.secret })).body.email

  it('takes the current password, and signs in by the new one alone', async () => {
    const { cookie } = await front.signIn()
    for (const current of ['not the password', null]) {
      const { status, body } = await change(cookie, current, 'thief@example.com')
      expect([status, body.error, body.msg]).toEqual([403, 'not_authorized', 'The current password is wrong.'])
    }
    expect(await show()).toBe(email)
    expect((await change(cookie, goodPassword, 'new@example.com')).body).toEqual({ success: true })
    expect([await show(), await isSignedIn(cookie)]).toEqual(['new@example.com', true])
    expect((await signIn({})).status).toBe(401)
    expect((await signIn({ email: 'new@example.com' })).status).toBe(200)
    expect((await change(cookie, goodPassword, email)).status).toBe(200)
  })

  it('has no way round it: a session cannot update its user so, and may repeat the email that it has', async () => {
    const { cookie } = await front.signIn()
    const update = (body: object) => front.visit('PUT', '/api/v0/users/', { cookie, body })
    const { status, body } = await update({ email: 'thief@example.com', fullname: 'Thief' })
    expect([status, body.error, body.msg]).toEqual([
      403,
      'not_authorized',
      'A console session changes the email with its password: PUT /keyporter/email.',
    ])
    expect((await update({ email, fullname: 'Me' })).body).toMatchObject({ email, fullname: 'Me' })
  })

  it('refuses what is no address, and that of another account', async () => {
    const { cookie } = await front.signIn()
    const none = await change(cookie, goodPassword, 'nobody')
    expect([none.status, none.body.error]).toEqual([400, 'bad_request'])
    const taken = await change(cookie, goodPassword, 'ADMIN@localhost')
    expect([taken.status, taken.body.error, taken.body.msg]).toEqual([
      400,
      'conflict',
      'email: another account has this address.',
    ])
  })

  it('takes a session', async () => {
    const { status, body } = await front.visit('PUT', '/keyporter/email', {
      headers: { Authorization: `Bearer ${front.secret}` },
      body: { current_password: goodPassword, email: 'new@example.com' },
    })
    expect([status, body.error, body.msg]).toEqual([
      403,
      'not_authorized',
      'Only a console session can change the email by a password.',
    ])
  })
})

describe('a session', () => {
  it('acts with all rights of its user', async () => {
    const { cookie, id } = await front.signIn()
    const who = await front.visit('GET', whoami, { cookie })
    const account = front.world.owner.principal.account.id
    expect(who.body).toMatchObject({
      key: null,
      session: { id, method: 'link' },
      account: { id: account, operator: false },
      user: { id: account, email, username: null },
      permissions: { api: { '*': {} } },
    })
    const body = { name: 'made at the console', permissions: {}, expires_in: 30 * 86_400 }
    const made = await front.visit('POST', '/api/v0/auth/apikeys/', { cookie, body })
    expect([made.status, made.body.rights, made.body.created_by_key_id]).toEqual([200, 'full', null])
    expect((await front.call('GET', whoami, { secret: made.body.key })).status).toBe(200)
    expect((await front.visit('GET', '/api/v0/users/current/', { cookie })).body).toMatchObject({
      id: account,
      key_id: null,
      sid: id,
    })
  })

  it('has no key to reset, and gives nothing that its user does not have', async () => {
    const { cookie } = await front.signIn()
    const reset = await front.visit('PUT', '/api/v0/commands/reset_apikey/', { cookie, body: { client_id: 'me' } })
    expect([reset.status, reset.body.error]).toEqual([400, 'bad_request'])
    const body = { permissions: { api: { operate: {} } } }
    const { status, body: answer } = await front.visit('POST', '/api/v0/auth/apikeys/', { cookie, body })
    expect([status, answer.error]).toEqual([403, 'not_authorized'])
  })

  it('is over after a week', async () => {
    const { cookie } = await front.signIn()
    front.world.nowMs += 7 * 86_400_000
    const { status, body } = await front.visit('GET', whoami, { cookie })
    expect([status, body.error, body.msg, body.reason]).toEqual([401, 'auth_error', 'Invalid user key', 'expired'])
  })

  it('is a cookie and nothing else: as a key, in whatever place, its secret is unknown', async () => {
    const { cookie } = await front.signIn()
    for (const secret of [cookie, `session:${cookie}`, `keyporter_session=${cookie}`]) {
      const bearer = await front.call('GET', whoami, { secret })
      expect([bearer.status, bearer.body.reason]).toEqual([401, undefined])
      const query = await front.call('GET', `${whoami}?api_key=${encodeURIComponent(secret)}`)
      expect([query.status, query.body.reason]).toEqual([401, undefined])
    }
  })

  it('is not what the secret of a key opens', async () => {
    const { status, body } = await front.visit('GET', whoami, { cookie: front.secret })
    expect([status, body.msg, body.reason]).toEqual([401, 'Invalid user key', undefined])
  })

  it('has no say where a key came along, good or not', async () => {
    const { cookie } = await front.signIn()
    const scoped = await front.issue({ api: {} })
    const headers = (secret: string) => ({ Authorization: `Bearer ${secret}` })
    const asKey = await front.visit('GET', sessionsPath, { cookie, headers: headers(scoped) })
    expect([asKey.status, asKey.body.reason]).toEqual([403, 'permission'])
    expect((await front.visit('GET', sessionsPath, { cookie, headers: headers('nobody') })).status).toBe(401)
    expect((await front.visit('GET', `${sessionsPath}?api_key=nobody`, { cookie })).status).toBe(401)
    expect((await front.visit('GET', sessionsPath, { cookie, headers: { Authorization: 'Bearer ' } })).status).toBe(200)
  })

  it('of which two cookies tell is none', async () => {
    const { cookie } = await front.signIn()
    const two = `keyporter_session=${cookie}; keyporter_session=${cookie}`
    expect((await front.visit('GET', whoami, { headers: { Cookie: two } })).status).toBe(401)
    const among = `a=b; keyporter_session=${cookie}; xkeyporter_session=c`
    expect((await front.visit('GET', whoami, { headers: { Cookie: among } })).status).toBe(200)
  })
})

describe('a request that is decided by the cookie', () => {
  it.each([
    ['without the header of the console', 'GET', { 'X-Keyporter-Console': '' }],
    ['with another value of it', 'GET', { 'X-Keyporter-Console': 'true' }],
    ['from another origin', 'GET', { Origin: 'https://evil.example' }],
    ['from an origin that is none', 'GET', { Origin: 'null' }],
    ['that another site has sent', 'GET', { 'Sec-Fetch-Site': 'cross-site' }],
    ['that another host of the site has sent', 'GET', { 'Sec-Fetch-Site': 'same-site' }],
    ['that was typed into the browser', 'GET', { 'Sec-Fetch-Site': 'none' }],
    ['that writes, from another origin', 'DELETE', { Origin: 'http://127.0.0.1:1' }],
  ])('is refused %s, before anything is told', async (_what, method, headers) => {
    const { cookie, id } = await front.signIn()
    const target = method === 'DELETE' ? `${sessionsPath}${id}/` : sessionsPath
    for (const each of [cookie, 'unknown']) {
      const { status, body } = await front.visit(method, target, { cookie: each, headers })
      expect([status, body.error, body.reason]).toEqual([403, 'forbidden_origin', undefined])
    }
    expect(await isSignedIn(cookie)).toBe(true)
  })

  it('must say its origin where it writes', async () => {
    const { cookie } = await front.signIn()
    const headers = { 'X-Keyporter-Console': '1', Cookie: `keyporter_session=${cookie}` }
    expect((await front.call('GET', sessionsPath, { headers })).status).toBe(200)
    const { status, body } = await front.call('DELETE', sessionsPath, { headers })
    expect([status, body.error]).toEqual([403, 'forbidden_origin'])
  })

  it('is one of an own path alone', async () => {
    const { cookie } = await front.signIn()
    for (const path of ['/api/v0/instances/', '/somewhere']) {
      const { status, body } = await front.visit('GET', path, { cookie })
      expect([status, body.msg]).toEqual([401, 'This action requires login.'])
    }
  })
})

it('too many failures are answered 429 with the time to wait, and no session is made', async () => {
  const own = await openFront()
  const body = { email: 'admin@localhost', password: 'not the password' }
  const guess = () => own.visit('POST', '/keyporter/sign-in', { body })
  for (let i = 0; i < 10; i++) expect((await guess()).status).toBe(401)
  const { status, headers, body: answer } = await guess()
  expect([status, answer.error, headers.get('retry-after')]).toEqual([429, 'rate_limited', '10'])
  expect(headers.get('set-cookie')).toBeNull()
  await own.close()
})
