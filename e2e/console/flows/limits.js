// What the signed-in principal may not give: shown where it would be chosen, with the reason.
import { waitForJson, waitForLevel } from '../editor-page.js'
import { eventually } from '../eventually.js'
import { holdUntil, waitForFocus } from '../keyboard-page.js'

/** Holds a part of instance_write, and no full access. */
const narrow = {
  api: {
    user_read: {},
    instance_read: {},
    instance_write: { 'api.instance.reboot': {}, 'api.instance.destroy': { constraints: { id: { eq: 5 } } } },
  },
}

export const rows = [
  {
    name: 'another account is not offered what reaches across accounts, and is told where it writes it',
    async run({ stack, openPage, redeemLink }) {
      const page = await openPage({ signedIn: false })
      await redeemLink(page, await stack.createAccount('narrow@example.com'))
      await page.goto('/denials')
      await page.getByText('Nothing was refused lately').waitFor()
      await page.goto('/keys/new')
      await page.getByRole('radiogroup', { name: 'Instances' }).waitFor()
      for (const area of ['Verify', 'Operate'])
        await eventually(() => page.getByRole('radiogroup', { name: area }).count(), 0)
      await page.getByLabel('Permissions as JSON').fill('{\n  "api": {\n    "verify": {}\n  }\n}')
      await page.getByRole('button', { name: 'Line 3' }).waitFor()
      await page.getByText('You do not hold verify yourself.').first().waitFor()
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      await page.getByRole('button', { name: 'Read-only monitoring' }).click()
      await page.getByRole('button', { name: 'Create key' }).click()
      await page.getByRole('textbox', { name: 'Secret' }).waitFor()
    },
  },
  {
    name: 'levels and endpoints that are out of reach cannot be chosen, and say why',
    async run({ openPage }) {
      const page = await openPage()
      await holdOnly(page, narrow)
      await page.goto('/keys/new')
      const billing = page.getByRole('radiogroup', { name: 'Billing' })
      await billing.waitFor()
      const read = billing.getByRole('radio', { name: 'Read', exact: true })
      await eventually(() => read.isDisabled(), true)
      await waitForDescription(read, 'Read and write: You do not hold billing_read and billing_write yourself.')
      await billing.getByRole('radio', { name: 'None' }).focus()
      await holdUntil(page, 'ArrowRight', () => waitForFocus(page, 'Read'))
      await eventually(() => read.evaluate((element) => element === document.activeElement), true)
      await page.keyboard.press('Space')
      await page.keyboard.press('ArrowRight')
      await waitForFocus(page, 'Read and write')
      await waitForLevel(page, 'Billing', 'None')
      await waitForJson(page, narrow)
      await page.getByText('Read and write: You do not hold billing_read and billing_write yourself.').waitFor()
      await page.getByText('You hold only a part of instance_write: customise to give of that part.').waitFor()
      await eventually(() => page.getByRole('button', { name: 'Full access' }).count(), 0)
      await waitForJson(page, narrow)

      await page.getByRole('button', { name: 'Customise Instances' }).click()
      const category = page.getByRole('region', { name: 'instance_write' })
      await eventually(() => category.getByRole('checkbox').count(), 2)
      await category.getByRole('button', { name: /^Show \d+ more that you do not hold yourself$/ }).click()
      const manage = category.getByRole('checkbox', { name: /api\.instance\.manage\b/ }).first()
      await eventually(() => manage.isDisabled(), true)
      await category.getByLabel('Value of id').fill('6')
      await category.getByText('You cannot give more of api.instance.destroy than you hold yourself.').waitFor()
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), true)
      await category.getByRole('checkbox', { name: /api\.instance\.destroy\b/ }).click()
      await eventually(() => page.getByRole('button', { name: 'Create key' }).isDisabled(), false)
    },
  },
  {
    name: 'a key that may do more than who is signed in can be looked at, and not changed',
    async run({ createKey, openPage }) {
      const made = await createKey({ name: 'Wider', permissions: { api: { misc: {} } } })
      const page = await openPage()
      await holdOnly(page, narrow)
      await page.goto(`/keys/${made.id}`)
      await page.getByText('This key may do more than you may, so you cannot change it.').waitFor()
      await page.getByLabel('Name').fill('Renamed')
      await page.getByLabel('What changes').getByText('name: Wider → Renamed').waitFor()
      await eventually(() => page.getByRole('button', { name: 'Save' }).isDisabled(), true)
      await page.goto(`/explain?key=${made.id}&method=GET&path=/api/v0/invoices/`)
      await page.getByText('You do not hold this yourself, so you cannot give it.').waitFor()
      await eventually(() => page.getByRole('link', { name: 'Apply to this key' }).count(), 0)
    },
  },
]

/** What describes an element to a screen reader. */
async function waitForDescription(locator, text) {
  const read = (element) => document.getElementById(element.getAttribute('aria-describedby'))?.textContent
  await eventually(() => locator.evaluate(read), text)
}

/** Sessions hold all there is; the page is told of less, as it would be of a user with a role. */
async function holdOnly(page, permissions) {
  await page.route('**/keyporter/whoami', async (route) => {
    const answer = await route.fetch()
    await route.fulfill({ json: { ...(await answer.json()), permissions } })
  })
}
