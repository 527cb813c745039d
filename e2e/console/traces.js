// Where a text could have been left by a page: looked for everywhere that outlives the component that showed it.
import assert from 'node:assert/strict'

/** Throws when `text` is anywhere in the page, its storages, its history, its cookies or the query cache. */
export async function refuteTraces(page, text) {
  const found = await page.evaluate(collectTraces)
  const cdp = await page.context().newCDPSession(page)
  const { entries } = await cdp.send('Page.getNavigationHistory')
  await cdp.detach()
  const places = {
    ...found,
    'the history': JSON.stringify(entries),
    'the cookies': JSON.stringify(await page.context().cookies()),
  }
  assert.ok(places['the query cache'].length > 2, 'the query cache was not found')
  for (const [place, content] of Object.entries(places)) {
    assert.ok(!content.includes(text), `the secret is left in ${place}`)
  }
}

/** Runs in the page: `{ place: text }`. */
async function collectTraces() {
  const inputs = [...document.querySelectorAll('input, textarea, select')].map(({ value }) => value)
  const databases = await indexedDB.databases()
  const cacheNames = await caches.keys()
  return {
    'the page': document.documentElement.outerHTML,
    'an input': JSON.stringify(inputs),
    'the address': location.href,
    'the title': document.title,
    'the history state': JSON.stringify(history.state),
    localStorage: JSON.stringify({ ...localStorage }),
    sessionStorage: JSON.stringify({ ...sessionStorage }),
    'a database': JSON.stringify(databases),
    'a cache': JSON.stringify(cacheNames),
    'a request address': JSON.stringify(performance.getEntries().map(({ name }) => name)),
    'the query cache': JSON.stringify(readQueryCache()),
  }

  /** The client is found as React holds it: as a property of the component that provides it. */
  function readQueryCache() {
    const container = document.getElementById('root')
    const root = container[Object.keys(container).find((name) => name.startsWith('__reactContainer$'))]
    for (let fiber = root; fiber; fiber = fiber.child) {
      const client = fiber.memoizedProps?.client
      if (typeof client?.getQueryCache !== 'function') continue
      const queries = client.getQueryCache().getAll()
      const mutations = client.getMutationCache().getAll()
      return [...queries, ...mutations].map(({ queryKey, state }) => ({ queryKey, state }))
    }
    return []
  }
}
