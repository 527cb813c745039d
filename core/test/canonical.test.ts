import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { canonicaliseTarget, maxTargetBytes, printTarget, type Target } from '../src/canonical.js'
import { ask, catalog, makeTarget, permit, tell } from './world.js'

function refusal(raw: string): string {
  const canonical = canonicaliseTarget(raw)
  if (canonical.ok) throw new Error(`accepted ${raw}`)
  return canonical.problem
}

const badPath = 'the path has invalid percent-encoding or characters'
const badQuery = 'the query has invalid percent-encoding or characters'
const dots = 'the path has a . or .. segment'

describe('canonical targets', () => {
  const refused: [string, string][] = [
    ['', 'the request target must begin with /'],
    ['*', 'the request target must begin with /'],
    ['?a=1', 'the request target must begin with /'],
    ['http://host/path', 'the request target must begin with /'],
    ['host:443', 'the request target must begin with /'],
    ['\\a', 'the request target must begin with /'],
    ['/.', dots],
    ['/..', dots],
    ['/./', dots],
    ['/a/../b', dots],
    ['/a/%2e%2E/b', dots],
    ['/a/.%2e', dots],
    ['/..;/a', dots],
    ['/a/..;jsessionid=1/b', dots],
    ['/a/.;x', dots],
    ['/a/%2e%2e%3bx/b', dots],
    ['/a/..%20/b', dots],
    ['/%EF%BC%8E%EF%BC%8E/a', dots],
    ['/%E2%80%A5/a', dots],
    ['/a%2fb', 'the path has an encoded slash'],
    ['/a%2Fb', 'the path has an encoded slash'],
    ['/%2f', 'the path has an encoded slash'],
    ['/a%EF%BC%8Fb', 'the path has an encoded slash'],
    ['/a%E2%84%80b', 'the path has an encoded slash'],
    ['/a\\b', 'the path has a backslash'],
    ['/a%5cb', 'the path has a backslash'],
    ['/a%5Cb', 'the path has a backslash'],
    ['/a%EF%BC%BCb', 'the path has a backslash'],
    ['/a%252fb', 'the path is percent-encoded twice'],
    ['/a%252e', 'the path is percent-encoded twice'],
    ['/a%2541', 'the path is percent-encoded twice'],
    ['/a%EF%BC%8541', 'the path is percent-encoded twice'],
    ['/a%', badPath],
    ['/a%4', badPath],
    ['/a%zz', badPath],
    ['/a%u002f', badPath],
    ['/a%00', badPath],
    ['/a%0a', badPath],
    ['/a%7f', badPath],
    ['/a%c2%85', badPath],
    ['/a%ff', badPath],
    ['/a%c0%af', badPath],
    ['/a%c0%ae%c0%ae', badPath],
    ['/a%e0%80%af', badPath],
    ['/a%ed%a0%80', badPath],
    ['/a%f4%90%80%80', badPath],
    ['/a%e2%82', badPath],
    ['/é', badPath],
    ['/a\u0000', badPath],
    ['/a\tb', badPath],
    ['/a\r\nX: y', badPath],
    ['/a#b', badPath],
    ['/#', badPath],
    ['/a?b=%', badQuery],
    ['/a?b=%4', badQuery],
    ['/a?%zz=1', badQuery],
    ['/a?b=%00', badQuery],
    ['/a?b=%c0%af', badQuery],
    ['/a?b=%ff', badQuery],
    ['/a?b=é', badQuery],
    ['/a?b=1#id=2', badQuery],
    ['/a?#', badQuery],
    ['/a?b\n=1', badQuery],
    [`/${'a'.repeat(maxTargetBytes)}`, 'the request target is longer than 16384 bytes'],
    [`/?${'a&'.repeat(1_001)}`, 'the query has more than 1000 members'],
  ]

  it.each(refused)('refuse %j', (raw, problem) => {
    expect(refusal(raw)).toBe(problem)
  })

  const canonical: [string, string, string[]][] = [
    ['/', '/', []],
    ['//', '/', []],
    ['/?', '/', []],
    ['/a', '/a', ['a']],
    ['/a/', '/a/', ['a']],
    ['//a', '/a', ['a']],
    ['//host/a', '/host/a', ['host', 'a']],
    ['/a//b', '/a/b', ['a', 'b']],
    ['/a///b//', '/a/b/', ['a', 'b']],
    ['/%61', '/a', ['a']],
    ['/%7e%2d', '/~-', ['~-']],
    ['/a%20b', '/a%20b', ['a b']],
    ['/a b', '/a%20b', ['a b']],
    ['/a+b', '/a+b', ['a+b']],
    ['/a%2bb', '/a+b', ['a+b']],
    ['/a;b', '/a;b', ['a;b']],
    ['/a%3Bb', '/a;b', ['a;b']],
    ['/a%3fb', '/a%3Fb', ['a?b']],
    ['/a%23b', '/a%23b', ['a#b']],
    ['/a%25b', '/a%25b', ['a%b']],
    ['/a%252', '/a%252', ['a%2']],
    ['/%c3%a9', '/%C3%A9', ['é']],
    ['/%F0%9F%98%80', '/%F0%9F%98%80', ['😀']],
    ['/a|b"<>^`{}', '/a%7Cb%22%3C%3E%5E%60%7B%7D', ['a|b"<>^`{}']],
    ['/...', '/...', ['...']],
    ['/.a', '/.a', ['.a']],
    ['/a.', '/a.', ['a.']],
    ['/..a;b', '/..a;b', ['..a;b']],
    ['/__proto__', '/__proto__', ['__proto__']],
  ]

  it.each(canonical)('write %j as %j', (raw, path, segments) => {
    expect(makeTarget(raw)).toEqual({ path, segments, query: [], hidden: [] })
  })

  const queries: [string, { name: string; value: string | null }[], string][] = [
    ['a=1', [{ name: 'a', value: '1' }], 'a=1'],
    ['a', [{ name: 'a', value: null }], 'a'],
    ['a=', [{ name: 'a', value: '' }], 'a='],
    ['=1', [{ name: '', value: '1' }], '=1'],
    ['=', [{ name: '', value: '' }], '='],
    ['&&a=1&&', [{ name: 'a', value: '1' }], 'a=1'],
    ['a=1=2', [{ name: 'a', value: '1=2' }], 'a=1%3D2'],
    [
      'a=1&a=2',
      [
        { name: 'a', value: '1' },
        { name: 'a', value: '2' },
      ],
      'a=1&a=2',
    ],
    ['a+b=c+d', [{ name: 'a b', value: 'c d' }], 'a%20b=c%20d'],
    ['a=c%2Bd', [{ name: 'a', value: 'c+d' }], 'a=c%2Bd'],
    ['a=1;b=2', [{ name: 'a', value: '1;b=2' }], 'a=1%3Bb%3D2'],
    ['a=1%26b=2', [{ name: 'a', value: '1&b=2' }], 'a=1%26b%3D2'],
    ['i%64=1', [{ name: 'id', value: '1' }], 'id=1'],
    ['id[]=1', [{ name: 'id[]', value: '1' }], 'id%5B%5D=1'],
    ['a=%2f%3f/?', [{ name: 'a', value: '/?/?' }], 'a=/?/?'],
    ['a=%2541', [{ name: 'a', value: '%41' }], 'a=%2541'],
    ['a=%C3%A9', [{ name: 'a', value: 'é' }], 'a=%C3%A9'],
    ['a=../..', [{ name: 'a', value: '../..' }], 'a=../..'],
    ['a=[1,2]', [{ name: 'a', value: '[1,2]' }], 'a=%5B1,2%5D'],
    ['a=%23', [{ name: 'a', value: '#' }], 'a=%23'],
  ]

  it.each(queries)('read the query %j', (raw, query, printed) => {
    const target = makeTarget(`/x?${raw}`)
    expect(target.query).toEqual(query)
    expect(printTarget(target)).toBe(`/x?${printed}`)
  })

  it('tell the names behind a semicolon, where some servers split a query too', () => {
    const hidden = (query: string) => makeTarget(`/x?${query}`).hidden
    expect(hidden('a=1&b;c')).toEqual(['c'])
    expect(hidden('a=1;id=2;x&b=%3Bid%3d3&c=;;')).toEqual(['id', 'x', 'id', '', ''])
    expect(hidden('a%3bid=1')).toEqual(['id'])
    expect(hidden('a=%41&b=+')).toEqual([])
  })

  it('leave out one query member, in all its occurrences and spellings', () => {
    const target = makeTarget('/x?api_key=1&a=1&api%5fkey=2&api_key&b')
    expect(printTarget(target, 'api_key')).toBe('/x?a=1&b')
    expect(printTarget(makeTarget('/x?api_key=1'), 'api_key')).toBe('/x')
    expect(printTarget(makeTarget('/x/?a'), 'api_key')).toBe('/x/?a')
  })

  const piece = fc.constantFrom(
    ...['/', '/', '/a', '/things', '.', '..', '%2e', '%2F', '%5c', '%41', '%25', '%', ';', '+', '%20', '%c3%a9', '%ff'],
    ...['?', '&', '=', 'id', '#', '[', ']', '%00', '%EF%BC%8E', '%EF%BC%8F', '\\', ' ', 'é', '%3F', '%26', '%3D', ':'],
  )
  const raw = fc.oneof(
    fc.array(piece, { maxLength: 14 }).map((pieces) => `/${pieces.join('')}`),
    fc.string({ maxLength: 20 }).map((text) => `/${text}`),
    fc.webPath().map((path) => path || '/'),
    fc.tuple(fc.webPath(), fc.webQueryParameters()).map(([path, query]) => `${path || '/'}?${query}`),
  )

  it('are a fixed point: the canonical form of what is printed is the same', () => {
    let accepted = 0
    fc.assert(
      fc.property(raw, (text) => {
        const first = canonicaliseTarget(text)
        if (!first.ok) return
        accepted++
        const printed = printTarget(first.target)
        expect(canonicaliseTarget(printed)).toEqual(first)
        expect(printed).toMatch(/^\/[\x21-\x7e]*$/)
      }),
      { numRuns: 4_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  it('are read by the URL parser of the platform as they were judged', () => {
    let accepted = 0
    fc.assert(
      fc.property(raw, (text) => {
        const canonical = canonicaliseTarget(text)
        if (!canonical.ok) return
        accepted++
        const { target } = canonical
        const url = new URL(`http://host${printTarget(target)}`)
        expect(url.host).toBe('host')
        expect(url.hash).toBe('')
        expect(url.pathname).toBe(target.path)
        expect(url.pathname.split('/').filter(Boolean).map(decodeURIComponent)).toEqual(target.segments)
        expect([...url.searchParams]).toEqual(target.query.map(({ name, value }) => [name, value ?? '']))
      }),
      { numRuns: 4_000 },
    )
    expect(accepted).toBeGreaterThan(500)
  })

  /** A path in other spellings that mean the same: encoded where it need not be, with more slashes. */
  const spelt = (segments: string[]) =>
    fc
      .tuple(
        fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 40, maxLength: 40 }),
        fc.array(fc.integer({ min: 1, max: 3 }), { minLength: segments.length + 1, maxLength: segments.length + 1 }),
        fc.boolean(),
      )
      .map(([choices, slashes, trailing]) => {
        let at = 0
        const spell = (character: string) => {
          const [choice, lower] = choices[at++ % choices.length]!
          const encoded = [...new TextEncoder().encode(character)]
            .map((byte) => `%${byte.toString(16).padStart(2, '0')}`)
            .join('')
          const plain = /[A-Za-z0-9._~-]/.test(character)
          return plain && choice > 0 ? character : lower ? encoded : encoded.toUpperCase()
        }
        const path = segments.map((segment, i) => '/'.repeat(slashes[i]!) + [...segment].map(spell).join('')).join('')
        return path + (trailing ? '/'.repeat(slashes.at(-1)!) : '') || '/'
      })

  const segment = fc.oneof(
    fc.constantFrom(
      'things',
      'bulk',
      'roles',
      'users',
      'me',
      'all',
      '5',
      '05',
      'invoices',
      'snapshot',
      'é',
      'a b',
      'x;y',
    ),
    fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme' }),
  )
  const permissions = [
    permit({ api: { '*': {} } }),
    permit({ api: { thing_read: {}, role_read: { 'api.role.show': {} } } }),
    permit({ api: { thing_read: { constraints: { id: { eq: 5 } }, 'api.thing.show': {} }, billing_read: {} } }),
  ]

  it('are one for all spellings of a path, and so are decisions', () => {
    let accepted = 0
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 4 }).chain((segments) => fc.tuple(spelt(segments), spelt(segments))),
        fc.constantFrom('GET', 'HEAD', 'PUT', 'POST', 'DELETE'),
        ([one, other], method) => {
          const [a, b] = [canonicaliseTarget(one), canonicaliseTarget(other)]
          expect(a.ok).toBe(b.ok)
          if (!a.ok || !b.ok) return
          accepted++
          const bare = ({ path }: Target) => (path.length > 1 ? path.replace(/\/$/, '') : path)
          expect(bare(a.target)).toBe(bare(b.target))
          expect(a.target.segments).toEqual(b.target.segments)
          for (const permission of permissions) {
            const [first, second] = [a.target, b.target].map((target) =>
              tell(ask(permission, { method, target, body: null, client: null }, catalog)),
            )
            expect(first).toEqual(second)
          }
        },
      ),
      { numRuns: 2_000 },
    )
    expect(accepted).toBeGreaterThan(1_000)
  })

  it('are made soon of hostile targets', () => {
    const size = maxTargetBytes - 10
    const fill = (text: string) => text.repeat(Math.floor(size / text.length))
    const raws = ['/', '/a', '/.', '/%41', '/%C3%A9', '/%', '/..;'].map((text) => `/${fill(text)}`)
    const queries = ['a', '&', '=', 'a=&', '%41', '+', ';', '%C3%A9'].map((text) => `/?${fill(text)}`)
    const startedAt = performance.now()
    for (const text of [...raws, ...queries]) {
      const canonical = canonicaliseTarget(text)
      if (canonical.ok) printTarget(canonical.target)
    }
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })
})
