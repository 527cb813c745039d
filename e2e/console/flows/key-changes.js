// Changes of keys that exist, each proved by what the server then holds and decides.
import assert from 'node:assert/strict'
import { chooseLevel, create, openEditor, waitForJson, waitForLevel } from '../editor-page.js'
import { eventually } from '../eventually.js'

export const rows = [
  {
    name: 'a change says what it changes, and holds from when the message shows',
    async run({ call, createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Changed', permissions: { api: { user_read: {}, misc: {} } } })
      const ask = async () => (await call(made.key, 'GET', '/api/v0/users/current/')).status
      assert.equal(await ask(), 200)
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await eventually(() => page.getByRole('button', { name: 'Save' }).isDisabled(), true)
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
      await waitForLevel(page, 'User', 'Read')
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
      await eventually(() => page.getByRole('button', { name: 'Save' }).isDisabled(), true)
      const { expires_at: expiresAt } = await showKey(made.id)
      assert.ok(Math.abs(expiresAt - Date.now() / 1000 - 30 * 86_400) < 60)

      const brief = await createKey({ name: 'Brief', permissions: { api: { misc: {} } }, expires_in: 1 })
      await eventually(async () => (await showKey(brief.id)).expired, true)
      await page.goto(`/keys/${brief.id}`)
      await page.getByText('Expired', { exact: true }).waitFor()
      await page.getByLabel('Name').fill('Brief one')
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      assert.equal((await showKey(brief.id)).name, 'Brief one')
    },
  },
  {
    name: 'an editor begins with the key as it is, not as an earlier visit has read it',
    async run({ createKey, changeKey, openPage }) {
      const made = await createKey({ name: 'Revisited', permissions: { api: { misc: {} } } })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      const visits = [
        [`/keys/${made.id}`, { api: { billing_read: {} } }],
        [`/keys/new?from=${made.id}`, { api: { team_read: {} } }],
      ]
      for (const [path, permissions] of visits) {
        await moveTo(page, '/explain')
        await page.getByRole('heading', { name: 'Explain' }).waitFor()
        await changeKey(made.id, { permissions })
        await moveTo(page, path)
        await waitForJson(page, permissions)
      }
    },
  },
  {
    name: 'what somebody else has changed meanwhile is not overwritten unawares',
    async run({ createKey, changeKey, showKey, openPage }) {
      const made = await createKey({ name: 'Contended', permissions: { api: { user_read: {}, user_write: {} } } })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      const save = page.getByRole('button', { name: 'Save' })
      await chooseLevel(page, 'Team', 'Read')
      await changeKey(made.id, { permissions: { api: { user_read: {} } } })
      await save.click()
      await page.getByText('Somebody has changed this key since you opened it.').waitFor()
      await eventually(() => save.isDisabled(), true)
      assert.deepEqual((await showKey(made.id)).permissions, { api: { user_read: {} } })

      await page.getByRole('button', { name: 'Show the key as it is' }).click()
      await page.getByText('What changes').waitFor({ state: 'detached' })
      await waitForJson(page, { api: { user_read: {} } })

      await chooseLevel(page, 'Team', 'Read')
      await changeKey(made.id, { permissions: { api: { misc: {} } } })
      await save.click()
      await page.getByRole('button', { name: 'Keep what I have' }).click()
      await page.getByLabel('What changes').getByText('misc: all → nothing').waitFor()
      await save.click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      assert.deepEqual((await showKey(made.id)).permissions, { api: { user_read: {}, team_read: {} } })
    },
  },
  {
    name: 'reading again in vain takes nothing away of what was filled in',
    async run({ createKey, openPage }) {
      const made = await createKey({ name: 'Cut off', permissions: { api: { misc: {} } } })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await page.getByLabel('Name').fill('Typed')
      await page.route(`**/api/v0/auth/apikeys/${made.id}/`, (route) =>
        route.fulfill({ status: 400, json: { success: false, error: 'bad_request', msg: 'It broke on purpose.' } }),
      )
      const isRead = page.waitForResponse((response) => response.status() === 400)
      await page.getByRole('button', { name: 'Save' }).click()
      await isRead
      await page.getByRole('alert').getByText('It broke on purpose.').waitFor()
      await eventually(() => page.getByLabel('Name').inputValue(), 'Typed')
    },
  },
  {
    name: 'a duplicate begins with the permissions and addresses of its original',
    async run({ createKey, showKey, openPage }) {
      const permissions = { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } }
      const made = await createKey({ name: 'Original', permissions, ip_whitelist: ['10.0.0.0/8'] })
      const page = await openEditor(openPage, `/keys/new?from=${made.id}`)
      await eventually(() => page.getByLabel('Name').inputValue(), 'Original copy')
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

/** Within the page: what it has read before is still there. */
async function moveTo(page, path) {
  await page.evaluate((to) => {
    window.history.pushState(null, '', to)
  }, path)
  await page.waitForURL((url) => url.pathname + url.search === path)
}
