// What holds for every page: accessibility in both themes, no shift of the layout, a small first load.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { get } from 'node:http'
import { createRequire } from 'node:module'
import { setTimeout as delay } from 'node:timers/promises'
import { eventually } from '../eventually.js'
import { showPage, signedInPages, signedOutPages } from '../pages.js'

const maxFirstLoadBytes = 150_000
const keysPerPage = 50
const axePath = createRequire(import.meta.url).resolve('axe-core/axe.min.js')

const views = [
  { theme: 'light', width: 1280, height: 800 },
  { theme: 'dark', width: 1280, height: 800 },
  { theme: 'light', width: 360, height: 740 },
]

export const rows = [
  ...views.map((view) => ({
    name: `axe finds nothing on any page, ${view.theme}, ${view.width} px wide`,
    async run({ createKey, openPage }) {
      await createKey({ name: 'Looked at', permissions: { api: { user_read: {} } }, expires_in: 86_400 })
      for (const [signedIn, pages] of [
        [false, signedOutPages],
        [true, signedInPages],
      ]) {
        const page = await openPage({ signedIn, ...view })
        for (const one of pages) await findViolations(page, one)
      }
    },
  })),
  {
    name: 'no page is wider than a phone of 360 px',
    async run({ openPage }) {
      const page = await openPage({ width: 360, height: 740 })
      for (const one of signedInPages) {
        await showPage(page, one)
        const width = await page.evaluate(() => document.scrollingElement.scrollWidth)
        assert.ok(width <= 360, `${one.name} is ${width} px wide`)
      }
    },
  },
  {
    name: 'nothing moves while a page loads',
    async run({ openPage }) {
      for (const width of [1280, 360]) {
        const page = await openPage({ width, height: 800 })
        for (const one of signedInPages.filter(({ open }) => open === undefined)) {
          await showPage(page, one)
          await delay(150)
          const shift = await page.evaluate(() => window.layoutShift)
          assert.ok(shift < 0.001, `${one.name} shifts by ${shift} at ${width} px`)
        }
      }
    },
  },
  {
    name: 'the first load of a full page of keys, and of the sign-in page, is under 150 kB gzipped, all answers counted',
    async run({ createKey, openPage }) {
      await fillPage(createKey)
      for (const [signedIn, path, loaded] of [
        [true, '/keys', (page) => page.getByRole('cell', { name: /read/ }).nth(keysPerPage - 1)],
        [false, '/sign-in', (page) => page.getByRole('link', { name: 'Continue with Example ID' })],
      ]) {
        const page = await openPage({ signedIn })
        const bytes = await measureLoad(page, path, loaded)
        assert.ok(bytes < maxFirstLoadBytes, `${path} loads ${bytes} bytes`)
        console.log(`        ${path}: ${bytes} bytes`)
      }
    },
  },
  {
    name: 'the theme that is chosen is remembered, from before the first paint',
    async run({ openPage }) {
      const page = await openPage({ path: '/keys', theme: 'light' })
      const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
      await page.getByRole('rowheader').first().waitFor()
      const light = await background()
      await page.getByRole('button', { name: 'Account and theme' }).click()
      await page.getByRole('menuitemradio', { name: 'Dark' }).click()
      await eventually(async () => (await background()) !== light, true, 'the page is dark')
      await page.waitForFunction(() => document.getAnimations().every(({ playState }) => playState === 'finished'))
      const dark = await background()
      await page.route('**/assets/*.js', (route) => route.fulfill({ status: 404 }))
      await page.goto('/keys', { waitUntil: 'commit' })
      await page.waitForFunction(() => document.readyState !== 'loading')
      await eventually(background, dark)
      await page.unroute('**/assets/*.js')
      await page.reload()
      await page.getByRole('button', { name: 'Account and theme' }).click()
      await page.getByRole('menuitemradio', { name: 'As the system' }).click()
      await eventually(background, light)
    },
  },
]

/** As many keys as one page lists, each with a name, permissions and bounds of its own. */
async function fillPage(createKey) {
  const areas = ['user_read', 'machine_read', 'instance_read', 'billing_read', 'team_read', 'instance_write', 'misc']
  for (let number = 1; number <= keysPerPage; number++) {
    const granted = areas.filter((_, at) => (number >> (at % 6)) & 1 || at === 6).map((category) => [category, {}])
    const own = { instance_write: { 'api.instance.reboot': { constraints: { id: { eq: 1_000 + number } } } } }
    await createKey({
      name: `Program ${number} of team ${number % 7}`,
      permissions: { api: { ...Object.fromEntries(granted), ...own } },
      ip_whitelist: [`10.${number}.0.0/16`],
      expires_in: (30 + number) * 86_400,
    })
  }
}

async function findViolations(page, one) {
  await showPage(page, one)
  if ((await page.evaluate(() => typeof window.axe)) === 'undefined')
    await page.evaluate(await readFile(axePath, 'utf8'))
  // What is half under the header, because the page has scrolled itself, is no small target.
  await page.evaluate(() => window.scrollTo(0, 0))
  // What floats above the page is in no landmark.
  const rules = { region: { enabled: one.open === undefined } }
  const runOnly = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
  const { violations } = await page.evaluate((options) => window.axe.run(document, options), { runOnly, rules })
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`)
  assert.deepEqual(found, [], one.name)
}

/**
 * Bytes of bodies and headers of all answers until nothing more comes, gzipped: what is better compressed for Chromium is
 * asked for once more.
 */
async function measureLoad(page, path, loaded) {
  const finished = []
  page.on('requestfinished', (request) => finished.push(request))
  await page.goto(path)
  await loaded(page).waitFor()
  await page.waitForLoadState('networkidle')
  let bytes = 0
  for (const request of finished) {
    const { responseBodySize, responseHeadersSize } = await request.sizes()
    const isPacked = (await (await request.response()).headerValue('content-encoding')) === 'br'
    bytes += responseHeadersSize + (isPacked ? await measureGzipped(request.url()) : responseBodySize)
  }
  return bytes
}

/** Past `fetch`, which unpacks. */
async function measureGzipped(url) {
  const [response] = await once(get(url, { headers: { 'accept-encoding': 'gzip', accept: 'text/html' } }), 'response')
  assert.equal(response.headers['content-encoding'], 'gzip', url)
  let bytes = 0
  for await (const chunk of response) bytes += chunk.length
  return bytes
}
