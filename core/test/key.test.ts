import { describe, expect, it } from 'vitest'
import { parseAddress, parseBlock } from '../src/address.js'
import { findKeyRefusal } from '../src/key.js'
import { makePrincipal, now } from './world.js'

const at = (offsetMs: number) => new Date(now + offsetMs)
const anyPermissions = new Map()

describe('a key is in force', () => {
  it('from its notBefore, until its expiresAt', () => {
    const principal = makePrincipal(anyPermissions, { notBefore: at(0), expiresAt: at(10) })
    const during = [-1, 0, 9, 10, 11].map((offset) => findKeyRefusal(principal, null, now + offset))
    expect(during).toEqual(['not_yet', null, null, 'expired', 'expired'])
  })

  it('for ever, from always and anywhere when nothing is set', () => {
    for (const time of [0, now, Number.MAX_SAFE_INTEGER]) {
      expect(findKeyRefusal(makePrincipal(anyPermissions), null, time)).toBeNull()
    }
  })

  it('not when it is deleted, disabled, or its account suspended, whenever that was', () => {
    for (const when of [at(-1_000), at(1_000)]) {
      expect(findKeyRefusal(makePrincipal(anyPermissions, { deletedAt: when }), null, now)).toBe('deleted')
      expect(findKeyRefusal(makePrincipal(anyPermissions, { disabledAt: when }), null, now)).toBe('disabled')
      expect(findKeyRefusal(makePrincipal(anyPermissions, {}, { suspendedAt: when }), null, now)).toBe('suspended')
    }
  })

  it('after a reset, with its new secret', () => {
    expect(findKeyRefusal(makePrincipal(anyPermissions, { resetAt: at(-1) }), null, now)).toBeNull()
  })

  it('not from an address outside its list, an unknown one, or under an empty list', () => {
    const listed = makePrincipal(anyPermissions, { addresses: [parseBlock('192.0.2.0/24')!] })
    expect(findKeyRefusal(listed, parseAddress('192.0.2.255'), now)).toBeNull()
    expect(findKeyRefusal(listed, parseAddress('192.0.3.0'), now)).toBe('address')
    expect(findKeyRefusal(listed, null, now)).toBe('address')
    const empty = makePrincipal(anyPermissions, { addresses: [] })
    expect(findKeyRefusal(empty, parseAddress('192.0.2.1'), now)).toBe('address')
  })

  it('not when one of its instants is no date', () => {
    const broken = new Date(Number.NaN)
    expect(findKeyRefusal(makePrincipal(anyPermissions, { expiresAt: broken }), null, now)).toBe('expired')
    expect(findKeyRefusal(makePrincipal(anyPermissions, { notBefore: broken }), null, now)).toBe('not_yet')
  })
})
