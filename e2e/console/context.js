// What the rows of all flows share: pages that are signed in, keys, and requests past the browser that prove what holds.
import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { openWatchedPage } from './browser.js'

export const adminEmail = 'admin@localhost'
export const password = 'four unrelated plain words'

export function createContext(stack, browser) {
  let opened = []
  let session = null
  let isPasswordSet = false

  async function openPage({ signedIn = true, path = null, ...options } = {}) {
    const storageState = signedIn ? await signIn() : undefined
    const watched = await openWatchedPage(browser, { url: stack.url, storageState, ...options })
    opened.push(watched)
    if (path !== null) await watched.page.goto(path)
    return watched.page
  }

  /** The cookies of a session that lasts over the rows; signs in when there is none yet. */
  async function signIn() {
    session ??= await makeSession()
    return session
  }

  /** Another session, of its own: through the link while it is unspent, then by password. */
  async function makeSession({ userAgent } = {}) {
    const { page, context } = await openWatchedPage(browser, { url: stack.url, userAgent })
    try {
      await (isPasswordSet ? signInByPassword(page) : redeemLink(page))
      await page.getByRole('heading', { name: 'Keys' }).waitFor()
      return await context.storageState()
    } finally {
      await context.close()
    }
  }

  async function redeemLink(page, link = stack.signInLink) {
    await page.goto(link)
    await page.getByLabel('New password', { exact: true }).fill(password)
    await page.getByRole('button', { name: 'Set password and sign in' }).click()
    await page.getByRole('heading', { name: 'Keys' }).waitFor()
    isPasswordSet ||= link === stack.signInLink
  }

  async function signInByPassword(page, secret = password) {
    if (!page.url().includes('/sign-in')) await page.goto('/sign-in')
    await page.getByLabel('E-mail').fill(adminEmail)
    await page.getByLabel('Password', { exact: true }).fill(secret)
    await page.getByRole('button', { name: 'Sign in', exact: true }).click()
  }

  async function call(secret, method, path, body) {
    const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' }
    const response = await fetch(stack.url + path, { method, headers, body: body && JSON.stringify(body) })
    return { status: response.status, body: await response.json() }
  }

  return {
    stack,
    browser,
    openPage,
    makeSession,
    redeemLink,
    signInByPassword,
    /** The next page signs in anew. */
    forgetSession: () => {
      session = null
    },
    call,
    /** A key made past the console, by the first key: `{ id, key: secret, name, hint, … }`. */
    async createKey(input) {
      const { status, body } = await call(stack.adminSecret, 'POST', '/api/v0/auth/apikeys/', input)
      assert.equal(status, 200, JSON.stringify(body))
      return body
    },
    /** Past the console, as somebody else would. */
    async changeKey(id, changes) {
      const { status, body } = await call(stack.adminSecret, 'PUT', `/api/v0/auth/apikeys/${id}/`, changes)
      assert.equal(status, 200, JSON.stringify(body))
    },
    async showKey(id) {
      return (await call(stack.adminSecret, 'GET', `/api/v0/auth/apikeys/${id}/`)).body
    },
    /** What a real request with the secret is answered: 200 while the key holds, 401 when it does not. */
    async tryKey(secret) {
      return (await call(secret, 'GET', '/keyporter/whoami')).status
    },
    /** What was noticed in the pages since the last call; closes them. */
    async closePages() {
      const pages = opened
      opened = []
      // What a page does last may still be under way; what it has noticed by then comes before this answer.
      if (pages.length > 0) await delay(20)
      await Promise.allSettled(pages.map(({ page }) => page.evaluate(() => null)))
      await Promise.all(pages.map(({ context }) => context.close()))
      return pages.flatMap(({ noticed }) => noticed)
    },
  }
}
