import { describe, expect, it } from 'vitest'
import type { Catalog } from '../src/catalog.js'
import { loadCatalog } from '../src/catalog.js'
import type { AccessRequest } from '../src/request.js'
import { accountId, ask, catalog, entry, makeRequest, name, permit, tell, unseen } from './world.js'

/** What becomes of a request under constraints on one endpoint. */
function judge(id: string, constraints: object, request: AccessRequest, under: Catalog = catalog): string {
  const { category } = under.byId.get(id)!
  return name(ask(permit({ api: { [category]: { [id]: { constraints } } } }, under), request, under))
}

type Row = [string, object, string, unknown, string]

function check(id: string, rows: readonly Row[], under?: Catalog): void {
  it.each(rows)('%s', (_, constraints, line, body, expected) => {
    expect(judge(id, constraints, makeRequest(line, body), under)).toBe(expected)
  })
}

const allow = 'allow'
const missing = 'constraint missing'
const value = 'constraint value'
const lookalike = 'constraint lookalike'
const notSeen = 'constraint not_seen'

describe('a path parameter', () => {
  const is5 = { id: { eq: 5 } }
  check('api.thing.show', [
    ['is held to its value', is5, 'GET /things/5', null, allow],
    ['is denied with another', is5, 'GET /things/6', null, value],
    ['is held to any of several', { id: { eq: [4, 5] } }, 'GET /things/5', null, allow],
    ['is held to a range', { id: { gte: 5, lte: 5 } }, 'GET /things/5', null, allow],
    ['is denied below a range', { id: { gte: 6 } }, 'GET /things/5', null, value],
    ['is denied above a range', { id: { lte: 4 } }, 'GET /things/5', null, value],
    ['is held to all operators', { id: { eq: [5, 50], lte: 10 } }, 'GET /things/50', null, value],
    ['is denied when the query names another', is5, 'GET /things/5?id=6', null, value],
    ['is allowed when the query names the same', is5, 'GET /things/5?id=5', null, allow],
    ['is denied when the query repeats it with another', is5, 'GET /things/5?id=5&id=6', null, value],
    ['is denied when the query names it without value', is5, 'GET /things/5?id', null, value],
    ['is denied when the query names it empty', is5, 'GET /things/5?id=', null, value],
    ['is denied when the query has null', is5, 'GET /things/5?id=null', null, value],
    ['is denied when the query has it in another spelling', is5, 'GET /things/5?id=05', null, value],
    ['is denied when the query has a list', is5, 'GET /things/5?id=[5]', null, value],
    ['is denied when the query has a comma list', is5, 'GET /things/5?id=5,6', null, value],
    ['is denied when the body names another', is5, 'GET /things/5', { id: 6 }, value],
    ['is allowed when the body names the same', is5, 'GET /things/5', { id: 5 }, allow],
    ['is denied when the body has null', is5, 'GET /things/5', { id: null }, value],
    ['is denied when the body has a text', is5, 'GET /things/5', { id: '5' }, value],
    ['is denied when the body has a list', is5, 'GET /things/5', { id: [5] }, value],
    ['is denied when the body has an object', is5, 'GET /things/5', { id: { $gt: 0 } }, value],
    ['is denied when the body spells the number otherwise', is5, 'GET /things/5', '{"id":5.0}', value],
    ['is allowed when the body is not seen', is5, 'GET /things/5', unseen, allow],
    ['is allowed with an empty body', is5, 'GET /things/5', '', allow],
    ['is allowed with an empty object', is5, 'GET /things/5', {}, allow],
    ['ignores other query parameters', is5, 'GET /things/5?owner=me&x=6&=6&identity=6', null, allow],
    ['ignores other members', is5, 'GET /things/5', { other: { id: 6 }, ids: [6] }, allow],
    ['is denied for HEAD as for GET', is5, 'HEAD /things/6', null, value],
  ])

  it('is denied whatever case, brackets or width its double comes in', () => {
    const names = [
      'ID',
      'Id',
      'id[]',
      'id[0]',
      'id[gt]',
      'id[',
      '[id]',
      'i_d',
      'i-d',
      'i.d',
      'i d',
      ' id',
      'id ',
      'id.x',
    ]
    for (const each of [...names, 'ｉｄ', 'ID[x]', 'ıd', 'íd', '%69d', 'id\u200b']) {
      const line = `GET /things/5?${encodeURIComponent(each)}=5`
      expect([each, judge('api.thing.show', is5, makeRequest(line))]).toEqual([each, lookalike])
      const body = { [each]: 5 }
      expect([each, judge('api.thing.show', is5, makeRequest('GET /things/5', body))]).toEqual([each, lookalike])
      const beside = { id: 5, [each]: 5 }
      expect([each, judge('api.thing.show', is5, makeRequest('GET /things/5', beside))]).toEqual([each, lookalike])
    }
    for (const each of ['id\u0000', 'id\u0000x', '__proto__']) {
      expect(judge('api.thing.show', is5, makeRequest('GET /things/5', { [each]: 5 }))).toBe(lookalike)
    }
  })

  it('is denied when a double hides behind a semicolon', () => {
    for (const query of ['x=1;id=6', 'x;id=6', 'x=1;ID=6', 'x=1%3Bid%3D6', ';id', 'x=1;y=2;id[]=6']) {
      expect([query, judge('api.thing.show', is5, makeRequest(`GET /things/5?${query}`))]).toEqual([query, lookalike])
    }
    expect(judge('api.thing.show', is5, makeRequest('GET /things/5?x=1;y=6;;'))).toBe(allow)
  })

  it('is denied when the body may give it through a prototype', () => {
    const body = '{"__proto__":{"id":6}}'
    expect(judge('api.thing.show', is5, makeRequest('GET /things/5', body))).toBe(lookalike)
  })
})

describe('a body that a constraint applies to', () => {
  const is5 = { id: { eq: 5 } }
  const put = (body: unknown, change: Partial<AccessRequest> = {}) =>
    tell(
      ask(
        permit({ api: { thing_write: { 'api.thing.destroy': { constraints: is5 } } } }),
        makeRequest('DELETE /things/5', body, change),
      ),
    )
  const refused = (problem: string) => ({
    status: 400,
    error: 'bad_request',
    msg: `This key is constrained on api.thing.destroy, so the body must be a JSON object: ${problem}.`,
  })
  const bytes = (...values: number[]) => Uint8Array.from(values)

  const rows: [string, unknown, string][] = [
    ['a list', '[]', 'it is not an object'],
    ['a text', '"x"', 'it is not an object'],
    ['null', 'null', 'it is not an object'],
    ['spaces', ' ', 'expected a value at offset 1'],
    ['a form', 'id=6', 'expected a value at offset 0'],
    ['half an object', '{"id":5', "expected ',' or '}' at offset 7"],
    ['two objects', '{"id":5}{"id":6}', 'expected nothing more after the value at offset 8'],
    ['a repeated member', '{"id":5,"id":5}', 'a member is repeated at offset 12'],
    ['a repeated member deep down', '{"x":[{"a":1,"a":1}]}', 'a member is repeated at offset 16'],
    ['great depth', `{"x":${'['.repeat(70)}${']'.repeat(70)}}`, 'it is nested deeper than 64 levels'],
    ['a byte order mark', bytes(0xef, 0xbb, 0xbf, 0x7b, 0x7d), 'expected a value at offset 0'],
    ['Latin-1', bytes(0x7b, 0x22, 0xe9, 0x22, 0x3a, 0x31, 0x7d), 'it is not valid UTF-8'],
    ['UTF-16', bytes(0x7b, 0x00, 0x7d, 0x00), 'expected a member name in double quotes at offset 1'],
    [
      'a thousand members and more',
      Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [`m${i}`, i])),
      'it has more than 1000 members',
    ],
  ]

  it.each(rows)('is refused when it is %s', (_, body, problem) => {
    expect(put(body)).toEqual(refused(problem))
  })

  it.each([
    'application/json',
    'Application/JSON',
    'application/json; charset=utf-8',
    'application/json;charset="UTF8"',
    ' application/problem+json ',
    'application/json; profile=x',
    '',
    null,
  ])('is read when its Content-Type is %j', (contentType) => {
    expect(put({ id: 5 }, { contentType })).toBe('allow')
  })

  // The bytes of a JSON text may be a form, or a text in another character set, with other members in it.
  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary="{"',
    'text/plain',
    'text/json',
    'application/jsonp',
    'application/xml+json2',
    'application/json, application/x-www-form-urlencoded',
    'application/json; charset=utf-16',
    'application/json; charset=utf-7',
    "application/json; charset*=utf-8''utf-7",
    'application/json; charset=utf-8; charset=utf-7',
    'json',
    ';',
  ])('is refused when its Content-Type is %j', (contentType) => {
    expect(put('{"x":"&id=6&"}', { contentType })).toEqual(refused('its Content-Type is not JSON in UTF-8'))
  })

  it.each(['gzip', 'br', 'x-gzip', 'identity, gzip', 'unknown'])(
    'is refused when it is encoded with %s',
    (encoding) => {
      expect(put({}, { contentEncoding: encoding })).toEqual(refused('its Content-Encoding is not identity'))
    },
  )

  it('may say that it is not encoded', () => {
    expect(put({}, { contentEncoding: 'identity' })).toBe('allow')
    expect(put({}, { contentEncoding: null })).toBe('allow')
  })

  it('may say anything when it is empty', () => {
    expect(put(null, { contentType: 'text/plain', contentEncoding: 'gzip' })).toBe('allow')
    expect(put('', { contentType: 'text/plain' })).toBe('allow')
  })

  it('is not looked at on endpoints without constraint', () => {
    const permissions = permit({ api: { thing_write: {} } })
    expect(name(ask(permissions, makeRequest('DELETE /things/5', '[[[', { contentType: 'text/plain' })))).toBe(allow)
  })
})

describe('a query parameter', () => {
  const me = { owner: { eq: 'me' } }
  check('api.thing.list', [
    ['is held to its value', me, 'GET /things?owner=me', null, allow],
    ['is denied with another', me, 'GET /things?owner=you', null, value],
    ['is denied in another case', me, 'GET /things?owner=ME', null, value],
    ['is denied with space', me, 'GET /things?owner=+me', null, value],
    ['is denied when it is missing', me, 'GET /things', null, missing],
    ['is denied without value', me, 'GET /things?owner', null, value],
    ['is denied when empty', me, 'GET /things?owner=', null, value],
    ['is denied when only the body has it', me, 'GET /things', { owner: 'me' }, missing],
    ['is denied when the body has another', me, 'GET /things?owner=me', { owner: 'you' }, value],
    ['is denied when repeated with another', me, 'GET /things?owner=me&owner=you', null, value],
    ['may be repeated', me, 'GET /things?owner=me&owner=me', null, allow],
    ['may be encoded', me, 'GET /things?%6fwner=%6De', null, allow],
    ['is allowed when the body is not seen', me, 'GET /things?owner=me', unseen, allow],
    ['is never null', { owner: { eq: 'null' } }, 'GET /things?owner=null', null, value],
    ['may be empty where that is allowed', { owner: { eq: '' } }, 'GET /things?owner=', null, allow],
    ['is a number in one spelling', { since: { gte: 0.5 } }, 'GET /things?since=0.5', null, allow],
    ['is no number in another', { since: { gte: 0.5 } }, 'GET /things?since=5e-1', null, value],
    ['is no number with zeros behind', { since: { gte: 0.5 } }, 'GET /things?since=0.50', null, value],
    ['is no minus zero', { since: { eq: 0 } }, 'GET /things?since=-0', null, value],
    [
      'is no number that a double rounds',
      { since: { lte: 0.1 } },
      'GET /things?since=0.10000000000000001',
      null,
      value,
    ],
    ['is an integer', { limit: { lte: 10 } }, 'GET /things?limit=10', null, allow],
    ['is no integer with an exponent', { limit: { lte: 100 } }, 'GET /things?limit=1e1', null, value],
    ['is no integer beyond 2^53', { limit: { gte: 0 } }, 'GET /things?limit=9007199254740993', null, value],
    [
      'is no integer of thousands of digits',
      { limit: { gte: 0 } },
      `GET /things?limit=${'9'.repeat(9_000)}`,
      null,
      value,
    ],
    ['is true or false', { all: { eq: false } }, 'GET /things?all=false', null, allow],
    ['is not 0', { all: { eq: false } }, 'GET /things?all=0', null, value],
    ['is not False', { all: { eq: false } }, 'GET /things?all=False', null, value],
    ['is a text even where it looks like a list', { owner: { eq: '["a"]' } }, 'GET /things?owner=["a"]', null, allow],
    ['must all hold', { owner: { eq: 'me' }, limit: { lte: 5 } }, 'GET /things?owner=me&limit=6', null, value],
    ['must all be there', { owner: { eq: 'me' }, limit: { lte: 5 } }, 'GET /things?owner=me', null, missing],
  ])
})

describe('a list in the query', () => {
  const ab = { tags: { eq: ['a', 'b'] } }
  check('api.thing.list', [
    ['is one value', ab, 'GET /things?tags=a', null, allow],
    ['is repeated values', ab, 'GET /things?tags=a&tags=b', null, allow],
    ['is denied by one of them', ab, 'GET /things?tags=a&tags=c', null, value],
    ['is JSON', ab, 'GET /things?tags=["a","b"]', null, allow],
    ['is denied by one of its elements', ab, 'GET /things?tags=["a","c"]', null, value],
    ['is denied when empty', ab, 'GET /things?tags=[]', null, value],
    ['is denied with null in it', ab, 'GET /things?tags=["a",null]', null, value],
    ['is denied with a list in it', ab, 'GET /things?tags=["a",["b"]]', null, value],
    ['is denied when it is no JSON', ab, 'GET /things?tags=["a"', null, value],
    ['is no list after a space', ab, 'GET /things?tags=+["a"]', null, value],
    ['is no comma list', ab, 'GET /things?tags=a,b', null, value],
    ['is denied in brackets', ab, 'GET /things?tags[]=a', null, lookalike],
    ['is denied in brackets beside itself', ab, 'GET /things?tags=a&tags[0]=c', null, lookalike],
  ])
})

describe('a body parameter', () => {
  const a = { name: { eq: 'a' } }
  check('api.thing.update', [
    ['is held to its value', a, 'PUT /things/5', { name: 'a' }, allow],
    ['is denied with another', a, 'PUT /things/5', { name: 'b' }, value],
    ['is denied in another normal form', { name: { eq: 'é' } }, 'PUT /things/5', { name: 'e\u0301' }, value],
    ['is denied when missing', a, 'PUT /things/5', {}, missing],
    ['is denied without a body', a, 'PUT /things/5', null, missing],
    ['is denied when only the query has it', a, 'PUT /things/5?name=a', {}, missing],
    ['is denied when the query has another', a, 'PUT /things/5?name=b', { name: 'a' }, value],
    ['is denied when the body is not seen', a, 'PUT /things/5', unseen, notSeen],
    ['is denied for its value before the body is', a, 'PUT /things/5?NAME=b', unseen, lookalike],
    ['is denied with null', a, 'PUT /things/5', { name: null }, value],
    ['is denied with a list', a, 'PUT /things/5', { name: ['a'] }, value],
    ['may be escaped', a, 'PUT /things/5', '{"n\\u0061me":"\\u0061"}', allow],
    ['is a number in any exact spelling', { price: { lte: 100 } }, 'PUT /things/5', '{"price":1e2}', allow],
    ['is a number with zeros behind', { price: { lte: 100 } }, 'PUT /things/5', '{"price":100.00}', allow],
    ['is minus zero as zero', { price: { eq: 0 } }, 'PUT /things/5', '{"price":-0}', allow],
    ['is no text of a number', { price: { lte: 100 } }, 'PUT /things/5', { price: '1' }, value],
    ['is no infinite number', { price: { gte: 1 } }, 'PUT /things/5', '{"price":1e999}', value],
    ['is no number that vanishes', { price: { lte: 1 } }, 'PUT /things/5', '{"price":1e-999}', value],
    [
      'is no number that a double rounds',
      { price: { lte: 0.1 } },
      'PUT /things/5',
      '{"price":0.10000000000000001}',
      value,
    ],
    [
      'is no number of a thousand digits',
      { price: { gte: 0 } },
      'PUT /things/5',
      `{"price":1.${'0'.repeat(1e3)}}`,
      value,
    ],
    ['is a boolean', { active: { eq: true } }, 'PUT /things/5', { active: true }, allow],
    ['is no boolean as a number', { active: { eq: true } }, 'PUT /things/5', { active: 1 }, value],
    ['under any is a text', { hint: { eq: 'x' } }, 'PUT /things/5', { hint: 'x' }, allow],
    ['under any is a number', { hint: { eq: 100 } }, 'PUT /things/5', '{"hint":1e2}', allow],
    ['under any is no text for a number', { hint: { eq: 100 } }, 'PUT /things/5', { hint: '100' }, value],
    ['under any is in a range as a number only', { hint: { lte: 5 } }, 'PUT /things/5', { hint: '1' }, value],
    ['under any is a list of such', { hint: { eq: ['x', 'y'] } }, 'PUT /things/5', { hint: ['x', 'y'] }, allow],
    ['under any is denied by one element', { hint: { eq: ['x', 'y'] } }, 'PUT /things/5', { hint: ['x', 'z'] }, value],
    ['under any is no object', { hint: { eq: 'x' } }, 'PUT /things/5', { hint: { x: 'x' } }, value],
    ['under any is denied when empty', { hint: { eq: 'x' } }, 'PUT /things/5', { hint: [] }, value],
    ['is lower case only as declared', a, 'PUT /things/5', { name: 'a', Name: 'a' }, lookalike],
  ])
})

describe('a parameter of query and body', () => {
  const ten = { amount: { lte: 10 } }
  check('api.thing.buy', [
    ['may be in the query', ten, 'POST /things/bulk?amount=10', null, allow],
    ['may be in the body', ten, 'POST /things/bulk', { amount: 10 }, allow],
    ['may be in both', ten, 'POST /things/bulk?amount=9', { amount: 10 }, allow],
    ['is denied by either', ten, 'POST /things/bulk?amount=9', { amount: 11 }, value],
    ['is denied by the other', ten, 'POST /things/bulk?amount=11', { amount: 9 }, value],
    ['is denied in neither', ten, 'POST /things/bulk', {}, missing],
    ['is denied when the body is not seen', ten, 'POST /things/bulk?amount=9', unseen, notSeen],
  ])
})

describe('a list in the body', () => {
  const some = { ids: { eq: [5, 6] } }
  check('api.thing.destroy_bulk', [
    ['is held to its values', some, 'DELETE /things', { ids: [5, 6, 5] }, allow],
    ['is denied by one of them', some, 'DELETE /things', { ids: [5, 7] }, value],
    ['is one value', some, 'DELETE /things', { ids: 5 }, allow],
    ['is denied when empty', some, 'DELETE /things', { ids: [] }, value],
    ['is denied with null in it', some, 'DELETE /things', { ids: [5, null] }, value],
    ['is denied with a list in it', some, 'DELETE /things', { ids: [[5]] }, value],
    ['is denied with a text in it', some, 'DELETE /things', { ids: ['5'] }, value],
    ['is denied as an object', some, 'DELETE /things', { ids: { 0: 5 } }, value],
    ['is denied with a range', { ids: { gte: 5 } }, 'DELETE /things', { ids: [5, 4] }, value],
    ['is denied when endless', { ids: { gte: 5 } }, 'DELETE /things', { ids: Array(1_001).fill(5) }, value],
    ['may be long', { ids: { gte: 5 } }, 'DELETE /things', { ids: Array(1_000).fill(5) }, allow],
    ['is denied in the query in other brackets', some, 'DELETE /things?ids[]=7', { ids: [5] }, lookalike],
  ])
})

describe('a member of an object', () => {
  const x = { 'extra.gpu.name': { eq: 'x' } }
  const good = { extra: { gpu: { name: 'x' } } }
  check('api.thing.update', [
    ['is held to its value', x, 'PUT /things/5', good, allow],
    ['is denied with another', x, 'PUT /things/5', { extra: { gpu: { name: 'y' } } }, value],
    ['may be a list', x, 'PUT /things/5', { extra: { gpu: { name: ['x', 'x'] } } }, allow],
    ['is denied without the object', x, 'PUT /things/5', {}, missing],
    ['is denied without the inner object', x, 'PUT /things/5', { extra: {} }, missing],
    ['is denied without the member', x, 'PUT /things/5', { extra: { gpu: {} } }, missing],
    ['is denied with null on the way', x, 'PUT /things/5', { extra: null }, value],
    ['is denied with a list on the way', x, 'PUT /things/5', { extra: [{ gpu: { name: 'x' } }] }, value],
    ['is denied with a text on the way', x, 'PUT /things/5', { extra: { gpu: '{"name":"x"}' } }, value],
    ['is denied with a lookalike of the object', x, 'PUT /things/5', { ...good, Extra: {} }, lookalike],
    ['is denied with a lookalike inside', x, 'PUT /things/5', { extra: { gpu: { name: 'x', NAME: 'x' } } }, lookalike],
    ['is denied with a lookalike half way', x, 'PUT /things/5', { extra: { gpu: { name: 'x' }, GPU: 1 } }, lookalike],
    ['is denied written with dots', x, 'PUT /things/5', { ...good, 'extra.gpu.name': 'x' }, lookalike],
    ['is denied written with some dots', x, 'PUT /things/5', { ...good, 'extra.gpu': 1 }, lookalike],
    [
      'is denied written with dots inside',
      x,
      'PUT /things/5',
      { extra: { gpu: { name: 'x' }, 'gpu.name': 'x' } },
      lookalike,
    ],
    ['is denied written in brackets', x, 'PUT /things/5', { ...good, 'extra[gpu][name]': 'x' }, lookalike],
    ['is denied through a prototype', x, 'PUT /things/5', '{"extra":{"gpu":{"name":"x"},"__proto__":{}}}', lookalike],
    ['is denied when the query has it with dots and another value', x, 'PUT /things/5?extra.gpu.name=y', good, value],
    ['is allowed when the query has it with dots', x, 'PUT /things/5?extra.gpu.name=x', good, allow],
    ['is denied when the query has the object', x, 'PUT /things/5?extra={"gpu":{}}', good, lookalike],
    ['is denied when the query has it in brackets', x, 'PUT /things/5?extra[gpu][name]=x', good, lookalike],
    ['is denied when only the query has it', x, 'PUT /things/5?extra.gpu.name=x', {}, missing],
    ['is denied when the body is not seen', x, 'PUT /things/5', unseen, notSeen],
    [
      'is denied in an object of a thousand members and more',
      x,
      'PUT /things/5',
      { extra: Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [i, 1])) },
      value,
    ],
  ])
})

describe('an alias', () => {
  const is5 = { thing_id: { eq: 5 } }
  const line = 'POST /things/5/snapshot'
  check('api.thing.snapshot', [
    ['is the parameter', { id: { eq: 5 } }, line, {}, allow],
    ['is denied as the parameter', { id: { eq: 5 } }, 'POST /things/6/snapshot', {}, value],
    ['is held to the same values', is5, line, { id: 5, thing: 5, thing_id: 5 }, allow],
    ['is denied in the body', is5, line, { id: 6 }, value],
    ['is denied in the body under another', is5, line, { thing: 6 }, value],
    ['is denied in the query', is5, `${line}?id=6`, {}, value],
    ['is denied in the query under another', is5, `${line}?thing=6`, {}, value],
    ['is denied as a lookalike', is5, line, { ID: 5 }, lookalike],
    ['is denied as a lookalike of the parameter', is5, line, { thingId: 5 }, lookalike],
    ['makes the body matter where it is declared there', is5, line, unseen, notSeen],
    ['of an object is the object', { 'extra.x': { eq: 1 } }, line, { details: { x: 1 } }, allow],
    [
      'of an object is denied as the object',
      { 'extra.x': { eq: 1 } },
      line,
      { extra: { x: 1 }, details: { x: 2 } },
      value,
    ],
    [
      'of an object is denied in the query',
      { 'extra.x': { eq: 1 } },
      `${line}?details[x]=2`,
      { extra: { x: 1 } },
      lookalike,
    ],
  ])
})

describe('an alias that is a lookalike of its parameter', () => {
  const under = loadCatalog([
    {
      own: false,
      entries: [
        entry('api.odd.do', 'POST', '/odd', 'odd', {
          params: { body: { instance_id: 'integer' } },
          param_aliases: { instanceId: 'instance_id' },
        }),
      ],
    },
  ])
  const is5 = { instance_id: { eq: 5 } }
  check(
    'api.odd.do',
    [
      ['is the parameter', is5, 'POST /odd', { instanceId: 5 }, allow],
      ['may come beside it', is5, 'POST /odd', { instanceId: 5, instance_id: 5 }, allow],
      ['is denied with another value', is5, 'POST /odd', { instanceId: 6, instance_id: 5 }, value],
      ['is denied in a third spelling', is5, 'POST /odd', { instance_id: 5, InstanceID: 5 }, lookalike],
    ],
    under,
  )
})

describe('me', () => {
  const mine = { user_id: { eq: accountId } }
  const yours = { user_id: { eq: accountId + 1 } }
  check('api.user.invoices', [
    ["is the caller's own id", mine, 'GET /users/me/invoices', null, allow],
    ['is no other id', yours, 'GET /users/me/invoices', null, value],
    ["is the same as the caller's id written out", mine, `GET /users/${accountId}/invoices`, null, allow],
    ['is in a range', { user_id: { lte: accountId } }, 'GET /users/me/invoices', null, allow],
    ['means nothing in the query', mine, 'GET /users/me/invoices?user_id=me', null, value],
    ['means nothing in the body', mine, 'GET /users/me/invoices', { user_id: 'me' }, value],
    ['may be encoded', mine, 'GET /users/%6d%65/invoices', null, allow],
  ])

  it('means nothing where it is not declared', () => {
    expect(judge('api.user.mails', { id: { eq: accountId } }, makeRequest('GET /users/me/mails'))).toBe(
      'not_in_catalog',
    )
  })

  it('is a text like any other where it is not declared for a text', () => {
    expect(judge('api.role.show', { name: { eq: String(accountId) } }, makeRequest('GET /roles/me'))).toBe(value)
    expect(judge('api.role.show', { name: { eq: 'me' } }, makeRequest('GET /roles/me'))).toBe(allow)
  })
})

describe('a constraint on a category', () => {
  const ofThings = (constraints: object, more: object = {}) =>
    permit({ api: { thing_write: { constraints, ...more } } })

  it('applies to every endpoint that has the parameter, under the name that it has there', () => {
    const permissions = ofThings({ id: { eq: 5 } })
    const outcome = (line: string, body: unknown = null) => name(ask(permissions, makeRequest(line, body)))
    expect(outcome('DELETE /things/5')).toBe(allow)
    expect(outcome('DELETE /things/6')).toBe(value)
    expect(outcome('PUT /things/5')).toBe(allow)
    expect(outcome('POST /things/5/snapshot')).toBe(allow)
    expect(outcome('POST /things/6/snapshot')).toBe(value)
  })

  it('denies every endpoint that has not', () => {
    const permissions = ofThings({ id: { eq: 5 } })
    expect(name(ask(permissions, makeRequest('DELETE /things', { ids: [5] })))).toBe('permission')
    expect(name(ask(permissions, makeRequest('POST /things/bulk?amount=5&id=5')))).toBe('permission')
  })

  it('holds beside those of the endpoint', () => {
    const permissions = ofThings({ id: { lte: 5 } }, { 'api.thing.destroy': { constraints: { id: { gte: 5 } } } })
    const outcomes = [4, 5, 6].map((id) => name(ask(permissions, makeRequest(`DELETE /things/${id}`))))
    expect(outcomes).toEqual([value, allow, value])
    expect(name(ask(permissions, makeRequest('PUT /things/5')))).toBe('permission')
  })

  it('holds beside those of * and of an alias', () => {
    const permissions = ofThings(
      { id: { lte: 5 } },
      { '*': { constraints: { thing_id: { gte: 5 } } }, 'api.thing.destroy': {} },
    )
    const outcomes = [4, 5, 6].map((id) => name(ask(permissions, makeRequest(`POST /things/${id}/snapshot`))))
    expect(outcomes).toEqual([value, allow, value])
    expect(name(ask(permissions, makeRequest('DELETE /things/4')))).toBe(allow)
    expect(name(ask(permissions, makeRequest('PUT /things/5')))).toBe('permission')
  })

  it('on all categories applies to each', () => {
    const permissions = permit({ api: { '*': { constraints: { id: { eq: 5 } } }, role_admin: {} } })
    const lines = ['GET /things/5', 'GET /things/6', 'GET /things', 'GET /roles/5', 'GET /roles/x', 'GET /roles/all']
    expect(lines.map((line) => name(ask(permissions, makeRequest(line))))).toEqual([
      allow,
      value,
      'permission',
      allow,
      'permission',
      allow,
    ])
  })
})

describe('names of the runtime as parameters', () => {
  const under = loadCatalog([
    {
      own: false,
      entries: [
        entry('api.odd.do', 'POST', '/odd/{valueOf}', 'odd', {
          params: { path: { valueOf: 'string' }, body: { toString: 'string', hasOwnProperty: 'any', _: 'string' } },
        }),
      ],
    },
  ])
  check(
    'api.odd.do',
    [
      ['are values', { toString: { eq: 'x' } }, 'POST /odd/a', { toString: 'x' }, allow],
      ['are denied with another', { toString: { eq: 'x' } }, 'POST /odd/a', { toString: 'y' }, value],
      ['are denied when missing', { toString: { eq: 'x' } }, 'POST /odd/a', {}, missing],
      ['are in the path', { valueOf: { eq: 'a' } }, 'POST /odd/a', {}, allow],
      ['are no more than other names', { hasOwnProperty: { eq: 1 } }, 'POST /odd/a', { hasOwnProperty: 1 }, allow],
      ['may be made of separators', { _: { eq: 'x' } }, 'POST /odd/a', { _: 'x', a: 1 }, allow],
      ['are alike when made of separators', { _: { eq: 'x' } }, 'POST /odd/a', { _: 'x', '-': 1 }, lookalike],
    ],
    under,
  )
})

describe('judging', () => {
  it('ends soon on hostile requests', () => {
    const wide = loadCatalog([
      {
        own: false,
        entries: [
          entry('api.wide.do', 'POST', '/wide', 'wide', { params: { body: { extra: 'object', ids: 'array<any>' } } }),
        ],
      },
    ])
    const constraints = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`extra.m${i}`, { eq: 1 }]))
    const alternatives = Array.from({ length: 1_000 }, (_, i) => `v${i}`)
    const members = Object.fromEntries(Array.from({ length: 99 }, (_, i) => [`m${i}`, 1]))
    const odd = Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`é${i}${'é'.repeat(400)}`, 1]))
    const requests: [object, AccessRequest][] = [
      [constraints, makeRequest('POST /wide', { extra: { ...members, ...odd }, ...odd })],
      [{ ids: { eq: alternatives } }, makeRequest('POST /wide', { ids: Array(1_000).fill('v999') })],
      [constraints, makeRequest(`POST /wide?${'%C3%A9=1&'.repeat(900)}`, { extra: members })],
      [constraints, makeRequest(`POST /wide?x=${';%C3%A9'.repeat(2_000)}`, { extra: members })],
      [constraints, makeRequest('POST /wide', `{"a":${'['.repeat(1 << 19)}`)],
    ]
    const startedAt = performance.now()
    const outcomes = requests.map(([each, request]) => judge('api.wide.do', each, request, wide))
    expect(outcomes).toEqual([allow, allow, allow, allow, 'body'])
    expect(performance.now() - startedAt).toBeLessThan(5_000)
  })
})
