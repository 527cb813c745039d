import { isWithin, limitAny, parsePermissions } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { document as anyDocument } from '../../../core/test/arbitrary.js'
import { anyArea, listAreas } from '../../src/permissions/areas.js'
import { findEndpointLimit, findExcessPlace, findLevelLimit } from '../../src/permissions/limits.js'
import { abstract, permit, vast } from './catalogs.js'

const area = (id: string) => listAreas(vast).find((each) => each.id === id)!
const creator = permit(
  {
    api: {
      user_read: {},
      instance_read: {},
      instance_write: { 'api.instance.reboot': {}, 'api.instance.destroy': { constraints: { id: { eq: 5 } } } },
      verify: {},
    },
  },
  vast,
)

describe('what the creator may not give', () => {
  it('is told for each level of an area', () => {
    expect(findLevelLimit(area('instance'), 'none', creator)).toBeNull()
    expect(findLevelLimit(area('instance'), 'read', creator)).toBeNull()
    expect(findLevelLimit(area('instance'), 'write', creator)).toBe(
      'You hold only a part of instance_write: customise to give of that part.',
    )
    expect(findLevelLimit(area('billing'), 'write', creator)).toBe(
      'You do not hold billing_read and billing_write yourself.',
    )
    expect(findLevelLimit(area('verify'), 'write', creator)).toBeNull()
    expect(findLevelLimit(area('operate'), 'write', creator)).toBe('You do not hold operate yourself.')
    expect(findLevelLimit(anyArea, 'write', creator)).toContain('"*"')
  })

  it('is told for each endpoint', () => {
    expect(findEndpointLimit('instance_write', 'api.instance.reboot', creator)).toBeNull()
    expect(findEndpointLimit('instance_read', 'api.instance.show', creator)).toBeNull()
    expect(findEndpointLimit('instance_write', 'api.instance.destroy', creator)).toMatchObject({ isHeld: true })
    expect(findEndpointLimit('instance_write', 'api.instance.manage', creator)).toMatchObject({ isHeld: false })
    expect(findEndpointLimit('billing_read', 'api.billing.charges', creator)).toMatchObject({ isHeld: false })
  })

  it('is found in a document, at its place', () => {
    const find = (api: Record<string, unknown>) => findExcessPlace(permit({ api }, vast), creator, vast)
    expect(find({ user_read: {} })).toBeNull()
    expect(find({ instance_write: {} })).toMatchObject({ path: ['api', 'instance_write'] })
    expect(find({ instance_write: { 'api.instance.destroy': {} } })).toEqual({
      path: ['api', 'instance_write', 'api.instance.destroy'],
      msg: 'You cannot give more of api.instance.destroy than you hold yourself.',
    })
    expect(find({ '*': {} })).toMatchObject({ path: ['api', '*'] })
  })

  it('is not * where all that it stands for today is held: the server writes it out', () => {
    const all = permit({ api: { alpha_read: {}, alpha_write: {}, beta_read: {} } }, abstract)
    expect(findExcessPlace(permit({ api: { '*': {} } }, abstract), all, abstract)).toBeNull()
  })

  it('is exactly what the server refuses', () => {
    fc.assert(
      fc.property(anyDocument, anyDocument, (child, parent) => {
        const [asked, own] = [child, parent].map((each) => parsePermissions(each, abstract))
        if (!asked?.ok || !own?.ok) return
        const settled = limitAny(asked.permissions, own.permissions, abstract)
        const place = findExcessPlace(asked.permissions, own.permissions, abstract)
        expect(place === null).toBe(isWithin(settled, own.permissions))
        if (place) expect(hasPath(child, place.path)).toBe(true)
      }),
      { numRuns: 2_000 },
    )
  })
})

function hasPath(document: unknown, path: readonly string[]): boolean {
  return path.every((step) => {
    document = (document as Record<string, unknown> | undefined)?.[step]
    return document !== undefined
  })
}
