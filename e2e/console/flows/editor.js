// New keys: by levels, by endpoints, as JSON; each proved by what the server then holds and decides.
import assert from 'node:assert/strict'
import {
  areaOf,
  chooseLevel,
  create,
  jsonOf,
  levelOf,
  openEditor,
  pick,
  readCreated,
  readJson,
  tabTo,
} from '../editor-page.js'
import { refuteTraces } from '../traces.js'

export const rows = [
  {
    name: 'a key made from a preset has its permissions, works, and leaves no trace of its secret',
    async run({ showKey, tryKey, openPage }) {
      const page = await openEditor(openPage)
      await page.getByLabel('Name').fill('From a preset')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'CI deploy' }).click()
      assert.deepEqual(await readJson(page), { api: { misc: {}, instance_read: {}, instance_write: {} } })
      await page
        .getByText('It may read and write instances and miscellaneous, and nothing else. It works from any address')
        .waitFor()
      const { secret, key } = await create(page, showKey)
      assert.deepEqual(key.permissions, { api: { misc: {}, instance_read: {}, instance_write: {} } })
      assert.equal(key.name, 'From a preset')
      assert.equal(await tryKey(secret), 200)
      assert.equal(await page.getByRole('button', { name: 'Done' }).isDisabled(), true)
      await page.getByLabel('I have stored it').check()
      await page.getByRole('button', { name: 'Done' }).click()
      await page.waitForURL(/\/keys$/)
      await page.getByRole('rowheader', { name: 'From a preset' }).waitFor()
      await refuteTraces(page, secret)
    },
  },
  {
    name: 'a new key begins with the rights of who is signed in',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      for (const area of ['User', 'Machines', 'Instances', 'Billing', 'Team', 'Miscellaneous']) {
        assert.equal(await levelOf(page, area), 'Read and write')
      }
      for (const area of ['Everything else', 'Verify', 'Operate']) assert.equal(await levelOf(page, area), 'None')
    },
  },
  {
    name: 'form and JSON are in step, whichever is changed',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await chooseLevel(page, 'Instances', 'Read')
      await chooseLevel(page, 'Billing', 'None')
      const { api } = await readJson(page)
      assert.deepEqual([api.instance_read, api.instance_write, api.billing_read], [{}, undefined, undefined])
      await jsonOf(page).fill('{"api": {"*": {}, "machine_read": {"api.machine.list": {}}}}')
      assert.equal(await levelOf(page, 'Machines'), null)
      assert.equal(await areaOf(page, 'Machines').getByText('Custom', { exact: true }).count(), 1)
      assert.equal(await levelOf(page, 'Everything else'), 'Read and write')
      assert.equal(await levelOf(page, 'Team'), 'Read and write')
      await chooseLevel(page, 'Team', 'None')
      const written = (await readJson(page)).api
      assert.equal('*' in written || 'team_read' in written, false)
      assert.deepEqual(written.machine_read, { 'api.machine.list': {} })
      await jsonOf(page).fill('{}')
      await page.getByText('It may read and write user').waitFor()
    },
  },
  {
    name: 'JSON that is not valid keeps the form as it was, names line and place, and cannot be saved',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await chooseLevel(page, 'Instances', 'Read')
      const before = await jsonOf(page).inputValue()
      await jsonOf(page).fill('{\n  "api": {\n    "instance_reed": {}\n  }\n}')
      await page.getByRole('button', { name: 'Line 3' }).waitFor()
      await page.getByText('"instance_reed" is not a category').waitFor()
      await page.getByText('The JSON is not valid (line 3)').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      assert.equal(await jsonOf(page).getAttribute('aria-invalid'), 'true')
      await page.getByRole('button', { name: 'Line 3' }).click()
      const caret = await jsonOf(page).evaluate((area) => area.value.slice(area.selectionStart).trim())
      assert.match(caret, /^"instance_reed"/)
      await jsonOf(page).fill('{\n  "api": {,\n}')
      await page.getByText('This is not JSON: expected a member name in double quotes.').waitFor()
      await page.getByRole('button', { name: 'Line 2' }).waitFor()
      await page.getByRole('button', { name: 'Take back what was typed' }).click()
      assert.equal(await jsonOf(page).inputValue(), before)
      assert.equal(await levelOf(page, 'Instances'), 'Read')
      assert.equal(await page.getByRole('button', { name: 'Create key' }).isDisabled(), false)
    },
  },
  {
    name: 'endpoints are chosen one by one, each with constraints of its types; a wrong value is told at its place',
    async run({ showKey, openPage }) {
      const page = await openEditor(openPage)
      await jsonOf(page).fill('{"api": {}}')
      await page.getByText('It may do nothing but ask who it is.').waitFor()
      await page.getByRole('button', { name: 'Customise Instances' }).click()
      const category = page.getByRole('region', { name: 'instance_write' })
      await category.getByRole('radio', { name: 'Chosen' }).click()
      await category.getByRole('searchbox').fill('bid')
      await category.getByRole('checkbox', { name: /change_bid/ }).click()
      const add = category.getByRole('button', { name: 'Add constraint on api.instance.change_bid' })
      await add.click()
      await page.getByText('Give a value, or remove this constraint.').waitFor()
      assert.equal(await page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      const id = category.getByLabel('Value of id')
      await id.fill('five')
      await category.getByText(/constraints\.id\.eq must be of type integer\.$/).waitFor()
      assert.equal(await id.getAttribute('aria-invalid'), 'true')
      await page.getByRole('button', { name: /^Line \d+$/ }).waitFor()
      await id.fill('1227, 1228')
      await add.click()
      const rows = category.getByRole('list', { name: 'Constraints on api.instance.change_bid' }).getByRole('listitem')
      await pick(page, rows.nth(1).getByRole('combobox', { name: 'Parameter' }), /^price/)
      await pick(page, rows.nth(1).getByRole('combobox', { name: 'Comparison' }), 'is at most')
      await category.getByLabel('Value of price').fill('0.5')
      const expected = {
        api: {
          instance_write: {
            'api.instance.change_bid': { constraints: { id: { eq: [1227, 1228] }, price: { lte: 0.5 } } },
          },
        },
      }
      assert.deepEqual(await readJson(page), expected)
      await page.getByText('It may use part of instances, under 2 constraints, and nothing else.').waitFor()
      const { key } = await create(page, showKey)
      assert.deepEqual(key.permissions, expected)
    },
  },
  {
    name: 'an endpoint is taken out of a whole category, and the others stay',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await jsonOf(page).fill('{"api": {"team_write": {}}}')
      await page.getByRole('button', { name: 'Customise Team' }).click()
      const category = page.getByRole('region', { name: 'team_write' })
      await category.getByRole('checkbox', { name: /api\.team\.invite/ }).click()
      const { api } = await readJson(page)
      assert.deepEqual(Object.keys(api.team_write).sort(), [
        'api.team.member_remove',
        'api.team.role_create',
        'api.team.role_remove',
        'api.team.role_update',
      ])
      await category.getByRole('button', { name: 'Uncheck all' }).click()
      assert.deepEqual(await readJson(page), { api: {} })
      await category.getByRole('radio', { name: 'All' }).click()
      assert.deepEqual(await readJson(page), { api: { team_write: {} } })
    },
  },
  {
    name: 'one instance only asks for its id, and holds every endpoint to it',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await page.getByRole('button', { name: 'One instance only' }).click()
      await page.getByLabel('Id of the instance').fill('12x')
      await page.getByText('An id is a whole number.').waitFor()
      await page.getByLabel('Id of the instance').fill('1227')
      await page.keyboard.press('Enter')
      const { api } = await readJson(page)
      assert.deepEqual(api.instance_write['api.instance.destroy'], { constraints: { id: { eq: 1227 } } })
      assert.equal('api.instance.create' in api.instance_write, false)
    },
  },
  {
    name: 'a key expires and is bound to addresses as the form says; a block that is none is told with its line',
    async run({ showKey, openPage }) {
      const page = await openEditor(openPage)
      await page.getByRole('radiogroup', { name: 'Expires' }).getByRole('radio', { name: '90 days' }).click()
      await page.getByLabel('Addresses').fill('192.0.2.1\n10.1.0.0/8')
      await page.getByText('Line 2: "10.1.0.0/8" has bits behind its /8; the block is 10.0.0.0/8.').first().waitFor()
      assert.equal(await page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      await page.getByLabel('Addresses').fill('192.0.2.1\n10.0.0.0/8')
      await page.getByText(/It works from 192\.0\.2\.1 and 10\.0\.0\.0\/8, until /).waitFor()
      const { key } = await create(page, showKey)
      assert.deepEqual(key.ip_whitelist, ['192.0.2.1', '10.0.0.0/8'])
      assert.equal(key.expires_at - key.created_at, 90 * 86_400)
    },
  },
  {
    name: 'where the server cannot tell whether the key was kept, its secret is shown all the same, and said to be uncertain',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      const secret = `kp_${'x'.repeat(49)}`
      await page.route('**/api/v0/auth/apikeys/', (route) =>
        route.fulfill({
          // A real one is 500, which would be noticed as a fault of the page; the client goes by the code.
          status: 409,
          json: {
            success: false,
            error: 'outcome_unknown',
            msg: 'It may have been kept.',
            request_id: 'r-1',
            id: 77,
            secret,
          },
        }),
      )
      await page.getByRole('button', { name: 'Create key' }).click()
      await page.getByText('The key may have been created').waitFor()
      assert.equal(await page.getByRole('textbox', { name: 'Secret' }).inputValue(), secret)
    },
  },
  {
    name: 'what the server refuses is said beside the button, and nothing typed is lost',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await page.route('**/api/v0/auth/apikeys/', (route) =>
        route.fulfill({
          status: 403,
          json: {
            success: false,
            error: 'not_authorized',
            msg: 'A key cannot give what it does not have.',
            request_id: 'r-2',
          },
        }),
      )
      await page.getByLabel('Name').fill('Kept')
      await page.getByRole('button', { name: 'Create key' }).click()
      await page.getByRole('alert').getByText('A key cannot give what it does not have.').waitFor()
      assert.equal(await page.getByLabel('Name').inputValue(), 'Kept')
    },
  },
  {
    name: 'a key is made by keyboard alone',
    async run({ showKey, tryKey, openPage }) {
      const page = await openEditor(openPage)
      await page.getByLabel('Name').focus()
      await page.keyboard.type('By hand')
      await tabTo(page, 'Read-only monitoring')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Read')
      // Held down for as long as a finger does: the choice follows the focus while the key is pressed.
      await page.keyboard.press('ArrowLeft', { delay: 100 })
      await page.getByRole('radiogroup', { name: 'User' }).getByRole('radio', { name: 'None', checked: true }).waitFor()
      await tabTo(page, 'Customise Billing')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Add constraint on api.billing.charges')
      await page.keyboard.press('Enter')
      await tabTo(page, 'Value of select_filters')
      await page.keyboard.type('mine')
      await tabTo(page, 'Permissions as JSON')
      await tabTo(page, 'Create key')
      await page.keyboard.press('Enter')
      const { secret, key } = await readCreated(page, showKey)
      assert.deepEqual(key.permissions.api.billing_read, {
        '*': {},
        'api.billing.charges': { constraints: { select_filters: { eq: 'mine' } } },
      })
      assert.equal('user_read' in key.permissions.api, false)
      assert.equal(await tryKey(secret), 200)
      await page.getByLabel('I have stored it').focus()
      await page.keyboard.press('Space')
      await tabTo(page, 'Done')
      await page.keyboard.press('Enter')
      await page.waitForURL(/\/keys$/)
    },
  },
]
