// Why a request is refused, what would allow it, and the list of what was refused.
import assert from 'node:assert/strict'
import { eventually } from '../eventually.js'

const oneInstance = { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } }

export const rows = [
  {
    name: 'a request is explained: decision, rule, the line that decides; and allowed once the change is applied',
    async run({ stack, createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Explained', permissions: oneInstance })
      const page = await openPage({ path: '/explain' })
      await page.getByText('Nothing asked yet').waitFor()
      await page.getByRole('combobox', { name: 'Key' }).click()
      await page.getByRole('option', { name: /^Explained/ }).click()
      await page.getByLabel('Path').fill('/api/v0/instances/7/')
      await page.getByRole('button', { name: 'Explain' }).click()
      const decision = page.getByRole('region', { name: 'Decision' })
      await decision.getByText('Refused with 403').waitFor()
      await decision.getByText('This key is constrained on "id" of api.instance.show').waitFor()
      await page.getByRole('button', { name: 'Line 4' }).waitFor()
      const change = page.getByRole('list', { name: 'Smallest change' })
      await eventually(() => change.textContent(), 'instance_read: api.instance.show: id is 1227 → id is 1227 or 7')

      const asked = `${stack.url}/explain?key=${made.id}&method=GET&path=%2Fapi%2Fv0%2Finstances%2F7%2F`
      await page.waitForURL(asked)
      await page.goto('/keys')
      await page.goto(asked)
      await decision.getByText('Refused with 403').waitFor()
      await eventually(() => page.getByLabel('Path').inputValue(), '/api/v0/instances/7/')

      await page.getByRole('link', { name: 'Apply to this key' }).click()
      await page.getByLabel('What changes').getByText('id is 1227 → id is 1227 or 7').waitFor()
      await page.getByText('The key may do more than before.').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      const { permissions } = await showKey(made.id)
      assert.deepEqual(permissions.api.instance_read['api.instance.show'].constraints.id, { eq: [1227, 7] })
      await page.goto(asked)
      await decision.getByText('Allowed').waitFor()
      await eventually(() => page.getByText('What would allow it').count(), 0)
    },
  },
  {
    name: 'what would allow a request is all of it: the address, and what its permissions would refuse after that',
    async run({ createKey, showKey, openPage }) {
      const made = await createKey({ name: 'Twice refused', permissions: oneInstance, ip_whitelist: ['10.0.0.0/8'] })
      const page = await openPage({ path: `/explain?key=${made.id}&path=/api/v0/instances/7/&client=192.0.2.1` })
      await page.getByText('This key may not be used from your address.').waitFor()
      await page.getByText('Nothing in it speaks of this request.').waitFor()
      await page.getByText('Add 192.0.2.1 to the addresses of the key.').waitFor()
      await page.getByRole('link', { name: 'Apply to this key' }).click()
      await page.getByLabel('What changes').getByText('id is 1227 → id is 1227 or 7').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      assert.deepEqual((await showKey(made.id)).ip_whitelist, ['10.0.0.0/8', '192.0.2.1'])
      await page.goBack()
      await page.getByRole('region', { name: 'Decision' }).getByText('Allowed').waitFor()
    },
  },
  {
    name: 'a body counts, and an address that is not in the list can be added to it',
    async run({ createKey, showKey, openPage }) {
      const permissions = {
        api: { instance_write: { 'api.instance.change_bid': { constraints: { price: { lte: 0.5 } } } } },
      }
      const made = await createKey({ name: 'Bidder', permissions, ip_whitelist: ['10.0.0.0/8'] })
      const page = await openPage({ path: `/explain?key=${made.id}` })
      await page.getByRole('combobox', { name: 'Method' }).click()
      await page.getByRole('option', { name: 'PUT' }).click()
      await page.getByLabel('Path').fill('/api/v0/instances/bid_price/5/')
      await page.getByLabel('Body').fill('{"price": 0.7')
      await page.getByText(/^This is not JSON: /).waitFor()
      await page.getByLabel('Body').fill('{"price": 0.7}')
      await page.getByLabel('Client address').fill('10.1.2.3')
      await page.getByRole('button', { name: 'Explain' }).click()
      const change = page.getByRole('list', { name: 'Smallest change' })
      await change.getByText('price is at most 0.5 → price is at most 0.7').waitFor()
      await page.getByLabel('Client address').fill('192.0.2.9')
      await page.getByRole('button', { name: 'Explain' }).click()
      await page.getByText('This key may not be used from your address.').waitFor()
      await page.getByRole('link', { name: 'Apply to this key' }).click()
      await page.getByLabel('What changes').getByText('addresses: 10.0.0.0/8 → 10.0.0.0/8, 192.0.2.9').waitFor()
      await page.getByRole('button', { name: 'Save' }).click()
      await page.getByText(/^Every verifier decides by it from now on/).waitFor()
      assert.deepEqual((await showKey(made.id)).ip_whitelist, ['10.0.0.0/8', '192.0.2.9'])
    },
  },
  {
    name: 'what nothing in the permissions would change is said so',
    async run({ createKey, openPage }) {
      const made = await createKey({ name: 'Disabled one', permissions: oneInstance, disabled: true })
      const page = await openPage({ path: `/explain?key=${made.id}&method=GET&path=/api/v0/instances/1227/` })
      await page.getByText('Refused with 401').waitFor()
      await page.getByText('Enable the key, in the list of keys.').waitFor()
      await page.goto(`/explain?key=${made.id}&method=GET&path=/a/../b`)
      await page.getByText('Refused with 400').waitFor()
      await page.getByText('No key could make it').waitFor()
    },
  },
  {
    name: 'a refused request is in the list of denials, with the way to why',
    async run({ call, createKey, openPage }) {
      const made = await createKey({ name: 'Refused', permissions: oneInstance })
      assert.equal((await call(made.key, 'GET', '/api/v0/instances/8/?owner=hidden')).status, 403)
      const page = await openPage({ path: '/denials' })
      const row = page.getByRole('row').filter({ hasText: 'GET /api/v0/instances/8/' })
      await eventually(async () => {
        await page.getByRole('button', { name: 'Refresh' }).click()
        return row.count()
      }, 1)
      await row.getByRole('rowheader', { name: 'Refused' }).waitFor()
      await row.getByText('This key is constrained on "id" of api.instance.show').waitFor()
      await row.getByText('403 constraint').waitFor()
      await row.getByText('127.0.0.1').waitFor()
      await eventually(() => page.getByText('hidden').count(), 0)
      await row.getByRole('link', { name: /^Explain/ }).click()
      await page.getByText('Refused with 403').waitFor()
      await eventually(() => page.getByLabel('Path').inputValue(), '/api/v0/instances/8/')
      await page.getByText('id is 1227 → id is 1227 or 8').waitFor()
    },
  },
  {
    name: 'a request with a very long path takes no more place in the list of denials than others',
    async run({ call, createKey, openPage }) {
      const made = await createKey({ name: 'Long-winded', permissions: oneInstance })
      const path = `/api/v0/${'long'.repeat(400)}`
      assert.equal((await call(made.key, 'GET', path)).status, 403)
      const page = await openPage({ path: '/denials' })
      const row = page.getByRole('row').filter({ hasText: 'Long-winded' })
      await eventually(async () => {
        await page.getByRole('button', { name: 'Refresh' }).click()
        return row.count()
      }, 1)
      const { height } = await row.boundingBox()
      assert.ok(height < 120, `the row is ${height} px high`)
      const why = await page.getByRole('columnheader', { name: 'Why' }).boundingBox()
      assert.ok(why.width > 300, `the reason has ${why.width} px`)
      await row.getByTitle(/^GET \/api\/v0\/(?:long){100}/).waitFor()
    },
  },
]
