// Signing in and out, sessions, SSH keys and the password, by keyboard alone; and where the focus is afterwards.
import assert from 'node:assert/strict'
import { adminEmail, password } from '../context.js'
import { eventually } from '../eventually.js'
import { chooseByKeyboard, tabTo, waitForFocus, waitForFocusOnContent } from '../keyboard-page.js'

const firefox = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 15.0; rv:140.0) Gecko/20100101 Firefox/140.0'
const sshKey = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgTPXoGXyTpPC6mC3KPGxvOWd3CY0/yYzJHcdNDHi1W by@hand'

export const rows = [
  {
    name: 'one signs in by keyboard alone, and out again',
    async run({ makeSession, openPage }) {
      // Sets the password, where this is the first row.
      await makeSession()
      const page = await openPage({ signedIn: false, path: '/sign-in' })
      await waitForFocus(page, 'E-mail')
      await page.keyboard.type(adminEmail)
      await tabTo(page, 'Password')
      await page.keyboard.type('wrong on purpose')
      await page.keyboard.press('Enter')
      await page.getByRole('alert').getByText('Wrong email or password.').waitFor()
      await waitForFocus(page, 'Password')
      await page.keyboard.press('ControlOrMeta+a')
      await page.keyboard.type(password)
      await page.keyboard.press('Enter')
      await page.getByRole('rowheader').first().waitFor()
      await waitForFocusOnContent(page)
      await page.keyboard.press('Shift+Tab')
      await waitForFocus(page, 'Account and theme')
      await chooseByKeyboard(page, 'Sign out')
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      await waitForFocus(page, 'E-mail')
      await eventually(() => page.context().cookies(), [])
    },
  },
  {
    name: 'a session is revoked by keyboard alone',
    async run({ makeSession, openPage }) {
      const { cookies } = await makeSession({ userAgent: firefox })
      const page = await openPage({ path: '/keys/sessions' })
      await page.getByText('This browser').waitFor()
      await tabTo(page, 'Revoke Firefox on macOS')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: 'Revoke Firefox on macOS?' }).waitFor()
      await tabTo(page, 'Revoke session')
      await page.keyboard.press('Enter')
      await page.getByText(/^Nothing accepts it any more/).waitFor()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('button', { name: 'Revoke Firefox on macOS' }).waitFor({ state: 'detached' })
      await waitForFocusOnContent(page)
      const other = await openPage({ signedIn: false })
      await other.context().addCookies(cookies)
      await other.goto('/keys')
      await other.getByRole('heading', { name: 'Sign in' }).waitFor()
    },
  },
  {
    name: 'an SSH key is added and deleted by keyboard alone',
    async run({ call, stack, openPage }) {
      const page = await openPage({ path: '/keys/ssh' })
      await page.getByText('No SSH keys yet').waitFor()
      await tabTo(page, 'Add key')
      await page.keyboard.press('Enter')
      await waitForFocus(page, 'Public key')
      await page.keyboard.type(sshKey)
      await tabTo(page, 'Add key')
      await page.keyboard.press('Enter')
      await page.getByRole('rowheader', { name: 'by@hand' }).waitFor()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await waitForFocus(page, 'Add key')

      await tabTo(page, 'Actions for by@hand')
      await chooseByKeyboard(page, 'Delete…')
      await page.getByRole('dialog', { name: 'Delete by@hand?' }).waitFor()
      await tabTo(page, 'Delete key')
      await page.keyboard.press('Enter')
      await page.getByText('No SSH keys yet').waitFor()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await waitForFocusOnContent(page)
      assert.deepEqual((await call(stack.adminSecret, 'GET', '/api/v0/ssh/')).body, [])
    },
  },
  {
    name: 'the password is changed by keyboard alone',
    async run({ openPage, signInByPassword }) {
      const next = 'five quite different plain words'
      const page = await openPage({ path: '/account' })
      await page.getByRole('heading', { name: 'Password' }).waitFor()
      for (const [current, wanted] of [
        [password, next],
        [next, password],
      ]) {
        await tabTo(page, 'Current password')
        await page.keyboard.type(current)
        await tabTo(page, 'New password')
        await page.keyboard.type(wanted)
        await tabTo(page, 'Change password')
        await page.keyboard.press('Enter')
        await eventually(() => page.getByLabel('New password', { exact: true }).inputValue(), '')
        await waitForFocus(page, 'Change password')
        const other = await openPage({ signedIn: false, path: '/sign-in' })
        await signInByPassword(other, wanted)
        await other.getByRole('rowheader').first().waitFor()
      }
    },
  },
]
