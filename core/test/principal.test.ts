import { describe, expect, it } from 'vitest'
import { parseAddress, parseBlock } from '../src/address.js'
import { decide } from '../src/decide.js'
import { findRefusal, readPowers } from '../src/principal.js'
import type { Presented } from '../src/request.js'
import { findExcess } from '../src/within.js'
import { catalog, makePrincipal, makeRequest, makeSessionPrincipal, name, now, permit, tell } from './world.js'

const past = new Date(now - 1)
const bySession = (...given: Parameters<typeof makeSessionPrincipal>): Presented => ({
  kind: 'known',
  principal: makeSessionPrincipal(...given),
})

describe('a session', () => {
  it.each([
    ['is in force', {}, {}, 'allow'],
    ['is over when it was revoked', { revokedAt: past }, {}, 'revoked'],
    ['is over at its very end', { expiresAt: new Date(now) }, {}, 'expired'],
    ['is over when its end is no point in time', { expiresAt: new Date(Number.NaN) }, {}, 'expired'],
    ['is refused with its account', {}, { suspendedAt: past }, 'suspended'],
  ])('%s', (_case, session, account, expected) => {
    expect(name(decide(catalog, bySession(session, account), makeRequest('GET /things/5'), now))).toBe(expected)
  })

  it('is told nothing else than a key when it is over', () => {
    for (const change of [{ revokedAt: past }, { expiresAt: past }]) {
      expect(tell(decide(catalog, bySession(change), makeRequest('GET /things/5'), now))).toEqual({
        status: 401,
        error: 'auth_error',
        msg: 'Invalid user key',
      })
    }
  })

  it('is good from any address, and from an unknown one', () => {
    for (const client of [parseAddress('192.0.2.1'), null])
      expect(findRefusal(makeSessionPrincipal(), client, now)).toBeNull()
  })
})

describe('the powers of a principal', () => {
  it('are those of the key itself, its bounds included', () => {
    const addresses = [parseBlock('192.0.2.0/24')!]
    const principal = makePrincipal(permit({ api: {} }), { addresses, expiresAt: past })
    expect(readPowers(principal)).toMatchObject({ addresses, expiresAt: past, notBefore: null })
  })

  it('are all the rights of its user for a session, which its end does not bound', () => {
    const powers = readPowers(makeSessionPrincipal())
    expect(powers).toMatchObject({ addresses: null, notBefore: null, expiresAt: null })
    expect(findExcess(makePrincipal(permit({ api: { '*': {} } })).key, powers)).toBeNull()
  })

  it('reach across accounts for the user of the first account alone', () => {
    const { key } = makePrincipal(permit({ api: { '*': {}, verify: {}, operate: {} } }))
    expect(findExcess(key, readPowers(makeSessionPrincipal({}, { operator: true })))).toBeNull()
    expect(findExcess(key, readPowers(makeSessionPrincipal()))).toBe('verify')
  })
})
