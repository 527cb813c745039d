// Leaving a page on which something would be lost: asked about first, in words, whichever way it is left.
import assert from 'node:assert/strict'
import { adminEmail, password } from '../context.js'
import { chooseLevel, create, openEditor, waitForLevel } from '../editor-page.js'
import { eventually } from '../eventually.js'

const scoped = { api: { user_read: {}, misc: {} } }

export const rows = [
  {
    name: 'a changed key is not left by a link or by going back without a question; who stays finds all as it was',
    async run({ stack, createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Left', permissions: scoped })
      const page = await openPage({ path: '/keys' })
      await page.getByRole('link', { name: 'Left', exact: true }).click()
      await page.waitForURL(`${stack.url}/keys/${made.id}`)
      await chooseLevel(page, 'User', 'None')
      const question = page.getByRole('dialog', { name: 'Leave without saving?' })
      for (const leave of [
        () => page.getByRole('link', { name: 'Denials' }).click(),
        () => page.getByRole('link', { name: 'Duplicate' }).click(),
        () => page.evaluate(() => window.history.back()),
      ]) {
        await leave()
        await question.getByText('The key stays as it was; what you changed here is lost.').waitFor()
        await question.getByRole('button', { name: 'Stay' }).click()
        await question.waitFor({ state: 'detached' })
        await page.waitForURL(`${stack.url}/keys/${made.id}`)
        await waitForLevel(page, 'User', 'None')
      }

      await page.evaluate(() => window.history.back())
      await question.getByRole('button', { name: 'Leave' }).click()
      await page.waitForURL(`${stack.url}/keys`)
      await page.getByRole('rowheader', { name: 'Left' }).waitFor()
      await eventually(async () => (await showKey(made.id)).permissions, scoped)
    },
  },
  {
    name: 'a session that ends while a key is being written is begun again there, and what was written stays',
    async run({ openPage, showKey }) {
      const page = await openEditor(openPage)
      await page.getByLabel('Name').fill('Interrupted')
      await chooseLevel(page, 'Billing', 'None')
      await page.context().clearCookies()
      await page.getByRole('button', { name: 'Create key' }).click()
      const question = page.getByRole('dialog', { name: 'Your session has ended' })
      await fillSignIn(question, adminEmail, 'not the password at all')
      await question.getByText('Wrong email or password.').waitFor()
      await fillSignIn(question, adminEmail, password)
      await question.waitFor({ state: 'detached' })
      const { key } = await create(page, showKey)
      await eventually(() => [key.name, 'billing_read' in key.permissions.api], ['Interrupted', false])
    },
  },
  {
    name: 'a session that ends while a secret is shown takes it away from nobody who signs in again',
    async run({ createKey, openPage }) {
      await createKey({ name: 'Shown on', permissions: scoped })
      const page = await openPage({ path: '/keys' })
      await page.getByRole('button', { name: 'Actions for Shown on' }).click()
      await page.getByRole('menuitem', { name: 'Reset secret' }).click()
      await page.getByRole('button', { name: 'Reset secret' }).click()
      const field = page.getByRole('textbox', { name: 'Secret' })
      const secret = await field.inputValue()
      await page.context().clearCookies()
      const question = page.getByRole('dialog', { name: 'Your session has ended' })
      // What was read counts as fresh for a while, and is not read again until then.
      await eventually(async () => {
        await page.evaluate(() => window.dispatchEvent(new Event('visibilitychange')))
        return question.count()
      }, 1)
      await fillSignIn(question, adminEmail, password)
      await question.waitFor({ state: 'detached' })
      await eventually(() => field.inputValue(), secret)
      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByRole('rowheader', { name: 'Shown on' }).waitFor()
    },
  },
  {
    name: 'whoever else signs in where a session has ended finds nothing of what was written',
    async run({ stack, openPage }) {
      const [email, secret] = ['other@example.com', 'quite another set of words']
      await redeem(stack, await stack.createAccount(email), secret)
      const page = await openEditor(openPage)
      await page.getByLabel('Name').fill('Nobody’s business')
      await page.context().clearCookies()
      await page.getByRole('button', { name: 'Create key' }).click()
      await fillSignIn(page.getByRole('dialog', { name: 'Your session has ended' }), email, secret)
      await page.waitForURL(`${stack.url}/keys`)
      await page.getByRole('rowheader').first().waitFor()
      await eventually(() => page.getByRole('rowheader').count(), 1)
    },
  },
  {
    name: 'a tab with a changed key is not closed without a question',
    async run({ createKey, openPage }) {
      const made = await createKey({ name: 'Closed', permissions: scoped })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await page.getByLabel('Name').fill('Closed late')
      await page.getByText('name: Closed → Closed late').waitFor()
      const asked = page.waitForEvent('dialog')
      await page.close({ runBeforeUnload: true })
      const dialog = await asked
      await eventually(() => dialog.type(), 'beforeunload')
      await dialog.dismiss()
      await eventually(() => page.getByLabel('Name').inputValue(), 'Closed late')
    },
  },
  {
    name: 'saving and cancelling need no question, nor does a page on which nothing was changed',
    async run({ stack, createKey, openPage }) {
      const made = await createKey({ name: 'Kept', permissions: scoped })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await chooseLevel(page, 'User', 'None')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('What changes').waitFor({ state: 'detached' })
      await page.getByRole('link', { name: 'Duplicate' }).click()
      await page.waitForURL(`${stack.url}/keys/new?from=${made.id}`)
      await waitForLevel(page, 'User', 'None')
      await page.goBack()
      await page.waitForURL(`${stack.url}/keys/${made.id}`)
      await chooseLevel(page, 'Miscellaneous', 'None')
      await page.getByRole('link', { name: 'Cancel' }).click()
      await page.waitForURL(`${stack.url}/keys`)
      await page.getByRole('rowheader', { name: 'Kept' }).waitFor()
    },
  },
  {
    name: 'a new key is not left without a question, and its secret not before it is stored',
    async run({ stack, showKey, openPage }) {
      const page = await openPage({ path: '/keys' })
      await page.getByRole('link', { name: 'New key' }).first().click()
      await page.waitForURL(`${stack.url}/keys/new`)
      await page.getByLabel('Name').fill('Half made')
      await page.getByRole('link', { name: 'Explain', exact: true }).click()
      await page.getByRole('dialog', { name: 'Leave without creating the key?' }).waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })

      const { secret } = await create(page, showKey)
      await page.evaluate(() => window.history.back())
      await page
        .getByRole('dialog', { name: 'Leave without the secret?' })
        .getByRole('button', { name: 'Stay' })
        .click()
      const field = page.getByRole('textbox', { name: 'Secret' })
      await eventually(() => field.inputValue(), secret)
      const asked = page.waitForEvent('dialog')
      await page.close({ runBeforeUnload: true })
      await (await asked).dismiss()
      await eventually(() => field.inputValue(), secret)

      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.waitForURL(`${stack.url}/keys`)
      await page.getByRole('rowheader', { name: 'Half made' }).waitFor()
    },
  },
  {
    name: 'the new secret of a reset is not left before it is stored',
    async run({ stack, createKey, tryKey, openPage }) {
      await createKey({ name: 'Reset and left', permissions: scoped })
      const page = await openPage({ path: '/denials' })
      await page.getByRole('link', { name: 'Keys', exact: true }).click()
      await page.getByRole('button', { name: 'Actions for Reset and left' }).click()
      await page.getByRole('menuitem', { name: 'Reset secret' }).click()
      await page.getByRole('button', { name: 'Reset secret' }).click()
      const field = page.getByRole('textbox', { name: 'Secret' })
      const secret = await field.inputValue()
      await page.evaluate(() => window.history.back())
      const question = page.getByRole('dialog', { name: 'Leave without the secret?' })
      await question.getByRole('button', { name: 'Stay' }).click()
      await eventually(() => field.inputValue(), secret)
      await page.evaluate(() => window.history.back())
      await question.getByRole('button', { name: 'Leave' }).click()
      await page.waitForURL(`${stack.url}/denials`)
      await eventually(() => tryKey(secret), 200)
    },
  },
]

async function fillSignIn(form, email, secret) {
  await form.getByLabel('E-mail').fill(email)
  await form.getByLabel('Password', { exact: true }).fill(secret)
  await form.getByRole('button', { name: 'Sign in', exact: true }).click()
}

/** Sets the password of another user, past the browser. */
async function redeem({ url }, link, secret) {
  const headers = { 'content-type': 'application/json', 'x-keyporter-console': '1', origin: url }
  const body = JSON.stringify({ token: link.split('#token=')[1], password: secret })
  assert.equal((await fetch(`${url}/keyporter/sign-in/link`, { method: 'POST', headers, body })).status, 200)
}
