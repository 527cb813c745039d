/**
 * A real OpenID provider on loopback, whose users sign in without being asked, and a browser that follows redirects. What
 * the provider signs can be changed on its way, with its own key or without.
 */
import { createPrivateKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import OidcProvider from 'oidc-provider'

export const clientId = 'keyporter'
export const clientSecret = 'the secret of the tests & more'

export interface TestProvider {
  readonly issuer: string
  /** Who signs in next, or the error that comes instead. */
  person: string | { readonly error: string }
  /** Changes the claims of ID tokens; `signed: false` leaves the old signature. */
  forge: { readonly claims: Record<string, unknown>; readonly signed: boolean } | null
  /** Requests to the token endpoint so far. */
  redeemed: number
  listen(): Promise<void>
  close(): Promise<void>
}

/** Reserves an address; the provider answers there from `listen` to `close`. */
export async function makeProvider(redirectUri: string): Promise<TestProvider> {
  const server = createServer()
  const port = await listenOn(server, 0)
  await closeServer(server)
  const issuer = `http://127.0.0.1:${port}`
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const oidc = openOidc(issuer, redirectUri, privateKey)
  const answer = oidc.callback()
  let running: Server | null = null

  const provider: TestProvider = {
    issuer,
    person: 'ada',
    forge: null,
    redeemed: 0,
    async listen() {
      running = createServer((req, res) => void serve(req, res))
      await listenOn(running, port)
    },
    async close() {
      if (running) await closeServer(running)
      running = null
    },
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    if (req.url?.startsWith('/interaction/')) {
      const { person } = provider
      const result = typeof person === 'string' ? { login: { accountId: person } } : person
      return oidc.interactionFinished(req, res, result)
    }
    if (req.url === '/token' && !req.headers['x-passed-on']) {
      provider.redeemed++
      if (provider.forge) return passOn(req, res, provider.forge)
    }
    answer(req, res)
  }

  async function passOn(req: IncomingMessage, res: ServerResponse, forge: NonNullable<TestProvider['forge']>) {
    const { authorization = '', 'content-type': type = '' } = req.headers
    const response = await fetch(`${issuer}/token`, {
      method: 'POST',
      headers: { Authorization: authorization, 'Content-Type': type, 'X-Passed-On': '1' },
      body: await text(req),
    })
    const tokens = (await response.json()) as { id_token: string }
    const id_token = forgeToken(tokens.id_token, forge, privateKey)
    res.writeHead(response.status, { 'Content-Type': 'application/json' }).end(JSON.stringify({ ...tokens, id_token }))
  }

  return provider
}

function openOidc(issuer: string, redirectUri: string, privateKey: KeyObject): OidcProvider {
  const jwk = { ...createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' })).export({ format: 'jwk' }) }
  const oidc = new OidcProvider(issuer, {
    clients: [{ client_id: clientId, client_secret: clientSecret, redirect_uris: [redirectUri] }],
    jwks: { keys: [{ ...jwk, kid: 'one', use: 'sig', alg: 'RS256' } as never] },
    cookies: { keys: ['cookies of the tests'] },
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@example.com` }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    async loadExistingGrant({ oidc: { client, session } }) {
      const grant = new oidc.Grant({ clientId: client!.clientId, accountId: session!.accountId! })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  return oidc
}

function forgeToken(token: string, { claims, signed }: NonNullable<TestProvider['forge']>, key: KeyObject): string {
  const [head, body, signature] = token.split('.') as [string, string, string]
  const payload = { ...JSON.parse(Buffer.from(body, 'base64url').toString()), ...claims }
  const forged = `${head}.${Buffer.from(JSON.stringify(payload)).toString('base64url')}`
  return `${forged}.${signed ? sign('RSA-SHA256', Buffer.from(forged), key).toString('base64url') : signature}`
}

async function listenOn(server: Server, port: number): Promise<number> {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}

/** Keeps cookies by origin. */
export class Browser {
  readonly cookies = new Map<string, Map<string, string>>()

  /** One request; redirects are not followed. */
  async send(url: string, init: RequestInit = {}): Promise<Response> {
    const { origin } = new URL(url)
    const jar = this.cookies.get(origin) ?? new Map<string, string>()
    this.cookies.set(origin, jar)
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
    // Each on a connection of its own, so that the workers of a server take turns.
    const headers = {
      Connection: 'close',
      ...(init.headers as Record<string, string>),
      ...(cookie && { Cookie: cookie }),
    }
    const response = await fetch(url, { ...init, headers, redirect: 'manual' })
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line)!
      if (/Max-Age=0|expires=Thu, 01 Jan 1970/i.test(line)) jar.delete(name!)
      else jar.set(name!, value!)
    }
    return response
  }

  /** Follows redirects up to a URL of `until`, which is not requested. */
  async follow(url: string, until: (url: string) => boolean): Promise<string> {
    for (let hops = 0; hops < 10; hops++) {
      if (until(url)) return url
      const response = await this.send(url)
      const location = response.headers.get('location')
      if (!location) throw new Error(`no redirect from ${url}: ${response.status} ${await response.text()}`)
      url = new URL(location, url).href
    }
    throw new Error(`redirected round and round: ${url}`)
  }
}
