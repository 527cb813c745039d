/** The example as the official client meets it: shapes that the client cannot do without, and answers to bad input. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type GpuCloud, openGpuCloud } from '../src/index.js'

let cloud: GpuCloud

beforeEach(async () => {
  cloud = await openGpuCloud()
})
afterEach(() => cloud.close())

async function call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) {
  const init: RequestInit = { method, headers: { 'content-type': 'application/json', ...headers } }
  if (body !== undefined) init.body = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(cloud.url + path, init)
  const answered: unknown = await response.json()
  return { status: response.status, contentType: response.headers.get('content-type'), body: answered }
}

function readMember(body: unknown, name: string): unknown {
  return (body as Record<string, unknown>)[name]
}

async function fetchResult(body: unknown): Promise<string> {
  return (await fetch(String(readMember(body, 'result_url')))).text()
}

const done = { status: 200, body: { success: true } }

describe('instances', () => {
  it('lists pages that follow each other until next_token is null', async () => {
    const first = await call('GET', '/api/v1/instances/?limit=3&order_by=[{"col":"id","dir":"asc"}]&select_filters={}')
    expect(first.body).toMatchObject({ instances: [{ id: 1227 }, { id: 1228 }, { id: 1229 }], total_instances: 4 })
    const second = await call('GET', `/api/v1/instances/?limit=3&after_token=${readMember(first.body, 'next_token')}`)
    expect(second.body).toMatchObject({ instances: [{ id: 1230 }], next_token: null, total_instances: 4 })
  })

  it('gives list rows the start_date and extra_env without which the client aborts', async () => {
    const { body } = await call('GET', '/api/v1/instances/?limit=1')
    expect(body).toMatchObject({ instances: [{ start_date: expect.any(Number), extra_env: [['TZ', 'UTC']] }] })
    expect(JSON.stringify(body)).not.toContain('pulling image')
  })

  it('filters by label and reduces rows to the wanted columns', async () => {
    const query = 'select_filters={"label":{"in":["training"]}}&select_cols=["id","label"]'
    const rows = [1227, 1230].map((id) => ({ id, label: 'training' }))
    expect(readMember((await call('GET', `/api/v1/instances/?${query}`)).body, 'instances')).toEqual(rows)
  })

  it('orders by a column in either direction, and counts labels', async () => {
    const query = 'order_by=[{"col":"dph_total","dir":"desc"},{"col":"id","dir":"desc"}]'
    expect((await call('GET', `/api/v1/instances/?${query}`)).body).toMatchObject({
      instances: [{ id: 1230 }, { id: 1229 }, { id: 1228 }, { id: 1227 }],
      label_counts: { training: 2, inference: 1, '': 1 },
    })
  })

  it('shows one instance and who the door-keeper said was calling', async () => {
    const headers = { 'x-keyporter-key-id': '7', 'x-keyporter-account-id': '3' }
    const shown = await call('GET', '/api/v0/instances/1227/?owner=me', undefined, headers)
    expect(shown.body).toMatchObject({ instances: { id: 1227, seen_key_id: '7', seen_account_id: '3' } })
    const bare = await call('GET', '/api/v0/instances/1227')
    expect(bare.body).toMatchObject({ instances: { id: 1227, seen_key_id: null, seen_account_id: null } })
  })

  it('stops, starts and labels one instance', async () => {
    expect(await call('PUT', '/api/v0/instances/1227/', { state: 'stopped' })).toMatchObject(done)
    expect(await call('PUT', '/api/v0/instances/1227', { label: 'mine' })).toMatchObject(done)
    expect((await call('GET', '/api/v0/instances/1227/')).body).toMatchObject({
      instances: { actual_status: 'exited', intended_status: 'stopped', label: 'mine' },
    })
    await call('PUT', '/api/v0/instances/1227/', { state: 'running' })
    expect((await call('GET', '/api/v0/instances/1227/')).body).toMatchObject({
      instances: { actual_status: 'running', intended_status: 'running', label: 'mine' },
    })
  })

  it('touches none of several instances when one of them does not exist', async () => {
    const refused = await call('PUT', '/api/v0/instances/', { state: 'stopped', ids: [1227, 99] })
    expect(refused).toMatchObject({ status: 404, body: { error: 'no_such_instance' } })
    const kept = { instances: { actual_status: 'running' } }
    expect((await call('GET', '/api/v0/instances/1227/')).body).toMatchObject(kept)
    expect(await call('PUT', '/api/v0/instances/', { state: 'stopped', ids: [1227, 1228] })).toMatchObject(done)
    const stopped = { instances: { actual_status: 'exited' } }
    expect((await call('GET', '/api/v0/instances/1228/')).body).toMatchObject(stopped)
  })

  it('destroys one and several', async () => {
    expect(await call('DELETE', '/api/v0/instances/1227/', {})).toMatchObject(done)
    expect(await call('DELETE', '/api/v0/instances/', { instance_ids: [1228, 1229] })).toMatchObject(done)
    expect((await call('GET', '/api/v1/instances/')).body).toMatchObject({ instances: [{ id: 1230 }] })
    expect((await call('GET', '/api/v0/instances/1227/')).status).toBe(404)
  })

  it('serves logs without credentials under a name that cannot be guessed', async () => {
    await call('PUT', '/api/v0/instances/reboot/1227/', {})
    const { body } = await call('PUT', '/api/v0/instances/request_logs/1227/', { tail: '1' })
    expect(readMember(body, 'result_url')).toMatch(/\/results\/[0-9a-f-]{36}\.txt$/)
    expect(await fetchResult(body)).toBe('instance 1227: rebooted')
    const other = await call('PUT', '/api/v0/instances/request_logs/1228/', { filter: 'ready' })
    expect(await fetchResult(other.body)).toBe('instance 1228: ready')
    expect((await call('GET', '/results/none.txt')).status).toBe(404)
  })

  it('keeps the newest thousand results and forgets older ones', async () => {
    const first = await call('PUT', '/api/v0/instances/request_logs/1227/', {})
    const second = await call('PUT', '/api/v0/instances/request_logs/1227/', {})
    for (let count = 0; count < 999; count += 1) await call('PUT', '/api/v0/instances/request_logs/1228/', {})
    expect(await fetchResult(first.body)).toContain('not_found')
    expect(await fetchResult(second.body)).toContain('instance 1227: ready')
  })

  it('answers ls and refuses other commands', async () => {
    const { body } = await call('PUT', '/api/v0/instances/command/1227/', { command: 'ls -l' })
    expect(await fetchResult(body)).toContain('workspace')
    const refused = await call('PUT', '/api/v0/instances/command/1227/', { command: 'curl x' })
    expect(refused).toMatchObject({ status: 400, body: { success: false, error: 'invalid_args' } })
  })
})

describe('offers', () => {
  it('searches by operators, compares numbers sent as text, sorts and limits', async () => {
    const order = [['dph_total', 'desc']]
    const search = { verified: { eq: true }, num_gpus: { eq: '1' }, order, limit: 2, type: 'bid' }
    const found = await call('POST', '/api/v0/bundles/', search)
    expect(found).toMatchObject({ status: 200, body: { offers: [{ id: 9 }, { id: 11 }] } })
    expect((await call('PUT', '/api/v0/search/asks/', { q: search })).body).toEqual(found.body)
    const none = await call('POST', '/api/v0/bundles/', { num_gpus: { gt: 1, lt: 2 } })
    expect(none.body).toMatchObject({ offers: [] })
  })

  it('answers with the bare content type that search offers insists on', async () => {
    expect((await call('POST', '/api/v0/bundles/', {})).contentType).toBe('application/json')
  })

  it('rents an offer once', async () => {
    const order = { image: 'x', env: { A: '1' }, label: 'new', disk: 20 }
    const { body } = await call('PUT', '/api/v0/asks/5/', order)
    expect(body).toMatchObject({ success: true, new_contract: 1301 })
    expect((await call('GET', '/api/v0/instances/1301/')).body).toMatchObject({
      instances: { label: 'new', extra_env: [['A', '1']], gpu_name: 'RTX 3090', disk_space: 20 },
    })
    expect(await call('PUT', '/api/v0/asks/5/', order)).toMatchObject({ status: 404, body: { error: 'no_such_ask' } })
    expect(await call('PUT', '/api/v0/asks/6/', {})).toMatchObject({ status: 400, body: { error: 'invalid_args' } })
  })
})

describe('bills, machines and volumes', () => {
  it('answers the three forms of invoices, and charges', async () => {
    const when = encodeURIComponent(JSON.stringify({ when: { gte: 0, lte: 1e12 } }))
    const page = await call('GET', `/api/v1/invoices/?select_filters=${when}&latest_first=true&limit=1`)
    expect(page.body).toMatchObject({ count: 1, total: 2, results: [{ id: 9002 }], next_token: expect.any(String) })
    const search = await call('GET', '/api/v0/invoices?select_cols=["*"]&select_filters={}')
    expect(search.body).toMatchObject({ invoices: [{ id: 9001 }, { id: 9002 }] })
    const history = await call('GET', '/api/v0/users/me/invoices?owner=me&sdate=0&edate=9999999999&inc_charges=true')
    expect(history.body).toMatchObject({
      invoices: [{ type: 'payment' }, { type: 'payment' }, { type: 'charge' }, { type: 'charge' }],
      current: { charges: 9.96, total: 9.96 },
    })
    const charges = await call('GET', '/api/v0/charges/?select_filters={"type":{"in":["volume"]}}')
    expect(charges.body).toMatchObject({ results: [{ source: 'volume-31' }], count: 1, total: 1, next_token: null })
  })

  it('lists machines and volumes, and one machine as a list of one', async () => {
    expect((await call('GET', '/api/v0/machines?owner=me')).body).toMatchObject({
      machines: [{ id: 101 }, { id: 102 }],
    })
    expect((await call('GET', '/api/v0/machines/101')).body).toMatchObject([{ id: 101 }])
    expect((await call('GET', '/api/v0/volumes?owner=me&type=all_volume')).body).toMatchObject({
      volumes: [{ id: 31 }],
    })
    expect((await call('GET', '/api/v0/volumes?owner=me&type=network_volume')).body).toMatchObject({ volumes: [] })
  })
})

describe('bad input', () => {
  it.each([
    ['an unknown path', 'GET', '/api/v0/nothing/', undefined, 404, 'not_found'],
    ['an id that is not a number', 'GET', '/api/v0/instances/abc/', undefined, 404, 'not_found'],
    ['an unknown instance', 'GET', '/api/v0/instances/1/', undefined, 404, 'no_such_instance'],
    ['an unknown machine', 'GET', '/api/v0/machines/1/', undefined, 404, 'no_such_machine'],
    ['another method', 'POST', '/api/v0/instances/1227/', {}, 405, 'method_not_allowed'],
    ['a body that is not JSON', 'PUT', '/api/v0/instances/1227/', '{"state"', 400, 'invalid_json'],
    ['an unknown state', 'PUT', '/api/v0/instances/1227/', { state: 'asleep' }, 400, 'invalid_args'],
    ['nothing to change', 'PUT', '/api/v0/instances/1227/', {}, 400, 'invalid_args'],
    ['several without ids', 'PUT', '/api/v0/instances/', { state: 'running' }, 400, 'invalid_args'],
    ['a tail in words', 'PUT', '/api/v0/instances/request_logs/1227/', { tail: 'many' }, 400, 'invalid_args'],
    ['a limit of nothing', 'GET', '/api/v1/instances/?limit=0', undefined, 400, 'invalid_args'],
    ['filters that are not JSON', 'GET', '/api/v1/instances/?select_filters={', undefined, 400, 'invalid_args'],
    ['a made-up token', 'GET', '/api/v1/instances/?after_token=zzz', undefined, 400, 'invalid_args'],
    ['an unknown operator', 'POST', '/api/v0/bundles/', { num_gpus: { like: 1 } }, 400, 'invalid_args'],
    ['a body over 1 MiB', 'PUT', '/api/v0/instances/1227/', 'x'.repeat((1 << 20) + 1), 413, 'body_too_large'],
  ])('refuses %s', async (_given, method, path, body, status, error) => {
    const answered = await call(method, path, body)
    expect(answered).toMatchObject({ status, body: { success: false, error, msg: expect.any(String) } })
  })
})
