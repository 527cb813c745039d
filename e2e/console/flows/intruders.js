// A stolen cookie, and pages of other origins that try to use a session they cannot see.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, request } from 'node:http'

const scoped = { api: { user_read: {} } }

export const rows = [
  {
    name: 'the cookie alone does nothing: without the header of the console, or with a forged origin, it is refused',
    async run({ stack, makeSession, createKey, tryKey }) {
      const { cookies } = await makeSession()
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
      const key = await createKey({ name: 'Coveted', permissions: scoped })
      const path = `/api/v0/auth/apikeys/${key.id}/`
      const own = { cookie, origin: stack.url, 'x-keyporter-console': '1' }
      const forged = [
        ['DELETE', { cookie, origin: stack.url }],
        ['DELETE', { cookie, 'x-keyporter-console': '1' }],
        ['DELETE', { ...own, origin: 'http://127.0.0.1:1' }],
        ['DELETE', { ...own, origin: 'null' }],
        ['DELETE', { ...own, 'sec-fetch-site': 'cross-site' }],
        ['DELETE', { ...own, 'sec-fetch-site': 'same-site' }],
        ['GET', { cookie }],
        ['GET', { cookie, 'x-keyporter-console': '1', origin: 'http://evil.example' }],
      ]
      for (const [method, headers] of forged) {
        const { status, body } = await send(stack.url + path, method, headers)
        assert.ok(status === 403 || status === 401, `${method} ${Object.keys(headers)} answered ${status}`)
        assert.equal(body.success, false)
      }
      assert.equal(await tryKey(key.key), 200)
      assert.equal((await send(stack.url + path, 'GET', own)).status, 200)
      assert.equal((await send(stack.url + path, 'DELETE', own)).status, 200)
      assert.equal(await tryKey(key.key), 401)
    },
  },
  {
    name: 'the secret of a session is no key: as a bearer, as api_key and to the verify call it is unknown',
    async run({ stack, makeSession, call }) {
      const [{ value }] = (await makeSession()).cookies
      assert.equal(
        (await send(`${stack.url}/keyporter/whoami`, 'GET', { authorization: `Bearer ${value}` })).status,
        401,
      )
      assert.equal((await send(`${stack.url}/keyporter/whoami?api_key=${value}`, 'GET', {})).status, 401)
      const { body } = await call(stack.adminSecret, 'POST', '/keyporter/verify', {
        key: value,
        method: 'GET',
        path: '/',
      })
      assert.equal(body.allowed ?? body.valid ?? false, false)
    },
  },
  {
    name: 'a cookie that was copied is worth nothing after sign-out',
    async run({ stack, makeSession }) {
      const { cookies } = await makeSession()
      const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ')
      const own = { cookie, origin: stack.url, 'x-keyporter-console': '1', 'content-type': 'application/json' }
      assert.equal((await send(`${stack.url}/keyporter/whoami`, 'GET', own)).status, 200)
      assert.equal((await send(`${stack.url}/keyporter/sign-out`, 'POST', own, '{}')).status, 200)
      const { status, body } = await send(`${stack.url}/keyporter/whoami`, 'GET', own)
      assert.deepEqual([status, body.msg], [401, 'Invalid user key'])
    },
  },
  {
    name: 'a page of another port can neither read nor change anything with the credentials of the browser',
    async run({ stack, createKey, tryKey, openPage }) {
      const key = await createKey({ name: 'Aimed at', permissions: scoped })
      const evil = createServer((_request, response) => {
        response.setHeader('content-type', 'text/html')
        response.end('<title>evil</title><form id="form" method="post"></form>')
      }).listen(0, '127.0.0.1')
      await once(evil, 'listening')
      try {
        const page = await openPage()
        // What it asks for is of another origin on purpose: not for the watch of this row.
        const victim = await page.context().newPage()
        await victim.goto(`http://127.0.0.1:${evil.address().port}/`)
        const outcomes = await victim.evaluate(attack, { url: stack.url, id: key.id })
        for (const [attempt, outcome] of Object.entries(outcomes)) assert.equal(outcome, 'refused', attempt)
        const answer = victim.waitForResponse(`${stack.url}/keyporter/sign-out`)
        await victim.evaluate((url) => {
          const form = document.getElementById('form')
          form.action = `${url}/keyporter/sign-out`
          form.submit()
        }, stack.url)
        const { status } = await answer.then((response) => ({ status: response.status() }))
        assert.ok(status >= 400, `the form was answered ${status}`)
        await victim.waitForLoadState()
        assert.equal(await tryKey(key.key), 200)
        await page.goto('/keys')
        await page.getByRole('rowheader', { name: 'Aimed at' }).waitFor()
      } finally {
        evil.closeAllConnections()
        evil.close()
      }
    },
  },
  {
    name: 'the console cannot be framed, and its page allows no script but its own',
    async run({ stack }) {
      const response = await fetch(`${stack.url}/keys`, { headers: { accept: 'text/html' } })
      const policy = response.headers.get('content-security-policy')
      assert.match(policy, /default-src 'none'/)
      assert.match(policy, /script-src 'self'(?:;|$)/)
      assert.match(policy, /frame-ancestors 'none'/)
      assert.doesNotMatch(policy, /unsafe/)
      assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
      assert.equal(response.headers.get('referrer-policy'), 'no-referrer')
    },
  },
]

/** Runs in a page of another origin. */
async function attack({ url, id }) {
  const attempts = {
    read: [`${url}/api/v0/auth/apikeys/`, {}],
    'read with the header': [`${url}/api/v0/auth/apikeys/`, { headers: { 'X-Keyporter-Console': '1' } }],
    delete: [`${url}/api/v0/auth/apikeys/${id}/`, { method: 'DELETE', headers: { 'X-Keyporter-Console': '1' } }],
    'sign out': [`${url}/keyporter/sign-out`, { method: 'POST', headers: { 'X-Keyporter-Console': '1' } }],
  }
  const outcomes = {}
  for (const [name, [target, init]] of Object.entries(attempts)) {
    outcomes[name] = await fetch(target, { ...init, credentials: 'include' }).then(
      (response) => `answered ${response.status}`,
      () => 'refused',
    )
  }
  return outcomes
}

/** Past `fetch`, which would not let a forged origin out. */
async function send(url, method, headers, body) {
  const sent = request(url, { method, headers })
  sent.end(body)
  const [response] = await once(sent, 'response')
  let text = ''
  for await (const chunk of response.setEncoding('utf8')) text += chunk
  return { status: response.statusCode, body: JSON.parse(text) }
}
