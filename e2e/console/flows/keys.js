// The list of keys and what its rows do, each proved by a real request with the key's secret.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { eventually } from '../eventually.js'
import { refuteTraces } from '../traces.js'

const run = promisify(execFile)
const scoped = { api: { user_read: {}, instance_read: {} } }

export const rows = [
  {
    name: 'a key is listed with its hint, its use and its state',
    async run({ createKey, showKey, tryKey, openPage }) {
      const key = await createKey({ name: 'Listed', permissions: scoped, expires_in: 5 * 86_400 })
      assert.equal(await tryKey(key.key), 200)
      // Its use is written in batches.
      await eventually(async () => (await showKey(key.id)).last_used_address, '127.0.0.1')
      const page = await openPage({ path: '/keys' })
      const row = rowOf(page, 'Listed')
      await row.getByText(key.hint).waitFor()
      await row.getByText('in 5 days').waitFor()
      await row.getByText('Expiring').waitFor()
      await row.getByText('127.0.0.1').waitFor()
      assert.match(await row.locator('time').first().getAttribute('title'), /^\d+ \w+ \d{4}(?: at |, )\d\d:\d\d:\d\d/)
    },
  },
  {
    name: 'a row says by areas what its key may do, and a long name keeps to its column',
    async run({ createKey, openPage }) {
      const show = { 'api.instance.show': { constraints: { id: { eq: 7 } } } }
      const name = `Worded${'x'.repeat(249)}`
      await createKey({ name, permissions: { api: { misc: {}, user_read: {}, instance_read: show } } })
      const page = await openPage({ path: '/keys' })
      const row = rowOf(page, name)
      await row
        .getByText(
          'user: read; instances: in part; miscellaneous: read and write; 1 constraint; billing: none; machines: none; team: none',
        )
        .waitFor()
      const width = await page.evaluate(() => document.scrollingElement.scrollWidth)
      assert.ok(width <= 1280, `the page is ${width} px wide`)
      const column = await page.getByRole('columnheader', { name: 'May do' }).boundingBox()
      assert.ok(column.width > 300, `what it may do has ${column.width} px`)
    },
  },
  {
    name: 'what is in force is told by the clock of the server, however wrong that of the browser is',
    async run({ createKey, openPage }) {
      await createKey({ name: 'Soon over', permissions: scoped, expires_in: 86_400 })
      for (const days of [3, -3]) {
        const page = await openPage()
        await page.clock.setFixedTime(Date.now() + days * 86_400_000)
        await page.goto('/keys')
        const row = rowOf(page, 'Soon over')
        await row.getByText('Expiring', { exact: true }).waitFor()
        await row.getByText(/^(?:tomorrow|in 2[34] hours)$/).waitFor()
        await row.getByText('just now').waitFor()
      }
    },
  },
  {
    name: 'what is shown to begin with works with every key',
    async run({ createKey, openPage, stack }) {
      await createKey({ name: 'Beginner', permissions: { api: { instance_read: {} } } })
      const page = await openPage({ path: '/keys' })
      await choose(page, 'Beginner', 'Reset secret')
      await page.getByRole('button', { name: 'Reset secret' }).click()
      const code = await page.getByRole('tabpanel', { name: 'curl' }).locator('code').textContent()
      const { stdout } = await run('bash', ['-c', code])
      assert.equal(JSON.parse(stdout).key.name, 'Beginner')
      await page.getByRole('tab', { name: 'CLI' }).click()
      await page.getByRole('tabpanel', { name: 'CLI' }).getByText('keyporter whoami').waitFor()
      await page.getByRole('tab', { name: 'Python' }).click()
      await page.getByRole('tabpanel', { name: 'Python' }).getByText(`${stack.url}/keyporter/whoami`).waitFor()
    },
  },
  {
    name: 'a disabled key is refused from when the message shows, and accepted again once it is enabled',
    async run({ createKey, tryKey, openPage }) {
      const key = await createKey({ name: 'Switched', permissions: scoped })
      assert.equal(await tryKey(key.key), 200)
      const page = await openPage({ path: '/keys' })
      await choose(page, 'Switched', 'Disable')
      await page.getByText(/^No verifier accepts it any more \(\d+ ms\)\.$/).waitFor()
      assert.equal(await tryKey(key.key), 401)
      await rowOf(page, 'Switched').getByText('Disabled').waitFor()
      await choose(page, 'Switched', 'Enable')
      await page.getByText(/^Every verifier accepts it again \(\d+ ms\)\.$/).waitFor()
      assert.equal(await tryKey(key.key), 200)
      await rowOf(page, 'Switched').getByText('Active').waitFor()
    },
  },
  {
    name: 'a reset shows the new secret once; the old one is refused, and closing leaves no trace of the new one',
    async run({ createKey, tryKey, openPage }) {
      const key = await createKey({ name: 'Reset', permissions: scoped })
      const page = await openPage({ path: '/keys' })
      await choose(page, 'Reset', 'Reset secret')
      await page.getByText('The old secret stops at once, everywhere.').waitFor()
      assert.equal(await tryKey(key.key), 200)
      await page.getByRole('button', { name: 'Reset secret' }).click()
      const field = page.getByRole('textbox', { name: 'Secret' })
      const secret = await field.inputValue()
      assert.match(secret, /^kp_[0-9A-Za-z]{49}$/)
      await eventually(() => field.isEditable(), false)
      assert.equal(await tryKey(key.key), 401)
      assert.equal(await tryKey(secret), 200)
      await page.getByText(/^The old secret is refused everywhere \(\d+ ms\)\.$/).waitFor()
      await stayOpen(page)
      await page.getByRole('button', { name: 'Copy', exact: true }).click()
      await page.getByRole('button', { name: 'Copied' }).waitFor()
      await eventually(() => page.evaluate(() => navigator.clipboard.readText()), secret)
      await page.evaluate(() => navigator.clipboard.writeText(''))
      for (const name of ['CLI', 'Python', 'TypeScript', 'curl']) {
        await page.getByRole('tab', { name }).click()
        await page.getByRole('tabpanel', { name }).getByText(secret).waitFor()
      }
      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await refuteTraces(page, secret)
    },
  },
  {
    name: 'a key is deleted by typing its name, and refused from when the message shows',
    async run({ createKey, tryKey, openPage }) {
      const key = await createKey({ name: 'Doomed', permissions: scoped })
      const page = await openPage({ path: '/keys' })
      await choose(page, 'Doomed', 'Delete')
      const button = page.getByRole('button', { name: 'Delete key' })
      const phrase = page.getByLabel(/^Type Doomed/)
      for (const [typed, isDisabled] of [
        ['Doomed', false],
        ['doomed', true],
        ['Doomed', false],
      ]) {
        await phrase.fill(typed)
        await eventually(() => button.isDisabled(), isDisabled, typed)
      }
      assert.equal(await tryKey(key.key), 200)
      await button.click()
      await page.getByText('Doomed is deleted.', { exact: true }).waitFor()
      assert.equal(await tryKey(key.key), 401)
      await rowOf(page, 'Doomed').waitFor({ state: 'detached' })
    },
  },
  {
    name: 'a key without a name is deleted by typing its hint',
    async run({ createKey, tryKey, openPage }) {
      const key = await createKey({ permissions: scoped })
      const page = await openPage({ path: '/keys' })
      await choose(page, key.hint, 'Delete')
      await page.getByLabel(`Type ${key.hint} to confirm`).fill(key.hint)
      await page.getByRole('button', { name: 'Delete key' }).click()
      await page.getByText(`${key.hint} is deleted.`, { exact: true }).waitFor()
      assert.equal(await tryKey(key.key), 401)
    },
  },
  {
    name: 'the first key can be reset, but not deleted',
    async run({ openPage, call, stack }) {
      const { body } = await call(stack.adminSecret, 'GET', '/keyporter/whoami')
      const page = await openPage({ path: '/keys' })
      await page.getByRole('button', { name: `Actions for ${body.key.hint}` }).click()
      const item = page.getByRole('menuitem', { name: 'The first key can only be reset' })
      await eventually(() => item.getAttribute('aria-disabled'), 'true')
    },
  },
  {
    name: '+ New, edit and duplicate lead to the pages of the key',
    async run({ stack, createKey, openPage }) {
      const key = await createKey({ name: 'Led', permissions: scoped })
      const page = await openPage({ path: '/keys' })
      const add = page.getByRole('link', { name: 'New key', exact: true })
      // The plus is a picture, and " key" is for screen readers.
      await eventually(
        () => add.evaluate((link) => [...link.childNodes].find(({ nodeType }) => nodeType === 3).data),
        'New',
      )
      await add.click()
      await page.waitForURL(`${stack.url}/keys/new`)
      await page.goBack()
      await choose(page, 'Led', 'Duplicate')
      await page.waitForURL(`${stack.url}/keys/new?from=${key.id}`)
      await page.goBack()
      await choose(page, 'Led', 'Edit')
      await page.waitForURL(`${stack.url}/keys/${key.id}`)
    },
  },
  {
    name: 'search, filter and order are in the address, and back undoes them',
    async run({ stack, createKey, openPage }) {
      await createKey({ name: 'Zebra', permissions: scoped, disabled: true })
      await createKey({ name: 'Aardvark', permissions: scoped, disabled: true })
      const page = await openPage({ path: '/keys' })
      const names = () => page.getByRole('rowheader').getByRole('link').allInnerTexts()
      await page.getByRole('button', { name: 'Disabled', exact: true }).click()
      await page.waitForURL(`${stack.url}/keys?status=disabled`)
      await eventually(names, ['Aardvark', 'Zebra'])
      await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
      await page.waitForURL(`${stack.url}/keys?status=disabled&sort=name`)
      await page
        .getByRole('columnheader', { name: 'Name', exact: true })
        .and(page.locator('[aria-sort=ascending]'))
        .waitFor()
      await page.getByRole('columnheader', { name: 'Name' }).getByRole('button').click()
      await page.waitForURL(`${stack.url}/keys?status=disabled&sort=name&order=desc`)
      await eventually(names, ['Zebra', 'Aardvark'])
      await page.getByRole('searchbox').fill('aard')
      await rowOf(page, 'Zebra').waitFor({ state: 'detached' })
      await page.waitForURL(/q=aard/)
      await page.reload()
      await rowOf(page, 'Aardvark').waitFor()
      await eventually(() => page.getByRole('searchbox').inputValue(), 'aard')
      await page.getByRole('searchbox').fill('nothing like it')
      await page.getByText('Nothing has “nothing like it” in it.').waitFor()
      await page.getByRole('button', { name: 'Show all keys' }).click()
      await rowOf(page, 'Zebra').waitFor()
      await page.goBack()
      await page.getByText('No key matches').waitFor()
    },
  },
  {
    name: 'a list that cannot be read says so, and is read again on demand',
    async run({ openPage }) {
      const page = await openPage()
      await page.route('**/api/v0/auth/apikeys/**', (route) =>
        route.fulfill({
          status: 400,
          json: { success: false, error: 'bad_request', msg: 'It broke on purpose.', request_id: 'r-1' },
        }),
      )
      await page.goto('/keys')
      await page.getByRole('alert').getByText('It broke on purpose.').waitFor()
      await page.unroute('**/api/v0/auth/apikeys/**')
      await page.getByRole('button', { name: 'Try again' }).click()
      await page.getByRole('rowheader').first().waitFor()
    },
  },
]

function rowOf(page, name) {
  return page.getByRole('row').filter({ has: page.getByRole('rowheader', { name }) })
}

async function choose(page, name, item) {
  await page.getByRole('button', { name: `Actions for ${name}`, exact: true }).click()
  await page.getByRole('menuitem', { name: item }).click()
}

/** Neither Escape nor a press outside closes it, and there is no other way before the box is ticked. */
async function stayOpen(page) {
  await page.keyboard.press('Escape')
  await page.mouse.click(5, 5)
  // Another tab can be opened only while it stands.
  await page.getByRole('tab', { name: 'Python' }).click()
  await page.getByRole('tabpanel', { name: 'Python' }).waitFor()
  await eventually(() => page.getByRole('textbox', { name: 'Secret' }).count(), 1)
  await eventually(() => page.getByRole('button', { name: 'Done' }).isDisabled(), true)
  await eventually(() => page.getByRole('button', { name: 'Close' }).count(), 0)
}
