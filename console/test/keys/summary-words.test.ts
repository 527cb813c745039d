import type { AreaLevel } from '@keyporter/core'
import { describe, expect, it } from 'vitest'
import { describeSummary } from '../../src/keys/summary-words.js'

const describeLevels = (levels: Record<string, AreaLevel>, constraintCount = 0) =>
  describeSummary({
    areas: Object.entries(levels).map(([id, level]) => ({ id, title: id, level })),
    constraintCount,
    full: false,
  })

describe('what a key may do, in a row', () => {
  it('puts areas of one level together, the most powerful first', () => {
    expect(describeLevels({ user: 'read', instances: 'write', billing: 'none', misc: 'write', team: 'partial' })).toBe(
      'instances, misc: read and write; user: read; team: in part',
    )
  })

  it('counts constraints', () => {
    expect(describeLevels({ instances: 'partial' }, 1)).toBe('instances: in part; 1 constraint')
    expect(describeLevels({ instances: 'partial' }, 2)).toBe('instances: in part; 2 constraints')
  })

  it('says when nothing is granted', () => {
    expect(describeLevels({ user: 'none' })).toBe('nothing')
  })
})
