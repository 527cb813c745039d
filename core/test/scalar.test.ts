import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { JsonNumber } from '../src/json.js'
import { fitsType, isCanonicalInteger, isCanonicalNumber, readJson, readText } from '../src/scalar.js'

describe('integers', () => {
  it.each(['0', '1', '-1', '1227', '9007199254740991', '-9007199254740991'])('take %s', (text) => {
    expect(isCanonicalInteger(text)).toBe(true)
    expect(readText(text, 'integer')).toBe(Number(text))
    expect(readJson(new JsonNumber(text), 'integer')).toBe(Number(text))
  })

  const refused = [
    ...['', '-', '+1', '01', '-01', '00', '-0', '1.0', '1e2', '1E2', '0x10', ' 1', '1 ', '1\n', '1_000', '1,000'],
    ...['9007199254740992', '-9007199254740992', '10000000000000000', '99999999999999999', '9'.repeat(400)],
    ...['１２２７', '٣', 'abc', 'NaN', 'Infinity', 'null', 'true', '--1', '1-'],
  ]

  it.each(refused)('refuse %j', (text) => {
    expect(isCanonicalInteger(text)).toBe(false)
    expect(readText(text, 'integer')).toBeNull()
  })

  it('are read as the platform reads them, and in one spelling only', () => {
    const text = fc.oneof(fc.integer().map(String), fc.maxSafeInteger().map(String), fc.string({ maxLength: 6 }))
    fc.assert(
      fc.property(text, (each) => {
        const number = Number(each)
        const canonical = Number.isSafeInteger(number) && String(number) === each
        expect(readText(each, 'integer')).toBe(canonical ? number : null)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are no texts in a body', () => {
    expect(readJson('1227', 'integer')).toBeNull()
    expect(readJson(true, 'integer')).toBeNull()
    for (const text of ['1227.0', '1.227e3', '-0', '0.0', '1e400']) {
      expect(readJson(new JsonNumber(text), 'integer')).toBeNull()
    }
  })
})

describe('numbers', () => {
  it.each(['0', '0.5', '-0.5', '1227', '0.30000000000000004', '-12.25'])('take %s anywhere', (text) => {
    expect(isCanonicalNumber(text)).toBe(true)
    expect(readText(text, 'number')).toBe(Number(text))
    expect(readJson(new JsonNumber(text), 'number')).toBe(Number(text))
  })

  it.each(['-0', '0.50', '1.0', '1e2', '.5', '5.', '+1', '00.5', '1_0', ' 1', ''])(
    'refuse %j in path and query',
    (text) => {
      expect(readText(text, 'number')).toBeNull()
    },
  )

  it.each(['-0', '0.50', '1.0', '1e2', '1E+2', '1.5e-3', `1.${'0'.repeat(30)}`])('take %s in a body', (text) => {
    expect(readJson(new JsonNumber(text), 'number')).toBe(Number(text))
  })

  const inexact = [
    ...['0.10000000000000001', '1.00000000000000001', '9007199254740993', '1e16', '1e400', '-1e999', '1e-400'],
    ...['4.9e-324', '0.1000000000000000055511151231257827', `0.${'1'.repeat(1_000)}`, `1.${'0'.repeat(100)}`],
  ]

  it.each(inexact)('refuse %s, which a double cannot hold or is too long to tell', (text) => {
    expect(readJson(new JsonNumber(text), 'number')).toBeNull()
    expect(readJson(new JsonNumber(text), 'any')).toBeNull()
    expect(readText(text, 'number')).toBeNull()
  })

  it('are exact: whatever is read prints the same digits', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
        const exact = !Number.isInteger(number) || Number.isSafeInteger(number)
        const text = JSON.stringify(number)
        expect(readJson(new JsonNumber(text), 'number')).toBe(exact ? JSON.parse(text) : null)
      }),
      { numRuns: 2_000 },
    )
  })

  it('end soon on a megabyte of digits', () => {
    const startedAt = performance.now()
    for (const text of [`1${'0'.repeat(1 << 20)}1`, `0.${'10'.repeat(1 << 19)}`, '9'.repeat(1 << 20)]) {
      expect(isCanonicalInteger(text) || isCanonicalNumber(text)).toBe(false)
      expect(readJson(new JsonNumber(text), 'number')).toBeNull()
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})

describe('other types', () => {
  it('read booleans in one spelling', () => {
    expect(['true', 'false'].map((text) => readText(text, 'boolean'))).toEqual([true, false])
    for (const text of ['True', 'TRUE', '1', '0', 'yes', '', 'null']) expect(readText(text, 'boolean')).toBeNull()
    expect([readJson(true, 'boolean'), readJson(false, 'boolean')]).toEqual([true, false])
    for (const value of ['true', new JsonNumber('1'), null]) expect(readJson(value, 'boolean')).toBeNull()
  })

  it('read texts as they are', () => {
    for (const text of ['', ' a ', 'É', 'null', '1']) {
      expect(readText(text, 'string')).toBe(text)
      expect(readText(text, 'any')).toBe(text)
      expect(readJson(text, 'string')).toBe(text)
    }
    for (const value of [new JsonNumber('1'), true, null, [], new Map()]) expect(readJson(value, 'string')).toBeNull()
  })

  it('read any scalar under any, and nothing else', () => {
    expect(readJson(new JsonNumber('1e2'), 'any')).toBe(100)
    expect(readJson(true, 'any')).toBe(true)
    expect(readJson('x', 'any')).toBe('x')
    for (const value of [null, [], new Map()]) expect(readJson(value, 'any')).toBeNull()
  })
})

describe('constraint values', () => {
  it('fit a type if they can ever equal a value of it', () => {
    const fits = (value: string | number | boolean) =>
      (['integer', 'number', 'string', 'boolean', 'any'] as const).filter((type) => fitsType(value, type))
    expect(fits(5)).toEqual(['integer', 'number', 'any'])
    expect(fits(5.5)).toEqual(['number', 'any'])
    expect(fits(2 ** 53)).toEqual(['number', 'any'])
    expect(fits('5')).toEqual(['string', 'any'])
    expect(fits(true)).toEqual(['boolean', 'any'])
  })
})
