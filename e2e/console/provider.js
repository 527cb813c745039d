// A real OpenID provider on loopback, whose users sign in without being asked.
import { once } from 'node:events'
import { createServer } from 'node:http'
import OidcProvider from 'oidc-provider'
import { findFreePort } from '../server-process.js'

const client = { client_id: 'keyporter', client_secret: 'the secret of the browser tests' }

/** `person` is who signs in next; `settings` is what Keyporter needs to know. */
export async function openProvider(consoleUrl) {
  const port = await findFreePort()
  const issuer = `http://127.0.0.1:${port}`
  const oidc = makeOidc(issuer, `${consoleUrl}/keyporter/oidc/callback`)
  const answer = oidc.callback()
  const provider = {
    issuer,
    person: 'ada',
    settings: {
      KEYPORTER_CONSOLE_URL: consoleUrl,
      KEYPORTER_OIDC_ISSUER: issuer,
      KEYPORTER_OIDC_CLIENT_ID: client.client_id,
      KEYPORTER_OIDC_CLIENT_SECRET: client.client_secret,
      KEYPORTER_OIDC_NAME: 'Example ID',
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  const server = createServer((req, res) => {
    if (!req.url.startsWith('/interaction/')) return answer(req, res)
    return oidc.interactionFinished(req, res, { login: { accountId: provider.person } })
  })
  await once(server.listen(port, '127.0.0.1'), 'listening')
  return provider
}

function makeOidc(issuer, redirectUri) {
  const oidc = new OidcProvider(issuer, {
    clients: [{ ...client, redirect_uris: [redirectUri] }],
    cookies: { keys: ['cookies of the browser tests'] },
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (_context, id) => ({
      accountId: id,
      claims: async () => ({ sub: id, email: `${id}@example.com` }),
    }),
    features: { devInteractions: { enabled: false } },
    interactions: { url: (_context, { uid }) => `/interaction/${uid}` },
    pkce: { required: () => true },
    async loadExistingGrant({ oidc: { client: asking, session } }) {
      const grant = new oidc.Grant({ clientId: asking.clientId, accountId: session.accountId })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  return oidc
}
