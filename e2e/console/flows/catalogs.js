// The editor takes its areas and endpoints from whatever catalog the server was given.
import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { loadSqlite } from '../../../server/dist/store/sqlite-driver.js'
import { createContext } from '../context.js'
import { create, jsonOf, openEditor, waitForJson, waitForLevel } from '../editor-page.js'
import { eventually } from '../eventually.js'
import { openStack } from '../stack.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))

const library = [
  { id: 'api.book.list', method: 'GET', path: '/books/', category: 'book_read', title: 'List books' },
  {
    id: 'api.book.show',
    method: 'GET',
    path: '/books/{isbn}/',
    category: 'book_read',
    params: { path: { isbn: 'string' } },
  },
  {
    id: 'api.book.lend',
    method: 'POST',
    path: '/books/lend/',
    category: 'book_write',
    params: { body: { days: 'integer' } },
  },
  { id: 'api.fine.list', method: 'GET', path: '/fines/', category: 'fines' },
]

export const rows = [
  {
    name: 'another catalog has its own areas, endpoints and types; what it no longer has is taken out of a key at one press',
    async run({ browser }) {
      const dir = await mkdtemp(path.join(tmpdir(), 'keyporter-catalog-'))
      const file = path.join(dir, 'library.json')
      await writeFile(file, JSON.stringify(library))
      const stack = await openStack(root, path.join(dir, 'data'), { KEYPORTER_CATALOG: file, KEYPORTER_WORKERS: '1' })
      const { openPage, showKey, closePages } = createContext(stack, browser)
      try {
        const page = await openEditor(openPage)
        await waitForLevel(page, 'Book', 'Read and write')
        await waitForLevel(page, 'Fines', 'Read and write')
        await eventually(() => page.getByRole('radiogroup', { name: 'Instances' }).count(), 0)
        for (const preset of ['CI deploy', 'One instance only']) {
          await eventually(() => page.getByRole('button', { name: preset }).count(), 0)
        }
        await jsonOf(page).fill('{"api": {}}')
        await page.getByRole('button', { name: 'Customise Book' }).click()
        const category = page.getByRole('region', { name: 'book_write' })
        await category.getByRole('radio', { name: 'Chosen' }).click()
        await category.getByRole('button', { name: 'Check all', exact: true }).click()
        await category.getByRole('button', { name: 'Add constraint on api.book.lend' }).click()
        await category.getByLabel('Value of days').fill('14')
        const expected = { api: { book_write: { 'api.book.lend': { constraints: { days: { eq: 14 } } } } } }
        await waitForJson(page, expected)
        const { key } = await create(page, showKey)
        assert.deepEqual(key.permissions, expected)
        await forgetLending(path.join(dir, 'data'), key.id)
        await takeOut(await openPage({ path: `/keys/${key.id}` }))
        assert.deepEqual((await showKey(key.id)).permissions, { api: { fines: {} } })
        assert.deepEqual(await closePages(), [])
      } finally {
        await closePages()
        await stack.close()
        await rm(dir, { recursive: true, force: true })
      }
    },
  },
]

/** As if the key were older than the catalog: `book_lend` was a category once. */
async function forgetLending(dataDir, id) {
  const database = new (loadSqlite())(path.join(dataDir, 'keyporter.db'))
  const document = JSON.stringify({ api: { book_lend: {}, fines: {} } })
  database.prepare('update api_keys set permissions = ? where id = ?').run(document, id)
  database.close()
}

/** The key cannot be saved as it is: it says why, and what to do about it. */
async function takeOut(page) {
  await page.getByText('This key names what the catalog no longer has').waitFor()
  await page.getByRole('list', { name: 'Not in the catalog' }).getByText('api.book_lend').waitFor()
  await eventually(() => page.getByRole('button', { name: 'Save', exact: true }).isDisabled(), true)
  await page.getByRole('button', { name: 'Take it out' }).click()
  await page.getByText('This key names what the catalog no longer has').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Save', exact: true }).click()
  await page.getByText('Saved.', { exact: true }).waitFor()
}
