import {
  builtinCatalog,
  compileGrant,
  loadCatalog,
  type Presented,
  parseBlock,
  readStoredPermissions,
} from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { createCompiler, printLoaded, readLoaded } from '../../src/index.js'

const catalog = loadCatalog([builtinCatalog])
const permissions = readStoredPermissions({
  api: { user_write: { 'api.apikey.delete': { constraints: { id: { lte: 7 } } } }, misc: {} },
})

const presented: Presented = {
  kind: 'known',
  principal: {
    kind: 'key',
    key: {
      id: 7,
      name: 'ci',
      permissions,
      addresses: [parseBlock('192.0.2.0/24')!, parseBlock('2001:db8::/32')!],
      notBefore: new Date(1_700_000_000_001),
      expiresAt: new Date(1_800_000_000_999),
      disabledAt: null,
      deletedAt: new Date(1_790_000_000_000),
      resetAt: null,
    },
    account: { id: 3, operator: false, suspendedAt: new Date(5) },
    grant: compileGrant(permissions, catalog),
  },
}

/** As it travels. */
const print = () => JSON.parse(JSON.stringify(printLoaded({ value: presented, dependsOn: [{ kind: 'key', id: 7 }] })))
const read = (answer: unknown) => readLoaded(answer, createCompiler(catalog))

describe('a record on its way to a verifier elsewhere', () => {
  it('arrives as it was sent', () => {
    expect(read(print())).toEqual({ value: presented, dependsOn: [{ kind: 'key', id: 7 }] })
    expect(read({ record: null, dependsOn: [] })).toEqual({ value: null, dependsOn: [] })
  })

  it.each(['addresses', 'notBefore', 'expiresAt', 'disabledAt', 'deletedAt', 'permissions'])(
    'is refused without %s, which would widen it',
    (name) => {
      const answer = print()
      delete answer.record.key[name]
      expect(() => read(answer)).toThrow(name)
    },
  )

  it('is refused without what it depends on, or with an address that cannot be read', () => {
    expect(() => read({ record: print().record })).toThrow('dependsOn')
    const answer = print()
    answer.record.key.addresses = ['192.0.2.1/24']
    expect(() => read(answer)).toThrow('addresses')
    const account = print()
    delete account.record.account.suspendedAt
    expect(() => read(account)).toThrow('suspendedAt')
  })

  it('is never a session: to verifiers elsewhere there is none', () => {
    const account = { id: 3, operator: false, suspendedAt: null }
    const session = {
      id: 5,
      userId: 3,
      accountId: 3,
      method: 'password',
      createdAt: new Date(5),
      expiresAt: new Date(1_800_000_000_999),
      revokedAt: null,
      lastUsedAt: null,
      lastUsedAddress: null,
      userAgent: null,
    } as const
    const principal = { kind: 'session', session, account, grant: compileGrant(permissions, catalog) } as const
    const dependsOn = [{ kind: 'session', id: 5 }] as const
    expect(printLoaded({ value: { kind: 'known', principal }, dependsOn })).toEqual({ record: null, dependsOn })
  })

  it('shares the grant of equal documents', () => {
    const compile = createCompiler(catalog)
    const grants = [readLoaded(print(), compile), readLoaded(print(), compile)].map(({ value }) =>
      value?.kind === 'known' ? value.principal.grant : null,
    )
    expect(grants[0]).toBe(grants[1])
  })
})
