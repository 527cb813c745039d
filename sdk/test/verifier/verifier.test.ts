/** One verifier over a source that the test answers by hand, in a time of its own. What needs a crowd is in the simulation. */
import { setImmediate as tick } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { Registered, Renewal, Source } from '../../src/verifier/source.js'
import { type Clock, Verifier } from '../../src/verifier/verifier.js'

const leaseMs = 2_000
const marginMs = 50

class Time implements Clock {
  ms = 0
  wallMs = 1_000_000
  private timers: { readonly at: number; readonly callback: () => void }[] = []

  now(): number {
    return this.ms
  }

  wall(): number {
    return this.wallMs
  }

  after(delayMs: number, callback: () => void): () => void {
    const timer = { at: this.ms + delayMs, callback }
    this.timers.push(timer)
    return () => {
      this.timers = this.timers.filter((other) => other !== timer)
    }
  }

  /** Lets so much time pass on both clocks, timer by timer. */
  async pass(durationMs: number): Promise<void> {
    const end = this.ms + durationMs
    for (;;) {
      await tick()
      const next = this.timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
      const until = next?.at ?? end
      this.wallMs += until - this.ms
      this.ms = until
      if (!next) return
      this.timers = this.timers.filter((timer) => timer !== next)
      next.callback()
    }
  }
}

function openVerifier(given: Partial<Source<string>> = {}) {
  const time = new Time()
  const calls: string[] = []
  const source: Source<string> = {
    register: async () => describeRegistration('v', time.ms),
    renew: async () => ({ gone: false, settingMs: leaseMs, storeNowMs: time.ms }),
    readChanges: async () => ({ gone: false, changes: [] }),
    report: async () => {},
    deregister: async (id) => void calls.push(`deregister ${id}`),
    load: async (digest) => ({ value: digest, dependsOn: [] }),
    loadConfirmed: async (digest) => ({ value: digest, dependsOn: [] }),
    onWake: () => ({ close() {} }),
    ...given,
  }
  const limits = { maxEntries: 10, maxNegatives: 10, maxLoads: 10, maxLoadsPerSecond: 100 }
  return { time, calls, verifier: new Verifier({ source, clock: time, limits }) }
}

function describeRegistration(verifierId: string, storeNowMs: number): Registered {
  return { verifierId, position: { seq: 1, tag: 'first' }, leaseMs, storeNowMs }
}

describe('a verifier', () => {
  it('decides from memory until its lease and margin are over, and not a moment longer', async () => {
    let away = false
    const { time, verifier } = openVerifier({
      renew: () => (away ? new Promise(() => {}) : Promise.resolve({ gone: false, settingMs: leaseMs, storeNowMs: 0 })),
    })
    await time.pass(0)
    await verifier.find('k')
    away = true
    await time.pass(leaseMs - marginMs - 1)
    expect(verifier.findNow('k')).toBe('k')
    await time.pass(1)
    expect(verifier.findNow('k')).toBeUndefined()
  })

  it.each([
    ['forward', 26],
    ['back', -26],
  ])('decides nothing from memory once the wall clock has jumped %s, until it renews', async (_, byMs) => {
    const { time, verifier } = openVerifier()
    await time.pass(0)
    await verifier.find('k')
    time.wallMs += byMs
    expect(verifier.findNow('k')).toBeUndefined()
    await time.pass(leaseMs / 4)
    expect(verifier.findNow('k')).toBe('k')
  })

  it("tells the store's time, which never goes back", async () => {
    const told = [5_000, 9_000, 3_000]
    const renew = async () => ({ gone: false as const, settingMs: leaseMs, storeNowMs: told.shift() ?? 0 })
    const { time, verifier } = openVerifier({ register: async () => describeRegistration('v', 1_000), renew })
    expect(verifier.storeNow()).toBe(Number.NEGATIVE_INFINITY)
    await time.pass(100)
    expect(verifier.storeNow()).toBe(1_100)
    await time.pass(400)
    expect(verifier.storeNow()).toBe(5_000)
    await time.pass(500)
    expect(verifier.storeNow()).toBe(9_000)
    await time.pass(600)
    expect(verifier.storeNow()).toBe(9_000)
  })

  it('takes back a registration whose answer came after it had given up', async () => {
    const answers: ((registered: Registered) => void)[] = []
    const register = () => new Promise<Registered>((resolve) => void answers.push(resolve))
    const { time, calls, verifier } = openVerifier({ register })
    await time.pass(leaseMs / 4)
    answers[0]!(describeRegistration('late', 0))
    await time.pass(0)
    expect(calls).toEqual(['deregister late'])
    expect(verifier.isInForce()).toBe(false)
    answers[1]!(describeRegistration('in time', 0))
    await time.pass(0)
    expect(verifier.status).toMatchObject({ verifierId: 'in time', inForce: true })
  })

  it('numbers its renewals, and names the last confirmed one in what it reads', async () => {
    const renewals: Renewal[] = []
    const named: number[] = []
    let away = false
    const { time, verifier } = openVerifier({
      async renew(renewal) {
        renewals.push(renewal)
        if (away) throw new Error('no answer')
        return { gone: false, settingMs: leaseMs, storeNowMs: 0 }
      },
      async load(digest, { cycle }) {
        named.push(cycle)
        return { value: digest, dependsOn: [] }
      },
    })
    await time.pass(0)
    await verifier.find('a')
    await time.pass(500)
    await verifier.find('b')
    away = true
    await time.pass(500)
    await verifier.find('c')
    expect(renewals.map(({ cycle }) => cycle)).toEqual([1, 2])
    expect(named).toEqual([0, 1, 1])
  })

  it('signs off when it is closed, and decides nothing any more', async () => {
    const { time, calls, verifier } = openVerifier()
    await time.pass(0)
    await verifier.find('k')
    await verifier.close()
    expect(calls).toEqual(['deregister v'])
    expect(verifier.findNow('k')).toBeUndefined()
    await expect(verifier.find('k')).rejects.toThrow('the verifier is closed')
  })
})
