import type { Presented } from '@keyporter/core'
import { type Source, Verifier } from '@keyporter/sdk'
import { expect, it, onTestFinished } from 'vitest'
import { systemClock, toKeySource } from '../../src/revocation/revocation.js'

/** A verifier with a lease, two lookups and no more, and a store of which nothing is known or which is away. */
async function openKeys(load: Source<Presented>['loadConfirmed']) {
  const position = { seq: 1, tag: 'a' }
  const source: Source<Presented> = {
    register: async () => ({ verifierId: 'v', position, leaseMs: 60_000, storeNowMs: Date.now() }),
    renew: async () => ({ gone: false, settingMs: 60_000, storeNowMs: Date.now() }),
    readChanges: async () => ({ gone: false, changes: [] }),
    report: async () => {},
    deregister: async () => {},
    load,
    loadConfirmed: load,
    onWake: () => ({ close() {} }),
  }
  const limits = { maxEntries: 10, maxNegatives: 10, maxLoads: 10, maxLoadsPerSecond: 1 }
  const verifier = new Verifier<Presented>({ source, clock: systemClock, limits })
  onTestFinished(() => verifier.close())
  while (!verifier.isInForce()) await new Promise((resolve) => setTimeout(resolve, 1))
  return toKeySource(verifier)
}

it('tells a crowd of unknown secrets when to come again, which is no failure to log', async () => {
  const keys = await openKeys(async () => ({ value: null, dependsOn: [] }))
  for (const digest of ['1', '2']) expect(await keys.find(digest)).toEqual({ kind: 'unknown' })
  await expect(keys.find('3')).rejects.toMatchObject({
    code: 'busy',
    message: 'This key cannot be checked now: too many unknown secrets.',
    retryAfterSeconds: 1,
  })
})

it('gives a store that does not answer as a failure', async () => {
  const away = new Error('away')
  const keys = await openKeys(() => Promise.reject(away))
  await expect(keys.find('1')).rejects.toMatchObject({
    code: 'busy',
    message: 'This key cannot be checked now: the store did not answer.',
    retryAfterSeconds: null,
    cause: { cause: away },
  })
})
