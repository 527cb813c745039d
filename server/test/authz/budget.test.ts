import { parseAddress } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { openBudget } from '../../src/authz/budget.js'

const client = parseAddress('192.0.2.1')!

describe('the failed-authentication budget', () => {
  it('covers a burst, then tells how long to wait', () => {
    const budget = openBudget({ burst: 3, perMinute: 6 })
    expect([0, 0, 0, 0].map((at) => budget.spend(client, at))).toEqual([0, 0, 0, 10])
  })

  it('fills again with time, up to the burst', () => {
    const budget = openBudget({ burst: 2, perMinute: 60 })
    expect([0, 0, 0].map((at) => budget.spend(client, at))).toEqual([0, 0, 1])
    expect(budget.spend(client, 1_000)).toBe(0)
    expect([3_600_000, 3_600_000, 3_600_000].map((at) => budget.spend(client, at))).toEqual([0, 0, 1])
  })

  it('counts addresses apart, and an IPv6 /64 as one', () => {
    const budget = openBudget({ burst: 1, perMinute: 1 })
    const spend = (text: string) => budget.spend(parseAddress(text), 0)
    expect(spend('192.0.2.1')).toBe(0)
    expect(spend('192.0.2.2')).toBe(0)
    expect(spend('2001:db8::1')).toBe(0)
    expect(spend('2001:db8::2')).toBe(60)
    expect(spend('2001:db8:0:1::2')).toBe(0)
  })

  it('forgets the addresses that were longest silent, and holds a bounded number', () => {
    const budget = openBudget({ burst: 1, perMinute: 1 })
    budget.spend(client, 0)
    for (let i = 0; i < 50_000; i++) budget.spend([10, i >> 16, (i >> 8) & 255, i & 255], 0)
    expect(budget.spend(client, 0)).toBe(0)
    expect(budget.spend([10, 0, 195, 79], 0)).toBe(60)
  })
})
