/**
 * Several servers answer one verifier, and one of them is still at a primary that was deposed: it confirms no commit, but
 * goes on answering reads by what held before. Here it is a copy of the database that nobody writes to.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Presented } from '@keyporter/core'
import { type Source, Verifier } from '@keyporter/sdk'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { deleteKey } from '../../src/actions/keys.js'
import { openKeySource } from '../../src/actions/verify-source.js'
import { openFeed } from '../../src/revocation/feed.js'
import { openRevoker, systemClock } from '../../src/revocation/revocation.js'
import { digestSecret } from '../../src/secrets.js'
import { databaseFile, openStore, type Store } from '../../src/store/store.js'
import { createWorld, toRequest, type World } from '../actions/world.js'

const limits = { maxEntries: 100, maxNegatives: 100, maxLoads: 10, maxLoadsPerSecond: 1_000 }
const leaseMs = 2_000

let folder: string
let primary: Store
let deposed: Store
let world: World
let verifier: Verifier<Presented>
let digest: string
let keyId: number
/** Which of the verifier's reads reach the deposed primary. */
let astray: 'readChanges' | 'load' | null

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'keyporter-deposed-'))
  primary = await openStore({ dataDir: join(folder, 'primary') })
  world = await createWorld(primary)
  const { key, secret } = await world.issue(world.owner, { api: { instance_read: {} } })
  digest = digestSecret(secret)
  keyId = key.id
  astray = null
  const right = openSource(primary)
  let wrong = right
  verifier = new Verifier<Presented>({
    source: {
      ...right,
      readChanges: (...asked) => (astray === 'readChanges' ? wrong : right).readChanges(...asked),
      load: (...asked) => (astray === 'load' ? wrong : right).load(...asked),
      onWake: () => ({ close() {} }),
    } satisfies Source<Presented>,
    clock: systemClock,
    limits,
  })
  while (!verifier.isInForce()) await sleep(10)
  deposed = await openCopy()
  wrong = openSource(deposed)
})
afterEach(async () => {
  await verifier.close()
  await Promise.all([primary.close(), deposed.close()])
  rmSync(folder, { recursive: true })
})

function openSource(store: Store): Omit<Source<Presented>, 'onWake'> {
  return openFeed({ store, keys: openKeySource({ ...world.context, store }) }).openSource('app:1')
}

/** As it stands now, the verifier's registration included. */
async function openCopy(): Promise<Store> {
  const copy = join(folder, 'deposed')
  mkdirSync(copy)
  // Nobody writes meanwhile.
  await primary.write(async () => {
    for (const name of [databaseFile, `${databaseFile}-wal`])
      copyFileSync(join(folder, 'primary', name), join(copy, name))
  })
  return openStore({ dataDir: copy })
}

/** Deletes the key at the primary, and waits as a server there does. */
function revoke(): Promise<void> {
  const context = { ...world.context, revoker: openRevoker(primary, () => {}) }
  const request = toRequest('DELETE', `/api/v0/auth/apikeys/${keyId}/`)
  return deleteKey(context, { ...world.owner, request }, keyId)
}

/** How the key fares with the verifier, asked again and again for a lease. */
async function listVerdicts(): Promise<Set<string>> {
  const verdicts = new Set<string>()
  for (const until = performance.now() + leaseMs; performance.now() < until; await sleep(20)) {
    const verdict = await verifier.find(digest).then(
      ({ value }) => (isGood(value) ? 'accepted' : 'refused'),
      () => 'busy',
    )
    verdicts.add(verdict)
  }
  return verdicts
}

function isGood(presented: Presented | null): boolean {
  return presented?.kind === 'known' && presented.principal.kind === 'key' && presented.principal.key.deletedAt === null
}

describe('a verifier of several servers', () => {
  it('extends no deadline by changes that a deposed primary tells', { timeout: 15_000 }, async () => {
    expect(isGood((await verifier.find(digest)).value)).toBe(true)
    astray = 'readChanges'
    await revoke()
    expect(await listVerdicts()).not.toContain('accepted')
  })

  it('keeps nothing that a deposed primary loads', { timeout: 15_000 }, async () => {
    await revoke()
    astray = 'load'
    expect(await listVerdicts()).not.toContain('accepted')
  })
})
