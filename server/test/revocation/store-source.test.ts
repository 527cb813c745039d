/** The store as the source of verifiers: what it grants them, keeps of them, and tells revokers. */
import { setTimeout as delay } from 'node:timers/promises'
import type { Position } from '@keyporter/sdk'
import { describe, expect, it } from 'vitest'
import { openKeySource } from '../../src/actions/verify-source.js'
import { openStoreSource } from '../../src/revocation/store-source.js'
import { appendChange, getNewestPosition, type Logged, trimChanges } from '../../src/store/changes.js'
import { listRegistrations, sweepRegistration } from '../../src/store/registry.js'
import { initialiseLease } from '../../src/store/settings.js'
import type { Store } from '../../src/store/store.js'
import { createWorld } from '../actions/world.js'

const settingMs = 2_000
const { signal } = new AbortController()

async function openSource() {
  const { context } = await createWorld()
  const { store } = context
  await store.write((db) => initialiseLease(db, settingMs))
  return { store, source: openStoreSource({ store, keys: openKeySource(context), host: 'test' }) }
}

describe('openStoreSource', () => {
  it('lets no verifier count with a longer lease than the setting: every revoking call would wait for it', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    const renewal = { verifierId, cycle: 1, position, leaseMs: settingMs + 1 }
    expect(await source.renew(renewal, signal)).toEqual({ gone: true })
    expect(await store.read(listRegistrations)).toMatchObject([{ lease_ms: settingMs }])
  })

  it('lets a verifier count with a shorter one, and go back to that of the setting', async () => {
    const { source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    for (const [cycle, leaseMs] of [500, settingMs].entries()) {
      const renewal = { verifierId, cycle: cycle + 1, position, leaseMs }
      expect(await source.renew(renewal, signal)).toMatchObject({ gone: false, settingMs })
    }
  })

  it('refuses a renewal that a later one has overtaken', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    await source.renew({ verifierId, cycle: 2, position, leaseMs: settingMs }, signal)
    const late = source.renew({ verifierId, cycle: 1, position, leaseMs: 500 }, signal)
    await expect(late).rejects.toThrow('a later renewal came first')
    expect(await store.read(listRegistrations)).toMatchObject([{ lease_ms: settingMs, cycle: 2, renewals: 1 }])
  })

  it('raises a lease only when no writer is at work, who may have read the shorter one', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    await source.renew({ verifierId, cycle: 1, position, leaseMs: 500 }, signal)
    let raised: Promise<unknown> | undefined
    let over = false
    await store.write(async () => {
      raised = source.renew({ verifierId, cycle: 2, position, leaseMs: settingMs }, signal).finally(() => {
        over = true
      })
      await delay(200)
      expect(over).toBe(false)
    })
    expect(await raised).toMatchObject({ gone: false })
  })

  it('tells the changes since in order, and that it is gone where registration or position is not there', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    const [first, second] = [await log(store), await log(store)]
    const standing = { verifierId, position, cycle: 0 }
    const read = await source.readChanges(standing, signal)
    expect(!read.gone && read.changes.map(({ seq }) => seq)).toEqual([first.seq, second.seq])
    const gone = { gone: true }
    expect(await source.readChanges({ ...standing, verifierId: 'nobody' }, signal)).toEqual(gone)
    const elsewhere = { ...position, tag: 'another log' }
    expect(await source.readChanges({ ...standing, position: elsewhere }, signal)).toEqual(gone)
  })

  it('says gone to whoever is ten thousand changes behind', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    const rows = (count: number) =>
      Array.from({ length: count }, (_, i) => ({ tag: `t${i}`, touches: '[]', drops_negatives: 0, at: 0 }))
    for (let i = 0; i < 10; i++) {
      await store.write((db) => db.insertInto('changes').values(rows(999)).execute())
    }
    const standing = { verifierId, position, cycle: 0 }
    expect(await source.readChanges(standing, signal)).toMatchObject({ gone: false })
    await store.write((db) => db.insertInto('changes').values(rows(10)).execute())
    expect(await source.readChanges(standing, signal)).toEqual({ gone: true })
  })

  it('takes a report that the log holds, and none that goes back', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    await log(store)
    const newest = await store.read(getNewestPosition)
    const reported = async (asked: Position) => {
      await source.report(verifierId, asked, signal)
      return (await store.read(listRegistrations))[0]!.reported_seq
    }
    expect(await reported({ ...newest, tag: 'another log' })).toBe(position.seq)
    expect(await reported(newest)).toBe(newest.seq)
    expect(await reported(position)).toBe(newest.seq)
  })
})

describe('the change log', () => {
  it('tells revokers to wait for the largest lease of any row, and no less than the setting', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    await source.renew({ verifierId, cycle: 1, position, leaseMs: 500 }, signal)
    expect((await log(store)).leaseMs).toBe(settingMs)
    await source.register(signal)
    await store.write((db) => db.updateTable('settings').set({ value: '700' }).where('name', '=', 'lease_ms').execute())
    expect((await log(store)).leaseMs).toBe(settingMs)
  })

  it('is trimmed below what any registration holds, and keeps its newest row whoever holds what', async () => {
    const { store, source } = await openSource()
    const { verifierId } = await source.register(signal)
    await log(store)
    const held = await store.read(getNewestPosition)
    await log(store)
    await source.report(verifierId, held, signal)
    const trim = async () => {
      await store.write(trimChanges)
      return (await store.read((db) => db.selectFrom('changes').select('seq').orderBy('seq').execute())).map(
        ({ seq }) => seq,
      )
    }
    expect(await trim()).toEqual([held.seq, held.seq + 1])
    await source.deregister(verifierId)
    expect(await trim()).toEqual([held.seq + 1])
  })
})

describe('sweepRegistration', () => {
  it('removes a row only while its counter has not moved', async () => {
    const { store, source } = await openSource()
    const { verifierId, position } = await source.register(signal)
    await source.renew({ verifierId, cycle: 1, position, leaseMs: settingMs }, signal)
    const count = async (renewals: number) => {
      await store.write((db) => sweepRegistration(db, verifierId, renewals))
      return (await store.read(listRegistrations)).length
    }
    expect(await count(0)).toBe(1)
    expect(await count(1)).toBe(0)
  })
})

function log(store: Store): Promise<Logged> {
  const change = { tag: String(Math.random()), touches: [], dropsNegatives: false, at: new Date(0) }
  return store.write((db) => appendChange(db, change, store.announcement()))
}
