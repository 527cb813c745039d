// A small server with real sockets that speaks the shapes of the wire: keys in memory, no rules beyond "a known key".
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface Received {
  method: string
  url: string
  headers: IncomingMessage['headers']
  body: string
}

export interface WireServer {
  url: string
  /** Every request so far. */
  received: Received[]
  /** Answers the next requests, one each, in place of the ordinary answers. */
  answerNext(...answers: ((req: Received, res: ServerResponse) => void)[]): void
  close(): Promise<void>
}

export const adminSecret = `kp_${'a'.repeat(43)}0000aa`
export const mintedSecret = `kp_${'b'.repeat(43)}0000bb`

interface StoredKey {
  id: number
  [member: string]: unknown
}

const refused = { success: false, error: 'auth_error', msg: 'Invalid user key', request_id: 'req-401' }
const missing = { success: false, error: 'not_found', msg: 'API Key not found.', request_id: 'req-404' }

function makeKey(id: number, given: Record<string, unknown> = {}): StoredKey {
  return {
    id,
    user_id: 1,
    key: null,
    key_type: 'api',
    name: null,
    permissions: { api: { misc: {} } },
    rights: 'scoped',
    team_id: null,
    team_name: null,
    team_owner: null,
    created_at: 1_700_000_000,
    hint: 'kp_…00bb',
    expires_at: null,
    expired: false,
    not_before: null,
    disabled: false,
    disabled_at: null,
    reset_at: null,
    last_used_at: null,
    last_used_address: null,
    ip_whitelist: null,
    primary: false,
    created_by_key_id: 1,
    ...given,
  }
}

/** Starts one on a free loopback port. */
export async function startWireServer(): Promise<WireServer> {
  const received: Received[] = []
  const planned: ((req: Received, res: ServerResponse) => void)[] = []
  const keys = new Map([[1, makeKey(1, { name: 'admin', primary: true, rights: 'full', created_by_key_id: null })]])
  const user = {
    id: 1,
    email: 'admin@localhost',
    username: null,
    fullname: null,
    credit: 12.5,
    balance: 0,
    ssh_key: null,
    api_key: null,
  }

  const server = createServer(async (req, res) => {
    let body = ''
    for await (const chunk of req) body += String(chunk)
    const request = { method: req.method!, url: req.url!, headers: req.headers, body }
    received.push(request)
    const plan = planned.shift()
    if (plan) return plan(request, res)
    const [status, answer] = respond(request)
    sendJson(res, status, answer)
  })

  function respond({ method, url, headers, body }: Received): [number, unknown] {
    const given = body === '' ? {} : (JSON.parse(body) as Record<string, unknown>)
    if (url === '/keyporter/catalog') return [200, catalog]
    if (headers.authorization !== `Bearer ${adminSecret}`) return [401, refused]
    const route = `${method} ${url.replace(/\/[0-9]+\//, '/ID/').replace(/\?.*$/, '')}`
    const id = Number(/\/([0-9]+)\//.exec(url)?.[1])
    const key = keys.get(id)
    switch (route) {
      case 'POST /api/v0/auth/apikeys/': {
        const made = makeKey(keys.size + 41, given)
        keys.set(made.id, made)
        return [200, { success: true, ...made, key: mintedSecret, api_key: mintedSecret }]
      }
      case 'GET /api/v0/auth/apikeys/':
        return [200, { apikeys: [...keys.values()], total: keys.size }]
      case 'GET /api/v0/auth/apikeys/ID/':
        return key ? [200, { ...key, success: true, apikey_id: id }] : [404, missing]
      case 'PUT /api/v0/auth/apikeys/ID/':
        return key ? [200, { ...Object.assign(key, given), success: true }] : [404, missing]
      case 'DELETE /api/v0/auth/apikeys/ID/':
        return keys.delete(id) ? [200, 'Successfully Deleted API Key'] : [404, missing]
      case 'PUT /api/v0/auth/apikeys/ID/reset/':
      case 'PUT /api/v0/commands/reset_apikey/': {
        const secrets = { new_api_key: mintedSecret, key: mintedSecret, api_key: mintedSecret }
        return [200, { success: true, ...secrets, id: Number.isNaN(id) ? 1 : id }]
      }
      case 'GET /keyporter/identities':
        return [200, { identities: [identity] }]
      case 'POST /keyporter/identities':
        return [200, { url: 'https://id.example.com/auth?state=x' }]
      case 'DELETE /keyporter/identities/ID/':
        return [200, { success: true }]
      case 'GET /keyporter/denials':
        return [200, { denials: [denial] }]
      case 'GET /api/v0/ssh/':
        return [200, [sshKey]]
      case 'POST /api/v0/ssh/':
      case 'PUT /api/v0/ssh/ID/':
        return [200, { success: true, key: { ...sshKey, key: given.ssh_key, public_key: given.ssh_key } }]
      case 'DELETE /api/v0/ssh/ID/':
        return [200, { success: true }]
      case 'GET /api/v0/users/current/':
        return [200, user]
      case 'PUT /api/v0/users/':
        return [200, { ...Object.assign(user, given), success: true, msg: 'User updated.' }]
      case 'GET /keyporter/whoami':
        return [
          200,
          {
            key: keys.get(1),
            session: null,
            account: { id: 1, operator: true },
            user: { id: 1, email: null, username: null },
            permissions: { api: { '*': {} } },
          },
        ]
      case 'POST /keyporter/explain':
        return [200, { ...explanation, key_id: given.key_id }]
      default:
        return [404, { success: false, error: 'not_found', msg: 'No such endpoint.', request_id: 'req-404' }]
    }
  }

  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    answerNext: (...answers) => void planned.push(...answers),
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** An answer with this status and JSON body. */
export function answer(status: number, json: unknown, headers: Record<string, string> = {}) {
  return (_req: Received, res: ServerResponse): void => sendJson(res, status, json, headers)
}

function sendJson(res: ServerResponse, status: number, json: unknown, headers: Record<string, string> = {}): void {
  res.writeHead(status, { 'Content-Type': 'application/json', 'X-Request-Id': 'req-header', ...headers })
  res.end(JSON.stringify(json))
}

export const catalog = {
  endpoints: [
    {
      id: 'api.instance.show',
      title: 'Show instance',
      method: 'GET',
      path: '/api/v0/instances/{id}/',
      category: 'instance_read',
      params: { path: { id: 'integer' } },
      param_aliases: { instance_id: 'id' },
      me: [],
    },
    {
      id: 'api.offers.search',
      title: 'Search offers',
      method: 'POST',
      path: '/api/v0/bundles/',
      category: 'misc',
      params: {},
      param_aliases: {},
      me: [],
    },
  ],
  categories: [
    { id: 'instance_read', endpoints: ['api.instance.show'], reserved: false },
    { id: 'misc', endpoints: ['api.offers.search'], reserved: false },
  ],
}

const sshKey = {
  id: 9,
  user_id: 1,
  key: 'ssh-ed25519 AAAA u@h',
  public_key: 'ssh-ed25519 AAAA u@h',
  fingerprint: 'SHA256:x',
  created_at: 1_700_000_000,
  deleted_at: null,
}

const identity = {
  id: 4,
  issuer: 'https://id.example.com',
  subject: 'ada',
  email: null,
  created_at: '2026-01-01T00:00:00.000Z',
  last_used_at: null,
}

const denial = {
  id: 7,
  at: '2026-01-01T00:00:00.000Z',
  key_id: 1,
  key_name: 'admin',
  key_hint: 'kp_…00bb',
  session_id: null,
  method: 'GET',
  path: '/api/v0/instances/5/',
  endpoint: 'api.instance.show',
  status: 403,
  reason: 'permission',
  msg: 'This key lacks the permission instance_read (endpoint api.instance.show).',
  address: '192.0.2.1',
}

const explanation = {
  allowed: false,
  status: 403,
  error: 'not_authorized',
  msg: 'This key lacks the permission instance_read (endpoint api.instance.show).',
  reason: 'permission',
  endpoint: 'api.instance.show',
  category: 'instance_read',
  place: null,
  rule: "nothing in the key's permissions grants this endpoint",
  smallest: { api: { instance_read: { 'api.instance.show': { constraints: { id: { eq: 1227 } } } } } },
}
