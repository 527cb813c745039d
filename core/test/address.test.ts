import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Address,
  isBlockWithin,
  isInBlock,
  parseAddress,
  parseBlock,
  printAddress,
  printBlock,
} from '../src/address.js'

const byte = fc.integer({ min: 0, max: 255 })
const ipv4: fc.Arbitrary<Address> = fc.array(byte, { minLength: 4, maxLength: 4 })
/** With many zero groups, so that they are compressed. */
const ipv6: fc.Arbitrary<Address> = fc
  .array(fc.oneof(fc.constant([0, 0]), fc.tuple(byte, byte)), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.flat())
  .filter((bytes) => !(bytes.slice(0, 10).every((each) => each === 0) && bytes[10] === 255 && bytes[11] === 255))
const address = fc.oneof(ipv4, ipv6)

describe('addresses', () => {
  const canonical: [string, string][] = [
    ['1.2.3.4', '1.2.3.4'],
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8::1', '2001:db8::1'],
    ['2001:0db8:0000:0000:0000:0000:0000:0001', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
    ['1::', '1::'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
    ['::FFFF:102:304', '1.2.3.4'],
    ['0:0:0:0:0:ffff:1.2.3.4', '1.2.3.4'],
    ['::1.2.3.4', '::102:304'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
  ]

  it.each(canonical)('writes %s as %s', (text, printed) => {
    expect(printAddress(parseAddress(text)!)).toBe(printed)
  })

  const refused = [
    '',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.',
    '256.1.1.1',
    '01.2.3.4',
    '1.2.3.04',
    '0x1.2.3.4',
    '1.2.3.4 ',
    ' 1.2.3.4',
    '1.2.3.4\n',
    '1.2.3.-4',
    '1.2.3.4:80',
    '[::1]',
    '[::1]:80',
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '12345::',
    '::g',
    'fe80::1%eth0',
    '1.2.3.4::',
    '::1.2.3.4:5',
    '::01.2.3.4',
    '1:2:3:4:5:6:7:1.2.3.4',
    'localhost',
    '１.2.3.4',
  ]

  it.each(refused)('refuses %j', (text) => {
    expect(parseAddress(text)).toBeNull()
    expect(parseBlock(text)).toBeNull()
  })

  it('read what they print', () => {
    fc.assert(
      fc.property(address, (bytes) => {
        const printed = printAddress(bytes)
        expect(parseAddress(printed)).toEqual(bytes)
        expect(isIP(printed)).toBe(bytes.length === 4 ? 4 : 6)
      }),
    )
  })

  it('read nothing that is no address to the platform, and the rest alike', () => {
    const part = fc.constantFrom('0', '1', '01', '255', '256', 'ffff', 'FF', ':', '::', '.', '1.2.3.4', '%1', '/8', ' ')
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const text = parts.join('')
        expect(parseAddress(text) !== null).toBe(isIP(text) !== 0 && !text.includes('%'))
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('blocks', () => {
  const canonical: [string, string][] = [
    ['10.0.0.0/8', '10.0.0.0/8'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['1.2.3.4', '1.2.3.4'],
    ['1.2.3.4/32', '1.2.3.4'],
    ['1.2.3.4/31', '1.2.3.4/31'],
    ['2001:DB8::/32', '2001:db8::/32'],
    ['::/0', '::/0'],
    ['::1/128', '::1'],
    ['::ffff:10.0.0.0/104', '10.0.0.0/8'],
    ['::ffff:0:0/96', '0.0.0.0/0'],
    ['::ffff:1.2.3.4', '1.2.3.4'],
  ]

  it.each(canonical)('writes %s as %s', (text, printed) => {
    expect(printBlock(parseBlock(text)!)).toBe(printed)
  })

  const refused = [
    '10.0.0.1/8',
    '1.2.3.4/33',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '1.2.3.4/',
    '1.2.3.4/ 8',
    '1.2.3.4/8/8',
    '1.2.3.4/255.0.0.0',
    '/8',
    '::1/127',
    '::/129',
    '::ffff:10.0.0.1/104',
    '::ffff:0:0/95',
    '::/1e1',
  ]

  it.each(refused)('refuses %j', (text) => {
    expect(parseBlock(text)).toBeNull()
  })

  const block = fc.tuple(address, fc.nat(128)).map(([bytes, wanted]) => {
    const bits = Math.min(wanted, bytes.length * 8)
    const kept = bytes.map((each, i) => each & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff)
    return { address: kept, bits }
  })

  it('read what they print', () => {
    fc.assert(
      fc.property(block, (each) => {
        expect(parseBlock(printBlock(each))).toEqual(each)
      }),
    )
  })

  it('contain an address if their leading bits agree', () => {
    const bitsOf = (bytes: Address) => bytes.map((each) => each.toString(2).padStart(8, '0')).join('')
    fc.assert(
      fc.property(block, address, fc.nat(128), (each, other, flip) => {
        const near = [...each.address]
        const at = flip % (near.length * 8)
        near[at >> 3]! ^= 0x80 >> (at & 7)
        for (const candidate of [near, other]) {
          const expected =
            candidate.length === each.address.length &&
            bitsOf(candidate).slice(0, each.bits) === bitsOf(each.address).slice(0, each.bits)
          expect(isInBlock(candidate, each)).toBe(expected)
        }
        expect(isInBlock(near, each)).toBe(at >= each.bits)
      }),
    )
  })

  it('lie within others only with all their addresses', () => {
    fc.assert(
      fc.property(block, block, fc.nat(128), (a, b, less) => {
        const bits = Math.max(0, a.bits - less)
        const wider = {
          address: a.address.map((each, i) => each & (0xff00 >> Math.min(8, Math.max(0, bits - 8 * i))) & 0xff),
          bits,
        }
        expect(isBlockWithin(a, wider)).toBe(true)
        expect(isBlockWithin(wider, a)).toBe(bits === a.bits)
        if (isBlockWithin(a, b)) expect(isInBlock(a.address, b) && a.bits >= b.bits).toBe(true)
      }),
    )
  })

  it('of one family do not contain addresses of the other', () => {
    expect(isInBlock(parseAddress('1.2.3.4')!, parseBlock('::/0')!)).toBe(false)
    expect(isInBlock(parseAddress('::1')!, parseBlock('0.0.0.0/0')!)).toBe(false)
    expect(isBlockWithin(parseBlock('1.2.3.4')!, parseBlock('::/0')!)).toBe(false)
  })
})
