/** The store as the source of verifiers: what it grants them. */
import { describe, expect, it } from 'vitest'
import { openKeySource } from '../../src/actions/verify-source.js'
import { openStoreSource } from '../../src/revocation/store-source.js'
import { listRegistrations } from '../../src/store/registry.js'
import { initialiseLease } from '../../src/store/settings.js'
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
})
