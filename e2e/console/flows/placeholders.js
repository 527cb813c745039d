// key_params: values for the placeholders of a document, given when a key is made.
import assert from 'node:assert/strict'
import { create, jsonOf, openEditor, waitForJson } from '../editor-page.js'
import { eventually } from '../eventually.js'

const holdTo = (id) => ({
  api: { instance_write: { 'api.instance.reboot': { constraints: { id: { eq: id } } } } },
})

export const rows = [
  {
    name: 'a document with placeholders needs their values, and each value a placeholder; the key gets the values',
    async run({ showKey, openPage }) {
      const page = await openEditor(openPage)
      const values = valuesOf(page)
      const button = page.getByRole('button', { name: 'Create key' })
      await jsonOf(page).fill(JSON.stringify(holdTo('{instance}'), null, 2))
      await page.getByText('placeholders like "{instance}" need key_params.').first().waitFor()
      await values.fill('{"instance": 1227')
      await page.getByText(/^key_params cannot be read: /).waitFor()
      await eventually(() => values.getAttribute('aria-invalid'), 'true')
      await eventually(() => button.isDisabled(), true)
      await values.fill('{"instance": 1227, "other": 5}')
      await page.getByText('key_params.other is not used').first().waitFor()
      await values.fill('{"instance": 1227, "ip_whitelist": ["10.0.0.0/8"]}')
      await page.getByText('It may use part of instances, under 1 constraint, and nothing else.').waitFor()
      await page.getByText('It works from 10.0.0.0/8, and does not expire.').waitFor()
      await page.getByLabel('Addresses').fill('192.0.2.1')
      await page.getByText('ip_whitelist stands here, and there are addresses: give one of them.').first().waitFor()
      await eventually(() => button.isDisabled(), true)
      await page.getByLabel('Addresses').fill('')
      const { key } = await create(page, showKey)
      assert.deepEqual(
        [key.permissions, key.key_params, key.ip_whitelist],
        [holdTo(1227), { instance: 1227, ip_whitelist: ['10.0.0.0/8'] }, ['10.0.0.0/8']],
      )
    },
  },
  {
    name: 'a key shows the values that it was made with; a duplicate keeps them, or gets others',
    async run({ createKey, showKey, openPage }) {
      const made = await createKey({
        name: 'One of many',
        permissions: holdTo('{instance}'),
        key_params: { instance: 1227 },
      })
      const page = await openEditor(openPage, `/keys/${made.id}`)
      await page.getByRole('region', { name: 'Values (key_params)' }).getByText('"instance": 1227').waitFor()
      await waitForJson(page, holdTo(1227))

      await page.getByRole('link', { name: 'Duplicate' }).click()
      await waitForJson(page, holdTo('{instance}'))
      await eventually(async () => JSON.parse(await valuesOf(page).inputValue()), { instance: 1227 })
      // What is changed in the form leaves the placeholder where it is.
      await page
        .getByRole('radiogroup', { name: 'Miscellaneous' })
        .getByRole('radio', { name: 'Read and write' })
        .click()
      const widened = (id) => ({ api: { ...holdTo(id).api, misc: {} } })
      await waitForJson(page, widened('{instance}'))
      await valuesOf(page).fill('{"instance": 1228}')
      const { key } = await create(page, showKey)
      assert.deepEqual([key.permissions, key.key_params], [widened(1228), { instance: 1228 }])
    },
  },
]

function valuesOf(page) {
  return page.getByRole('textbox', { name: 'Values (key_params)' })
}
