import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findPlace, printPath, readPath } from '../../src/permissions/places.js'

describe('the place of a member', () => {
  const text = '{ "a": [1, {"b": "}]"}],\n  "c\\"": {"d": null, "e": -1.5e3} , "f":{}}'
  const cases: [string[], string][] = [
    [[], '{ "a"'],
    [['a'], '"a":'],
    [['a', '0'], '1,'],
    [['a', '1'], '{"b"'],
    [['a', '1', 'b'], '"b":'],
    [['c"'], '"c\\""'],
    [['c"', 'e'], '"e":'],
    [['f'], '"f":'],
    [['f', 'nowhere', 'at all'], '"f":'],
    [['nowhere'], '{ "a"'],
  ]
  it.each(cases)('%j', (path, expected) => {
    expect(text.slice(findPlace(text, path).offset)).toMatch(new RegExp(`^${expected.replace(/[{[\\]/g, '\\$&')}`))
  })

  it('counts lines and columns from one', () => {
    expect(findPlace(text, ['c"'])).toEqual({ line: 2, column: 3, offset: text.indexOf('"c') })
  })

  it('is found in any JSON, however it is indented', () => {
    const given = fc.tuple(fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 3 })), fc.constantFrom(0, 2))
    fc.assert(
      fc.property(given, ([value, indent]) => {
        const printed = JSON.stringify(value, null, indent)
        if (!printed.isWellFormed()) return
        for (const name of Object.keys(JSON.parse(printed) as object)) {
          const { offset } = findPlace(printed, [name])
          expect(printed.slice(offset)).toSatisfy((rest: string) => rest.startsWith(`${JSON.stringify(name)}:`))
        }
      }),
    )
  })
})

it('prints a path as messages write it, and reads it again', () => {
  const path = ['api', 'thing_read', 'api.thing.show', 'constraints', 'id']
  expect(printPath(path)).toBe('api.thing_read."api.thing.show".constraints.id')
  expect(readPath(printPath(path))).toEqual(path)
  expect(readPath('api."*"')).toEqual(['api', '*'])
})
