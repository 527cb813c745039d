import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { builtinCatalog } from '../src/builtin-catalog.js'
import { type Catalog, CatalogError, elementType, findParameter, loadCatalog } from '../src/catalog.js'
import { foldName } from '../src/lookalike.js'
import { entry, loadVast, makeTarget, own, readVast, thingEntries } from './world.js'

function load(...entries: unknown[]): Catalog {
  return loadCatalog([{ own: false, entries }])
}

function problem(...entries: unknown[]): string {
  try {
    load(...entries)
  } catch (error) {
    expect(error).toBeInstanceOf(CatalogError)
    return (error as Error).message
  }
  throw new Error('the catalog was accepted')
}

const good = entry('api.a.show', 'GET', '/a/{id}/', 'a_read', { params: { path: { id: 'integer' } } })

/** The same entry with other members. */
function but(change: object): object {
  return { ...good, ...change }
}

function match(catalog: Catalog, line: string): string | null {
  const [method, raw] = line.split(' ', 2)
  return catalog.match(method!, makeTarget(raw!).segments)?.endpoint.id ?? null
}

describe('loading a catalog', () => {
  const refused: [string, unknown[], string][] = [
    ['an entry that is no object', ['x'], 'entry 0 is not an object'],
    ['an entry without id', [good, but({ id: undefined })], 'entry 1: id must be a text'],
    ['an empty method', [but({ method: '' })], 'entry 0: method must be a text'],
    ['a path that is no text', [but({ path: 5 })], 'entry 0: path must be a text'],
    ['no category', [but({ category: null })], 'entry 0: category must be a text'],
    ['a title that is no text', [but({ title: 5 })], 'entry 0: title must be a text'],
    ['an id without dots', [but({ id: 'show' })], 'entry 0: id must look like api.noun.verb'],
    ['an id in upper case', [but({ id: 'api.A.show' })], 'entry 0: id must look like api.noun.verb'],
    ['an id of the runtime', [but({ id: '__proto__' })], 'entry 0: id must look like api.noun.verb'],
    ['a method in lower case', [but({ method: 'get' })], 'api.a.show: method must be an upper-case HTTP method'],
    [
      'a method that is never decided',
      [but({ method: 'HEAD' })],
      'api.a.show: HEAD is decided as GET and has no entries of its own',
    ],
    ['a category in upper case', [but({ category: 'A' })], 'api.a.show: category must be a lower-case name'],
    ['a category of the runtime', [but({ category: 'constructor' })], 'api.a.show: category must be a lower-case name'],
    [
      'a category called constraints',
      [but({ category: 'constraints' })],
      'api.a.show: category must be a lower-case name',
    ],
    ['a reserved category', [but({ category: 'verify' })], 'api.a.show: category verify is reserved'],
    ['another reserved category', [but({ category: 'operate' })], 'api.a.show: category operate is reserved'],
    ['any_key', [but({ category: 'any_key' })], 'api.a.show: category any_key is reserved'],
    ['params that are no object', [but({ params: [] })], 'api.a.show: params must be an object'],
    [
      'an unknown place',
      [but({ params: { header: {} } })],
      'api.a.show: params has header; path, query or body is expected',
    ],
    ['a place that is no object', [but({ params: { path: 'id' } })], 'api.a.show: params.path must be an object'],
    ['a bad parameter name', [but({ params: { body: { 'a.b': 'string' } } })], 'api.a.show: bad parameter a.b'],
    [
      'a parameter of the runtime',
      [{ ...good, params: JSON.parse('{"body":{"__proto__":"string"}}') }],
      'api.a.show: bad parameter __proto__',
    ],
    [
      'a parameter called constraints',
      [but({ params: { body: { constraints: 'any' } } })],
      'api.a.show: bad parameter constraints',
    ],
    ['an unknown type', [but({ params: { body: { a: 'float' } } })], 'api.a.show: parameter a has an unknown type'],
    [
      'lists of objects',
      [but({ params: { body: { a: 'array<object>' } } })],
      'api.a.show: parameter a has an unknown type',
    ],
    [
      'one parameter of two types',
      [but({ params: { path: { id: 'integer' }, body: { id: 'string' } } })],
      'api.a.show: parameter id has two types',
    ],
    ['aliases that are no object', [but({ param_aliases: ['x'] })], 'api.a.show: param_aliases must be an object'],
    [
      'an alias for nothing',
      [but({ param_aliases: { x: 'y' } })],
      'api.a.show: alias x does not name another parameter',
    ],
    [
      'an alias for itself',
      [but({ param_aliases: { id: 'id' } })],
      'api.a.show: alias id does not name another parameter',
    ],
    ['a bad alias', [but({ param_aliases: { 'a.b': 'id' } })], 'api.a.show: bad alias a.b'],
    [
      'an alias that is a parameter of another type',
      [but({ params: { path: { id: 'integer' }, body: { x: 'string' } }, param_aliases: { x: 'id' } })],
      'api.a.show: alias x is a parameter of another type',
    ],
    [
      'an alias that is a path parameter',
      [
        but({
          path: '/a/{id}/{x}',
          params: { path: { id: 'integer', x: 'integer' } },
          param_aliases: { x: 'id' },
        }),
      ],
      'api.a.show: alias x is a path parameter itself',
    ],
    ['me that is no list', [but({ me: 'id' })], 'api.a.show: me must be a list of its parameters'],
    ['me that names nothing', [but({ me: ['x'] })], 'api.a.show: me must be a list of its parameters'],
    ['a path that does not begin with /', [but({ path: 'a/{id}' })], 'api.a.show: path must begin with /'],
    ['a bad segment', [but({ path: '/a:b/{id}' })], 'api.a.show: bad path segment a:b'],
    ['a dot segment', [but({ path: '/../{id}' })], 'api.a.show: bad path segment ..'],
    ['an encoded segment', [but({ path: '/%61/{id}' })], 'api.a.show: bad path segment %61'],
    ['part of a segment as parameter', [but({ path: '/a/x{id}' })], 'api.a.show: bad path segment x{id}'],
    [
      'two parameters in a segment',
      [but({ path: '/a/{id}-{id}' })],
      'api.a.show: {id}-{id} is not declared as a scalar path parameter',
    ],
    [
      'an undeclared path parameter',
      [but({ params: {} })],
      'api.a.show: {id} is not declared as a scalar path parameter',
    ],
    [
      'a list in the path',
      [but({ params: { path: { id: 'array<integer>' } } })],
      'api.a.show: {id} is not declared as a scalar path parameter',
    ],
    ['a parameter twice in the path', [but({ path: '/{id}/{id}' })], 'api.a.show: {id} stands twice in the path'],
    [
      'a path parameter that is not in the path',
      [but({ path: '/a' })],
      'api.a.show: path parameter id is not in the path',
    ],
    ['an entry twice', [good, good], 'endpoint id api.a.show stands twice'],
    ['an id on two routes', [good, but({ path: '/b/{id}' })], 'endpoint id api.a.show stands twice'],
    [
      'a route under two ids',
      [good, but({ id: 'api.b.show', path: '//a/{key}', params: { path: { key: 'integer' } } })],
      'GET /a/{integer} is both api.a.show and api.b.show',
    ],
    [
      'a route under two ids, its parameter of any type or a text',
      [but({ params: { path: { id: 'string' } } }), but({ id: 'api.b.show', params: { path: { id: 'any' } } })],
      'GET /a/{string} is both api.a.show and api.b.show',
    ],
  ]

  it.each(refused)('refuses %s', (_, entries, expected) => {
    expect(problem(...entries)).toBe(expected)
  })

  it.each([null, {}, 'x', [undefined], () => []])('refuses what is no list of entries: %s', (entries) => {
    expect(() => loadCatalog([{ own: false, entries }])).toThrow(CatalogError)
  })

  it('takes the title from the id where there is none, and ignores members that it does not know', () => {
    const catalog = load(but({ rate_limit_seconds: 2 }))
    expect(catalog.byId.get('api.a.show')).toMatchObject({ title: 'api.a.show', own: false, access: 'scoped' })
  })

  it('takes an entry that repeats id, method and path of another document for the same endpoint', () => {
    const catalog = loadCatalog([
      { own: true, entries: [but({ category: 'verify' })] },
      { own: false, entries: [but({ path: '//a//{id}', category: 'public' })] },
    ])
    expect(catalog.endpoints.map(({ id, category, own: isOwn }) => [id, category, isOwn])).toEqual([
      ['api.a.show', 'verify', true],
    ])
  })

  it("prefers Keyporter's own document wherever it stands", () => {
    const catalog = loadCatalog([
      { own: false, entries: [but({ category: 'public' })] },
      { own: true, entries: [good] },
    ])
    expect(catalog.byId.get('api.a.show')).toMatchObject({ category: 'a_read', own: true, access: 'scoped' })
  })

  it('refuses one id on two routes, and one route under two ids, of two documents', () => {
    const first = { own: true, entries: [good] }
    const load2 = (second: object) => () => loadCatalog([first, { own: false, entries: [second] }])
    expect(load2(but({ path: '/b/{id}' }))).toThrow('endpoint id api.a.show stands for two routes')
    expect(load2(but({ method: 'PUT' }))).toThrow('endpoint id api.a.show stands for two routes')
    expect(load2(but({ path: '/a/{key}', params: { path: { key: 'integer' } } }))).toThrow(
      'endpoint id api.a.show stands for two routes',
    )
    expect(load2(but({ id: 'api.b.show' }))).toThrow('GET /a/{integer} is both api.a.show and api.b.show')
  })

  it('keeps the reserved categories in sight, and public and any_key out of it', () => {
    const catalog = loadCatalog([own, { own: false, entries: thingEntries }])
    expect([...catalog.categories.keys()].sort()).toEqual(
      ['billing_read', 'operate', 'role_admin', 'role_read', 'thing_read', 'thing_write', 'verify'].sort(),
    )
    expect(loadCatalog([]).categories).toEqual(
      new Map([
        ['verify', []],
        ['operate', []],
      ]),
    )
  })

  it('knows aliases by the parameter they stand for, and that it may come where the alias is declared', () => {
    const endpoint = load(...thingEntries).byId.get('api.thing.snapshot')!
    expect(findParameter(endpoint, 'id')).toEqual({
      name: 'thing_id',
      parameter: { type: 'integer', places: ['path', 'body'] },
    })
    expect(findParameter(endpoint, 'thing')?.name).toBe('thing_id')
    expect(findParameter(endpoint, 'note')?.name).toBe('note')
    expect(findParameter(endpoint, 'other')).toBeNull()
    expect(findParameter(endpoint, 'toString')).toBeNull()
  })

  it('tells the type of one element', () => {
    expect(elementType('array<integer>')).toBe('integer')
    expect(elementType('number')).toBe('number')
    expect(elementType('object')).toBeNull()
  })
})

describe('matching', () => {
  const catalog = load(
    ...thingEntries,
    entry('api.root', 'GET', '/', 'misc'),
    entry('api.file.show', 'GET', '/{bucket}/{key}', 'misc', { params: { path: { bucket: 'string', key: 'any' } } }),
    entry('api.flag.show', 'GET', '/flags/{on}', 'misc', { params: { path: { on: 'boolean' } } }),
    entry('api.flag.named', 'GET', '/flags/{name}', 'misc', { params: { path: { name: 'string' } } }),
    entry('api.price.show', 'GET', '/prices/{price}', 'misc', { params: { path: { price: 'number' } } }),
  )

  const table: [string, string | null][] = [
    ['GET /', 'api.root'],
    ['GET /things', 'api.thing.list'],
    ['GET /things/', 'api.thing.list'],
    ['HEAD /things/', 'api.thing.list'],
    ['GET //things//', 'api.thing.list'],
    ['GET /t%68ings', 'api.thing.list'],
    ['PATCH /things', null],
    ['get /things', null],
    ['GET /things/5', 'api.thing.show'],
    ['POST /things/bulk', 'api.thing.buy'],
    ['POST /things/5/snapshot', 'api.thing.snapshot'],
    ['POST /things/5/snapshot/x', null],
    ['DELETE /things/bulk', null],
    ['GET /users/5/invoices', 'api.user.invoices'],
    ['GET /users/me/invoices', 'api.user.invoices'],
    ['GET /users/ME/invoices', null],
    ['GET /users/me/mails', null],
    ['GET /users/5/mails', 'api.user.mails'],
    ['PUT /things/5.0', null],
    ['PUT /things/05', null],
    ['PUT /things/+5', null],
    ['PUT /things/5%20', null],
    ['PUT /things/-0', null],
    ['PUT /things/9007199254740993', null],
    ['PUT /things/5;x', null],
    ['GET /prices/1.5', 'api.price.show'],
    ['GET /prices/1', 'api.price.show'],
    ['GET /flags/true', 'api.flag.show'],
    ['GET /flags/red', 'api.flag.named'],
    ['GET /a/b', 'api.file.show'],
    ['GET /constructor/__proto__', 'api.file.show'],
    ['GET /a/b/c', null],
    ['GET /a', null],
  ]

  it.each(table)('%s is %s', (line, id) => {
    expect(match(catalog, line)).toBe(id)
  })

  // A router that folds case, cuts suffixes or reads numbers freely would take these for another endpoint.
  const mistakable = [
    ...['GET /roles/ALL', 'GET /roles/all.json', 'GET /roles/all;v=1', 'GET /roles/%20all', 'GET /roles/ＡＬＬ'],
    ...['GET /roles/05', 'GET /roles/+5', 'GET /roles/5.0', 'GET /roles/5.json', 'GET /roles/5;a', 'GET /roles/1_0'],
    ...['GET /roles/%D9%A5', 'GET /roles/1e3', 'GET /flags/TRUE', 'GET /flags/False', 'GET /flags/true.json'],
    ...['GET /THINGS/5', 'GET /Things/5', 'GET /things/05', 'GET /things/5.json', 'GET /things.json/5'],
    'GET /PRICES/1.50',
  ]

  it.each(mistakable)('%s is nothing', (raw) => {
    const line = raw.replaceAll(/[^\x00-\x7f]+/g, encodeURIComponent)
    expect(match(catalog, line)).toBeNull()
  })

  it('does not hold a text to be another endpoint where there is none', () => {
    expect(match(catalog, 'GET /Users/5')).toBe('api.file.show')
    expect(match(catalog, 'GET /roles/alle')).toBe('api.role.show')
    expect(match(catalog, 'GET /roles/v2')).toBe('api.role.show')
    expect(match(catalog, 'GET /roles/a.b;c')).toBe('api.role.show')
  })

  it('prefers literals to parameters, and comes back from them', () => {
    const backtracking = load(
      entry('api.a.b', 'GET', '/x/a/b', 'misc'),
      entry('api.any.c', 'GET', '/x/{any}/c', 'misc', { params: { path: { any: 'string' } } }),
      entry('api.any.any', 'PUT', '/x/{any}/{other}', 'misc', { params: { path: { any: 'string', other: 'string' } } }),
    )
    expect(match(backtracking, 'GET /x/a/b')).toBe('api.a.b')
    expect(match(backtracking, 'GET /x/a/c')).toBe('api.any.c')
    expect(match(backtracking, 'PUT /x/a/b')).toBe('api.any.any')
  })

  it('does not depend on the names of parameters', () => {
    const one = entry('api.x.one', 'GET', '/x/{a}/{b}', 'misc', { params: { path: { a: 'string', b: 'string' } } })
    const other = entry('api.x.other', 'GET', '/x/{c}/all', 'misc', { params: { path: { c: 'string' } } })
    for (const entries of [
      [one, other],
      [other, one],
    ]) {
      expect(match(load(...entries), 'GET /x/1/all')).toBe('api.x.other')
      expect(match(load(...entries), 'GET /x/1/2')).toBe('api.x.one')
    }
  })

  it('tries narrow types first, whatever the order of the entries', () => {
    const typed = (id: string, type: string) => entry(id, 'GET', '/x/{p}', 'misc', { params: { path: { p: type } } })
    const entries = [typed('api.x.number', 'number'), typed('api.x.integer', 'integer'), typed('api.x.text', 'any')]
    for (const each of [load(...entries), load(...entries.reverse())]) {
      const ids = ['5', '5.5', 'x', '5.50'].map((text) => match(each, `GET /x/${text}`))
      expect(ids).toEqual(['api.x.integer', 'api.x.number', 'api.x.text', null])
    }
  })

  it('does not take a text for me in another spelling', () => {
    const users = load(
      entry('api.u.own', 'GET', '/u/{id}', 'misc', { params: { path: { id: 'integer' } }, me: ['id'] }),
      entry('api.u.named', 'GET', '/u/{name}', 'misc', { params: { path: { name: 'string' } } }),
    )
    const ids = ['me', 'ME', 'me.json', 'men', '5'].map((text) => match(users, `GET /u/${text}`))
    expect(ids).toEqual(['api.u.own', null, null, 'api.u.named', 'api.u.own'])
  })

  it('ends soon on a path of thousands of segments', () => {
    const startedAt = performance.now()
    for (let i = 0; i < 100; i++) expect(match(catalog, `GET ${'/a'.repeat(8_000)}`)).toBeNull()
    expect(performance.now() - startedAt).toBeLessThan(2_000)
  })

  const name = fc.constantFrom('a', 'b', 'all', 'ALL', '5', '05', 'me', 'true', 'x.json')
  const type = fc.constantFrom('string', 'integer', 'any', 'boolean', 'number')
  const piece = fc.oneof(
    fc.constantFrom('a', 'b', 'all').map((literal) => ({ literal, type: null })),
    type.map((each) => ({ literal: null, type: each })),
  )
  const randomEntry = fc.record({
    method: fc.constantFrom('GET', 'PUT'),
    pieces: fc.array(piece, { minLength: 1, maxLength: 3 }),
    names: fc.constantFrom('pqr', 'xyz', 'rqp'),
    me: fc.boolean(),
  })

  function build(
    entries: readonly {
      method: string
      pieces: { literal: string | null; type: string | null }[]
      names: string
      me: boolean
    }[],
  ) {
    return entries.map(({ method, pieces, names, me }, i) => {
      const path: Record<string, string> = {}
      const segments = pieces.map((each, at) => {
        if (each.literal !== null) return each.literal
        path[names[at]!] = each.type!
        return `{${names[at]}}`
      })
      return entry(`api.e.n${i}`, method, `/${segments.join('/')}`, 'misc', {
        params: { path },
        me: me ? Object.keys(path) : [],
      })
    })
  }

  function loadValid(entries: object[]): Catalog {
    const kept: object[] = []
    for (const each of entries) {
      try {
        load(...kept, each)
        kept.push(each)
      } catch {
        // The same route as another one.
      }
    }
    return load(...kept)
  }

  it('does not depend on the order of the entries', () => {
    let matched = 0
    fc.assert(
      fc.property(
        fc.array(randomEntry, { minLength: 2, maxLength: 8 }),
        fc.nat(),
        fc.array(fc.array(name, { minLength: 1, maxLength: 3 }), { minLength: 20, maxLength: 20 }),
        (shapes, seed, paths) => {
          const ordered = loadValid(build(shapes))
          const entries = build(shapes).filter((each) => ordered.byId.has((each as { id: string }).id))
          const shuffled = load(
            ...entries
              .map((each, i) => ({ each, key: (seed * (i + 7)) % 31 }))
              .sort((a, b) => a.key - b.key)
              .map(({ each }) => each),
          )
          for (const path of paths) {
            const found = ordered.match('GET', path)?.endpoint.id
            if (found) matched++
            expect(shuffled.match('GET', path)?.endpoint.id).toBe(found)
          }
        },
      ),
      { numRuns: 500 },
    )
    expect(matched).toBeGreaterThan(300)
  })
})

describe('the shipped catalogs', () => {
  const vast = loadVast()

  it('load together, with agreement on what Keyporter serves itself', () => {
    expect(vast.endpoints.length).toBeGreaterThan(150)
    const routes = vast.endpoints.map(({ method, path }) => `${method} ${path}`)
    expect(new Set(routes).size).toBe(routes.length)
    for (const { id } of loadCatalog([builtinCatalog]).endpoints) expect(vast.byId.get(id)?.own).toBe(true)
  })

  it('match every endpoint by a path made from its template', () => {
    for (const endpoint of vast.endpoints) {
      const path = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, parameter) =>
        endpoint.parameters.get(parameter)!.type === 'string' ? 'some-text' : '1227',
      )
      expect(match(vast, `${endpoint.method} ${path}`)).toBe(endpoint.id)
      expect(match(vast, `${endpoint.method} ${path.replace(/\/$/, '')}`)).toBe(endpoint.id)
    }
  })

  it('hold the documented endpoint ids', () => {
    for (const id of ['request_logs', 'show', 'destroy', 'reboot'])
      expect(vast.byId.has(`api.instance.${id}`)).toBe(true)
    expect(vast.byId.has('api.team.members')).toBe(true)
  })

  it('match the same whatever the order of their entries', () => {
    const reversed = loadCatalog([builtinCatalog, { own: false, entries: readVast().reverse() }])
    for (const endpoint of vast.endpoints) {
      const line = `${endpoint.method} ${endpoint.path.replaceAll(/\{\w+\}/g, '1227')}`
      expect(match(reversed, line)).toBe(match(vast, line))
    }
  })

  it('have no endpoint on which two parameters could be read as one', () => {
    for (const endpoint of vast.endpoints) {
      const names = [...endpoint.parameters.keys()]
      expect(new Set(names.map(foldName)).size).toBe(names.length)
    }
  })
})
