// Public SSH keys.
import assert from 'node:assert/strict'

const first = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgTPXoGXyTpPC6mC3KPGxvOWd3CY0/yYzJHcdNDHi1W anna@laptop'
const second = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl anna@desk'

export const rows = [
  {
    name: 'a public SSH key is added, replaced and deleted; a private one never leaves the browser',
    async run({ call, stack, openPage }) {
      const page = await openPage({ path: '/keys/ssh' })
      const sent = []
      page.on('request', (request) => sent.push(request.postData() ?? ''))
      await page.getByText('No SSH keys yet').waitFor()
      await page.getByRole('button', { name: 'Add key' }).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel('Public key').fill('-----BEGIN OPENSSH PRIVATE KEY-----\nabc')
      await dialog.getByRole('button', { name: 'Add key' }).click()
      await dialog.getByText(/^This is the private half/).waitFor()
      assert.ok(!sent.join('').includes('PRIVATE KEY'))
      await dialog.getByLabel('Public key').fill('nonsense')
      await dialog.getByRole('button', { name: 'Add key' }).click()
      await dialog.locator('[aria-invalid=true]').waitFor()
      await dialog.getByLabel('Public key').fill(first)
      await dialog.getByRole('button', { name: 'Add key' }).click()
      await page.getByRole('rowheader', { name: 'anna@laptop' }).waitFor()

      await page.getByRole('button', { name: 'Actions for anna@laptop' }).click()
      await page.getByRole('menuitem', { name: 'Replace' }).click()
      await dialog.getByLabel('Public key').fill(second)
      await dialog.getByRole('button', { name: 'Replace key' }).click()
      await page.getByRole('rowheader', { name: 'anna@desk' }).waitFor()
      const { body } = await call(stack.adminSecret, 'GET', '/api/v0/ssh/')
      assert.deepEqual(
        body.map(({ public_key }) => public_key),
        [second],
      )

      await page.getByRole('button', { name: 'Actions for anna@desk' }).click()
      await page.getByRole('menuitem', { name: 'Delete' }).click()
      await dialog.getByRole('button', { name: 'Delete key' }).click()
      await page.getByText('No SSH keys yet').waitFor()
      assert.deepEqual((await call(stack.adminSecret, 'GET', '/api/v0/ssh/')).body, [])
    },
  },
]
