// Pictures of every page in docs/images/: light, dark, and on a phone. Made on demand, from a server with a few keys.
// Arguments name the views to take; without any, all of them.
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { openBrowser } from './browser.js'
import { createContext } from './context.js'
import { showPage, signedInPages, signedOutPages } from './pages.js'
import { openStack } from './stack.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const imageDir = path.join(root, 'docs', 'images')
const dayMs = 86_400_000

const views = {
  light: { theme: 'light', width: 1200, height: 760 },
  dark: { theme: 'dark', width: 1200, height: 760 },
  phone: { theme: 'light', width: 360, height: 720 },
}

const reading = { user_read: {}, instance_read: {}, machine_read: {}, billing_read: {}, misc: {} }
const deploying = { misc: {}, user_read: {}, instance_read: {}, instance_write: {} }
const oneInstance = { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } }

const sshKeys = [
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGgTPXoGXyTpPC6mC3KPGxvOWd3CY0/yYzJHcdNDHi1W anna@laptop',
  'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl deploy@ci',
]

/** Made in this order; `refused` is what is asked for in vain. */
const keys = [
  { name: 'Old importer', permissions: { api: reading }, disabled: true },
  {
    name: 'Contractor, Berlin',
    permissions: { api: oneInstance },
    expires_in: 90 * 86_400,
    refused: ['/api/v0/instances/8/'],
  },
  { name: 'Nightly training', permissions: { api: deploying }, expires_in: 8 * 86_400 },
  { name: 'Anna’s laptop', permissions: {} },
  { name: 'Grafana', permissions: { api: reading }, ip_whitelist: ['127.0.0.0/8'], refused: ['/api/v0/team/'] },
  { name: 'CI deploy', permissions: { api: deploying } },
]

async function main(names) {
  const browser = await openBrowser()
  const dir = await mkdtemp(path.join(tmpdir(), 'keyporter-screenshots-'))
  let stack = null
  try {
    stack = await openStack(root, path.join(dir, 'data'))
    const context = createContext(stack, browser)
    await fill(context)
    await mkdir(imageDir, { recursive: true })
    for (const name of names) await takeAll(context, name, views[name])
  } finally {
    await browser.close()
    await stack?.close()
    await rm(dir, { recursive: true, force: true })
  }
}

/** Enough of everything that no page is empty. */
async function fill(context) {
  for (const { refused, ...key } of keys) {
    const { key: secret } = await context.createKey(key)
    if (!key.disabled) await context.tryKey(secret)
    for (const path of refused ?? []) await context.call(secret, 'GET', path)
  }
  for (const ssh_key of sshKeys) await context.call(context.stack.adminSecret, 'POST', '/api/v0/ssh/', { ssh_key })
  await context.makeSession()
}

async function takeAll(context, viewName, view) {
  for (const [signedIn, pages] of [
    [false, signedOutPages],
    [true, signedInPages],
  ]) {
    const page = await context.openPage({ signedIn, ...view })
    await goOn(page, 2 * dayMs)
    // What is opened on a page is shown once.
    for (const one of pages.filter(({ open }) => viewName === 'light' || open === undefined)) {
      await showPage(page, one)
      await page.evaluate(() => document.fonts.ready)
      await page.screenshot({ path: path.join(imageDir, `${one.name}-${viewName}.png`) })
    }
    await context.closePages()
  }
}

/** Puts the clocks on, that of the browser and that of the server as it is told, so that not everything happened just now. */
async function goOn(page, ms) {
  const now = new Date(Date.now() + ms)
  await page.clock.setFixedTime(now)
  await page.route(/\/(?:api|keyporter)\//, async (route) => {
    const response = await route.fetch()
    // The body comes unpacked.
    const { 'content-encoding': _coding, 'content-length': _length, ...headers } = response.headers()
    await route.fulfill({ response, headers: { ...headers, date: now.toUTCString() } })
  })
}

const asked = process.argv.slice(2).filter((name) => name in views)
await main(asked.length > 0 ? asked : Object.keys(views))
