// The console by keyboard alone.
import assert from 'node:assert/strict'

export const rows = [
  {
    name: 'a key is found, disabled and deleted by keyboard alone, with the focus always somewhere',
    async run({ createKey, tryKey, openPage }) {
      const name = `By keyboard ${Date.now()}`
      const key = await createKey({ name, permissions: { api: { user_read: {} } } })
      const page = await openPage({ path: '/keys' })
      await page.getByRole('rowheader', { name }).waitFor()
      await page.keyboard.press('/')
      assert.equal(await focused(page), 'Search keys')
      await page.keyboard.type(name.slice(0, -1))
      await page.waitForURL(/q=By\+keyboard/)
      await page.locator('[role=table]:not([aria-busy])').waitFor()

      await tabTo(page, `Actions for ${name}`)
      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'Edit' }).waitFor()
      await pressUntil(page, 'ArrowDown', 'Disable')
      await page.keyboard.press('Enter')
      await page.getByText(/^No verifier accepts it any more/).waitFor()
      assert.equal(await tryKey(key.key), 401)
      assert.equal(await focused(page), `Actions for ${name}`)

      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'Edit' }).waitFor()
      await pressUntil(page, 'ArrowDown', 'Delete…')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog').waitFor()
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      assert.equal(await focused(page), `Actions for ${name}`)

      await page.keyboard.press('Enter')
      await page.getByRole('menuitem', { name: 'Edit' }).waitFor()
      await pressUntil(page, 'End', 'Delete…')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: `Delete ${name}?` }).waitFor()
      await page.keyboard.type(name)
      await page.keyboard.press('Enter')
      await page.getByText(`${name} is deleted.`, { exact: true }).waitFor()
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await page.getByRole('rowheader', { name }).waitFor({ state: 'detached' })
      // It is given back a turn after the dialog has gone.
      await page.waitForFunction(() => document.activeElement?.tagName !== 'BODY')
    },
  },
  {
    name: 'the first stop of the keyboard skips to the content, and every stop shows the focus',
    async run({ openPage }) {
      const page = await openPage({ path: '/keys' })
      await page.getByRole('rowheader').first().waitFor()
      await page.keyboard.press('Tab')
      assert.equal(await focused(page), 'Skip to content')
      for (let stop = 0; stop < 25; stop++) {
        await page.keyboard.press('Tab')
        const { name, outline } = await page.evaluate(() => {
          const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
          return { name: document.activeElement.outerHTML.slice(0, 120), outline: `${outlineStyle} ${outlineWidth}` }
        })
        // Past the last stop of a short list the focus leaves the page.
        if (stop > 15 && name.startsWith('<body')) break
        assert.match(outline, /^solid [1-9]/, `no focus to be seen on ${name}`)
      }
    },
  },
]

async function focused(page) {
  return page.evaluate(() => {
    const element = document.activeElement
    return element?.getAttribute('aria-label') ?? element?.textContent
  })
}

async function tabTo(page, name) {
  await pressUntil(page, 'Tab', name)
}

async function pressUntil(page, key, name) {
  for (let times = 0; times < 60; times++) {
    if ((await focused(page)) === name) return
    await page.keyboard.press(key)
  }
  throw new Error(`${key} does not lead to ${name}`)
}
