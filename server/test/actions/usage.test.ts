import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { getKey } from '../../src/actions/keys.js'
import { listSessions } from '../../src/actions/sessions.js'
import { openUsage, type Usage, type UsageOptions } from '../../src/actions/usage.js'
import { createWorld, openSession, startMs } from './world.js'

const opened: Usage[] = []
afterEach(async () => {
  for (const usage of opened.splice(0)) await usage.close().catch(() => {})
})

async function createUsed(options: Partial<UsageOptions> = {}) {
  const world = await createWorld()
  const { key } = await world.issue(world.owner, { api: { user_read: {} } })
  const usage = openUsage(world.context, { flushMs: 60_000, ...options })
  opened.push(usage)
  const lastUse = async () => {
    const { lastUsedAt, lastUsedAddress } = await getKey(world.context, world.owner, key.id)
    return [lastUsedAt?.getTime() ?? null, lastUsedAddress]
  }
  return { ...world, key, usage, lastUse }
}

describe('openUsage', () => {
  it('writes the latest use of a key, and not before it flushes', async () => {
    const { key, usage, lastUse } = await createUsed()
    usage.record(key.id, 2_000, '192.0.2.2')
    usage.record(key.id, 1_000, '192.0.2.1')
    expect(await lastUse()).toEqual([null, null])
    await usage.flush()
    expect(await lastUse()).toEqual([2_000, '192.0.2.2'])
    usage.record(key.id, 3_000, null)
    await usage.flush()
    expect(await lastUse()).toEqual([3_000, null])
  })

  it('writes the latest use of a session apart from the key with the same number', async () => {
    const { context, owner, usage, lastUse, key, ...world } = await createUsed()
    const { sessionId } = await openSession({ context, owner, ...world }, owner.principal.account.id)
    usage.recordSession(sessionId, startMs + 2_000, '192.0.2.2')
    usage.record(key.id, startMs + 3_000, '192.0.2.3')
    await usage.flush()
    const [session] = await listSessions(context, owner)
    expect([session?.lastUsedAt, session?.lastUsedAddress]).toEqual([new Date(startMs + 2_000), '192.0.2.2'])
    expect(await lastUse()).toEqual([startMs + 3_000, '192.0.2.3'])
  })

  it('flushes by itself', async () => {
    const { key, usage, lastUse } = await createUsed({ flushMs: 10 })
    usage.record(key.id, 2_000, null)
    await expect.poll(lastUse).toEqual([2_000, null])
  })

  it('writes more keys than fit into one transaction, and lets others in between', async () => {
    const { context, owner, key, usage, lastUse, issue } = await createUsed()
    for (let id = 10_000; id < 12_000; id++) usage.record(id, 1_000, null)
    usage.record(key.id, 2_000, null)
    const flushing = usage.flush()
    let between = 0
    const timer = setInterval(() => between++, 1)
    await issue(owner, {})
    await flushing
    clearInterval(timer)
    expect(await lastUse()).toEqual([2_000, null])
    expect(between).toBeGreaterThan(0)
    expect(await getKey(context, owner, key.id)).toBeDefined()
  })

  it('notes no more than a bounded number of keys, and goes on with those it has', async () => {
    const { key, usage, lastUse, context } = await createUsed()
    const written: number[] = []
    const counting = {
      ...context,
      store: {
        ...context.store,
        write: <T>(work: Parameters<typeof context.store.write<T>>[0]) => {
          written.push(1)
          return context.store.write(work)
        },
      },
    }
    const bounded = openUsage(counting, { flushMs: 60_000 })
    bounded.record(key.id, 1_000, null)
    for (let id = 1_000_000; id < 1_100_100; id++) bounded.record(id, 1_000, null)
    bounded.record(key.id, 2_000, null)
    await bounded.close()
    expect(written).toHaveLength(500)
    expect(await lastUse()).toEqual([2_000, null])
    await usage.flush()
  })

  it('keeps what could not be written, tells of it, and writes it with the next batch', async () => {
    const faults: unknown[] = []
    const { context, key, lastUse } = await createUsed()
    let broken = true
    const store = {
      ...context.store,
      write: <T>(work: Parameters<typeof context.store.write<T>>[0]): Promise<T> =>
        broken ? Promise.reject(new Error('the disk is full')) : context.store.write(work),
    }
    const usage = openUsage({ ...context, store }, { flushMs: 5, onFault: (error) => faults.push(error) })
    opened.push(usage)
    usage.record(key.id, 1_000, null)
    await expect(usage.flush()).rejects.toThrow('the disk is full')
    await expect.poll(() => faults.length).toBeGreaterThan(0)
    usage.record(key.id, 2_000, null)
    broken = false
    await expect.poll(lastUse).toEqual([2_000, null])
  })

  it('keeps a use that is noted while an earlier one is written', async () => {
    const { context, key, lastUse } = await createUsed()
    let usage: Usage
    const store = {
      ...context.store,
      write: async <T>(work: Parameters<typeof context.store.write<T>>[0]): Promise<T> => {
        const result = await context.store.write(work)
        if ((await lastUse())[0] === 1_000) usage.record(key.id, 2_000, '192.0.2.2')
        return result
      },
    }
    usage = openUsage({ ...context, store }, { flushMs: 60_000 })
    opened.push(usage)
    usage.record(key.id, 1_000, null)
    await usage.flush()
    await usage.flush()
    expect(await lastUse()).toEqual([2_000, '192.0.2.2'])
  })

  it('writes what is left when it closes, and notes nothing more', async () => {
    const { key, usage, lastUse } = await createUsed()
    usage.record(key.id, 1_000, null)
    await usage.close()
    usage.record(key.id, 2_000, null)
    await usage.flush()
    await sleep(5)
    expect(await lastUse()).toEqual([1_000, null])
  })
})
