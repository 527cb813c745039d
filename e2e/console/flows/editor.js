// New keys: by levels, by endpoints, as JSON; each proved by what the server then holds and decides.
import assert from 'node:assert/strict'
import {
  areaOf,
  chooseLevel,
  create,
  jsonOf,
  openEditor,
  pick,
  readCreated,
  readJson,
  waitForJson,
  waitForLevel,
} from '../editor-page.js'
import { eventually } from '../eventually.js'
import { holdUntil, tabTo } from '../keyboard-page.js'
import { refuteTraces } from '../traces.js'

export const rows = [
  {
    name: 'a key made from a preset has its permissions, works, and leaves no trace of its secret',
    async run({ showKey, tryKey, openPage }) {
      const page = await openEditor(openPage)
      await page.getByLabel('Name').fill('From a preset')
      await page.keyboard.press('Enter')
      await page.getByRole('button', { name: 'CI deploy' }).click()
      await waitForJson(page, { api: { misc: {}, instance_read: {}, instance_write: {} } })
      await page
        .getByText('It may read and write instances and miscellaneous, and nothing else. It works from any address')
        .waitFor()
      const { secret, key } = await create(page, showKey)
      assert.deepEqual(key.permissions, { api: { misc: {}, instance_read: {}, instance_write: {} } })
      assert.equal(key.name, 'From a preset')
      assert.equal(await tryKey(secret), 200)
      await eventually(() => page.getByRole('button', { name: 'Done' }).isDisabled(), true)
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
        await waitForLevel(page, area, 'Read and write')
      }
      for (const area of ['Everything else', 'Verify', 'Operate']) await waitForLevel(page, area, 'None')
    },
  },
  {
    name: 'form and JSON are in step, whichever is changed',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await chooseLevel(page, 'Instances', 'Read')
      await chooseLevel(page, 'Billing', 'None')
      await eventually(async () => {
        const { api } = await readJson(page)
        return [api.instance_read, api.instance_write, api.billing_read]
      }, [{}, undefined, undefined])
      await jsonOf(page).fill('{"api": {"*": {}, "machine_read": {"api.machine.list": {}}}}')
      await waitForLevel(page, 'Machines', null)
      await eventually(() => areaOf(page, 'Machines').getByText('Custom', { exact: true }).count(), 1)
      await waitForLevel(page, 'Everything else', 'Read and write')
      await waitForLevel(page, 'Team', 'Read and write')
      await chooseLevel(page, 'Team', 'None')
      await eventually(async () => {
        const { api } = await readJson(page)
        return ['*' in api || 'team_read' in api, api.machine_read]
      }, [false, { 'api.machine.list': {} }])
      await jsonOf(page).fill('{}')
      await page.getByText('It may read and write user').waitFor()
    },
  },
  {
    name: 'JSON that is not valid keeps the form as it was, names line and place, and cannot be saved',
    async run({ openPage }) {
      const page = await openEditor(openPage)
      await chooseLevel(page, 'Instances', 'Read')
      await eventually(async () => 'instance_write' in (await readJson(page)).api, false)
      const before = await jsonOf(page).inputValue()
      await jsonOf(page).fill('{\n  "api": {\n    "instance_reed": {}\n  }\n}')
      await page.getByRole('button', { name: 'Line 3' }).waitFor()
      await page.getByText('"instance_reed" is not a category').waitFor()
      await page.getByText('The JSON is not valid (line 3)').waitFor()
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      await eventually(() => jsonOf(page).getAttribute('aria-invalid'), 'true')
      await page.getByRole('button', { name: 'Line 3' }).click()
      await eventually(
        () => jsonOf(page).evaluate((area) => area.value.slice(area.selectionStart).trim().split(':')[0]),
        '"instance_reed"',
      )
      await jsonOf(page).fill('{\n  "api": {,\n}')
      await page.getByText('This is not JSON: expected a member name in double quotes.').waitFor()
      await page.getByRole('button', { name: 'Line 2' }).waitFor()
      await page.getByRole('button', { name: 'Take back what was typed' }).click()
      await eventually(() => jsonOf(page).inputValue(), before)
      await waitForLevel(page, 'Instances', 'Read')
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), false)
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
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      const id = category.getByLabel('Value of id')
      await id.fill('five')
      await category.getByText(/constraints\.id\.eq must be of type integer\.$/).waitFor()
      await eventually(() => id.getAttribute('aria-invalid'), 'true')
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
      await waitForJson(page, expected)
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
      await eventually(
        async () => Object.keys((await readJson(page)).api.team_write).sort(),
        ['api.team.member_remove', 'api.team.role_create', 'api.team.role_remove', 'api.team.role_update'],
      )
      await category.getByRole('button', { name: 'Uncheck all' }).click()
      await waitForJson(page, { api: {} })
      await category.getByRole('radio', { name: 'All' }).click()
      await waitForJson(page, { api: { team_write: {} } })
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
      await eventually(async () => {
        const { instance_write: written } = (await readJson(page)).api
        return [written['api.instance.destroy'], 'api.instance.create' in written]
      }, [{ constraints: { id: { eq: 1227 } } }, false])
    },
  },
  {
    name: 'a key expires and is bound to addresses as the form says; a block that is none is told with its line',
    async run({ showKey, openPage }) {
      const page = await openEditor(openPage)
      await page.getByRole('radiogroup', { name: 'Expires' }).getByRole('radio', { name: '90 days' }).click()
      await page.getByLabel('Addresses').fill('192.0.2.1\n10.1.0.0/8')
      await page.getByText('Line 2: "10.1.0.0/8" has bits behind its /8; the block is 10.0.0.0/8.').first().waitFor()
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
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
          // Made up: a real one needs a database that loses the answer to a COMMIT. It is 500, which would be noticed as
          // a fault of the page; the client goes by the code.
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
      await eventually(() => page.getByRole('textbox', { name: 'Secret' }).inputValue(), secret)
    },
  },
  {
    name: 'what the server refuses is said beside the button, and nothing typed is lost',
    async run({ stack, openPage, redeemLink }) {
      const page = await openPage({ signedIn: false })
      await redeemLink(page, await stack.createAccount('suspended@example.com'))
      await page.goto('/keys/new')
      await page.getByLabel('Name').fill('Kept')
      await chooseLevel(page, 'Billing', 'None')
      await stack.suspendAccount('suspended@example.com')
      await page.getByRole('button', { name: 'Create key' }).click()
      await page.getByRole('alert').getByText('is suspended.').waitFor()
      await eventually(() => page.getByLabel('Name').inputValue(), 'Kept')
      await waitForLevel(page, 'Billing', 'None')
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), false)
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
      await holdUntil(page, 'ArrowLeft', () => waitForLevel(page, 'User', 'None'))
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
