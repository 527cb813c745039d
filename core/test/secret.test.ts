import { crc32 } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultPrefix, hintSecret, isPossibleSecret, maxSecretLength, mintSecret } from '../src/secret.js'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const random = fc.uint8Array({ minLength: 32, maxLength: 32 })

describe('secrets', () => {
  it('are 52 characters that one double-click selects', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        expect(mintSecret(bytes)).toMatch(/^kp_[0-9A-Za-z]{49}$/)
      }),
    )
  })

  it('keep every bit of their randomness', () => {
    const extremes = [new Uint8Array(32), new Uint8Array(32).fill(255)].map((bytes) => mintSecret(bytes))
    expect(extremes[0]).toMatch(/^kp_0{43}/)
    fc.assert(
      fc.property(random, random, (a, b) => {
        const same = a.every((byte, i) => byte === b[i])
        expect(mintSecret(a) === mintSecret(b)).toBe(same)
        const body = mintSecret(a).slice(3, 46)
        const number = [...body].reduce((sum, digit) => sum * 62n + BigInt(alphabet.indexOf(digit)), 0n)
        expect(number).toBe(BigInt(`0x${Buffer.from(a).toString('hex')}`))
      }),
    )
  })

  it('end in the CRC-32 of what precedes', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const secret = mintSecret(bytes)
        const sum = [...secret.slice(-6)].reduce((total, digit) => total * 62 + alphabet.indexOf(digit), 0)
        expect(sum).toBe(crc32(secret.slice(0, -6)))
      }),
    )
  })

  it('refuse randomness of another size', () => {
    expect(() => mintSecret(new Uint8Array(31))).toThrow(RangeError)
    expect(() => mintSecret(new Uint8Array(33))).toThrow(RangeError)
  })

  it('are told from any text that differs in one character', () => {
    for (const seed of [0, 7, 255]) {
      const secret = mintSecret(new Uint8Array(32).fill(seed))
      expect(isPossibleSecret(secret)).toBe(true)
      for (let at = defaultPrefix.length; at < secret.length; at++) {
        for (const character of alphabet) {
          const other = secret.slice(0, at) + character + secret.slice(at + 1)
          expect(isPossibleSecret(other)).toBe(other === secret)
        }
      }
    }
  })

  it('are told from any text with two neighbours swapped', () => {
    fc.assert(
      fc.property(random, (bytes) => {
        const secret = mintSecret(bytes)
        for (let at = defaultPrefix.length; at + 1 < secret.length; at++) {
          const other = secret.slice(0, at) + secret[at + 1] + secret[at] + secret.slice(at + 2)
          expect(isPossibleSecret(other)).toBe(other === secret)
        }
      }),
    )
  })

  it('may have any printable form when imported', () => {
    const possible = ['x', 'a'.repeat(64), 'kp_short', '~!"#', 'x'.repeat(maxSecretLength)]
    for (const text of possible) expect(isPossibleSecret(text)).toBe(true)
    const impossible = ['', ' ', 'a b', 'a\tb', 'a\n', 'é', 'a\u007f', '\u0000', 'x'.repeat(maxSecretLength + 1)]
    for (const text of impossible) expect(isPossibleSecret(text)).toBe(false)
  })

  it('carry a configured prefix', () => {
    const secret = mintSecret(new Uint8Array(32), 'acme_')
    expect(secret).toMatch(/^acme_[0-9A-Za-z]{49}$/)
    expect(isPossibleSecret(secret, 'acme_')).toBe(true)
    expect(isPossibleSecret(`${secret.slice(0, -1)}_`, 'acme_')).toBe(true)
    expect(isPossibleSecret(`${secret.slice(0, -1)}${secret.endsWith('0') ? '1' : '0'}`, 'acme_')).toBe(false)
  })

  it('are hinted at by prefix and last four characters', () => {
    const secret = mintSecret(new Uint8Array(32).fill(3))
    expect(hintSecret(secret)).toBe(`kp_…${secret.slice(-4)}`)
    expect(hintSecret(secret, 'acme_')).toBe(`…${secret.slice(-4)}`)
    expect(hintSecret('0123456789abcdef')).toBe('…cdef')
  })

  it('are not given away by the hint of a short one', () => {
    expect(hintSecret('0123456789abcde')).toBe('…')
    expect(hintSecret('kp_abcdefghij')).toBe('kp_…')
  })
})
