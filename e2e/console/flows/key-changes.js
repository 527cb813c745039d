// Changes of keys that exist, each proved by what the server then holds and decides.
import assert from 'node:assert/strict'
import { chooseLevel, create, levelOf, openEditor } from '../editor-page.js'

export const rows = [
  {
    name: 'a change says what it changes, and holds from when the message shows',
    async run({ call, createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Changed', permissions: { api: { user_read: {}, misc: {} } } })
      const ask = async () => (await call(made.key, 'GET', '/api/v0/users/current/')).status
      assert.equal(await ask(), 200)
      const page = await openEditor(openPage, `/keys/${made.id}`)
      assert.equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true)
      await chooseLevel(page, 'User', 'None')
      await page.getByText('The key may do less than before.').waitFor()
      await page.getByLabel('What changes').getByText('user_read: all → nothing').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on \(\d+ ms\)\.$/).waitFor()
      assert.equal(await ask(), 403)
      assert.deepEqual((await showKey(made.id)).permissions, { api: { misc: {} } })
      await chooseLevel(page, 'User', 'Read')
      await page.getByText('The key may do more than before.').waitFor()
      await chooseLevel(page, 'Miscellaneous', 'None')
      await page.getByText('The key may do some things more, and others less.').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('What changes').waitFor({ state: 'detached' })
      assert.equal(await ask(), 200)
      await page.reload()
      await page.getByRole('radiogroup', { name: 'User' }).waitFor()
      assert.equal(await levelOf(page, 'User'), 'Read')
    },
  },
  {
    name: 'what was saved is not saved again, and a key that is over can be renamed',
    async run({ createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Lasting', permissions: { api: { misc: {} } } })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await page.getByRole('radiogroup', { name: 'Expires' }).getByRole('radio', { name: '30 days' }).click()
      await page
        .getByLabel('What changes')
        .getByText(/^expires: never → /)
        .waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText('What changes').waitFor({ state: 'detached' })
      assert.equal(await page.getByRole('button', { name: 'Save' }).isDisabled(), true)
      const { expires_at: expiresAt } = await showKey(made.id)
      assert.ok(Math.abs(expiresAt - Date.now() / 1000 - 30 * 86_400) < 60)

      const brief = await createKey({ name: 'Brief', permissions: { api: { misc: {} } }, expires_in: 1 })
      await page.waitForTimeout(1_100)
      await page.goto(`/keys/${brief.id}`)
      await page.getByText('Expired', { exact: true }).waitFor()
      await page.getByLabel('Name').fill('Brief one')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      assert.equal((await showKey(brief.id)).name, 'Brief one')
    },
  },
  {
    name: 'a duplicate begins with the permissions and addresses of its original',
    async run({ createKey, showKey, openPage }) {
      const permissions = { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } }
      const made = await createKey({ name: 'Original', permissions, ip_whitelist: ['10.0.0.0/8'] })
      const page = await openEditor(openPage, `/keys/new?from=${made.id}`)
      assert.equal(await page.getByLabel('Name').inputValue(), 'Original copy')
      const { key } = await create(page, showKey)
      assert.deepEqual([key.name, key.permissions, key.ip_whitelist], ['Original copy', permissions, ['10.0.0.0/8']])
    },
  },
  {
    name: 'a key that is not there says so',
    async run({ openPage }) {
      const page = await openPage({ path: '/keys/999999' })
      await page.getByRole('alert').getByText('API Key not found.').waitFor()
    },
  },
]
