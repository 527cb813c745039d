import { describe, expect, it } from 'vitest'
import { describeCookie, printCookie, printNoCookie, readCookie } from '../src/cookies.js'

const plain = describeCookie(false)
const behindTls = describeCookie(true)

describe('the cookie of a session', () => {
  it('is for this host alone behind TLS, under a name that no other host can set', () => {
    expect(printCookie(behindTls, 'x', 60)).toBe(
      '__Host-keyporter_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Strict; Secure',
    )
    expect(printNoCookie(behindTls)).toBe(
      '__Host-keyporter_session=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict; Secure',
    )
    expect(printCookie(plain, 'x', 60)).toBe('keyporter_session=x; Path=/; Max-Age=60; HttpOnly; SameSite=Strict')
  })

  it.each([
    [undefined, null],
    ['', null],
    ['keyporter_session=a', 'a'],
    ['a=b;keyporter_session=c ; d=e', 'c'],
    ['keyporter_session=', ''],
    ['keyporter_session=a=b', 'a=b'],
    ['Keyporter_session=a', null],
    ['__Host-keyporter_session=a', null],
    ['=keyporter_session=a', null],
    // One of them was planted: together they are the secret of nothing.
    ['keyporter_session=a; keyporter_session=b', 'a;b'],
  ])('is read from %j', (header, secret) => {
    expect(readCookie(plain, header)).toBe(secret)
  })

  it('of the other name is not looked at behind TLS', () => {
    expect(readCookie(behindTls, 'keyporter_session=a')).toBeNull()
    expect(readCookie(behindTls, 'keyporter_session=a; __Host-keyporter_session=b')).toBe('b')
  })
})
