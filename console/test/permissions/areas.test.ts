import { describe, expect, it } from 'vitest'
import { findLevel, listAreas, listUnknown } from '../../src/permissions/areas.js'
import { readForm } from '../../src/permissions/form.js'
import { permit, things, vast } from './catalogs.js'

const describeAreas = (catalog: typeof vast) =>
  listAreas(catalog).map(({ title, levels }) => `${title}: ${levels.map(({ label }) => label).join(', ')}`)

describe('areas', () => {
  it('of the shipped catalog', () => {
    expect(describeAreas(vast)).toEqual([
      'User: None, Read, Read and write',
      'Machines: None, Read, Read and write',
      'Instances: None, Read, Read and write',
      'Billing: None, Read, Read and write',
      'Team: None, Read, Read and write',
      'Miscellaneous: None, Read and write',
      'Verify: None, Allowed',
      'Operate: None, Allowed',
    ])
  })

  it('of another catalog: single categories have two levels', () => {
    expect(describeAreas(things)).toEqual([
      'Thing: None, Read, Read and write',
      'Billing: None, Read',
      'Role: None, Read',
      'Role admin: None, Read and write',
      'Verify: None, Allowed',
      'Operate: None, Allowed',
    ])
  })

  const levels: [Record<string, unknown>, string][] = [
    [{}, 'none'],
    [{ instance_read: {} }, 'read'],
    [{ instance_read: { '*': {} } }, 'read'],
    [{ instance_read: {}, instance_write: {} }, 'write'],
    [{ '*': {} }, 'write'],
    [{ '*': {}, instance_write: { 'api.instance.reboot': {} } }, 'custom'],
    [{ instance_write: {} }, 'custom'],
    [{ instance_read: { 'api.instance.show': {} } }, 'custom'],
    [{ instance_read: { constraints: { id: { eq: 5 } } } }, 'custom'],
    [{ '*': { constraints: { id: { eq: 5 } } } }, 'custom'],
  ]
  it.each(levels)('%j is the level %s', (api, level) => {
    const area = listAreas(vast).find(({ id }) => id === 'instance')!
    expect(findLevel(readForm(permit({ api }, vast), vast), area)).toBe(level)
  })

  it('without any endpoint left is the level none', () => {
    const area = listAreas(vast).find(({ id }) => id === 'misc')!
    expect(findLevel(new Map([['misc', { rows: [], endpoints: new Map() }]]), area)).toBe('none')
  })

  it('that the catalog does not know are told', () => {
    expect(
      listUnknown(
        new Map([
          ['gone_read', { rows: [], endpoints: null }],
          ['*', { rows: [], endpoints: null }],
        ]),
        vast,
      ),
    ).toEqual(['gone_read'])
  })
})
