// Leaving a page on which something would be lost: asked about first, in words, whichever way it is left.
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
