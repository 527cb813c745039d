// The first start's link, passwords, and what is answered to wrong ones.
import assert from 'node:assert/strict'
import { adminEmail, password } from '../context.js'
import { eventually } from '../eventually.js'

export const rows = [
  {
    name: 'the link of the first start leads through a password to the keys, and leaves no token in the address',
    async run({ stack, openPage, redeemLink }) {
      const page = await openPage({ signedIn: false })
      await page.goto(stack.signInLink)
      await page.waitForURL(`${stack.url}/sign-in`)
      const token = new URL(stack.signInLink).hash.slice('#token='.length)
      const cdp = await page.context().newCDPSession(page)
      const { entries } = await cdp.send('Page.getNavigationHistory')
      // What was typed stays with the browser's own entry, where no page can read it.
      const kept = entries.map(({ url, title }) => url + title)
      assert.ok(!kept.join(' ').includes(token), 'the token is in the history')
      await page.getByLabel('New password', { exact: true }).fill('short')
      await page.getByRole('button', { name: 'Set password and sign in' }).click()
      // The browser says that it is too short, and leads back to it.
      const field = page.getByLabel('New password', { exact: true })
      await eventually(
        () => field.evaluate((input) => input === document.activeElement && input.validity.tooShort),
        true,
      )
      await eventually(() => page.getByRole('heading', { name: 'Choose a password' }).count(), 1)
      await redeemLink(page)
      await page.waitForURL(`${stack.url}/keys`)
    },
  },
  {
    name: 'the cookie of a session is out of reach of scripts and of other sites',
    async run({ openPage }) {
      const page = await openPage({ path: '/keys' })
      const [cookie, ...others] = await page.context().cookies()
      assert.deepEqual(others, [])
      assert.deepEqual(
        { name: cookie.name, httpOnly: cookie.httpOnly, sameSite: cookie.sameSite, path: cookie.path },
        { name: 'keyporter_session', httpOnly: true, sameSite: 'Strict', path: '/' },
      )
      assert.equal(await page.evaluate(() => document.cookie), '')
    },
  },
  {
    name: 'a link that was used already says so',
    async run({ stack, openPage }) {
      const page = await openPage({ signedIn: false })
      await page.goto(stack.signInLink)
      await page.getByLabel('New password', { exact: true }).fill('quite another password')
      await page.getByRole('button', { name: 'Set password and sign in' }).click()
      await page.getByRole('alert').getByText('This link was used already or is out of date.').waitFor()
      await page.getByRole('button', { name: 'Sign in with a password instead' }).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    },
  },
  {
    name: 'a wrong password and an unknown e-mail are refused in the same words',
    async run({ stack, openPage, signInByPassword }) {
      const page = await openPage({ signedIn: false, path: '/sign-in' })
      await signInByPassword(page, 'not the password at all')
      const alert = page.getByRole('alert')
      await alert.waitFor()
      await eventually(() => alert.textContent(), 'Wrong email or password.')
      await page.getByLabel('E-mail').fill('nobody@example.com')
      const answered = page.waitForResponse(`${stack.url}/keyporter/sign-in`)
      await page.getByRole('button', { name: 'Sign in', exact: true }).click()
      assert.equal((await answered).status(), 401)
      await page.getByRole('button', { name: 'Sign in', exact: true, disabled: false }).waitFor()
      await eventually(() => alert.textContent(), 'Wrong email or password.')
    },
  },
  {
    name: 'whoever is not signed in is led to the sign-in page, and back to where they wanted to go',
    async run({ stack, openPage, signInByPassword }) {
      const page = await openPage({ signedIn: false, path: '/keys?status=full' })
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await page.waitForURL(`${stack.url}/sign-in?from=%2Fkeys%3Fstatus%3Dfull`)
      await signInByPassword(page)
      await page.getByRole('table', { name: 'API keys' }).waitFor()
      await page.waitForURL(`${stack.url}/keys?status=full`)
      await page.getByRole('button', { name: 'Account and theme' }).click()
      await page.getByText(adminEmail).waitFor()
    },
  },
  {
    name: 'signing out ends the session, and the back button shows nothing of it',
    async run({ stack, openPage, makeSession }) {
      const page = await openPage({ signedIn: false })
      await page.context().addCookies((await makeSession()).cookies)
      await page.goto('/keys')
      await page.getByRole('rowheader').first().waitFor()
      await page.getByRole('link', { name: 'Sessions' }).click()
      await page.getByText('This browser').waitFor()
      await page.getByRole('button', { name: 'Account and theme' }).click()
      await page.getByRole('menuitem', { name: 'Sign out' }).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await eventually(() => page.context().cookies(), [])
      await page.goBack()
      await page.waitForURL(`${stack.url}/sign-in?from=%2Fkeys`)
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await eventually(() => page.getByRole('rowheader').count(), 0)
      await page.reload()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
    },
  },
  {
    name: 'neither password nor token was written by the server',
    async run({ stack }) {
      assert.ok(!stack.written().replace(stack.signInLink, '').includes(new URL(stack.signInLink).hash.slice(7)))
      assert.ok(!stack.written().includes(password))
    },
  },
]
