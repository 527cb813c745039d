import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as sdk from '@keyporter/sdk'
import { afterAll, describe, expect, it } from 'vitest'
import { awaitVerifiers } from '../../src/revocation/revoker.js'
import { makeSweeper } from '../../src/revocation/sweeper.js'
import { type Outcome, type Subject, simulate } from './simulation.js'

const schedules = Number(process.env.KEYPORTER_SIMULATION_SCHEDULES ?? 1000)
const mutantSchedules = 1500
const real: Subject = { Verifier: sdk.Verifier, Busy: sdk.Busy, awaitVerifiers, makeSweeper }

const sdkFile = join(dirname(createRequire(import.meta.url).resolve('@keyporter/sdk')), 'verifier/verifier.js')
const revokerFile = new URL('../../dist/revocation/revoker.js', import.meta.url).pathname
const sweeperFile = new URL('../../dist/revocation/sweeper.js', import.meta.url).pathname
const written: string[] = []
afterAll(() => {
  for (const file of written) rmSync(file)
})

/** The compiled file with some places changed, each of which must be there exactly once. */
async function mutate(file: string, ...edits: readonly (readonly [string, string])[]): Promise<Record<string, never>> {
  let text = readFileSync(file, 'utf8')
  for (const [find, replace] of edits) {
    expect(text.split(find), `"${find}" in ${file}`).toHaveLength(2)
    text = text.replace(find, replace)
  }
  const mutant = file.replace(/\.js$/, `.mutant-${process.pid}-${written.length}.js`)
  written.push(mutant)
  writeFileSync(mutant, text)
  return import(/* @vite-ignore */ pathToFileURL(mutant).href)
}

const verifierMutant = async (...edits: [string, string][]) => {
  const { Verifier, Busy } = (await mutate(sdkFile, ...edits)) as unknown as typeof sdk
  return { ...real, Verifier, Busy }
}

const mutants: [string, () => Promise<Subject>][] = [
  [
    'the revoker does not wait',
    async () => ({
      ...real,
      ...(await mutate(revokerFile, ['parts.wakeAll();', 'parts.wakeAll(); return { silent: [] };'])),
    }),
  ],
  [
    'the revoker waits less than a lease',
    async () => ({
      ...real,
      ...(await mutate(revokerFile, ['wait.confirmedAt + wait.leaseMs', 'wait.confirmedAt + 0.4 * wait.leaseMs'])),
    }),
  ],
  [
    'the verifier acknowledges before it applies',
    () =>
      verifierMutant([
        'await this.apply(registration, read.changes, signal);',
        `if (read.changes.length > 0) await this.source.report(registration.id, read.changes.at(-1), signal);
         await this.apply(registration, read.changes, signal);`,
      ]),
  ],
  [
    'the deadline counts from the reply',
    () =>
      verifierMutant([
        'this.extend(renewed.t0, renewed.wallOffset',
        'this.extend(this.clock.now(), renewed.wallOffset',
      ]),
  ],
  [
    'a cycle that renews nothing moves the deadline',
    () =>
      verifierMutant([
        'if (renewed)\n            this.extend(',
        `const t0 = this.clock.now();
         if (!renewed) this.extend(t0, this.clock.wall() - t0, registration.leaseMs, 0);
         else this.extend(`,
      ]),
  ],
  [
    'the deadline is ignored',
    () => verifierMutant(['if (now >= this.deadline)', 'if (this.deadline === Number.NEGATIVE_INFINITY)']),
  ],
  [
    'the deadline is not cut before a lower lease',
    () => verifierMutant(['if (leaseMs < registration.leaseMs)', 'if (false)']),
  ],
  [
    'a fill is not marked by a change',
    () => verifierMutant(['this.markLoads();\n        await this.tellTouched', 'await this.tellTouched']),
  ],
  [
    'a request joins a load after the lease lapsed',
    () =>
      verifierMutant([
        'if (!this.isInForce())\n            return this.findConfirmed(digest);',
        'if (!this.isInForce() && !this.loads.has(digest)) return this.findConfirmed(digest);',
      ]),
  ],
  ['memory survives a new registration', () => verifierMutant(['this.memory.clear();', ''])],
  [
    'loads survive a new registration',
    () =>
      verifierMutant(
        ['this.memory.clear();\n        this.markLoads();', 'this.memory.clear();'],
        ['!mark.marked && registration === this.registration', '!mark.marked'],
      ),
  ],
  ['a swept verifier does not notice', async () => ({ ...real, sourceMutant: 'recreates the row' as const })],
  [
    'the sweeper sweeps early',
    async () => ({
      ...real,
      ...(await mutate(sweeperFile, [
        'askedAt - since >= leaseMs + marginOf(leaseMs)',
        'askedAt - since >= 0.2 * leaseMs',
      ])),
    }),
  ],
  ['a fill goes through another verifier', async () => ({ ...real, sourceMutant: 'fills through another verifier' })],
  [
    'a log that went another way is read on by number',
    async () => ({ ...real, sourceMutant: 'reads by number alone' }),
  ],
  ['changes are read at a deposed primary', async () => ({ ...real, sourceMutant: 'reads on at a deposed primary' })],
  ['a fill is read at a deposed primary', async () => ({ ...real, sourceMutant: 'fills at a deposed primary' })],
  ['an old renewal lowers the lease', async () => ({ ...real, sourceMutant: 'accepts late renewals' })],
  [
    'a suspended machine trusts its clock',
    () => verifierMutant(['return drift <= this.maxWallDrift && drift >= -this.maxWallDrift;', 'return true;']),
  ],
]

describe('the revocation protocol, simulated', () => {
  it(`finds no stale answer in ${schedules} schedules`, { timeout: 300_000 }, async () => {
    let total = { answered: 0, revocations: 0 }
    let longest = 0
    for (let seed = 1; seed <= schedules; seed++) {
      const outcome = await simulate(seed, real)
      expect(outcome.stale, `seed ${seed}`).toEqual([])
      total = { answered: total.answered + outcome.answered, revocations: total.revocations + outcome.revocations }
      longest = Math.max(longest, outcome.longestWaitMs)
    }
    // A run in which nothing happens proves nothing.
    expect(total.answered).toBeGreaterThan(200 * schedules)
    expect(total.revocations).toBeGreaterThan(15 * schedules)
    // The largest lease of the schedules, its margin, and the caller's own clock.
    expect(longest).toBeLessThanOrEqual(1_600 + 50 + 1)
  })

  it('repeats a schedule exactly from its seed', async () => {
    const twice: Outcome[] = [await simulate(42, real), await simulate(42, real)]
    expect(twice[1]).toEqual(twice[0])
  })

  it.each(mutants)('finds that %s', { timeout: 300_000 }, async (_, make) => {
    const subject = await make()
    for (let seed = 1; seed <= mutantSchedules; seed++) {
      const { stale } = await simulate(seed, subject)
      if (stale.length > 0) return
    }
    expect.fail(`not found in ${mutantSchedules} schedules`)
  })
})
