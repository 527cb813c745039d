// The account page.
import assert from 'node:assert/strict'
import { adminEmail, password } from '../context.js'
import { eventually } from '../eventually.js'

export const rows = [
  {
    name: 'the username is saved',
    async run({ call, stack, openPage }) {
      const page = await openPage({ path: '/account' })
      await page.getByLabel('Username').fill('anna')
      await page.getByRole('button', { name: 'Save profile' }).click()
      await page.getByText('The profile is saved.', { exact: true }).waitFor()
      assert.equal((await call(stack.adminSecret, 'GET', '/api/v0/users/current/')).body.username, 'anna')
      await eventually(() => page.getByLabel('E-mail').inputValue(), adminEmail)
    },
  },
  {
    name: 'another e-mail takes the password, and signs in from then on',
    async run({ call, stack, openPage }) {
      const page = await openPage({ path: '/account' })
      const profile = page.getByRole('form', { name: 'Profile' })
      const email = profile.getByLabel('E-mail')
      await eventually(() => profile.getByLabel('Current password', { exact: true }).count(), 0)
      await email.fill('other@localhost')
      await profile.getByLabel('Current password', { exact: true }).fill('not the current one')
      await profile.getByRole('button', { name: 'Save profile' }).click()
      await profile.getByRole('alert').getByText('The current password is wrong.').waitFor()
      for (const next of ['other@localhost', adminEmail]) {
        await email.fill(next)
        await profile.getByLabel('Current password', { exact: true }).fill(password)
        await profile.getByRole('button', { name: 'Save profile' }).click()
        await profile.getByLabel('Current password', { exact: true }).waitFor({ state: 'detached' })
        assert.equal((await call(stack.adminSecret, 'GET', '/api/v0/users/current/')).body.email, next)
      }
    },
  },
  {
    name: 'a changed password ends the other sessions; the old one signs nobody in any more',
    async run({ makeSession, openPage, signInByPassword }) {
      const next = 'five quite different plain words'
      const { cookies } = await makeSession()
      const page = await openPage({ path: '/account' })
      await change(page, 'not the current one', next)
      await page.getByRole('alert').waitFor()
      await change(page, password, next)
      await page.getByText(/^All your other sessions are revoked \(\d+ ms\)\.$/).waitFor()
      await eventually(() => page.getByLabel('Current password', { exact: true }).inputValue(), '')
      await dismissMessages(page)

      const other = await openPage({ signedIn: false })
      await other.context().addCookies(cookies)
      await other.goto('/keys')
      await other.getByRole('heading', { name: 'Sign in' }).waitFor()
      await signInByPassword(other)
      await other.getByRole('alert').waitFor()

      await change(page, next, password)
      await page.getByText('The password is changed.', { exact: true }).waitFor()
    },
  },
]

/** So that the next one is not taken for one of these, which leave by themselves when their time is over. */
async function dismissMessages(page) {
  const messages = page.getByRole('button', { name: 'Dismiss' })
  await eventually(async () => {
    if ((await messages.count()) > 0) await messages.first().click({ timeout: 1_000 })
    return messages.count()
  }, 0)
}

async function change(page, current, next) {
  await page.getByLabel('Current password', { exact: true }).fill(current)
  await page.getByLabel('New password', { exact: true }).fill(next)
  await page.getByRole('button', { name: 'Change password' }).click()
}
