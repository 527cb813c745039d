// Chromium as it is installed: found, started without anything that would call out, and pages that note what goes wrong.
import { existsSync } from 'node:fs'
import { chromium } from 'playwright-core'

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome', '/snap/bin/chromium']

const flags = [
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

/** Starts it. Throws an Error that says how to install it where it is not found. */
export async function openBrowser() {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place))
  if (executablePath === undefined) {
    throw new Error('Chromium is needed: `apt-get install chromium`, or say where it is, CHROMIUM=/path/to/chromium')
  }
  const isRoot = process.getuid?.() === 0
  return chromium.launch({ executablePath, args: [...flags, ...(isRoot ? ['--no-sandbox'] : [])] })
}

/**
 * A page of its own browser context, and what is noticed in it: errors of the console, policy violations, requests to
 * other origins than its own and `alsoAt`. Answers of 4xx are for the flows to judge, not for here.
 */
export async function openWatchedPage(
  browser,
  { url, theme = 'light', width = 1280, height = 800, storageState, userAgent, alsoAt },
) {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: theme,
    viewport: { width, height },
    locale: 'en-GB',
    ...(storageState && { storageState }),
    ...(userAgent && { userAgent }),
  })
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: url })
  const page = await context.newPage()
  page.setDefaultTimeout(30_000)
  const noticed = []
  page.on('console', (message) => {
    if (!['error', 'warning'].includes(message.type())) return
    if (/^Failed to load resource: the server responded with a status of 4\d\d/.test(message.text())) return
    noticed.push(`console ${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => noticed.push(`thrown in the page: ${error.message}`))
  page.on('request', (request) => {
    const allowed = [url, alsoAt].some((origin) => origin && request.url().startsWith(`${origin}/`))
    if (!allowed && !/^(?:data|blob):/.test(request.url())) {
      noticed.push(`request to ${request.url()}`)
    }
  })
  await page.addInitScript(watchLayout)
  return { page, context, noticed }
}

/** Runs in the page. */
function watchLayout() {
  window.layoutShift = 0
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.layoutShift += entry.value
  }).observe({ type: 'layout-shift', buffered: true })
}
