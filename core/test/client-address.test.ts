import { describe, expect, it } from 'vitest'
import { parseBlock, printAddress } from '../src/address.js'
import { findClientAddress } from '../src/client-address.js'

const trusted = ['10.0.0.0/8', '::1', '2001:db8::/32'].map((text) => parseBlock(text)!)

describe('the client address', () => {
  const cases: [string, string | undefined, string | undefined, string | null][] = [
    ['is the peer without a chain', '192.0.2.1', undefined, '192.0.2.1'],
    ['is an untrusted peer, whatever it says', '192.0.2.1', '198.51.100.7', '192.0.2.1'],
    ['is what a trusted peer says', '10.0.0.1', '198.51.100.7', '198.51.100.7'],
    ['is the rightmost that is not trusted', '10.0.0.1', '1.1.1.1, 198.51.100.7, 10.2.3.4', '198.51.100.7'],
    ['is the leftmost when all are trusted', '10.0.0.1', '10.9.9.9, 10.2.3.4', '10.9.9.9'],
    ['is unknown where the chain cannot be read', '10.0.0.1', '198.51.100.7, unknown', null],
    ['is unknown for an empty entry', '10.0.0.1', '198.51.100.7,', null],
    ['may come with a port', '10.0.0.1', '198.51.100.7:4711', '198.51.100.7'],
    ['may come in brackets', '::1', '[2001:DB9::1]:443', '2001:db9::1'],
    ['is IPv4 where it is mapped into IPv6', '::ffff:10.0.0.1', '::ffff:198.51.100.7', '198.51.100.7'],
    ['is unknown without a peer', undefined, '198.51.100.7', null],
  ]
  it.each(cases)('%s', (_, peer, chain, expected) => {
    const address = findClientAddress(peer, chain, trusted)
    expect(address && printAddress(address)).toBe(expected)
  })

  it('does not look at the chain without trusted proxies', () => {
    expect(printAddress(findClientAddress('10.0.0.1', '198.51.100.7', [])!)).toBe('10.0.0.1')
  })
})
