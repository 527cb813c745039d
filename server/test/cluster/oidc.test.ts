// Signing in by a provider where each request may come to another process, and what is logged when it does not answer.
import { afterAll, beforeAll, expect, it } from 'vitest'
import { findFreePort } from '../../../e2e/server-process.js'
import { makeWorkplace, type Workplace } from '../cli/run-command.js'
import { Browser, clientId, clientSecret, makeProvider, type TestProvider } from '../provider.js'
import { call, endAll, type Served, serve } from './served.js'

let place: Workplace
let server: Served
let provider: TestProvider
let callback: string

beforeAll(async () => {
  place = makeWorkplace()
  const port = await findFreePort()
  const url = `http://127.0.0.1:${port}`
  callback = `${url}/keyporter/oidc/callback`
  provider = await makeProvider(callback)
  server = await serve(place.folder, {
    KEYPORTER_PORT: String(port),
    KEYPORTER_CONSOLE_URL: url,
    KEYPORTER_OIDC_ISSUER: provider.issuer,
    KEYPORTER_OIDC_CLIENT_ID: clientId,
    KEYPORTER_OIDC_CLIENT_SECRET: clientSecret,
    KEYPORTER_OIDC_NAME: 'Example ID',
  })
})
afterAll(async () => {
  await endAll()
  await provider.close()
  place.remove()
})

const leave = (browser: Browser) =>
  browser.follow(`${server.url}/keyporter/oidc/start`, (url) => url.startsWith(callback) || url.includes('error='))

it('a provider that is away is no reason not to start, and the log says why nobody gets in', async () => {
  expect((await call(server.url, '/keyporter/sign-in')).body).toEqual({ password: true, oidc: { name: 'Example ID' } })
  expect(await leave(new Browser())).toBe(`${server.url}/sign-in?error=unavailable`)
  expect(server.written.stderr).toMatch(/"problem":"unavailable","why":"[^"]+","msg":"nobody could be signed in by/)
  expect((await call(server.url, '/keyporter/healthz')).status).toBe(200)
})

it('any process takes back whom another has sent', async () => {
  await provider.listen()
  const { exitCode } = await place.run([
    'link-identity',
    ...['--account', 'admin@localhost', '--issuer', provider.issuer, '--subject', 'ada'],
  ])
  expect(exitCode).toBe(0)
  for (let i = 0; i < 2; i++) {
    const browser = new Browser()
    const back = await leave(browser)
    expect((await browser.send(back)).headers.get('location')).toBe('/')
    const whoami = await browser.send(`${server.url}/keyporter/whoami`, { headers: { 'X-Keyporter-Console': '1' } })
    expect(await whoami.json()).toMatchObject({ session: { method: 'oidc' }, account: { id: 1, operator: true } })
  }
  const secrets = /admin key: (\S+)/.exec(server.written.stdout)!
  for (const word of [clientSecret, secrets[1]!]) expect(server.written.stderr).not.toContain(word)
}, 60_000)
