// The console by keyboard alone.
import assert from 'node:assert/strict'
import { eventually } from '../eventually.js'
import { chooseByKeyboard, pressUntil, readFocused, tabTo, waitForFocus } from '../keyboard-page.js'

export const rows = [
  {
    name: 'a key is found, disabled and deleted by keyboard alone, with the focus always somewhere',
    async run({ createKey, tryKey, openPage }) {
      const name = `By keyboard ${Date.now()}`
      const key = await createKey({ name, permissions: { api: { user_read: {} } } })
      const page = await openPage({ path: '/keys' })
      await page.getByRole('rowheader', { name }).waitFor()
      await page.keyboard.press('/')
      await waitForFocus(page, 'Search keys')
      await page.keyboard.type(name.slice(0, -1))
      await page.waitForURL((url) => url.searchParams.get('q') === name.slice(0, -1))
      await eventually(() => page.getByRole('rowheader').getByRole('link').allInnerTexts(), [name])

      await tabTo(page, `Actions for ${name}`)
      await chooseByKeyboard(page, 'Disable')
      await page.getByText(/^No verifier accepts it any more/).waitFor()
      assert.equal(await tryKey(key.key), 401)
      await waitForFocus(page, `Actions for ${name}`)

      await chooseByKeyboard(page, 'Delete…')
      await page.getByRole('dialog').waitFor()
      await waitForFocus(page, `Type ${name} to confirm`)
      await page.keyboard.press('Escape')
      await page.getByRole('dialog').waitFor({ state: 'detached' })
      await waitForFocus(page, `Actions for ${name}`)

      await page.keyboard.press('Enter')
      await waitForFocus(page, 'Edit')
      await pressUntil(page, 'End', 'Delete…')
      await page.keyboard.press('Enter')
      await page.getByRole('dialog', { name: `Delete ${name}?` }).waitFor()
      await waitForFocus(page, `Type ${name} to confirm`)
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
      await waitForFocus(page, 'Skip to content')
      for (let stop = 0; stop < 25; stop++) {
        await page.keyboard.press('Tab')
        const look = () =>
          page.evaluate(() => {
            const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
            return { tag: document.activeElement.tagName, outline: `${outlineStyle} ${outlineWidth}` }
          })
        // Past the last stop of a short list the focus leaves the page.
        if (stop > 15 && (await look()).tag === 'BODY') break
        await eventually(
          async () => /^solid [1-9]/.test((await look()).outline),
          true,
          `no focus to be seen on ${await readFocused(page)}`,
        )
      }
    },
  },
]
