/** Whose registration is removed, and when. */
import type { Clock } from '@keyporter/sdk'
import { expect, it } from 'vitest'
import { makeSweeper } from '../../src/revocation/sweeper.js'

/** A sweeper over one row that never renews; `removed` says at which instants it was to be removed. */
function openSweeper() {
  const state = { now: 0, away: false, removed: [] as number[] }
  const clock: Clock = { now: () => state.now, wall: () => 0, after: () => () => {} }
  const sweeper = makeSweeper({
    clock,
    async listRegistrations() {
      if (state.away) throw new Error('the store is away')
      return [{ verifierId: 'v', reportedSeq: 1, leaseMs: 1_000, renewals: 7 }]
    },
    async removeRegistration() {
      state.removed.push(state.now)
    },
  })
  const sweepAt = async (now: number, away = false) => {
    Object.assign(state, { now, away })
    await sweeper.sweep().catch(() => {})
  }
  return { sweepAt, removed: state.removed }
}

it('removes a registration that stood still for a lease and margin', async () => {
  const { sweepAt, removed } = openSweeper()
  for (const now of [0, 500, 1_049, 1_050]) await sweepAt(now)
  expect(removed).toEqual([1_050])
})

it('counts anew after it could not look: in an outage nobody can renew', async () => {
  const { sweepAt, removed } = openSweeper()
  await sweepAt(0)
  await sweepAt(500, true)
  for (const now of [2_000, 3_049]) await sweepAt(now)
  expect(removed).toEqual([])
  await sweepAt(3_050)
  expect(removed).toEqual([3_050])
})
