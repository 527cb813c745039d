import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../src/catalog.js'
import { expandFull, limitAny } from '../src/full-permissions.js'
import { compileGrant, grants } from '../src/grant.js'
import { fromPlain, type Json, JsonNumber } from '../src/json.js'
import { parsePermissions, printPermissions } from '../src/permission-document.js'
import { isWholeCategory } from '../src/permissions.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import { isWithin } from '../src/within.js'
import { ask, catalog, entry, makeRequest, name, own, permit, thingEntries } from './world.js'

function problem(document: unknown, placeholders: Record<string, unknown> | null = null): string {
  const parsed = parsePermissions(document, catalog, placeholders && readPlaceholders(placeholders))
  if (parsed.ok) throw new Error(`accepted ${JSON.stringify(document)}`)
  return parsed.problem
}

function readPlaceholders(values: Record<string, unknown>): ReadonlyMap<string, Json> {
  const parsed = fromPlain(values)
  if (!parsed.ok || !(parsed.value instanceof Map)) throw new Error('bad placeholders')
  return parsed.value
}

/** A document that constrains one endpoint. */
function constrain(constraints: unknown, id = 'api.thing.show', category = 'thing_read'): unknown {
  return { api: { [category]: { [id]: { constraints } } } }
}

function print(document: unknown, placeholders: Record<string, unknown> | null = null): unknown {
  return printPermissions(permit(document, catalog, placeholders && readPlaceholders(placeholders)))
}

const raw = (text: string): unknown => JSON.parse(text)

describe('permission documents', () => {
  const categories = 'verify, operate, thing_read, thing_write, billing_read, role_read, role_admin, "*"'
  const refused: [string, unknown, string][] = [
    // The document (A1, A2, A4).
    ['a text', 'file.json', 'permissions must be a JSON object, not a text: pass the object itself, not a file name'],
    ['null', null, 'permissions must be a JSON object like {"api": {"user_read": {}}}'],
    ['a number', 5, 'permissions must be a JSON object like {"api": {"user_read": {}}}'],
    ['a list', [], 'permissions must be a JSON object like {"api": {"user_read": {}}}'],
    ['true', true, 'permissions must be a JSON object like {"api": {"user_read": {}}}'],
    ['undefined', undefined, 'permissions cannot be read: it cannot be written as JSON'],
    ['an empty object', {}, 'permissions.api must be an object of categories'],
    ['api: null', { api: null }, 'permissions.api must be an object of categories'],
    ['api: []', { api: [] }, 'permissions.api must be an object of categories'],
    ['api: true', { api: true }, 'permissions.api must be an object of categories'],
    [
      'the format of the YAML example',
      { read: true, write: false },
      'permissions has the unknown member "read"; the only one is "api"',
    ],
    ['a second member', { api: {}, x: 1 }, 'permissions has the unknown member "x"; the only one is "api"'],
    [
      '__proto__ beside api',
      raw('{"__proto__":{"api":{}}}'),
      'permissions has the unknown member "__proto__"; the only one is "api"',
    ],
    // Categories (A3, A4, A27).
    ['an unknown category', { api: { things: {} } }, `"things" is not a category; the categories are ${categories}`],
    ['a public category', { api: { public: {} } }, `"public" is not a category; the categories are ${categories}`],
    ['any_key', { api: { any_key: {} } }, `"any_key" is not a category; the categories are ${categories}`],
    [
      'constraints on api',
      { api: { constraints: { id: { eq: 5 } } } },
      `"constraints" is not a category; the categories are ${categories}`,
    ],
    ['__proto__', raw('{"api":{"__proto__":{}}}'), `"__proto__" is not a category; the categories are ${categories}`],
    ['constructor', { api: { constructor: {} } }, `"constructor" is not a category; the categories are ${categories}`],
    ['toString', { api: { toString: {} } }, `"toString" is not a category; the categories are ${categories}`],
    [
      'a category in another case',
      { api: { Thing_Read: {} } },
      `"Thing_Read" is not a category; the categories are ${categories}`,
    ],
    ...[null, true, false, 1, 'x', []].map((value): [string, unknown, string] => [
      `${JSON.stringify(value)} as a category`,
      { api: { thing_read: value } },
      'api.thing_read must be an object: {} for all of the category',
    ]),
    [
      'an endpoint under *',
      { api: { '*': { 'api.thing.show': {} } } },
      'api."*" takes no endpoints: name the category of "api.thing.show"',
    ],
    ['* under *', { api: { '*': { '*': {} } } }, 'api."*" takes no endpoints: name the category of "*"'],
    // Endpoints (A3, A4, A5).
    [
      'an unknown endpoint',
      { api: { role_read: { 'api.role.list': {} } } },
      '"api.role.list" is not an endpoint of role_read; its endpoints are api.role.show, api.role.show_by_id, "*"',
    ],
    [
      'an endpoint of another category',
      { api: { thing_read: { 'api.thing.destroy': {} } } },
      '"api.thing.destroy" belongs to the category thing_write, not thing_read',
    ],
    [
      'a public endpoint',
      { api: { thing_read: { 'api.ping': {} } } },
      '"api.ping" needs no permission and cannot be named',
    ],
    [
      'an endpoint of any key',
      { api: { thing_read: { 'api.own.whoami': {} } } },
      '"api.own.whoami" needs no permission and cannot be named',
    ],
    [
      '__proto__ as an endpoint',
      raw('{"api":{"role_admin":{"__proto__":{}}}}'),
      '"__proto__" is not an endpoint of role_admin; its endpoints are api.role.members, "*"',
    ],
    ...[null, true, 1, 'x', []].map((value): [string, unknown, string] => [
      `${JSON.stringify(value)} as an endpoint`,
      { api: { thing_read: { 'api.thing.show': value } } },
      'api.thing_read.api.thing.show must be an object: {} or {"constraints": {…}}',
    ]),
    [
      'an unknown member of an endpoint',
      { api: { thing_read: { 'api.thing.show': { methods: ['GET'] } } } },
      'api.thing_read.api.thing.show has the unknown member "methods"; the only one is "constraints"',
    ],
    [
      'a member beside constraints',
      { api: { thing_read: { 'api.thing.show': { constraints: {}, constraint: {} } } } },
      'api.thing_read.api.thing.show has the unknown member "constraint"; the only one is "constraints"',
    ],
    // Constraints (A7 to A10).
    ...[null, [], 'x', 5].map((value): [string, unknown, string] => [
      `${JSON.stringify(value)} as constraints`,
      constrain(value),
      'api.thing_read.api.thing.show.constraints must be an object of parameters',
    ]),
    [
      'an unknown parameter',
      constrain({ ID: { eq: 5 } }),
      'api.thing_read.api.thing.show.constraints: "ID" is not a parameter of api.thing.show; its parameters are id, owner',
    ],
    [
      'any parameter where there are none',
      constrain({ id: { eq: 5 } }, 'api.role.members', 'role_admin'),
      'api.role_admin.api.role.members.constraints: "id" is not a parameter of api.role.members; it has none',
    ],
    [
      '__proto__ as a parameter',
      constrain(raw('{"__proto__":{"eq":5}}')),
      'api.thing_read.api.thing.show.constraints: "__proto__" is not a parameter of api.thing.show; its parameters are id, owner',
    ],
    [
      'a parameter that no endpoint of the category has',
      { api: { thing_read: { constraints: { amount: { eq: 5 } } } } },
      'api.thing_read.constraints: no endpoint there has the parameter "amount"',
    ],
    [
      'a parameter that no endpoint at all has',
      { api: { '*': { constraints: { nothing: { eq: 5 } } } } },
      'api.*.constraints: no endpoint there has the parameter "nothing"',
    ],
    ...[null, 5, 'x', [5], {}].map((value): [string, unknown, string] => [
      `${JSON.stringify(value)} as a constraint`,
      constrain({ id: value }),
      'api.thing_read.api.thing.show.constraints.id must be an object with at least one of eq, lte, gte',
    ]),
    [
      'an unknown operator',
      constrain({ id: { eq: 5, ne: 6 } }),
      'api.thing_read.api.thing.show.constraints.id has the unknown operator "ne"; the operators are eq, lte, gte',
    ],
    [
      'an operator of the runtime',
      constrain({ id: raw('{"__proto__":5}') }),
      'api.thing_read.api.thing.show.constraints.id has the unknown operator "__proto__"; the operators are eq, lte, gte',
    ],
    [
      'an empty list',
      constrain({ id: { eq: [] } }),
      'api.thing_read.api.thing.show.constraints.id.eq must not be an empty list',
    ],
    [
      'more than a thousand values',
      constrain({ id: { eq: Array.from({ length: 1_001 }, (_, i) => i) } }),
      'api.thing_read.api.thing.show.constraints.id.eq has more than 1000 values',
    ],
    ...[null, {}, [[5]], [null], [{}]].map((value): [string, unknown, string] => [
      `eq: ${JSON.stringify(value)}`,
      constrain({ id: { eq: value } }),
      'api.thing_read.api.thing.show.constraints.id.eq must be a text, a number, true or false',
    ]),
    [
      'a text for an integer',
      constrain({ id: { eq: '5' } }),
      'api.thing_read.api.thing.show.constraints.id.eq must be of type integer',
    ],
    [
      'a fraction for an integer',
      constrain({ id: { eq: 5.5 } }),
      'api.thing_read.api.thing.show.constraints.id.eq must be of type integer',
    ],
    [
      'a number for a text',
      constrain({ owner: { eq: 5 } }),
      'api.thing_read.api.thing.show.constraints.owner.eq must be of type string',
    ],
    [
      'a number that is not exact',
      constrain({ id: { eq: 2 ** 53 } }),
      'api.thing_read.api.thing.show.constraints.id.eq is outside the range of exact numbers',
    ],
    [
      'a text that is too long',
      constrain({ owner: { eq: 'x'.repeat(1_025) } }),
      'api.thing_read.api.thing.show.constraints.owner.eq is longer than 1024 characters',
    ],
    [
      'a bound on a text',
      constrain({ owner: { lte: 5 } }),
      'api.thing_read.api.thing.show.constraints.owner.lte: lte and gte need a number, and this parameter is string',
    ],
    [
      'a bound that is a text',
      constrain({ id: { gte: '5' } }),
      'api.thing_read.api.thing.show.constraints.id.gte must be of type integer',
    ],
    [
      'a bound that is a list',
      constrain({ id: { lte: [5] } }),
      'api.thing_read.api.thing.show.constraints.id.lte must be a text, a number, true or false',
    ],
    [
      'a bound that is a text, on any',
      constrain({ hint: { lte: 'x' } }, 'api.thing.update', 'thing_write'),
      'api.thing_write.api.thing.update.constraints.hint.lte must be a number',
    ],
    [
      'an impossible range',
      constrain({ id: { gte: 6, lte: 5 } }),
      'api.thing_read.api.thing.show.constraints.id: gte is greater than lte, which allows nothing',
    ],
    [
      'an object as a whole',
      constrain({ extra: { eq: 5 } }, 'api.thing.update', 'thing_write'),
      'api.thing_write.api.thing.update.constraints.extra: an object cannot be compared; constrain a member of it, as in "extra.member"',
    ],
    [
      'a parameter under two of its names',
      constrain({ id: { eq: 5 }, thing_id: { eq: 5 } }, 'api.thing.snapshot', 'thing_write'),
      'api.thing_write.api.thing.snapshot.constraints: "thing_id" stands there twice, under two names',
    ],
    ...['extra.', 'extra..x', 'extra.__proto__', 'extra.constructor.x', 'name.x', '.x', 'none.x'].map(
      (parameter): [string, unknown, string] => [
        `the member ${parameter}`,
        constrain({ [parameter]: { eq: 5 } }, 'api.thing.update', 'thing_write'),
        `api.thing_write.api.thing.update.constraints: ${JSON.stringify(parameter)} is not a parameter of api.thing.update; its parameters are id, name, price, active, extra, hint`,
      ],
    ),
    [
      'more than a hundred parameters',
      constrain(
        Object.fromEntries(Array.from({ length: 101 }, (_, i) => [`extra.m${i}`, { eq: 1 }])),
        'api.thing.update',
        'thing_write',
      ),
      'api.thing_write.api.thing.update.constraints has more than 100 parameters',
    ],
    [
      'a parameter with a very long name',
      constrain({ [`extra.${'x'.repeat(1_024)}`]: { eq: 5 } }, 'api.thing.update', 'thing_write'),
      'api.thing_write.api.thing.update.constraints has a name longer than 1024 characters',
    ],
    // Placeholders (A12).
    [
      'a placeholder without key_params',
      constrain({ owner: { eq: '{name}' } }),
      'api.thing_read.api.thing.show.constraints.owner.eq: placeholders like "{name}" need key_params',
    ],
  ]

  it.each(refused)('refuse %s', (_, document, expected) => {
    expect(problem(document)).toBe(expected)
  })

  it('refuse members of an object that only the query has', () => {
    const search = loadCatalog([
      { own: false, entries: [entry('api.s.s', 'GET', '/s', 'search', { params: { query: { q: 'object' } } })] },
    ])
    const document = { api: { search: { 'api.s.s': { constraints: { 'q.gpu': { eq: 'x' } } } } } }
    expect(parsePermissions(document, search)).toMatchObject({
      ok: false,
      problem: 'api.search.api.s.s.constraints: "q.gpu" is not a parameter of api.s.s; its parameters are q',
    })
  })

  it('refuse what is too deep or repeats no member because it cannot', () => {
    let deep: unknown = 1
    for (let i = 0; i < 100; i++) deep = { x: deep }
    expect(problem({ api: deep })).toBe('permissions cannot be read: it is nested deeper than 64 levels')
  })

  it('refuse more than ten thousand entries', () => {
    const ids = Object.fromEntries(Array.from({ length: 60 }, (_, i) => [`extra.m${i}`, { eq: 1 }]))
    const many = loadCatalog([
      {
        own: false,
        entries: Array.from({ length: 200 }, (_, i) =>
          entry(`api.many.n${i}`, 'POST', `/many/n${i}`, 'many', { params: { body: { extra: 'object' } } }),
        ),
      },
    ])
    const endpoints = Object.fromEntries(many.endpoints.map(({ id }) => [id, { constraints: ids }]))
    expect(parsePermissions({ api: { many: endpoints } }, many)).toMatchObject({
      ok: false,
      problem: 'permissions has more than 10000 entries',
    })
  })

  it('cut and clean names of others in messages', () => {
    expect(problem({ api: { ['\u0000"é\n'.repeat(40)]: {} } })).toMatch(/^"(\?\\"\?\?){16}…" is not a category/)
  })

  it('never throw, whatever they hold', () => {
    const values = [Symbol('x'), 1n, () => 1, Number.NaN, new Date(Number.NaN), '\ud800']
    for (const value of values) {
      for (const document of [
        value,
        { api: value },
        { api: { thing_read: value } },
        constrain({ id: { eq: value } }),
      ]) {
        expect(() => parsePermissions(document, catalog)).not.toThrow()
      }
    }
  })

  const accepted: [string, unknown, unknown][] = [
    ['nothing', { api: {} }, { api: {} }],
    ['a category', { api: { thing_read: {} } }, { api: { thing_read: {} } }],
    ['all categories', { api: { '*': {} } }, { api: { '*': {} } }],
    ['a reserved category by name', { api: { verify: {}, operate: {} } }, { api: { verify: {}, operate: {} } }],
    [
      'endpoints',
      { api: { thing_read: { 'api.thing.show': {}, '*': {} } } },
      { api: { thing_read: { 'api.thing.show': {}, '*': {} } } },
    ],
    [
      'empty constraints as none',
      { api: { thing_read: { constraints: {}, 'api.thing.show': { constraints: {} } } } },
      { api: { thing_read: { 'api.thing.show': {} } } },
    ],
    [
      'constraints on a category',
      { api: { thing_read: { constraints: { id: { eq: 5 } } } } },
      { api: { thing_read: { constraints: { id: { eq: 5 } } } } },
    ],
    [
      'constraints on all categories',
      { api: { '*': { constraints: { id: { gte: 1 } } } } },
      { api: { '*': { constraints: { id: { gte: 1 } } } } },
    ],
    ['one value for a list of one', constrain({ id: { eq: [5] } }), constrain({ id: { eq: 5 } })],
    ['a value only once', constrain({ id: { eq: [5, 5, 6] } }), constrain({ id: { eq: [5, 6] } })],
    ['zero for minus zero', constrain({ id: { eq: -0, gte: -0 } }), constrain({ id: { eq: 0, gte: 0 } })],
    ['a range of one', constrain({ id: { gte: 5, lte: 5 } }), constrain({ id: { gte: 5, lte: 5 } })],
    [
      'an alias, under the name it stands for',
      constrain({ id: { eq: 5 } }, 'api.thing.snapshot', 'thing_write'),
      constrain({ thing_id: { eq: 5 } }, 'api.thing.snapshot', 'thing_write'),
    ],
    [
      'an alias of an object, under the name it stands for',
      constrain({ 'details.x': { eq: 5 } }, 'api.thing.snapshot', 'thing_write'),
      constrain({ 'extra.x': { eq: 5 } }, 'api.thing.snapshot', 'thing_write'),
    ],
    [
      'an alias on a category, as it is, since it is another parameter elsewhere',
      { api: { thing_write: { constraints: { id: { eq: 5 } } } } },
      { api: { thing_write: { constraints: { id: { eq: 5 } } } } },
    ],
    [
      'members of objects',
      constrain({ 'extra.gpu.name': { eq: 'x' }, 'extra.n': { lte: 5 } }, 'api.thing.update', 'thing_write'),
      constrain({ 'extra.gpu.name': { eq: 'x' }, 'extra.n': { lte: 5 } }, 'api.thing.update', 'thing_write'),
    ],
    [
      'values of every type',
      constrain(
        { name: { eq: 'é' }, price: { gte: 0.5 }, active: { eq: true }, hint: { eq: ['x', 1, false] } },
        'api.thing.update',
        'thing_write',
      ),
      constrain(
        { name: { eq: 'é' }, price: { gte: 0.5 }, active: { eq: true }, hint: { eq: ['x', 1, false] } },
        'api.thing.update',
        'thing_write',
      ),
    ],
    ['doubled braces', constrain({ owner: { eq: '{{x}}' } }), constrain({ owner: { eq: '{{x}}' } })],
    ['single braces inside', constrain({ owner: { eq: 'a{b}c' } }), constrain({ owner: { eq: 'a{{b}}c' } })],
    ['empty braces', constrain({ owner: { eq: '{}' } }), constrain({ owner: { eq: '{{}}' } })],
  ]

  it.each(accepted)('accept %s', (_, document, printed) => {
    expect(print(document)).toEqual(printed)
    expect(permit(printed)).toEqual(permit(document))
  })
})

describe('a refused document tells the place of its problem', () => {
  const constrained = ['api', 'thing_read', 'api.thing.show', 'constraints']
  const cases: [string, unknown, readonly string[]][] = [
    ['the whole document', 'file.json', []],
    ['an unknown member beside api', { read: true }, ['read']],
    ['api itself', { api: [] }, ['api']],
    ['an unknown category', { api: { thing_read: {}, thing_reed: {} } }, ['api', 'thing_reed']],
    ['a category that is no object', { api: { thing_read: true } }, ['api', 'thing_read']],
    ['an unknown endpoint', { api: { thing_read: { 'api.x.y': {} } } }, ['api', 'thing_read', 'api.x.y']],
    [
      'an unknown member of an endpoint',
      { api: { thing_read: { 'api.thing.list': {}, 'api.thing.show': { id: 5 } } } },
      ['api', 'thing_read', 'api.thing.show', 'id'],
    ],
    ['constraints that are no object', constrain(5), constrained],
    ['an unknown parameter', constrain({ id: { eq: 5 }, size: { eq: 1 } }), [...constrained, 'size']],
    ['a constraint without operator', constrain({ id: {} }), [...constrained, 'id']],
    ['an unknown operator', constrain({ id: { lt: 5 } }), [...constrained, 'id', 'lt']],
    ['a value of the wrong type', constrain({ id: { eq: 'five' } }), [...constrained, 'id', 'eq']],
    ['a value of a list', constrain({ id: { eq: [5, 'five'] } }), [...constrained, 'id', 'eq', '1']],
    ['two operators that allow nothing', constrain({ id: { gte: 5, lte: 1 } }), [...constrained, 'id']],
    [
      'a constraint on a category',
      { api: { thing_write: { constraints: { price: { lte: 'x' } } } } },
      ['api', 'thing_write', 'constraints', 'price', 'lte'],
    ],
    ['a placeholder without values', constrain({ id: { eq: '{id}' } }), [...constrained, 'id', 'eq']],
  ]
  it.each(cases)('%s', (_, document, path) => {
    expect(parsePermissions(document, catalog)).toEqual({ ok: false, problem: expect.any(String), path })
  })
})

describe('placeholders', () => {
  const table: [string, unknown, Record<string, unknown>, unknown][] = [
    ['a text', { owner: { eq: '{name}' } }, { name: 'ann' }, { owner: { eq: 'ann' } }],
    ['a number', { id: { eq: '{id}' } }, { id: 5 }, { id: { eq: 5 } }],
    ['a list', { id: { eq: '{ids}' } }, { ids: [5, 6] }, { id: { eq: [5, 6] } }],
    ['one of a list', { id: { eq: [1, '{id}'] } }, { id: 5 }, { id: { eq: [1, 5] } }],
    ['a bound', { id: { lte: '{max}' } }, { max: 9 }, { id: { lte: 9 } }],
    ['several uses', { id: { gte: '{n}', lte: '{n}' } }, { n: 9 }, { id: { gte: 9, lte: 9 } }],
    ['braces in the value as they are', { owner: { eq: '{name}' } }, { name: '{x}' }, { owner: { eq: '{{x}}' } }],
    [
      'braces in a list of values',
      { owner: { eq: '{name}' } },
      { name: ['{x}', '{{y}}'] },
      { owner: { eq: ['{{x}}', '{{{{y}}}}'] } },
    ],
    ['doubled braces as no placeholder', { owner: { eq: '{{name}}' } }, {}, { owner: { eq: '{{name}}' } }],
  ]

  it.each(table)('are replaced: %s', (_, constraints, values, printed) => {
    expect(print(constrain(constraints), values)).toEqual(constrain(printed))
  })

  it('are never minus zero', () => {
    const values = new Map([['n', new JsonNumber('-0')]])
    const permissions = permit(constrain({ id: { eq: '{n}', gte: '{n}' } }), catalog, values)
    const { eq, gte } = permissions.get('thing_read')!.endpoints!.get('api.thing.show')!.get('id')!
    expect([Object.is(eq![0], 0), Object.is(gte, 0)]).toEqual([true, true])
  })

  const refused: [string, unknown, Record<string, unknown>, string][] = [
    [
      'a missing name',
      { owner: { eq: '{name}' } },
      { nome: 'x' },
      'api.thing_read.api.thing.show.constraints.owner.eq: key_params has no "name"',
    ],
    [
      'a name of the runtime',
      { owner: { eq: '{constructor}' } },
      {},
      'api.thing_read.api.thing.show.constraints.owner.eq: key_params has no "constructor"',
    ],
    [
      'an unused name',
      { owner: { eq: 'x' } },
      { name: 'x' },
      'key_params.name is not used: no constraint has the value "{name}"',
    ],
    [
      'an object as a value',
      { owner: { eq: '{name}' } },
      { name: {} },
      'api.thing_read.api.thing.show.constraints.owner.eq must be a text, a number, true or false',
    ],
    [
      'null as a value',
      { owner: { eq: '{name}' } },
      { name: null },
      'api.thing_read.api.thing.show.constraints.owner.eq must be a text, a number, true or false',
    ],
    [
      'a list within a list',
      { id: { eq: ['{ids}'] } },
      { ids: [5] },
      'api.thing_read.api.thing.show.constraints.id.eq must be a text, a number, true or false',
    ],
    [
      'a list as a bound',
      { id: { lte: '{ids}' } },
      { ids: [5] },
      'api.thing_read.api.thing.show.constraints.id.lte must be a text, a number, true or false',
    ],
    [
      'an empty list',
      { id: { eq: '{ids}' } },
      { ids: [] },
      'api.thing_read.api.thing.show.constraints.id.eq must not be an empty list',
    ],
    [
      'a value of another type',
      { id: { eq: '{id}' } },
      { id: '5' },
      'api.thing_read.api.thing.show.constraints.id.eq must be of type integer',
    ],
  ]

  it.each(refused)('are refused: %s', (_, constraints, values, expected) => {
    expect(problem(constrain(constraints), values)).toBe(expected)
  })
})

describe('stored documents', () => {
  const show = makeRequest('GET /things/5')

  it('are read as they were printed', () => {
    const documents = [
      { api: {} },
      { api: { '*': {}, verify: {} } },
      { api: { thing_read: { constraints: { id: { eq: [5, 6], gte: 1 } }, '*': {}, 'api.thing.list': {} } } },
      constrain({ owner: { eq: ['{{x}}', 'a'] } }),
    ]
    for (const document of documents) {
      const permissions = permit(document)
      expect(readStoredPermissions(printPermissions(permissions))).toEqual(permissions)
    }
  })

  const less: [string, unknown, string][] = [
    ['an unknown category', { api: { things: {} } }, 'permission'],
    ['an unknown endpoint', { api: { thing_read: { 'api.thing.look': {} } } }, 'permission'],
    ['an unknown parameter', constrain({ colour: { eq: 'red' } }), 'permission'],
    [
      'a parameter that is an object now',
      { api: { thing_read: { 'api.thing.show': { constraints: { extra: { eq: 5 } } } } } },
      'permission',
    ],
    ['an unknown operator', constrain({ id: { ne: 6 } }), 'constraint value'],
    ['an unknown operator before a known one', constrain({ id: { ne: 6, eq: 5 } }), 'constraint value'],
    ['an unknown operator after a known one', constrain({ id: { eq: 5, ne: 6 } }), 'constraint value'],
    ['a bound that is a text', constrain({ id: { gte: '1', eq: 5 } }), 'constraint value'],
    ['a bound that is a list', constrain({ id: { gte: [1, 100] } }), 'constraint value'],
    ['no operator', constrain({ id: {} }), 'constraint value'],
    ['eq of nothing', constrain({ id: { eq: [] } }), 'constraint value'],
    ['eq of null', constrain({ id: { eq: null } }), 'constraint value'],
    ['eq of an object', constrain({ id: { eq: { not: 6 } } }), 'constraint value'],
    ['a value of another type', constrain({ id: { eq: '5' } }), 'constraint value'],
    ['a member that it does not know', { api: { thing_read: { 'api.thing.show': { until: 5 } } } }, 'permission'],
    [
      'a member that is a parameter',
      { api: { thing_read: { 'api.thing.show': { id: { eq: 5 } } } } },
      'constraint value',
    ],
    [
      'a member that it does not know, beside *',
      { api: { thing_read: { '*': {}, 'api.thing.show': { until: 5 } } } },
      'permission',
    ],
    [
      'a constraint on the category that it does not know',
      { api: { thing_read: { constraints: { colour: { eq: 1 } } } } },
      'permission',
    ],
    ['names of the runtime', raw('{"api":{"__proto__":{},"constructor":{"__proto__":{}}}}'), 'permission'],
    ['what is understood', constrain({ id: { eq: 5 } }), 'allow'],
  ]

  it.each(less)('grant only towards less: %s', (_, document, expected) => {
    const permissions = readStoredPermissions(document)
    expect(name(ask(permissions, show))).toBe(expected)
    expect(name(ask(readStoredPermissions(printPermissions(permissions)), show))).toBe(expected)
  })

  it.each([
    null,
    'x',
    [],
    {},
    { api: null },
    { api: { thing_read: null } },
    { api: {}, deny: {} },
    constrain([]),
    constrain({ id: 5 }),
  ])('are refused when they have not the stored form at all: %j', (document) => {
    expect(() => readStoredPermissions(document)).toThrow(/stored permission document/)
  })

  it('print names of the runtime as plain members', () => {
    const permissions = readStoredPermissions(raw('{"api":{"__proto__":{"constructor":{}}}}'))
    expect(JSON.stringify(printPermissions(permissions))).toBe('{"api":{"__proto__":{"constructor":{}}}}')
  })
})

describe('whole categories', () => {
  const whole = (node: unknown) => isWholeCategory(permit({ api: { thing_read: node } }).get('thing_read')!)

  it('are those without any constraint and without an end', () => {
    expect(whole({})).toBe(true)
    expect(whole({ '*': {} })).toBe(true)
    expect(whole({ '*': {}, 'api.thing.show': {} })).toBe(true)
    expect(whole({ 'api.thing.show': {}, 'api.thing.list': {} })).toBe(false)
    expect(whole({ constraints: { id: { eq: 5 } } })).toBe(false)
    expect(whole({ '*': { constraints: { id: { eq: 5 } } } })).toBe(false)
    expect(whole({ '*': {}, 'api.thing.show': { constraints: { id: { eq: 5 } } } })).toBe(false)
  })
})

describe('{} and absent permissions', () => {
  it("are the creator's tree without the reserved categories, with * written out", () => {
    const first = permit({ api: { '*': {}, verify: {}, operate: {} } })
    expect(printPermissions(expandFull(first, catalog))).toEqual({
      api: { thing_read: {}, thing_write: {}, billing_read: {}, role_read: {}, role_admin: {} },
    })
    const scoped = permit({ api: { thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } } }, verify: {} } })
    expect(printPermissions(expandFull(scoped, catalog))).toEqual({
      api: { thing_read: { 'api.thing.show': { constraints: { id: { eq: 5 } } } } },
    })
  })

  it('prefer what the creator says of a category to what it says of all others', () => {
    const creator = permit({ api: { '*': {}, thing_read: { 'api.thing.show': {} } } })
    expect(expandFull(creator, catalog).get('thing_read')).toEqual(creator.get('thing_read'))
  })
})

describe('* from a creator that has none', () => {
  const listed = permit({ api: { thing_read: {}, thing_write: {}, billing_read: {}, role_read: {}, role_admin: {} } })

  it('is stored as the categories of today', () => {
    const limited = limitAny(permit({ api: { '*': {} } }), listed, catalog)
    expect(limited).toEqual(listed)
    expect(isWithin(limited, listed)).toBe(true)
  })

  it('leaves what is said by name', () => {
    const wanted = permit({ api: { '*': {}, thing_read: { 'api.thing.show': {} } } })
    expect(limitAny(wanted, listed, catalog).get('thing_read')).toEqual(wanted.get('thing_read'))
  })

  it('leaves out categories where its constraint has no meaning, so that the result is a valid document', () => {
    const wanted = permit({ api: { '*': { constraints: { id: { eq: 5 } } } } })
    const limited = limitAny(wanted, listed, catalog)
    expect([...limited.keys()]).toEqual(['thing_read', 'thing_write', 'billing_read', 'role_read'])
    expect(permit(printPermissions(limited))).toEqual(limited)
  })

  it('is kept under a creator that has it, and absent where nobody asked for it', () => {
    const first = permit({ api: { '*': {} } })
    expect(limitAny(first, first, catalog)).toBe(first)
    const scoped = permit({ api: { thing_read: {} } })
    expect(limitAny(scoped, listed, catalog)).toBe(scoped)
  })

  it('does not reach a category that only a later catalog has', () => {
    const later = loadCatalog([
      own,
      { own: false, entries: [...thingEntries, entry('api.new.show', 'GET', '/new', 'new_read')] },
    ])
    const limited = compileGrant(limitAny(permit({ api: { '*': {} } }), listed, catalog), later)
    const whole = compileGrant(permit({ api: { '*': {} } }), later)
    expect([grants(limited, later.byId.get('api.new.show')!), limited.full]).toEqual([false, false])
    expect([grants(whole, later.byId.get('api.new.show')!), whole.full]).toEqual([true, true])
  })
})
