import { describe, expect, it } from 'vitest'
import { describeBounds, noBounds, printBounds, readBounds } from '../../src/permissions/bounds.js'

const now = Date.UTC(2026, 5, 1)
const read = (change: Partial<typeof noBounds>) => readBounds({ ...noBounds, ...change }, now)

describe('the bounds of a key', () => {
  it('are none by default', () => {
    expect(read({})).toMatchObject({ bounds: { expiresAt: null, notBefore: null, addresses: null }, isValid: true })
  })

  it('count days from now', () => {
    expect(read({ expiry: 'month' }).bounds.expiresAt).toEqual(new Date(now + 30 * 86_400_000))
    expect(read({ expiry: 'quarter' }).bounds.expiresAt).toEqual(new Date(now + 90 * 86_400_000))
  })

  it('survive being printed, to the minute', () => {
    const bounds = {
      expiresAt: new Date(Date.UTC(2027, 1, 3, 4, 5)),
      notBefore: new Date(Date.UTC(2026, 6, 1)),
      addresses: ['192.0.2.1', '10.0.0.0/8'],
    }
    expect(readBounds(printBounds(bounds), now)).toMatchObject({ bounds, isValid: true })
  })

  it('refuse times that are over, missing, or the wrong way round', () => {
    expect(read({ expiry: 'date' }).problems.expiresOn).toBe('Give a date and a time.')
    expect(read({ expiry: 'date', expiresOn: '2020-01-01T00:00' }).problems.expiresOn).toBe('This is in the past.')
    expect(read({ expiry: 'month', notBefore: '2030-01-01T00:00' }).problems.notBefore).toBe(
      'This is not before it expires.',
    )
  })

  it('that are over are no problem where they are kept', () => {
    const kept = printBounds({ expiresAt: new Date(now - 60_000), notBefore: null, addresses: null })
    expect(readBounds(kept, now, kept).isValid).toBe(true)
    expect(readBounds(kept, now).problems.expiresOn).toBe('This is in the past.')
    expect(readBounds({ ...kept, expiresOn: '2020-01-01T00:00' }, now, kept).isValid).toBe(false)
  })

  const addresses: [string, readonly string[] | null, string | null][] = [
    ['', null, null],
    [' \n', null, null],
    ['192.0.2.1, 10.0.0.0/8\n2001:DB8::/32', ['192.0.2.1', '10.0.0.0/8', '2001:db8::/32'], null],
    ['192.0.2.1\n192.0.2.1/32', ['192.0.2.1'], null],
    ['192.0.2.1\nhere', null, 'Line 2: "here" is not an IPv4 or IPv6 address, nor a CIDR block.'],
    ['10.1.2.3/8', null, 'Line 1: "10.1.2.3/8" has bits behind its /8; the block is 10.0.0.0/8.'],
    ['10.1.2.3/33', null, 'Line 1: "10.1.2.3/33" is not an IPv4 or IPv6 address, nor a CIDR block.'],
  ]
  it.each(addresses)('read %j', (text, list, problem) => {
    const { bounds, problems } = read({ addresses: text })
    expect([bounds.addresses, problems.addresses]).toEqual([list, problem])
  })

  it('in words', () => {
    const describe = (at: Date) => at.toISOString().slice(0, 10)
    expect(describeBounds(read({}).bounds, describe)).toBe('It works from any address, and does not expire.')
    expect(describeBounds(read({ expiry: 'month', addresses: '10.0.0.1 10.0.0.2' }).bounds, describe)).toBe(
      'It works from 10.0.0.1 and 10.0.0.2, until 2026-07-01.',
    )
  })
})
