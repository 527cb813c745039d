/** The one judge: how it finds whose secret a request carries, and what it asks for that. */
import { compileGrant, loadCatalog, mintSecret, type Presented, parsePermissions } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { digestText } from '../../src/sha256.js'
import { type Judging, judge, type Received } from '../../src/verifier/judge.js'

const catalog = loadCatalog([
  { own: false, entries: [{ id: 'api.thing.list', method: 'GET', path: '/things', category: 'thing_read' }] },
])
const secret = mintSecret(new Uint8Array(32))
const now = Date.UTC(2026, 5, 1)

function present(bounds: { expiresAt?: Date; notBefore?: Date } = {}): Presented {
  const parsed = parsePermissions({ api: { thing_read: {} } }, catalog)
  if (!parsed.ok) throw new Error(parsed.problem)
  const { permissions } = parsed
  const instants = { disabledAt: null, deletedAt: null, resetAt: null, notBefore: null, expiresAt: null, ...bounds }
  const key = { id: 5, name: null, permissions, addresses: null, ...instants }
  const account = { id: 1, operator: false, suspendedAt: null }
  return { kind: 'known', principal: { kind: 'key', key, account, grant: compileGrant(permissions, catalog) } }
}

/** Memory that holds one secret; what it was asked, in order. */
function open(presented = present()): { judging: Judging; asked: string[] } {
  const asked: string[] = []
  const keys = {
    findNow(digest: string) {
      asked.push(`now ${digest}`)
      return digest === digestText(secret) ? presented : undefined
    },
    find(digest: string): Presented {
      asked.push(`find ${digest}`)
      return { kind: 'unknown' }
    },
  }
  return { judging: { catalog, keys, keyPrefix: 'kp_', queryKeys: true, now: () => now }, asked }
}

function ask(judging: Judging, credentials: Received['credentials'], target = '/things') {
  const unseen = { body: undefined, contentType: null, contentEncoding: null, client: null }
  const judged = judge(judging, { method: 'GET', target, credentials, ...unseen })
  if (judged instanceof Promise) throw new Error('memory was asked')
  const { decision } = judged
  return decision.allowed ? 'allow' : decision.denial.reason
}

describe('whose secret', () => {
  it.each<Received['credentials']>([
    { secret },
    { secret: ` ${secret}\t` },
    { authorizations: [`Bearer ${secret}`] },
    { authorizations: [`bearer   ${secret} `] },
    { authorizations: [`Bearer\t`] },
    { authorizations: [] },
    { secret: null },
    { secret: '' },
  ])('is found in %j, or in the query where that has none', (credentials) => {
    expect(ask(open().judging, credentials, `/things?api_key=${secret}`)).toBe('allow')
  })

  it.each<Received['credentials']>([
    { secret: `${secret} ${secret}` },
    { secret: `${secret}é` },
    { authorizations: [`Bearer ${secret} x`] },
    { authorizations: [`Basic ${secret}`] },
    { secret: secret.repeat(10) },
  ])('is not found in %j, and nobody is asked for it', (credentials) => {
    const { judging, asked } = open()
    expect(ask(judging, credentials)).toBe('unknown_key')
    expect(asked.filter((each) => each.startsWith('find'))).toEqual([])
  })

  it('is not looked for where two headers say two', () => {
    const { judging, asked } = open()
    expect(ask(judging, { authorizations: [`Bearer ${secret}`, 'Bearer x'] })).toBe('bad_request')
    expect(asked).toEqual([])
  })

  it('is asked of memory once, then of whoever knows more', () => {
    const { judging, asked } = open()
    const other = mintSecret(new Uint8Array(32).fill(1))
    expect(ask(judging, { authorizations: [`Bearer ${other}`] })).toBe('unknown_key')
    expect(asked).toEqual([`now ${digestText(other)}`, `find ${digestText(other)}`])
  })
})

describe('time', () => {
  it.each([
    [{}, 'allow'],
    [{ expiresAt: new Date(now + 1) }, 'allow'],
    [{ expiresAt: new Date(now) }, 'expired'],
    [{ notBefore: new Date(now) }, 'allow'],
    [{ notBefore: new Date(now + 1) }, 'not_yet'],
  ])('bounds a key by %j: %s', (bounds, outcome) => {
    expect(ask(open(present(bounds)).judging, { secret })).toBe(outcome)
  })
})
