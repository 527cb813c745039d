import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Client, openClient } from '../src/index.js'
import { adminSecret, mintedSecret, startWireServer, type WireServer } from './wire-server.js'

let server: WireServer
let client: Client

beforeEach(async () => {
  server = await startWireServer()
  client = openClient({ url: server.url, key: adminSecret })
})

afterEach(async () => {
  client.close()
  await server.close()
})

function lastRequest() {
  const { method, url, body } = server.received.at(-1)!
  return [method, url, body === '' ? null : JSON.parse(body)]
}

describe('API keys', () => {
  it('sends a new key in the words of the wire and reads the answer with its secret', async () => {
    const created = await client.createApiKey({
      name: 'ci',
      permissions: { api: { misc: {} } },
      keyParams: '{"id":5}',
      expiresAt: new Date(1_800_000_000_000),
      notBefore: new Date(1_750_000_000_500),
      ipWhitelist: ['10.0.0.0/8'],
      disabled: true,
    })
    expect(lastRequest()).toEqual([
      'POST',
      '/api/v0/auth/apikeys/',
      {
        name: 'ci',
        permissions: { api: { misc: {} } },
        key_params: '{"id":5}',
        expires_at: 1_800_000_000,
        not_before: 1_750_000_000.5,
        ip_whitelist: ['10.0.0.0/8'],
        disabled: true,
      },
    ])
    expect(created).toMatchObject({
      id: 42,
      secret: mintedSecret,
      name: 'ci',
      permissions: { api: { misc: {} } },
      keyParams: '{"id":5}',
      createdAt: new Date(1_700_000_000_000),
      expiresAt: new Date(1_800_000_000_000),
      notBefore: new Date(1_750_000_000_500),
      ipWhitelist: ['10.0.0.0/8'],
      disabled: true,
      createdByKeyId: 1,
    })
  })

  it('asks for a page in the words of the wire', async () => {
    const { keys, total } = await client.listApiKeys({
      limit: 10,
      offset: 20,
      search: 'a & b',
      status: 'unused',
      unusedDays: 7,
      sort: 'lastUsedAt',
      order: 'desc',
    })
    expect([keys.map(({ id }) => id), total]).toEqual([[1], 1])
    expect(lastRequest()[1]).toBe(
      '/api/v0/auth/apikeys/?limit=10&offset=20&search=a+%26+b&status=unused&unused_days=7&sort=last_used_at&order=desc',
    )
    await client.listApiKeys()
    expect(lastRequest()[1]).toBe('/api/v0/auth/apikeys/')
  })

  it('sends nothing but a null name when nothing is asked for', async () => {
    await client.createApiKey()
    expect(lastRequest()[2]).toEqual({ name: null })
  })

  it('lets the server count a lifetime', async () => {
    await client.createApiKey({ expiresInSeconds: 3600 })
    expect(lastRequest()[2]).toEqual({ name: null, expires_in: 3600 })
  })

  it('lists keys and shows one', async () => {
    const { id } = await client.createApiKey({ name: 'second' })
    const keys = await client.showApiKeys()
    expect(keys.map((key) => [key.id, key.name, key.primary])).toEqual([
      [1, 'admin', true],
      [id, 'second', false],
    ])
    expect(await client.showApiKey(id)).toEqual(keys[1])
    expect(keys[1]).toEqual({
      id: 42,
      userId: 1,
      name: 'second',
      keyType: 'api',
      permissions: { api: { misc: {} } },
      rights: 'scoped',
      hint: 'kp_…00bb',
      primary: false,
      createdByKeyId: 1,
      createdAt: new Date(1_700_000_000_000),
      expiresAt: null,
      expired: false,
      notBefore: null,
      disabled: false,
      disabledAt: null,
      resetAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
      ipWhitelist: null,
      keyParams: undefined,
    })
  })

  it('changes only what is given, and takes a bound away with null', async () => {
    const changed = await client.updateApiKey(1, { disabled: false, expiresAt: null, ipWhitelist: null })
    expect(lastRequest()).toEqual([
      'PUT',
      '/api/v0/auth/apikeys/1/',
      { disabled: false, expires_at: null, ip_whitelist: null },
    ])
    expect(changed.name).toBe('admin')
  })

  it('deletes a key', async () => {
    const { id } = await client.createApiKey()
    await expect(client.deleteApiKey(id)).resolves.toBeUndefined()
    expect(lastRequest()).toEqual(['DELETE', `/api/v0/auth/apikeys/${id}/`, null])
    await expect(client.showApiKey(id)).rejects.toMatchObject({ code: 'not_found', msg: 'API Key not found.' })
  })

  it('resets the presenting key without an id and any other with one', async () => {
    expect(await client.resetApiKey()).toEqual({ id: 1, secret: mintedSecret })
    expect(lastRequest()).toEqual(['PUT', '/api/v0/commands/reset_apikey/', { client_id: 'me' }])
    expect(await client.resetApiKey(7)).toEqual({ id: 7, secret: mintedSecret })
    expect(lastRequest()).toEqual(['PUT', '/api/v0/auth/apikeys/7/reset/', {}])
  })

  it.each([-1, 1.5, Number.NaN, 2 ** 53])('refuses the id %s before anything is sent', async (id) => {
    await expect(client.showApiKey(id)).rejects.toThrow(RangeError)
    await expect(client.deleteApiKey(id)).rejects.toThrow('id must be a whole number')
    await expect(client.resetApiKey(id)).rejects.toThrow(RangeError)
    expect(server.received).toEqual([])
  })
})

describe('denials', () => {
  it('are listed, as many as are asked for', async () => {
    expect(await client.showDenials({ limit: 5 })).toEqual([
      {
        id: 7,
        at: new Date(Date.UTC(2026, 0, 1)),
        keyId: 1,
        keyName: 'admin',
        keyHint: 'kp_…00bb',
        sessionId: null,
        method: 'GET',
        path: '/api/v0/instances/5/',
        endpoint: 'api.instance.show',
        status: 403,
        reason: 'permission',
        msg: 'This key lacks the permission instance_read (endpoint api.instance.show).',
        address: '192.0.2.1',
      },
    ])
    expect(lastRequest()[1]).toBe('/keyporter/denials?limit=5')
    await client.showDenials()
    expect(lastRequest()[1]).toBe('/keyporter/denials')
  })
})

describe('identities', () => {
  it('are listed, linked and unlinked', async () => {
    expect(await client.showIdentities()).toEqual([
      {
        id: 4,
        issuer: 'https://id.example.com',
        subject: 'ada',
        email: null,
        createdAt: new Date(Date.UTC(2026, 0, 1)),
        lastUsedAt: null,
      },
    ])
    const departure = await client.linkIdentity({ currentPassword: 'correct horse battery' })
    expect(departure).toEqual({ url: 'https://id.example.com/auth?state=x' })
    const proof = { current_password: 'correct horse battery' }
    expect(lastRequest()).toEqual(['POST', '/keyporter/identities', proof])
    expect(await client.unlinkIdentity(4)).toBeUndefined()
    expect(lastRequest()).toEqual(['DELETE', '/keyporter/identities/4/', null])
  })
})

describe('SSH keys', () => {
  const sshKey = {
    id: 9,
    userId: 1,
    publicKey: 'ssh-ed25519 AAAA u@h',
    fingerprint: 'SHA256:x',
    createdAt: new Date(1_700_000_000_000),
  }

  it('are listed, created, updated and deleted', async () => {
    expect(await client.showSshKeys()).toEqual([sshKey])
    expect(await client.createSshKey('ssh-rsa A')).toEqual({ ...sshKey, publicKey: 'ssh-rsa A' })
    expect(lastRequest()).toEqual(['POST', '/api/v0/ssh/', { ssh_key: 'ssh-rsa A' }])
    expect(await client.updateSshKey(9, 'ssh-rsa B')).toEqual({ ...sshKey, publicKey: 'ssh-rsa B' })
    expect(lastRequest()).toEqual(['PUT', '/api/v0/ssh/9/', { ssh_key: 'ssh-rsa B' }])
    expect(await client.deleteSshKey(9)).toBeUndefined()
    expect(lastRequest()).toEqual(['DELETE', '/api/v0/ssh/9/', null])
    await expect(client.deleteSshKey(1.5)).rejects.toThrow('id must be a whole number')
  })
})

describe('the caller', () => {
  it('shows and changes the user', async () => {
    const user = {
      id: 1,
      email: 'admin@localhost',
      username: null,
      fullname: null,
      sshKey: null,
      credit: 12.5,
      balance: 0,
    }
    expect(await client.showUser()).toEqual(user)
    expect(await client.updateUser({ fullname: 'Ada', sshKey: 'ssh-ed25519 A' })).toEqual({
      ...user,
      fullname: 'Ada',
      sshKey: 'ssh-ed25519 A',
    })
    expect(lastRequest()).toEqual(['PUT', '/api/v0/users/', { fullname: 'Ada', ssh_key: 'ssh-ed25519 A' }])
  })

  it('tells which key and account is calling', async () => {
    expect(await client.whoami()).toMatchObject({
      key: { id: 1, rights: 'full' },
      session: null,
      account: { id: 1, operator: true },
      user: { id: 1, email: null },
      permissions: { api: { '*': {} } },
    })
  })
})

describe('explain and the catalog', () => {
  it('asks about a request in the words of the wire', async () => {
    const request = { method: 'PUT', path: '/api/v0/x/?a=1', body: { b: [2] }, clientAddress: '10.0.0.1' }
    expect(await client.explain(9, request)).toMatchObject({ keyId: 9, allowed: false, status: 403, place: null })
    expect(lastRequest()).toEqual([
      'POST',
      '/keyporter/explain',
      {
        key_id: 9,
        request: { method: 'PUT', path: '/api/v0/x/?a=1', body: { b: [2] }, client_address: '10.0.0.1' },
      },
    ])
  })

  it('leaves out the body and the address that were not given', async () => {
    await client.explain(9, { method: 'GET', path: '/' })
    expect(lastRequest()[2]).toEqual({ key_id: 9, request: { method: 'GET', path: '/' } })
  })

  it('reads the catalog without a key', async () => {
    const { endpoints, categories } = await openClient({ url: server.url }).showCatalog()
    expect(endpoints.map(({ id, paramAliases }) => [id, paramAliases])).toEqual([
      ['api.instance.show', { instance_id: 'id' }],
      ['api.offers.search', {}],
    ])
    expect(categories.map(({ id, endpoints: ids, reserved }) => [id, ids, reserved])).toEqual([
      ['instance_read', ['api.instance.show'], false],
      ['misc', ['api.offers.search'], false],
    ])
    expect(server.received.at(-1)!.headers.authorization).toBeUndefined()
  })
})
