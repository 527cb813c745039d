import { expandFull, isWithin, parsePermissions, printPermissions } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { presets } from '../../src/permissions/presets.js'
import { permit, things, vast } from './catalogs.js'

const find = (id: string) => presets.find((preset) => preset.id === id)!
const build = (id: string, creator = permit({ api: { '*': {}, verify: {} } }, vast), catalog = vast) => {
  const permissions = find(id).build(catalog, creator, 1227)
  return permissions && printPermissions(permissions).api
}

describe('presets', () => {
  it('are valid and within their creator, whoever that is', () => {
    const creators = [
      { '*': {} },
      { instance_read: {}, instance_write: { constraints: { id: { eq: 1227 } } } },
      { user_read: {}, billing_read: { 'api.billing.charges': {} } },
      {},
    ].map((api) => permit({ api }, vast))
    for (const creator of creators) {
      for (const preset of presets) {
        const permissions = preset.build(vast, creator, 1227)
        if (!permissions) continue
        expect(parsePermissions(printPermissions(permissions), vast)).toEqual({ ok: true, permissions })
        expect(isWithin(permissions, creator)).toBe(true)
      }
    }
  })

  it('same as you is what {} stands for', () => {
    const creator = permit({ api: { '*': {}, verify: {} } }, vast)
    expect(find('same').build(vast, creator, 0)).toEqual(expandFull(creator, vast))
  })

  it('CI deploy handles instances and nothing else', () => {
    expect(build('deploy')).toEqual({ misc: {}, instance_read: {}, instance_write: {} })
  })

  it('read-only monitoring writes nothing', () => {
    expect(Object.keys(build('monitoring')!).sort()).toEqual([
      'billing_read',
      'instance_read',
      'machine_read',
      'team_read',
      'user_read',
    ])
  })

  it('one instance holds every endpoint to its id, under the name that it has there', () => {
    const { instance_read: read, instance_write: write } = build('instance') as Record<string, Record<string, unknown>>
    expect(read).toMatchObject({
      'api.instance.show': { constraints: { id: { eq: 1227 } } },
      'api.instance.ssh_list': { constraints: { instance_id: { eq: 1227 } } },
    })
    expect(Object.keys(write!)).toContain('api.instance.destroy')
    for (const id of ['api.instance.create', 'api.instance.destroy_bulk']) expect(Object.keys(write!)).not.toContain(id)
  })

  it('full access is * for who holds it, and all of today for who does not', () => {
    expect(build('full')).toEqual({ '*': {} })
    const all = expandFull(permit({ api: { '*': {} } }, vast), vast)
    expect(find('full').build(vast, all, 0)).toEqual(all)
    expect(build('full', permit({ api: { user_read: {} } }, vast))).toBeNull()
  })

  it('that a catalog has no use for are not offered', () => {
    const creator = permit({ api: { '*': {} } })
    expect(presets.filter((preset) => preset.build(things, creator, 1)).map(({ id }) => id)).toEqual([
      'same',
      'monitoring',
      'full',
    ])
  })
})
