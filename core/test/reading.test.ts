import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicaliseTarget } from '../src/canonical.js'
import { loadCatalog, type Match } from '../src/catalog.js'
import { loadVast, own, things } from './world.js'

/** More often than a target has to come before it is kept. */
const often = 200

function readOften(read: (method: string, raw: string) => unknown, method: string, raw: string): unknown {
  for (let i = 0; i < often; i++) read(method, raw)
  return read(method, raw)
}

describe('reading a target', () => {
  const methods = fc.constantFrom('GET', 'HEAD', 'PUT', 'DELETE', 'get', 'POST')
  const targets = fc.oneof(
    fc.constantFrom(
      '/things/1/',
      '/things//1',
      '/things/1/?owner=me',
      '/things/1/?owner=a;b',
      '/things/%31',
      '/a/../b',
    ),
    fc.constantFrom(
      '/things/',
      '/roles/all',
      '/roles/ALL',
      '/users/me/invoices',
      '/users/me/mails/',
      '/x?api_key=k',
      '*',
    ),
    fc.nat(2_000).map((id) => `/things/${id}?n=${id}`),
  )

  it('gives what canonicalising and matching give, whatever was read before', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(methods, targets, fc.nat(130)), { maxLength: 60 }), (asked) => {
        const catalog = loadCatalog([own, things])
        for (const [method, raw, times] of asked) {
          const canonical = canonicaliseTarget(raw)
          const plain = canonical.ok
            ? { target: canonical.target, match: catalog.match(method, canonical.target.segments) }
            : canonical.problem
          for (let i = 0; i <= times; i++) expect(catalog.read(method, raw)).toEqual(plain)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('refuses TRACE and CONNECT, which no surface serves, whatever the key', () => {
    const { read } = loadCatalog([own, things])
    for (const method of ['TRACE', 'CONNECT'])
      expect(readOften(read, method, '/things/1/')).toBe(`${method} is not supported`)
  })

  it('keeps what comes often', () => {
    const { read } = loadCatalog([own, things])
    expect(readOften(read, 'GET', '/things/1/?owner=me')).toBe(read('GET', '/things/1/?owner=me'))
  })

  it('keeps no target that carries a secret, however it is spelt', () => {
    const { read } = loadCatalog([own, things])
    for (const raw of ['/things/?api_key=kp_x', '/things/?a=1&api%5Fkey=kp_x', '/things/?%61pi_key']) {
      expect(readOften(read, 'GET', raw)).not.toBe(read('GET', raw))
    }
  })

  it('keeps no long target', () => {
    const { read } = loadCatalog([own, things])
    const raw = `/things/?owner=${'x'.repeat(256)}`
    expect(readOften(read, 'GET', raw)).not.toBe(read('GET', raw))
  })

  it('keeps a bounded number', () => {
    const { read } = loadCatalog([own, things])
    const first = readOften(read, 'GET', '/things/1')
    for (let i = 0; i < 1_024 * 64; i++) read('GET', `/things/${i}?n=${i}`)
    expect(read('GET', '/things/1')).not.toBe(first)
  })

  it('tells one catalog from another', () => {
    const matchOf = (reading: unknown) => (reading as { match: Match | null }).match?.endpoint.id
    const vast = loadVast()
    const other = loadCatalog([own, things])
    expect(matchOf(readOften(vast.read, 'GET', '/api/v0/instances/7/'))).toBe('api.instance.show')
    expect(matchOf(readOften(other.read, 'GET', '/api/v0/instances/7/'))).toBeUndefined()
  })
})
