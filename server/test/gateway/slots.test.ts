/** Turns at the upstream, by themselves. */
import { describe, expect, it } from 'vitest'
import { createSlots, type Waiter } from '../../src/gateway/slots.js'

function makeWaiter(): Waiter & { readonly told: string[] } {
  const told: string[] = []
  return { told, start: () => void told.push('start'), giveUp: () => void told.push('give up') }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

describe('slots', () => {
  it('start the first at once and the others in their order', async () => {
    const slots = createSlots(1, 10_000)
    const [a, b, c] = [makeWaiter(), makeWaiter(), makeWaiter()]
    for (const each of [a, b, c]) slots.enter(each)
    expect([a.told, b.told, c.told]).toEqual([['start'], [], []])
    slots.leave()
    await turn()
    expect([b.told, c.told]).toEqual([['start'], []])
    slots.leave()
    await turn()
    expect(c.told).toEqual(['start'])
  })

  it('forget one that does not wait any more: it is neither started nor given up', async () => {
    const slots = createSlots(1, 20)
    const [a, b] = [makeWaiter(), makeWaiter()]
    slots.enter(a)
    slots.enter(b)
    slots.forget(b)
    slots.leave()
    await new Promise((resolve) => setTimeout(resolve, 60))
    expect(b.told).toEqual([])
    const c = makeWaiter()
    slots.enter(c)
    expect(c.told).toEqual(['start'])
  })

  it('give one up that waited too long, and do not start it later', async () => {
    const slots = createSlots(1, 20)
    const [a, b] = [makeWaiter(), makeWaiter()]
    slots.enter(a)
    slots.enter(b)
    await new Promise((resolve) => setTimeout(resolve, 60))
    slots.leave()
    await turn()
    expect(b.told).toEqual(['give up'])
  })
})
