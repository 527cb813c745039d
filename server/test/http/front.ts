/**
 * The management API behind the real listener, with real keys in a real store in memory. Every answer is held to what its
 * endpoint declares: success to its schema, errors to the one shape of errors.
 */
import type { AddressInfo } from 'node:net'
import { canonicaliseTarget } from '@keyporter/core'
import { pino } from 'pino'
import { Compile } from 'typebox/compile'
import { expect } from 'vitest'
import { createSignInLink } from '../../src/actions/accounts.js'
import type { Context } from '../../src/actions/context.js'
import { openDenials } from '../../src/actions/denials.js'
import { openPasswords } from '../../src/actions/passwords.js'
import { openSignIn } from '../../src/actions/sign-in.js'
import { openUsage, type Usage } from '../../src/actions/usage.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import type { Authorizer } from '../../src/authz/authorize.js'
import { openBudget } from '../../src/authz/budget.js'
import { verify } from '../../src/authz/verify.js'
import type { BucketRate } from '../../src/buckets.js'
import { describeCookie } from '../../src/cookies.js'
import { openConnections } from '../../src/http/connections.js'
import type { Services } from '../../src/http/endpoints/endpoint.js'
import { endpoints } from '../../src/http/endpoints/index.js'
import { createListener } from '../../src/http/listener.js'
import { openManagement } from '../../src/http/management.js'
import type { Operations } from '../../src/http/operations.js'
import type { Provider } from '../../src/provider.js'
import { type Feed, openFeed } from '../../src/revocation/feed.js'
import { createWorld, type World } from '../actions/world.js'

export interface Answer {
  readonly status: number
  readonly headers: Headers
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers, and fail where they are otherwise
  readonly body: any
}

export interface CallOptions {
  readonly secret?: string
  /** A text is sent as it is; anything else as JSON. */
  readonly body?: unknown
  readonly headers?: Record<string, string>
}

/** What the console's own pages send along. */
export interface PageOptions extends Omit<CallOptions, 'secret'> {
  /** The secret of a session. */
  readonly cookie?: string | null
}

export interface Front {
  readonly world: World
  readonly url: string
  /** The secret of a key that may do everything in an ordinary account. */
  readonly secret: string
  call(method: string, path: string, options?: CallOptions): Promise<Answer>
  /** As a page of the console calls, with its header and its origin. */
  visit(method: string, path: string, options?: PageOptions): Promise<Answer>
  /** Signs the user of the account of `secret` in by a link, which sets this password; returns what the cookie holds. */
  signIn(password?: string): Promise<{ readonly cookie: string; readonly id: number }>
  /** The secret of a key with these permissions in the account of `secret`. */
  issue(permissions: unknown): Promise<string>
  /** There may be a new change: no verifier of this process's own would notice it. */
  wakeFeed(): void
  /** Denials are written by batches of their own. */
  flushDenials(): Promise<void>
  close(): Promise<void>
}

export function makeAuthorizer(context: Context): Authorizer {
  return {
    catalog: context.catalog,
    keys: openKeySource(context),
    budget: openBudget({ burst: 1_000, perMinute: 1_000 }),
    keyPrefix: context.keyPrefix,
    queryKeys: true,
    trustedProxies: [],
    console: null,
    now: context.now,
  }
}

export function makeServices(authorizer: Authorizer, usage: Usage, feed: Feed): Services {
  return {
    catalog: authorizer.catalog,
    verify: (received) => verify(authorizer, usage.record, received),
    feed: { ...feed, keyPrefix: authorizer.keyPrefix, queryKeys: authorizer.queryKeys },
  }
}

/** Of a server that is always ready. */
export const operations: Operations = {
  findUnreadiness: () => null,
  listWarnings: async () => [],
  printMetrics: async () => ({ mediaType: 'text/plain', text: '' }),
}

const logger = pino({ level: 'silent' })
const validators = new Map(endpoints.map(({ id, response }) => [id, Compile(response)]))

export const goodPassword = 'correct horse battery'

/** `provider`: by which people may sign in, if there is one. */
export async function openFront({
  provider = null,
  departures = { burst: 1_000, perMinute: 1_000 },
}: {
  provider?: Provider | null
  departures?: BucketRate
} = {}): Promise<Front> {
  const world = await createWorld()
  const { context } = world
  const usage = openUsage(context, { flushMs: 60_000 })
  const site = { cookie: describeCookie(false), origin: null }
  const denials = openDenials(context, { flushMs: 60_000 })
  const authorizer = { ...makeAuthorizer(context), console: site, recordDenial: denials.record }
  const feed = openFeed({ store: context.store, keys: openKeySource(context) })
  const management = await openManagement(context, {
    logger,
    services: makeServices(authorizer, usage, feed),
    signIn: openSignIn(context, {
      passwords: openPasswords({ maxRunning: 2, maxWaiting: 64 }),
      keys: authorizer.keys,
      provider,
      shares: 1,
      monotonic: () => 0,
      departures,
    }),
    cookie: site.cookie,
    operations,
  })
  const server = createListener({
    authorizer,
    management,
    gateway: null,
    usage,
    epoch: () => 0,
    cors: { origins: new Set() },
    console: null,
    logger,
    connections: openConnections(100),
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const { secret } = await world.issue(world.owner, {})
  const call: Front['call'] = async (method, path, options = {}) => {
    const answer = await send(url, method, path, options)
    checkAnswer(world, method, path, answer)
    return answer
  }
  const visit: Front['visit'] = (method, path, { cookie, headers, ...options } = {}) =>
    call(method, path, {
      ...options,
      headers: {
        'X-Keyporter-Console': '1',
        Origin: url,
        ...(cookie != null && { Cookie: `keyporter_session=${cookie}` }),
        ...headers,
      },
    })
  return {
    world,
    url,
    secret,
    call,
    visit,
    async signIn(password = goodPassword) {
      const { linkToken: token } = await createSignInLink(context, world.owner.principal.account.id)
      const { headers, body } = await visit('POST', '/keyporter/sign-in/link', { body: { token, password } })
      return { cookie: readSetCookie(headers), id: body.session_id }
    },
    issue: async (permissions) => (await world.issue(world.owner, permissions)).secret,
    wakeFeed: () => feed.wake(),
    flushDenials: () => denials.flush(),
    async close() {
      feed.close()
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
      await management.close()
      await usage.close()
      await denials.close()
      await context.store.close()
    },
  }
}

/** The value that an answer sets the cookie of the session to. */
export function readSetCookie(headers: Headers): string {
  const [, value] = /^keyporter_session=([^;]*);/.exec(headers.get('set-cookie') ?? '') ?? []
  if (value === undefined) throw new Error('the answer sets no cookie')
  return value
}

async function send(
  url: string,
  method: string,
  path: string,
  { secret, body, headers }: CallOptions,
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(secret !== undefined && { Authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  })
  const text = await response.text()
  return { status: response.status, headers: response.headers, body: text === '' ? null : JSON.parse(text) }
}

function checkAnswer({ context }: World, method: string, path: string, { status, headers, body }: Answer): void {
  if (method === 'HEAD' || status === 304) return
  expect(headers.get('content-type')).toBe('application/json; charset=utf-8')
  if (status !== 200) {
    expect(body).toMatchObject({ success: false, error: expect.any(String), msg: expect.any(String) })
    expect(body.request_id).toBe(headers.get('x-request-id'))
    return
  }
  const canonical = canonicaliseTarget(path)
  const match = canonical.ok ? context.catalog.match(method, canonical.target.segments) : null
  const errors = [...validators.get(match!.endpoint.id)!.Errors(body)]
  expect(errors, `the answer of ${match!.endpoint.id}`).toEqual([])
}
