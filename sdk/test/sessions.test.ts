import { beforeAll, describe, expect, it } from 'vitest'
import { type Client, KeyporterError, openClient } from '../src/index.js'
import { type Served, startServer } from './server.js'

const password = 'correct horse battery'
let served: Served
let token: string
beforeAll(async () => {
  served = await startServer()
  token = await served.readSignInToken()
})

/** A client in a page of the console: what a browser does with cookies and origins is done here. */
function openPage(): Client & { readonly sent: RequestInit[] } {
  const sent: RequestInit[] = []
  let cookie = ''
  const browse: typeof fetch = async (input, init) => {
    sent.push(init!)
    const headers = { ...(init!.headers as Record<string, string>), Origin: served.url, Cookie: cookie }
    const response = await fetch(input, { ...init, headers })
    cookie = response.headers.get('set-cookie')?.split(';')[0] ?? cookie
    return response
  }
  return { ...openClient({ url: served.url, session: true, fetch: browse }), sent }
}

const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: unknown) => (error instanceof KeyporterError ? error.code : error),
  )

describe('a page of the console', () => {
  it('signs in by link, then by password, and out', async () => {
    const page = openPage()
    expect(await page.showSignInMethods()).toEqual({ password: true, oidc: null })
    const { sessionId } = await page.redeemLink({ token, password })
    const who = await page.whoami()
    expect(who).toMatchObject({ key: null, session: { id: sessionId, method: 'link' }, account: { operator: true } })
    expect(who.user.email).toBe('admin@localhost')
    expect(who.session!.expiresAt.getTime() - who.session!.createdAt.getTime()).toBe(7 * 86_400_000)
    await page.signOut()
    expect(await codeOf(page.whoami())).toBe('auth_error')
    expect(await page.signIn({ email: 'admin@localhost', password })).toEqual({ sessionId: sessionId + 1 })
    expect(page.sent.every(({ credentials }) => credentials === 'same-origin')).toBe(true)
  })

  it('lists sessions and ends them', async () => {
    const [page, other] = [openPage(), openPage()]
    const { sessionId } = await page.signIn({ email: 'admin@localhost', password })
    const { sessionId: otherId } = await other.signIn({ email: 'admin@localhost', password })
    const sessions = await page.showSessions()
    expect(sessions.find(({ current }) => current)).toMatchObject({ id: sessionId, method: 'password' })
    await page.revokeSession(otherId)
    expect(await codeOf(other.whoami())).toBe('auth_error')
    expect(await page.revokeOtherSessions()).toEqual({ revoked: sessions.length - 2 })
    expect((await page.showSessions()).map(({ id }) => id)).toEqual([sessionId])
    expect(await codeOf(page.revokeSession(999))).toBe('not_found')
    await expect(page.revokeSession(-1)).rejects.toThrow(RangeError)
  })

  it('changes the password, and makes keys that outlive it', async () => {
    const page = openPage()
    expect(await codeOf(page.signIn({ email: 'admin@localhost', password: 'not the password' }))).toBe('auth_error')
    await page.signIn({ email: 'admin@localhost', password })
    expect(await codeOf(page.changePassword({ currentPassword: 'wrong', password: 'another good one' }))).toBe(
      'not_authorized',
    )
    await page.changePassword({ currentPassword: password, password: 'another good one' })
    await page.changePassword({ currentPassword: 'another good one', password })
    expect(await codeOf(page.updateUser({ email: 'other@localhost' }))).toBe('not_authorized')
    await page.changeEmail({ currentPassword: password, email: 'other@localhost' })
    expect((await page.whoami()).user.email).toBe('other@localhost')
    await page.changeEmail({ currentPassword: password, email: 'admin@localhost' })
    const { secret } = await page.createApiKey({ name: 'from the console' })
    await page.signOut()
    expect((await openClient({ url: served.url, key: secret }).whoami()).key?.name).toBe('from the console')
  })
})

describe('a client', () => {
  it('takes a key or a session, not both', () => {
    expect(() => openClient({ url: served.url, key: 'kp_x', session: true })).toThrow(TypeError)
  })

  it('lists sessions with a key, which cannot sign in', async () => {
    expect(await served.admin.showSessions()).toEqual([])
    expect(await codeOf(served.admin.signIn({ email: 'admin@localhost', password }))).toBe('forbidden_origin')
  })
})
