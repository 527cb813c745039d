import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isLookalike as compare, foldName, isNumberLike, listSegmentForms } from '../src/lookalike.js'

/** A fresh memory for each question, as for each request. */
const isLookalike = (name: string, folded: string) => compare(name, folded, { known: null })

describe('lookalikes of instance_id', () => {
  const folded = foldName('instance_id')

  const alike: [string, string][] = [
    ['itself', 'instance_id'],
    ['another case', 'Instance_ID'],
    ['camel case, as protobuf reads it', 'instanceId'],
    ['a hyphen', 'instance-id'],
    ['a dot or a space, as PHP reads them', 'instance.id'],
    ['a space', 'instance id'],
    ['space around', ' instance_id\t'],
    ['a list', 'instance_id[]'],
    ['an index', 'instance_id[0]'],
    ['an operator', 'instance_id[gt]'],
    ['deeper brackets', 'instance_id[0][x]'],
    ['an open bracket', 'instance_id['],
    ['a bracket in the middle, as PHP reads it', 'instance[id'],
    ['brackets around, as qs reads them', '[instance_id]'],
    ['a member', 'instance_id.x'],
    ['something behind NUL', 'instance_id\u0000x'],
    ['full width', 'ｉｎｓｔａｎｃｅ＿ｉｄ'],
    ['brackets in full width', 'ｉｎｓｔａｎｃｅ＿ｉｄ［ｘ］'],
    ['a long s', 'inſtance_id'],
    ['a dotless i', 'ınstance_ıd'],
    ['a dotted capital I', 'İnstance_id'],
    ['a mathematical letter', '𝐢nstance_id'],
    ['a combining mark', 'instance_íd'],
    ['a zero-width space', 'instance\u200b_id'],
    ['percent-encoding that is left', 'instance%5Fid'],
    ['percent-encoding of a letter', '%69nstance_id'],
  ]

  it.each(alike)('%s', (_, name) => {
    expect(isLookalike(name, folded)).toBe(true)
  })

  const different = [
    '',
    '_',
    '[',
    'id',
    'instance',
    'instance_ids',
    'my_instance_id',
    'instance_id2',
    'xid',
    'é',
    '%',
    '💥',
  ]

  it.each(different)('do not include %j', (name) => {
    expect(isLookalike(name, folded)).toBe(false)
  })

  it('do not depend on how a long name goes on', () => {
    const startedAt = performance.now()
    expect(isLookalike(`instance_id[${'x'.repeat(1 << 20)}]`, folded)).toBe(true)
    expect(isLookalike(`é${'x'.repeat(1 << 20)}`, folded)).toBe(false)
    expect(isLookalike(`x${'_'.repeat(1 << 20)}`, folded)).toBe(false)
    expect(performance.now() - startedAt).toBeLessThan(1_000)
  })
})

describe('lookalikes', () => {
  it('are also names that are so long before anything tells them apart', () => {
    for (const filler of [' ', '_', '\u200b', '%20']) {
      expect(isLookalike(`${filler.repeat(300)}id`, 'id')).toBe(true)
      expect(isLookalike(`x${filler.repeat(300)}id`, 'id')).toBe(false)
    }
  })

  const names = fc.constantFrom('id', 'Key', 'owner_id', 'größe', 'price2', 'a')

  it('include every case, width and bracket form of a name', () => {
    const forms = [
      (name: string) => name,
      (name: string) => name.toUpperCase(),
      (name: string) => name.toLowerCase(),
      (name: string) => `${name}[]`,
      (name: string) => `${name}[x]`,
      (name: string) => `  ${name} `,
      (name: string) => name.normalize('NFD'),
      (name: string) => [...name].map((each) => fullWidth(each)).join(''),
    ]
    fc.assert(
      fc.property(names, fc.constantFrom(...forms), fc.constantFrom(...forms), (name, one, other) => {
        expect(isLookalike(other(one(name)), foldName(name))).toBe(true)
      }),
    )
  })

  it('are the same for plain and other characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii', maxLength: 6 }), names, (text, name) => {
        fc.pre(!/[[.\0%]/.test(text))
        expect(isLookalike(text, foldName(name))).toBe(foldName(text) === foldName(name))
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('path segments', () => {
  it('are also known without matrix parameters and format suffixes', () => {
    expect(listSegmentForms('Bulk')).toEqual(['bulk'])
    expect(listSegmentForms('bulk.json')).toEqual(['bulk.json', 'bulk'])
    expect(listSegmentForms('bulk;v=1')).toEqual(['bulk;v=1', 'bulk'])
    expect(listSegmentForms(' ＢＵＬＫ .x')).toEqual(['bulk .x', 'bulk'])
    expect(listSegmentForms('.hidden')).toEqual(['.hidden'])
  })

  it.each(['5', '05', '+5', '-5', '5.0', '1e3', '1_000', '1,000', ' 5 ', '٥', '५'])('may be the number %j', (text) => {
    expect(isNumberLike(text)).toBe(true)
  })

  it.each(['', 'a', '5a', 'e', '-', '.', 'v1'])('are not the number %j', (text) => {
    expect(isNumberLike(text)).toBe(false)
  })
})

function fullWidth(character: string): string {
  const code = character.charCodeAt(0)
  return code > 0x20 && code < 0x7f && character.length === 1 ? String.fromCharCode(code + 0xfee0) : character
}
