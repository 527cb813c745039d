// What is done with keys, by keyboard alone; and where the focus is afterwards.
import assert from 'node:assert/strict'
import { readCreated, waitForJson, waitForLevel } from '../editor-page.js'
import { eventually } from '../eventually.js'
import {
  chooseByKeyboard,
  holdUntil,
  pressUntil,
  readFocused,
  tabTo,
  waitForFocus,
  waitForFocusOnContent,
} from '../keyboard-page.js'

export const rows = [
  {
    name: 'a key is changed by keyboard alone: a level, an endpoint, a constraint; the focus stays on Save',
    async run({ createKey, showKey, openPage }) {
      const made = await createKey({
        name: 'Changed by hand',
        permissions: { api: { user_read: {}, instance_read: {} } },
      })
      const page = await openPage({ path: '/keys' })
      await tabTo(page, 'Changed by hand')
      await page.keyboard.press('Enter')
      await waitForFocusOnContent(page)
      await page.getByLabel('Permissions as JSON').waitFor()
      await tabTo(page, 'Read')
      await holdUntil(page, 'ArrowLeft', () => waitForLevel(page, 'User', 'None'))
      await tabTo(page, 'Customise Instances')
      await page.keyboard.press('Enter')
      const write = page.getByRole('radiogroup', { name: 'Endpoints of instance_write' })
      await write.waitFor()
      await tabTo(page, 'None')
      await holdUntil(page, 'ArrowRight', () => write.getByRole('radio', { name: 'Chosen', checked: true }).waitFor())
      await tabTo(page, 'Filter endpoints of instance_write')
      await page.keyboard.type('reboot')
      await tabTo(page, 'Check shown')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Add constraint on api.instance.reboot')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Value of id')
      await page.keyboard.type('1227')
      const expected = {
        api: { instance_read: {}, instance_write: { 'api.instance.reboot': { constraints: { id: { eq: 1227 } } } } },
      }
      await waitForJson(page, expected)
      await tabTo(page, 'Save')
      await page.keyboard.press('Enter')
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      await page.getByText('What changes').waitFor({ state: 'detached' })
      await waitForFocus(page, 'Save')
      assert.deepEqual((await showKey(made.id)).permissions, expected)
    },
  },
  {
    name: 'a key is reset by keyboard alone, and the focus comes back to its row',
    async run({ createKey, tryKey, openPage }) {
      const made = await createKey({ name: 'Reset by hand', permissions: { api: { user_read: {} } } })
      const page = await openPage({ path: '/keys' })
      await tabTo(page, 'Actions for Reset by hand')
      await chooseByKeyboard(page, 'Reset secret…')
      await waitForFocusInside(page, 'Reset the secret of Reset by hand?')
      await tabTo(page, 'Reset secret')
      await page.keyboard.press('Enter')
      const secret = await page.getByRole('textbox', { name: 'Secret' }).inputValue()
      await waitForFocusInside(page, 'New secret of Reset by hand')
      assert.deepEqual([await tryKey(made.key), await tryKey(secret)], [401, 200])
      await storeByKeyboard(page)
      await waitForFocus(page, 'Actions for Reset by hand')
    },
  },
  {
    name: 'a key is duplicated by keyboard alone',
    async run({ createKey, showKey, tryKey, openPage }) {
      const permissions = { api: { user_read: {} } }
      await createKey({ name: 'Doubled by hand', permissions })
      const page = await openPage({ path: '/keys' })
      await tabTo(page, 'Actions for Doubled by hand')
      await chooseByKeyboard(page, 'Duplicate')
      await page.getByRole('heading', { name: 'Duplicate key' }).waitFor()
      await waitForFocusOnContent(page)
      await page.getByLabel('Permissions as JSON').waitFor()
      await tabTo(page, 'Create key')
      await page.keyboard.press('Enter')
      const { secret, key } = await readCreated(page, showKey)
      await waitForFocusInside(page, 'Key “Doubled by hand copy” is created')
      assert.deepEqual([key.name, key.permissions], ['Doubled by hand copy', permissions])
      assert.equal(await tryKey(secret), 200)
      await storeByKeyboard(page)
      await page.getByRole('rowheader', { name: 'Doubled by hand copy' }).waitFor()
      await waitForFocusOnContent(page)
    },
  },
  {
    name: 'a request is explained by keyboard alone; the focus stays where it was asked',
    async run({ createKey, openPage }) {
      await createKey({ name: 'Asked by hand', permissions: { api: { user_read: {} } } })
      const page = await openPage({ path: '/explain' })
      await page.getByText('Nothing asked yet').waitFor()
      await tabTo(page, 'Key')
      await page.keyboard.press('Enter')
      await eventually(() => page.evaluate(() => document.activeElement?.closest('[role=listbox]') !== null), true)
      await page.keyboard.type('Asked by')
      await eventually(async () => (await readFocused(page)).startsWith('Asked by hand'), true)
      await page.keyboard.press('Enter')
      await waitForFocus(page, 'Key')
      await tabTo(page, 'Path')
      await page.keyboard.type('/api/v0/instances/7/')
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'Decision' }).getByText('Refused with 403').waitFor()
      await waitForFocus(page, 'Path')
      await tabTo(page, 'Apply to this key')
      await page.keyboard.press('Enter')
      await page.getByLabel('What changes').waitFor()
      await waitForFocusOnContent(page)
    },
  },
  {
    name: 'from a denial the keyboard leads to why',
    async run({ call, createKey, openPage }) {
      const made = await createKey({ name: 'Denied by hand', permissions: { api: { user_read: {} } } })
      assert.equal((await call(made.key, 'GET', '/api/v0/instances/9/')).status, 403)
      const page = await openPage({ path: '/denials' })
      await tabTo(page, 'Refresh')
      await eventually(async () => {
        await page.keyboard.press('Enter')
        return page.getByRole('rowheader', { name: 'Denied by hand' }).count()
      }, 1)
      await waitForFocus(page, 'Refresh')
      await tabTo(page, 'Explain GET /api/v0/instances/9/ of Denied by hand')
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'Decision' }).getByText('Refused with 403').waitFor()
      await waitForFocusOnContent(page)
    },
  },
]

/** That the focus is in the dialog of that name, not behind it. */
async function waitForFocusInside(page, name) {
  await page.getByRole('dialog', { name }).waitFor()
  await eventually(
    () => page.getByRole('dialog', { name }).evaluate((dialog) => dialog.contains(document.activeElement)),
    true,
    `the focus is in "${name}"`,
  )
}

async function storeByKeyboard(page) {
  await tabTo(page, 'I have stored it')
  await page.keyboard.press('Space')
  await page.getByRole('checkbox', { name: 'I have stored it', checked: true }).waitFor()
  await pressUntil(page, 'Tab', 'Done')
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}
