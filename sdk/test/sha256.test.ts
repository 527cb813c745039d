import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { computeSha256, digestText } from '../src/sha256.js'

describe('SHA-256', () => {
  // FIPS 180-4 examples, and NIST's of a million.
  const vectors: [string, string][] = [
    ['', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
    [
      'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
      '248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
    ],
    ['a'.repeat(1_000_000), 'cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0'],
  ]
  it.each(vectors)('agrees with the published vector for %.20s', (text, digest) => {
    expect(computeSha256(text)).toBe(digest)
    expect(digestText(text)).toBe(digest)
  })

  it('agrees with Node around every block border', () => {
    for (let length = 0; length <= 260; length++) {
      const text = 'x'.repeat(length)
      expect(computeSha256(text)).toBe(createHash('sha256').update(text).digest('hex'))
    }
  })

  it('agrees with Node on any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 600 }), (text) => {
        const expected = createHash('sha256').update(text).digest('hex')
        expect([computeSha256(text), digestText(text)]).toEqual([expected, expected])
      }),
    )
  })
})
