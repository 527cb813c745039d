import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { suspendAccount } from '../../src/actions/accounts.js'
import { linkLocally, unlinkLocally } from '../../src/actions/identities.js'
import { openProvider, type Provider } from '../../src/provider.js'
import { Browser, clientId, clientSecret, makeProvider, type TestProvider } from '../provider.js'
import { type Front, goodPassword, openFront } from './front.js'

let front: Front
let provider: TestProvider
/** What the server asks; replaced where it has to have forgotten what it knows. */
let asked: Provider
let callback: string

const ask = () =>
  openProvider({ issuer: provider.issuer, clientId, clientSecret, name: 'Example ID', redirectUri: callback })

beforeAll(async () => {
  front = await openFront({
    provider: {
      name: 'Example ID',
      buildUrl: (challenge) => asked.buildUrl(challenge),
      redeem: (query, challenge) => asked.redeem(query, challenge),
    },
  })
  callback = `${front.url}/keyporter/oidc/callback`
  provider = await makeProvider(callback)
  await provider.listen()
  asked = ask()
})
afterAll(async () => {
  await front.close()
  await provider.close()
})

let people = 0
beforeEach(() => {
  front.world.nowMs += 1
  provider.forge = null
  provider.person = `person-${people++}`
})

const start = () => `${front.url}/keyporter/oidc/start`
const isCallback = (url: string) => url.startsWith(callback)
const flowOf = (browser: Browser) => browser.cookies.get(front.url)?.get('keyporter_flow')
const sessionOf = (browser: Browser) => browser.cookies.get(front.url)?.get('keyporter_session')

/** To the provider and back, up to the callback. */
const leave = (browser: Browser) => browser.follow(start(), isCallback)

async function comeBack(browser: Browser, url: string) {
  const response = await browser.send(url)
  expect(response.headers.get('cache-control')).toBe('no-store')
  return [response.status, response.headers.get('location')]
}

const email = 'owner@example.com'
const link = (subject = provider.person as string) =>
  linkLocally(front.world.context, { email, issuer: provider.issuer, subject })

async function countSessions() {
  const rows = await front.world.context.store.read((db) => db.selectFrom('sessions').select('id').execute())
  return rows.length
}

describe('signing in by a provider', () => {
  it('is offered by name', async () => {
    const { body } = await front.call('GET', '/keyporter/sign-in')
    expect(body).toEqual({ password: true, oidc: { name: 'Example ID' } })
  })

  it('works for a linked identity', async () => {
    const { id } = await link()
    const browser = new Browser()
    const url = await leave(browser)
    expect(await comeBack(browser, url)).toEqual([302, '/'])
    expect(flowOf(browser)).toBeUndefined()
    const { body } = await front.visit('GET', '/keyporter/whoami', { cookie: sessionOf(browser)! })
    expect(body.session).toMatchObject({ method: 'oidc' })
    const { identities } = (await front.visit('GET', '/keyporter/identities', { cookie: sessionOf(browser)! })).body
    expect(identities).toContainEqual({
      id,
      issuer: provider.issuer,
      subject: provider.person,
      email: `${provider.person}@example.com`,
      created_at: expect.any(String),
      last_used_at: new Date(front.world.nowMs).toISOString(),
    })
  })

  it('asks with PKCE, state and nonce, and binds the flow to the browser by a cookie for ten minutes', async () => {
    const response = await new Browser().send(start())
    const url = new URL(response.headers.get('location')!)
    expect(url.origin).toBe(provider.issuer)
    expect(Object.fromEntries(url.searchParams)).toEqual({
      client_id: clientId,
      response_type: 'code',
      scope: 'openid email',
      redirect_uri: callback,
      state: expect.stringMatching(/^[\w-]{43}$/),
      nonce: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
    })
    expect(response.headers.get('set-cookie')).toMatch(
      /^keyporter_flow=[\w-]{43}\.\d+\.\.[\w-]{43}; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/,
    )
    expect(response.headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('keeps nothing in the store by which a flow could be ended', async () => {
    const browser = new Browser()
    const url = new URL((await browser.send(start())).headers.get('location')!)
    const flow = flowOf(browser)!
    await comeBack(browser, await browser.follow(url.href, isCallback))
    const rows = await front.world.context.store.read((db) => db.selectFrom('spent_flows').selectAll().execute())
    expect(rows).not.toEqual([])
    for (const secret of [flow, url.searchParams.get('state')!, url.searchParams.get('nonce')!])
      expect(JSON.stringify(rows)).not.toContain(secret)
  })
})

describe('no session comes of', () => {
  async function refuses(url: string, browser: Browser, code: string) {
    const before = await countSessions()
    expect(await comeBack(browser, url)).toEqual([302, `/sign-in?error=${code}`])
    expect(sessionOf(browser)).toBeUndefined()
    expect(await countSessions()).toBe(before)
  }

  it('an identity that is not linked, whatever its e-mail', async () => {
    provider.person = 'owner'
    const browser = new Browser()
    await refuses(await leave(browser), browser, 'not_linked')
  })

  it('an identity that was unlinked', async () => {
    await link()
    await unlinkLocally(front.world.context, { issuer: provider.issuer, subject: provider.person as string })
    const browser = new Browser()
    await refuses(await leave(browser), browser, 'not_linked')
  })

  it('another state, and the flow is not lost by it', async () => {
    await link()
    const browser = new Browser()
    const url = await leave(browser)
    const forged = new URL(url)
    forged.searchParams.set('state', 'a'.repeat(43))
    await refuses(forged.href, browser, 'failed')
    expect(await comeBack(browser, url)).toEqual([302, '/'])
  })

  it('a callback that is sent again', async () => {
    await link()
    const browser = new Browser()
    const url = await leave(browser)
    const again = new Browser()
    again.cookies.set(front.url, new Map(browser.cookies.get(front.url)))
    expect(await comeBack(browser, url)).toEqual([302, '/'])
    const redeemed = provider.redeemed
    await refuses(url, again, 'expired')
    expect(provider.redeemed).toBe(redeemed)
  })

  it('two callbacks at once but for one', async () => {
    await link()
    const browser = new Browser()
    const url = await leave(browser)
    const twins = [0, 1, 2].map(() => {
      const twin = new Browser()
      twin.cookies.set(front.url, new Map(browser.cookies.get(front.url)))
      return twin
    })
    const answers = await Promise.all(twins.map((twin) => comeBack(twin, url)))
    expect(answers.map(([, location]) => location).sort()).toEqual([
      '/',
      '/sign-in?error=expired',
      '/sign-in?error=expired',
    ])
  })

  it("another browser's callback", async () => {
    await link()
    const url = await leave(new Browser())
    await refuses(url, new Browser(), 'expired')
    const other = new Browser()
    await leave(other)
    await refuses(url, other, 'failed')
  })

  it('a flow that took longer than ten minutes', async () => {
    await link()
    const browser = new Browser()
    const url = await leave(browser)
    front.world.nowMs += 600_000
    await refuses(url, browser, 'expired')
  })

  it('a provider that says no', async () => {
    provider.person = { error: 'access_denied' }
    const browser = new Browser()
    await refuses(await leave(browser), browser, 'denied')
  })

  it('a nonce of another flow', async () => {
    await link()
    const browser = new Browser()
    const there = new URL((await browser.send(start())).headers.get('location')!)
    there.searchParams.set('nonce', 'of-another-flow')
    await refuses(await browser.follow(there.href, isCallback), browser, 'failed')
  })

  it.each([
    ['for another audience', { aud: 'another' }, true],
    ['of another issuer', { iss: 'http://127.0.0.1:1' }, true],
    ['that is over', { exp: 1 }, true],
    ['that the provider has not signed', { sub: 'somebody' }, false],
    ['whose subject no store can keep', { sub: 'a\u0000b' }, true],
    ['whose subject is longer than one may be', { sub: 'x'.repeat(256) }, true],
    ['whose subject is not ASCII', { sub: 'ad\u00e1' }, true],
  ])('an ID token %s', async (_what, claims, signed) => {
    await link()
    provider.forge = { claims, signed }
    const browser = new Browser()
    await refuses(await leave(browser), browser, 'failed')
  })

  it('a code that was made up', async () => {
    const browser = new Browser()
    const url = new URL(await leave(browser))
    url.searchParams.set('code', 'made-up')
    await refuses(url.href, browser, 'failed')
  })

  it('an account that is suspended', async () => {
    const { createAccount } = await import('../../src/actions/accounts.js')
    const { user } = await createAccount(front.world.context, 'suspended@example.com')
    const subject = provider.person as string
    await linkLocally(front.world.context, { email: 'suspended@example.com', issuer: provider.issuer, subject })
    await suspendAccount(front.world.context, user.id)
    const browser = new Browser()
    await refuses(await leave(browser), browser, 'suspended')
  })

  it('a callback that nobody asked for', async () => {
    await refuses(callback, new Browser(), 'expired')
    await refuses(`${callback}?error=access_denied&state=x`, new Browser(), 'expired')
  })

  it('a provider that is away, until it is back', async () => {
    await link()
    const browser = new Browser()
    const url = await leave(browser)
    await provider.close()
    await refuses(url, browser, 'unavailable')
    asked = ask()
    expect((await new Browser().send(start())).headers.get('location')).toBe('/sign-in?error=unavailable')
    const { cookie } = await front.signIn()
    const body = { current_password: goodPassword }
    const refused = await front.visit('POST', '/keyporter/identities', { cookie, body })
    expect([refused.status, refused.body.error, refused.body.msg]).toEqual([
      503,
      'busy',
      'Example ID does not answer; try again later.',
    ])
    await provider.listen()
    const later = new Browser()
    expect(await comeBack(later, await leave(later))).toEqual([302, '/'])
  })

  it('more attempts of one address than a few in a minute', async () => {
    const locations: (string | null)[] = []
    const flood = await openFront({ provider: asked, departures: { burst: 20, perMinute: 20 } })
    for (let i = 0; i < 21; i++) {
      const response = await fetch(`${flood.url}/keyporter/oidc/start`, { redirect: 'manual' })
      locations.push(response.headers.get('location'))
    }
    expect(locations.at(-1)).toBe('/sign-in?error=rate_limited')
    expect(locations.slice(0, 20).every((location) => location!.startsWith(provider.issuer))).toBe(true)
    await flood.close()
  })
})

describe('linking an identity', () => {
  const askToLink = (cookie: string, currentPassword: string | null) =>
    front.visit('POST', '/keyporter/identities', { cookie, body: { current_password: currentPassword } })
  async function depart(cookie: string) {
    const browser = new Browser()
    const { headers, body } = await askToLink(cookie, goodPassword)
    browser.cookies.set(
      front.url,
      new Map([['keyporter_flow', /^keyporter_flow=([^;]+)/.exec(headers.get('set-cookie')!)![1]!]]),
    )
    return { browser, url: await browser.follow(body.url, isCallback) }
  }
  const list = async (cookie: string) =>
    (await front.visit('GET', '/keyporter/identities', { cookie })).body.identities as { id: number; subject: string }[]

  it('is for a session, without its cookie on the way back', async () => {
    const { cookie } = await front.signIn()
    const { browser, url } = await depart(cookie)
    expect(await comeBack(browser, url)).toEqual([302, '/account'])
    expect(sessionOf(browser)).toBeUndefined()
    expect((await list(cookie)).map(({ subject }) => subject)).toContain(provider.person)
    const other = new Browser()
    expect(await comeBack(other, await leave(other))).toEqual([302, '/'])
    const changes = await front.world.context.store.read((db) =>
      db.selectFrom('changes').select('touches').orderBy('seq').execute(),
    )
    const userId = front.world.owner.principal.account.id
    expect(changes.map(({ touches }) => JSON.parse(touches))).toContainEqual([{ kind: 'user', id: userId }])
  })

  it('takes the password: an open browser alone does not get to the provider', async () => {
    const { cookie } = await front.signIn()
    for (const given of ['not the password', null]) {
      const { status, headers, body } = await askToLink(cookie, given)
      expect([status, body.error, body.msg]).toEqual([403, 'not_authorized', 'The current password is wrong.'])
      expect(headers.get('set-cookie')).toBeNull()
    }
  })

  it('again changes nothing, and of another user takes nothing', async () => {
    const { cookie } = await front.signIn()
    const first = await depart(cookie)
    await comeBack(first.browser, first.url)
    const before = await list(cookie)
    const again = await depart(cookie)
    expect(await comeBack(again.browser, again.url)).toEqual([302, '/account'])
    expect(await list(cookie)).toEqual(before)
    provider.person = 'taken'
    await linkLocally(front.world.context, { email: 'admin@localhost', issuer: provider.issuer, subject: 'taken' })
    const taken = await depart(cookie)
    expect(await comeBack(taken.browser, taken.url)).toEqual([302, '/account?error=taken'])
    expect(await list(cookie)).toEqual(before)
  })

  it('comes to nothing when the session has ended on the way', async () => {
    const { cookie } = await front.signIn()
    const { browser, url } = await depart(cookie)
    await front.visit('POST', '/keyporter/sign-out', { cookie, body: {} })
    expect(await comeBack(browser, url)).toEqual([302, '/sign-in?error=signed_out'])
    const other = await front.signIn()
    expect((await list(other.cookie)).map(({ subject }) => subject)).not.toContain(provider.person)
  })

  it('and unlinking one is not for keys', async () => {
    const { id } = await link()
    const linked = await front.call('POST', '/keyporter/identities', {
      secret: front.secret,
      body: { current_password: goodPassword },
      headers: { 'X-Keyporter-Console': '1', Origin: front.url },
    })
    expect([linked.status, linked.body.msg]).toEqual([403, 'Only a console session can link an identity to its user.'])
    const unlinked = await front.call('DELETE', `/keyporter/identities/${id}`, { secret: front.secret })
    expect([unlinked.status, unlinked.body.msg]).toEqual([
      403,
      'Only a console session can unlink an identity of its user.',
    ])
  })

  it('that fails says so where the user is: on the account page', async () => {
    const { cookie } = await front.signIn()
    provider.person = { error: 'access_denied' }
    const refused = await depart(cookie)
    expect(await comeBack(refused.browser, refused.url)).toEqual([302, '/account?error=denied'])
    provider.person = `person-${people++}`
    const late = await depart(cookie)
    front.world.nowMs += 600_000
    expect(await comeBack(late.browser, late.url)).toEqual([302, '/account?error=expired'])
    for (let i = (await list(cookie)).length; i < 20; i++) await link(`one-more-${i}`)
    const full = await depart(cookie)
    expect(await comeBack(full.browser, full.url)).toEqual([302, '/account?error=full'])
    for (const { id } of (await list(cookie)).slice(1))
      await front.visit('DELETE', `/keyporter/identities/${id}`, { cookie, body: {} })
  })

  it('shows an email that can be shown', async () => {
    const { cookie } = await front.signIn()
    for (const email of ['a\u0000b@example.com', `${'x'.repeat(250)}@example.com`, 7]) {
      await link()
      provider.forge = { claims: { email }, signed: true }
      const browser = new Browser()
      expect(await comeBack(browser, await leave(browser))).toEqual([302, '/'])
      const { identities } = (await front.visit('GET', '/keyporter/identities', { cookie })).body
      expect(identities.at(-1)).toMatchObject({ subject: provider.person, email: null })
      provider.person = `person-${people++}`
    }
  })

  it('is undone for good, and again without an error', async () => {
    const { id } = await link()
    const { cookie } = await front.signIn()
    const unlink = (which: number) => front.visit('DELETE', `/keyporter/identities/${which}`, { cookie, body: {} })
    expect((await unlink(id)).body).toEqual({ success: true })
    const { touches } = await front.world.context.store.read((db) =>
      db.selectFrom('changes').select('touches').orderBy('seq', 'desc').limit(1).executeTakeFirstOrThrow(),
    )
    expect(JSON.parse(touches)).toEqual([{ kind: 'user', id: front.world.owner.principal.account.id }])
    expect((await unlink(id)).body).toEqual({ success: true })
    const browser = new Browser()
    expect(await comeBack(browser, await leave(browser))).toEqual([302, '/sign-in?error=not_linked'])
    const foreign = await linkLocally(front.world.context, {
      email: 'admin@localhost',
      issuer: provider.issuer,
      subject: 'foreign',
    })
    const { status, body } = await unlink(foreign.id)
    expect([status, body.error, body.msg]).toEqual([404, 'not_found', 'Identity not found.'])
  })

  it('takes, of a user without a password, a sign-in of the last quarter of an hour', async () => {
    const { createAccount } = await import('../../src/actions/accounts.js')
    await createAccount(front.world.context, 'passwordless@example.com')
    const subject = provider.person as string
    await linkLocally(front.world.context, { email: 'passwordless@example.com', issuer: provider.issuer, subject })
    const browser = new Browser()
    await comeBack(browser, await leave(browser))
    const cookie = sessionOf(browser)!
    front.world.nowMs += 15 * 60_000 - 1
    expect((await askToLink(cookie, null)).status).toBe(200)
    expect((await askToLink(cookie, 'a password')).body.msg).toBe('There is no current password: give null.')
    front.world.nowMs += 1
    const { status, body } = await askToLink(cookie, null)
    expect([status, body.error, body.msg]).toEqual([
      403,
      'not_authorized',
      'You have no password: sign out and in again, then do this within 15 minutes.',
    ])
  })

  it('leaves a user the last way to sign in', async () => {
    const { createAccount } = await import('../../src/actions/accounts.js')
    await createAccount(front.world.context, 'lonely@example.com')
    const subject = provider.person as string
    const name = { email: 'lonely@example.com', issuer: provider.issuer }
    const first = await linkLocally(front.world.context, { ...name, subject })
    const browser = new Browser()
    await comeBack(browser, await leave(browser))
    const cookie = sessionOf(browser)!
    const unlink = (id: number) => front.visit('DELETE', `/keyporter/identities/${id}`, { cookie, body: {} })
    const { status, body } = await unlink(first.id)
    expect([status, body.error, body.msg]).toEqual([
      400,
      'bad_request',
      'This is the only way you can sign in: set a password first, or link another identity.',
    ])
    const second = await linkLocally(front.world.context, { ...name, subject: `${subject}-2` })
    expect((await unlink(first.id)).status).toBe(200)
    expect((await unlink(second.id)).status).toBe(400)
  })
})
