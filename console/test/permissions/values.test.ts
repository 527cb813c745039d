import type { Scalar, ScalarType } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { printValues, readValues } from '../../src/permissions/values.js'

const types: fc.Arbitrary<ScalarType[]> = fc.subarray(['integer', 'number', 'string', 'boolean', 'any'], {
  minLength: 1,
})
const text = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom('"', '\\', ',', ' ', '1', 'a', '{', '\n') }))
const scalar = (of: readonly ScalarType[]): fc.Arbitrary<Scalar> => {
  const takes = (...wanted: ScalarType[]) => of.includes('any') || of.some((type) => wanted.includes(type))
  return fc.oneof(
    text,
    ...(takes('integer', 'number')
      ? [fc.integer(), fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n || 0)]
      : []),
    ...(takes('boolean') ? [fc.boolean()] : []),
  )
}

describe('values in one line', () => {
  it('are read as they were printed', () => {
    const given = types.chain((of) => fc.tuple(fc.constant(of), fc.array(scalar(of), { maxLength: 4 })))
    fc.assert(
      fc.property(given, ([of, values]) => {
        expect(readValues(printValues(values, of), of)).toEqual(values)
      }),
      { numRuns: 2_000 },
    )
  })

  const lines: [string, ScalarType[], Scalar[]][] = [
    ['', ['integer'], []],
    ['  ', ['string'], []],
    ['1227', ['integer'], [1227]],
    ['1227', ['string'], ['1227']],
    ['"1227"', ['any'], ['1227']],
    ['1227, 1228,', ['integer'], [1227, 1228]],
    ['1,,2', ['integer'], [1, '', 2]],
    ['01227', ['integer'], ['01227']],
    ['true, maybe', ['boolean'], [true, 'maybe']],
    ['a b, "c, d" , "unclosed', ['string'], ['a b', 'c, d', '"unclosed']],
    ['"a"b', ['string'], ['"a"b']],
  ]
  it.each(lines)('%j as %j', (line, of, values) => {
    expect(readValues(line, of)).toEqual(values)
  })
})
