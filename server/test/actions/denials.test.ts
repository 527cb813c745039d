import { setTimeout as sleep } from 'node:timers/promises'
import type { Deny } from '@keyporter/core'
import { afterEach, describe, expect, it } from 'vitest'
import type { Caller } from '../../src/actions/context.js'
import { type Denials, type DenialsOptions, listDenials, openDenials } from '../../src/actions/denials.js'
import { Fault } from '../../src/fault.js'
import { createWorld, startMs, toRequest } from './world.js'

const opened: Denials[] = []
afterEach(async () => {
  for (const denials of opened.splice(0)) await denials.close().catch(() => {})
})

async function open(options: Partial<DenialsOptions> = {}) {
  const world = await createWorld()
  const { context, owner } = world
  const denials = openDenials(context, { flushMs: 60_000, ...options })
  opened.push(denials)
  const deny = (caller: Caller = owner): Deny => ({
    allowed: false,
    denial: { reason: 'permission', category: 'instance_read', endpointId: 'api.instance.show' },
    principal: caller.principal,
    match: context.catalog.match('GET', ['api', 'v0', 'instances', '5']),
  })
  return {
    ...world,
    denials,
    deny,
    record: (path: string, at = startMs, caller = owner) => denials.record(deny(caller), toRequest('GET', path), at),
    list: (caller = owner, limit = 200) => listDenials(context, caller, limit),
    paths: async (caller = owner) => (await listDenials(context, caller, 200)).map(({ path }) => path),
  }
}

describe('denials', () => {
  it('are kept with what was asked, and not before they are flushed', async () => {
    const { context, owner, issue, denials, list, deny } = await open()
    const { key, caller } = await issue(owner, { api: {} }, { name: 'ci' })
    denials.record(deny(caller), toRequest('GET', '/api/v0/instances/5/?api_key=kp_secret&a=1'), startMs + 5)
    expect(await list()).toEqual([])
    await denials.flush()
    expect(await list()).toEqual([
      {
        id: expect.any(Number),
        accountId: owner.principal.account.id,
        keyId: key.id,
        keyName: 'ci',
        keyHint: key.hint,
        sessionId: null,
        atMs: startMs + 5,
        method: 'GET',
        path: '/api/v0/instances/5/',
        endpoint: 'api.instance.show',
        status: 403,
        reason: 'permission',
        msg: 'This key lacks the permission instance_read (endpoint api.instance.show).',
        address: '192.0.2.1',
      },
    ])
    const rows = await context.store.read((db) => db.selectFrom('denials').selectAll().execute())
    expect(JSON.stringify(rows)).not.toContain('secret')
  })

  it('hold no secret that stands in the path, and no path without end', async () => {
    const { denials, record, paths, issue, owner } = await open()
    const { secret } = await issue(owner, { api: {} })
    record(`/x/${secret}/y`)
    record(`/${'a'.repeat(1_000)}/${secret}`)
    record(`/${'b'.repeat(5_000)}`)
    await denials.flush()
    expect(await paths()).toEqual([`/${'b'.repeat(1_023)}`, `/${'a'.repeat(1_000)}/[key]`, '/x/[key]/y'])
  })

  it('are shown newest first, to their account alone', async () => {
    const { denials, record, paths, list, operator, owner } = await open()
    record('/1', startMs + 1)
    record('/3', startMs + 3)
    record('/2', startMs + 2)
    record('/foreign', startMs, operator)
    await denials.flush()
    expect(await paths()).toEqual(['/3', '/2', '/1'])
    expect(await paths(operator)).toEqual(['/foreign'])
    expect((await list(owner, 2)).map(({ path }) => path)).toEqual(['/3', '/2'])
  })

  it('are not noted where nobody knows whose they are', async () => {
    const { denials, deny, operator, list } = await open()
    denials.record({ ...deny(), principal: null }, toRequest('GET', '/x'), startMs)
    denials.record(deny(), null, startMs)
    await denials.flush()
    expect([await list(), await list(operator)]).toEqual([[], []])
  })

  it('are at most 200 of an account, the newest', async () => {
    const { context, denials, record, paths } = await open()
    for (let round = 0; round < 3; round++) {
      for (let i = 0; i < 90; i++) record(`/${round * 90 + i}`, startMs + round * 90 + i)
      await denials.flush()
    }
    expect(await paths()).toEqual(Array.from({ length: 200 }, (_, i) => `/${269 - i}`))
    const { count } = await context.store.read((db) =>
      db
        .selectFrom('denials')
        .select(({ fn }) => fn.countAll<number>().as('count'))
        .executeTakeFirstOrThrow(),
    )
    expect(Number(count)).toBe(200)
  })

  it('of a flood are noted up to a bound, and leave room for other accounts', async () => {
    const { denials, record, paths, operator } = await open()
    for (let i = 0; i < 100_000; i++) record(`/${i}`)
    record('/other', startMs, operator)
    await denials.flush()
    expect(await paths()).toHaveLength(200)
    expect(await paths(operator)).toEqual(['/other'])
    record('/after')
    await denials.flush()
    expect(await paths()).toContain('/after')
  })

  it('of a noisy key push out those of no other: neither of what is noted, nor of what is kept', async () => {
    const { denials, deny, owner, issue, list, record } = await open()
    const noisy = [await issue(owner, { api: {} }), await issue(owner, { api: {} })]
    const quiet = await issue(owner, { api: {} })
    const flood = (count: number, at: number) => {
      for (let i = 0; i < count; i++)
        for (const { caller } of noisy) denials.record(deny(caller), toRequest('GET', `/noise/${i}`), at + i)
    }
    const countOf = async (keyId: number | null) => (await list()).filter((denial) => denial.keyId === keyId).length
    for (let i = 0; i < 5; i++) record(`/old/${i}`)
    await denials.flush()
    for (let round = 0; round < 5; round++) {
      flood(1_000, startMs + 10_000 * round)
      denials.record(deny(quiet.caller), toRequest('GET', `/quiet/${round}`), startMs + 10_000 * round)
      flood(1_000, startMs + 10_000 * round + 5_000)
      await denials.flush()
    }
    expect([await countOf(owner.principal.key.id), await countOf(quiet.key.id)]).toEqual([5, 5])
    expect([await countOf(noisy[0]!.key.id), await countOf(noisy[1]!.key.id)]).toEqual([95, 95])
  })

  it('are noted of no more than a bounded number in all', async () => {
    const { context, denials, deny, owner } = await open()
    for (let id = 1; id <= 30; id++) {
      const { principal } = owner
      const other: Caller = { ...owner, principal: { ...principal, account: { ...principal.account, id: 1_000 + id } } }
      for (let i = 0; i < 100; i++) denials.record(deny(other), toRequest('GET', '/x'), startMs)
    }
    await context.store.write(async (db) => {
      for (let id = 1; id <= 30; id++) {
        await db
          .insertInto('accounts')
          .values({ id: 1_000 + id, credit: 0, operator: 0, created_at: 0 })
          .execute()
      }
    })
    await denials.flush()
    const rows = await context.store.read((db) => db.selectFrom('denials').select('id').execute())
    expect(rows).toHaveLength(2_000)
  })

  it('flush by themselves', async () => {
    const { record, paths } = await open({ flushMs: 10 })
    record('/1')
    await expect.poll(paths).toEqual(['/1'])
  })

  it('stay noted while the store is away', async () => {
    const { context, owner, deny } = await open()
    let fails = true
    const faults: unknown[] = []
    const denials = openDenials(
      {
        ...context,
        store: {
          ...context.store,
          write: (work, describe) => {
            if (fails) throw new Fault('busy', 'away')
            return context.store.write(work, describe)
          },
        },
      },
      { flushMs: 5, onFault: (fault) => faults.push(fault) },
    )
    opened.push(denials)
    denials.record(deny(), toRequest('GET', '/1'), startMs)
    await expect.poll(() => faults.length).toBeGreaterThan(0)
    fails = false
    await expect.poll(async () => (await listDenials(context, owner, 9)).map(({ path }) => path)).toEqual(['/1'])
    await sleep(20)
    expect(await listDenials(context, owner, 9)).toHaveLength(1)
  })

  it('are written when it closes, and not noted after that', async () => {
    const { denials, record, paths } = await open()
    record('/1')
    await denials.close()
    record('/2')
    await denials.flush()
    expect(await paths()).toEqual(['/1'])
  })
})
