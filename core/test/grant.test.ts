import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../src/catalog.js'
import { compileGrant, grants, isFull } from '../src/grant.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import { ask, catalog, entry, loadVast, makeRequest, name, own, permit, things } from './world.js'

/** The ids that a document grants. */
function list(document: unknown, under = catalog): string[] {
  const grant = compileGrant(readStoredPermissions(document), under)
  return under.endpoints.filter((endpoint) => grants(grant, endpoint)).map(({ id }) => id)
}

describe('a grant', () => {
  const things4 = [
    'api.thing.update',
    'api.thing.destroy',
    'api.thing.destroy_bulk',
    'api.thing.buy',
    'api.thing.snapshot',
  ]

  it('holds what the document says, most specific first', () => {
    expect(list({ api: {} })).toEqual([])
    expect(list({ api: { thing_read: {} } })).toEqual(['api.thing.list', 'api.thing.show'])
    expect(list({ api: { thing_read: { 'api.thing.show': {} } } })).toEqual(['api.thing.show'])
    expect(list({ api: { thing_write: { '*': {} } } })).toEqual(things4)
    expect(list({ api: { '*': {}, thing_read: { 'api.thing.show': {} }, thing_write: {}, role_read: {} } })).toEqual([
      'api.thing.show',
      ...things4,
      'api.user.invoices',
      'api.user.mails',
      'api.role.show',
      'api.role.show_by_id',
      'api.role.members',
    ])
  })

  it('holds reserved categories only by name', () => {
    expect(list({ api: { '*': {} } })).not.toContain('api.own.verify')
    expect(list({ api: { verify: {} } })).toEqual(['api.own.verify'])
    expect(list({ api: { operate: { '*': {} } } })).toEqual(['api.own.verifiers'])
  })

  it('never holds public endpoints or those of any key', () => {
    const everything = list({ api: { '*': {}, verify: {}, operate: {}, public: {}, any_key: {} } })
    expect(everything).not.toContain('api.ping')
    expect(everything).not.toContain('api.own.whoami')
  })

  it('says nothing of an endpoint under a category that it does not belong to', () => {
    expect(list({ api: { thing_write: { 'api.thing.show': {} } } })).toEqual([])
  })

  it('is the same for the same document and catalog', () => {
    const permissions = permit({ api: { thing_write: { constraints: { id: { eq: 5 } } } } })
    expect(compileGrant(permissions, catalog)).toEqual(compileGrant(permissions, catalog))
  })

  it('tells endpoints apart in catalogs of more than 32', () => {
    const many = loadCatalog([
      { own: false, entries: Array.from({ length: 100 }, (_, i) => entry(`api.n.n${i}`, 'GET', `/n${i}`, 'many')) },
    ])
    for (const i of [0, 1, 31, 32, 33, 63, 64, 99]) {
      expect(list({ api: { many: { [`api.n.n${i}`]: {} } } }, many)).toEqual([`api.n.n${i}`])
    }
    expect(list({ api: { many: {} } }, many)).toHaveLength(100)
  })

  it('constrains only what is granted, and only where there is something to check', () => {
    const grant = compileGrant(
      permit({ api: { thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } }, 'api.thing.list': {} } } }),
      catalog,
    )
    expect([...grant.checks.keys()]).toEqual([catalog.byId.get('api.thing.show')!.index])
  })
})

describe('full access', () => {
  const whole = { thing_read: {}, thing_write: {}, billing_read: {}, role_read: {}, role_admin: {} }

  const table: [string, object, boolean][] = [
    ['is *', { '*': {} }, true],
    ['is * beside the reserved categories', { '*': {}, verify: {}, operate: {} }, true],
    ['is every category', whole, true],
    ['is every category, some by *', { '*': {}, thing_read: {} }, true],
    ['is every category with every endpoint by *', { ...whole, thing_read: { '*': {}, 'api.thing.show': {} } }, true],
    ['is not all categories but one', { ...whole, role_admin: undefined }, false],
    ['is not every endpoint by name', { ...whole, role_admin: { 'api.role.members': {} } }, false],
    ['is not * with a constraint', { '*': { constraints: { id: { eq: 5 } } } }, false],
    ['is not * with a part of a category', { '*': {}, role_read: { 'api.role.show': {} } }, false],
    ['is not a category with a constraint', { ...whole, thing_read: { constraints: { id: { eq: 5 } } } }, false],
    [
      'is not an endpoint with a constraint',
      { ...whole, thing_read: { '*': {}, 'api.thing.show': { constraints: { id: { eq: 5 } } } } },
      false,
    ],
    ['is not the reserved categories', { verify: {}, operate: {} }, false],
    ['is not nothing', {}, false],
  ]

  it.each(table)('%s', (_, api, full) => {
    const permissions = permit({ api: JSON.parse(JSON.stringify(api)) })
    expect(isFull(permissions, catalog)).toBe(full)
    expect(name(ask(permissions, makeRequest('GET /beyond')))).toBe(full ? 'allow' : 'not_in_catalog')
  })

  it('is * alone where a catalog has no categories', () => {
    const bare = loadCatalog([{ own: false, entries: [entry('api.p.p', 'GET', '/p', 'public')] }])
    expect(isFull(readStoredPermissions({ api: {} }), bare)).toBe(false)
    expect(isFull(readStoredPermissions({ api: { verify: {}, thing_read: {} } }), bare)).toBe(false)
    expect(isFull(readStoredPermissions({ api: { '*': {} } }), bare)).toBe(true)
  })

  it('ends when a later catalog has one more category, unless it is *', () => {
    const later = loadCatalog([own, things, { own: false, entries: [entry('api.n.n', 'GET', '/n', 'new_read')] }])
    expect(isFull(permit({ api: whole }), later)).toBe(false)
    expect(isFull(permit({ api: { '*': {} } }), later)).toBe(true)
  })
})

describe("the documents' examples", () => {
  const vast = loadVast()
  const outcome = (document: unknown, line: string, body: unknown = null) =>
    name(ask(permit(document, vast), makeRequest(line, body), vast))

  it('read one log and no other', () => {
    const document = {
      api: { instance_read: { 'api.instance.request_logs': { constraints: { id: { eq: 1227 } } } } },
    }
    const template = vast.byId.get('api.instance.request_logs')!
    const line = (id: number) => `${template.method} ${template.path.replace('{id}', String(id))}`
    expect(outcome(document, line(1227), {})).toBe('allow')
    expect(outcome(document, line(1228), {})).toBe('constraint value')
    expect(outcome(document, line(1227), { id: 1228 })).toBe('constraint value')
    expect(outcome(document, 'GET /api/v0/instances/1227/')).toBe('permission')
  })

  it('manage instances and see no invoices', () => {
    const document = { api: { misc: {}, user_read: {}, instance_read: {}, instance_write: {} } }
    expect(outcome(document, 'GET /api/v0/instances/1/')).toBe('allow')
    expect(outcome(document, 'DELETE /api/v0/instances/1/', {})).toBe('allow')
    expect(outcome(document, 'GET /api/v0/users/current')).toBe('allow')
    expect(outcome(document, 'GET /api/v0/invoices')).toBe('permission')
    expect(outcome(document, 'POST /api/v0/auth/apikeys/', {})).toBe('permission')
  })
})
