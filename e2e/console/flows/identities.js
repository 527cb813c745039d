// Signing in by an OpenID provider.
import { password } from '../context.js'
import { eventually } from '../eventually.js'

export const rows = [
  {
    name: 'an identity that nobody has linked signs nobody in, and the page says what to do',
    async run({ stack, openPage }) {
      const page = await openPage({ signedIn: false, path: '/sign-in', alsoAt: stack.provider.issuer })
      await page.getByRole('link', { name: 'Continue with Example ID' }).click()
      await page.getByRole('alert').getByText('Nobody here has that identity.').waitFor()
      await eventually(async () => {
        const cookies = await page.context().cookies(stack.url)
        return cookies.filter(({ name }) => name === 'keyporter_session')
      }, [])
    },
  },
  {
    name: 'an identity is linked on the account page, signs in from then on, and no more once it is unlinked',
    async run({ stack, openPage }) {
      const page = await openPage({ path: '/account', alsoAt: stack.provider.issuer })
      await page.getByText('None is linked.').waitFor()
      await page.getByRole('button', { name: 'Link Example ID' }).click()
      await page.getByRole('dialog').getByLabel('Current password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Go to Example ID' }).click()
      await page.getByText('ada@example.com').waitFor()
      await page.waitForURL((url) => url.pathname === '/account')

      const other = await openPage({ signedIn: false, path: '/sign-in', alsoAt: stack.provider.issuer })
      await other.getByRole('link', { name: 'Continue with Example ID' }).click()
      await other.getByRole('rowheader').first().waitFor()
      await other.goto('/keys/sessions')
      await other.getByText('by identity provider').waitFor()

      await page.getByRole('button', { name: 'Unlink' }).click()
      await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click()
      await page.getByText(/^It signs nobody in any more \(\d+ ms\)\.$/).waitFor()
      const third = await openPage({ signedIn: false, path: '/sign-in', alsoAt: stack.provider.issuer })
      await third.getByRole('link', { name: 'Continue with Example ID' }).click()
      await third.getByRole('alert').getByText('Nobody here has that identity.').waitFor()
    },
  },
  {
    name: 'linking takes the password, and what came of it in vain is told on the account page',
    async run({ stack, openPage }) {
      const page = await openPage({ path: '/account?error=taken', alsoAt: stack.provider.issuer })
      await page.getByRole('alert').getByText('Somebody else here has that identity.').waitFor()
      await page.getByRole('button', { name: 'Link Example ID' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Current password', { exact: true }).fill('not the current one')
      await dialog.getByRole('button', { name: 'Go to Example ID' }).click()
      await dialog.getByRole('alert').getByText('The current password is wrong.').waitFor()
    },
  },
]
