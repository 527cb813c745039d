import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fromPlain, JsonNumber, parseJson, parseJsonBytes, toPlain } from '../src/json.js'

function problem(text: string): string {
  const parsed = parseJson(text)
  if (parsed.ok) throw new Error(`accepted ${text}`)
  return parsed.problem
}

function plain(text: string): unknown {
  const parsed = parseJson(text)
  if (!parsed.ok) throw new Error(parsed.problem)
  return toPlain(parsed.value)
}

/** What JSON.parse makes of a text, or null. */
function parsePlatform(text: string): { value: unknown } | null {
  try {
    return { value: JSON.parse(text) }
  } catch {
    return null
  }
}

const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

describe('strict JSON', () => {
  const refused: [string, string, string | RegExp][] = [
    ['an empty text', '', 'expected a value at offset 0'],
    ['spaces alone', ' \n\t\r', 'expected a value at offset 4'],
    ['a byte order mark', '\ufeff{}', 'expected a value at offset 0'],
    ['something behind the value', '{} x', 'expected nothing more after the value at offset 3'],
    ['two values', '1 2', 'expected nothing more after the value at offset 2'],
    ['a repeated member', '{"a":1,"a":1}', 'a member is repeated at offset 10'],
    ['a member repeated by escapes', '{"id":1,"\\u0069d":2}', 'a member is repeated at offset 17'],
    ['a repeated member deep down', '[{"x":[{"a":1,"b":2,"a":1}]}]', 'a member is repeated at offset 23'],
    ['a repeated __proto__', '{"__proto__":1,"__proto__":2}', 'a member is repeated at offset 26'],
    ['more than 64 levels', nested(66), 'it is nested deeper than 64 levels'],
    ['a lone surrogate', '"\\ud800"', 'a string before offset 8 is not valid Unicode'],
    ['a lone surrogate as a name', '{"\\udc00":1}', 'a string before offset 9 is not valid Unicode'],
    ['surrogates in the wrong order', '"\\udc00\\ud800"', /not valid Unicode/],
    ['a comment', '{/**/}', 'expected a member name in double quotes at offset 1'],
    ['a trailing comma', '[1,]', 'expected a value at offset 3'],
    ['a trailing comma in an object', '{"a":1,}', 'expected a member name in double quotes at offset 7'],
    ['single quotes', "{'a':1}", 'expected a member name in double quotes at offset 1'],
    ['an open string', '"abc', 'expected a closing double quote at offset 4'],
    ['a line break in a string', '"a\nb"', 'expected a closing double quote at offset 2'],
    ['an unknown escape', '"\\x41"', 'expected a known escape at offset 3'],
    ['an escape named like a runtime property', '"\\constructor"', /expected a known escape/],
    ['a short \\u', '"\\u12"', 'expected four hexadecimal digits at offset 3'],
    ['a signed \\u', '"\\u+123"', 'expected four hexadecimal digits at offset 3'],
    ['an open object', '{"a":1', "expected ',' or '}' at offset 6"],
    ['an open list', '[1', "expected ',' or ']' at offset 2"],
    ['a member without value', '{"a"}', "expected ':' at offset 4"],
    ['a misspelt word', 'nul', 'expected a value at offset 0'],
    ['NaN', 'NaN', 'expected a value at offset 0'],
    ['Infinity', '-Infinity', 'expected a value at offset 0'],
    ['a leading zero', '01', 'expected nothing more after the value at offset 1'],
    ['a plus sign', '+1', 'expected a value at offset 0'],
    ['a bare fraction', '.5', 'expected a value at offset 0'],
    ['an open fraction', '1.', 'expected nothing more after the value at offset 1'],
    ['a hexadecimal number', '0x10', 'expected nothing more after the value at offset 1'],
  ]

  it.each(refused)('refuses %s', (_, text, expected) => {
    if (typeof expected === 'string') expect(problem(text)).toBe(expected)
    else expect(problem(text)).toMatch(expected)
  })

  it('keeps how numbers are written', () => {
    for (const text of ['0', '-0', '1227', '1227.0', '1.227e3', '1E+400', '123456789012345678901234567890']) {
      const parsed = parseJson(` ${text} `)
      expect(parsed).toEqual({ ok: true, value: new JsonNumber(text) })
    }
  })

  it('accepts 64 levels', () => {
    expect(parseJson(nested(65)).ok).toBe(true)
  })

  it('keeps names that mean something to the runtime as plain members', () => {
    const parsed = plain('{"__proto__":{"admin":true},"constructor":1,"toString":2}') as object
    expect(Object.keys(parsed)).toEqual(['__proto__', 'constructor', 'toString'])
    expect(Object.getPrototypeOf(parsed)).toBe(Object.prototype)
    expect('admin' in parsed).toBe(false)
  })

  it('reads bytes only as UTF-8, without a byte order mark', () => {
    const bytes = (...values: number[]) => parseJsonBytes(Uint8Array.of(0x22, ...values, 0x22))
    expect(bytes(0xc3, 0xa9)).toEqual({ ok: true, value: 'é' })
    const notUtf8 = { ok: false, problem: 'it is not valid UTF-8' }
    expect(bytes(0xe9)).toEqual(notUtf8)
    expect(bytes(0xc0, 0xaf)).toEqual(notUtf8)
    expect(bytes(0xed, 0xa0, 0x80)).toEqual(notUtf8)
    expect(bytes(0xf4, 0x90, 0x80, 0x80)).toEqual(notUtf8)
    expect(parseJsonBytes(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b, 0x7d))).toEqual({
      ok: false,
      problem: 'expected a value at offset 0',
    })
    expect(parseJsonBytes(Uint8Array.of(0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00))).toEqual(notUtf8)
    expect(parseJsonBytes(Uint8Array.of(0x7b, 0x00, 0x7d, 0x00)).ok).toBe(false)
  })

  it('reads what JSON.stringify writes as JSON.parse does', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2, '\t'), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(plain(text)).toStrictEqual(JSON.parse(text))
        expect(fromPlain(value)).toEqual(parseJson(text))
      }),
      { numRuns: 500 },
    )
  })

  it('accepts nothing that JSON.parse refuses, and refuses only what is ambiguous', () => {
    const seen = { both: 0, neither: 0, stricter: 0 }
    const piece = fc.constantFrom(
      ...['{', '}', '[', ']', ',', ':', '"a"', '"b"', '"\\u0061"', '"', '\\', '\\u', '00e9', '1', '-', '0', '.5', 'e3'],
      ...['true', 'false', 'null', ' ', '\n', '\u0000', 'é', '\ud800', '"a":', '"a":1,', '{}', '[]', '\\"', '/'],
    )
    const noise = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    const mutated = fc
      .tuple(fc.jsonValue({ maxDepth: 3 }), fc.nat(), fc.nat(2), piece)
      .map(([value, position, cut, extra]) => {
        const text = JSON.stringify(value)
        const at = position % (text.length + 1)
        return text.slice(0, at) + extra + text.slice(at + cut)
      })
    const doubled = fc.tuple(fc.jsonValue({ maxDepth: 2 }), fc.constantFrom('a', 'b')).map(([value, name]) => {
      return `{"a":${JSON.stringify(value)},"${name}":[]}`
    })
    fc.assert(
      fc.property(fc.oneof(noise, mutated, doubled), (text) => {
        const platform = parsePlatform(text)
        const strict = parseJson(text)
        if (strict.ok) {
          expect(platform).not.toBeNull()
          expect(toPlain(strict.value)).toStrictEqual(platform!.value)
          seen.both++
        } else if (platform) {
          expect(strict.problem).toMatch(/repeated|nested deeper|not valid Unicode/)
          seen.stricter++
        } else seen.neither++
      }),
      { numRuns: 6_000 },
    )
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(100)
  })

  it('ends soon on hostile texts of a megabyte', () => {
    const size = 1 << 20
    const texts = [
      '['.repeat(size),
      '{"a":'.repeat(size / 5),
      '"'.padEnd(size, 'a'),
      `"${'\\n'.repeat(size / 2)}"`,
      `"${'\\u0041'.repeat(size / 6)}"`,
      `[${'[],'.repeat(size / 3)}[]]`,
      ''.padEnd(size, '1'),
      `0.${'0'.repeat(size)}`,
      ' '.repeat(size),
      `{${Array.from({ length: size / 12 }, (_, i) => `"${i}":0`).join(',')}}`,
    ]
    const startedAt = performance.now()
    for (const text of texts) parseJson(text)
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})

describe('values of the same process as strict JSON', () => {
  it('are refused where JSON cannot hold them', () => {
    const cyclic: unknown[] = []
    cyclic.push(cyclic)
    let deep: unknown = 0
    for (let i = 0; i < 100_000; i++) deep = [deep]
    for (const value of [undefined, () => 1, Symbol('x'), 1n, cyclic, deep]) {
      expect(fromPlain(value)).toEqual({ ok: false, problem: 'it cannot be written as JSON' })
    }
  })

  it('are refused where they are too deep or no Unicode', () => {
    expect(fromPlain(JSON.parse(nested(70)))).toEqual({ ok: false, problem: 'it is nested deeper than 64 levels' })
    expect(fromPlain('\ud800').ok).toBe(false)
  })
})
