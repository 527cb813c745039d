// Sessions: listed, and ended from afar.
import { eventually } from '../eventually.js'

/** Another browser than all others, so that it is known in the list. */
const firefox = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0'

export const rows = [
  {
    name: 'a session that is revoked elsewhere is over with its next request',
    async run({ makeSession, openPage }) {
      const other = await openPage({ signedIn: false })
      await other.context().addCookies((await makeSession({ userAgent: firefox })).cookies)
      await other.goto('/keys')
      await other.getByRole('rowheader').first().waitFor()

      const page = await openPage({ path: '/keys/sessions' })
      await page.getByText('This browser').waitFor()
      await eventually(() => page.getByText('This browser').count(), 1)
      await page.getByRole('button', { name: 'Revoke Firefox on Windows' }).click()
      await page.getByRole('button', { name: 'Revoke session' }).click()
      await page.getByText(/^Nothing accepts it any more \(\d+ ms\)\.$/).waitFor()

      await other.getByRole('button', { name: 'Disabled', exact: true }).click()
      await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    },
  },
  {
    name: 'all other sessions are revoked at once, this one stays',
    async run({ makeSession, openPage }) {
      const others = [await makeSession(), await makeSession()]
      const page = await openPage({ path: '/keys/sessions' })
      await page.getByRole('button', { name: 'Revoke all others' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Revoke all others' }).click()
      await page.getByText(/sessions are revoked\.$/).waitFor()
      await eventually(() => page.getByRole('rowheader').count(), 1)
      for (const { cookies } of others) {
        const other = await openPage({ signedIn: false })
        await other.context().addCookies(cookies)
        await other.goto('/keys')
        await other.getByRole('heading', { name: 'Sign in' }).waitFor()
      }
      await page.reload()
      await page.getByText('This browser').waitFor()
    },
  },
]
