import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { builtinCatalog, loadCatalog, printSummary, readStoredPermissions, summarisePermissions } from '../src/index.js'

const entry = (id: string, method: string, path: string, category: string, params: object = {}) => ({
  id,
  method,
  path,
  category,
  params,
})
const catalog = loadCatalog([
  {
    own: false,
    entries: [
      entry('api.instance.show', 'GET', '/i/{id}', 'instance_read', { path: { id: 'integer' } }),
      entry('api.instance.list', 'GET', '/i', 'instance_read'),
      entry('api.instance.make', 'POST', '/i', 'instance_write', { body: { price: 'number', gpu: 'string' } }),
      entry('api.invoice.list', 'GET', '/b', 'billing_read'),
      entry('api.invoice.pay', 'POST', '/b', 'billing_write'),
      entry('api.offer.search', 'GET', '/o', 'misc'),
      entry('api.report.list', 'GET', '/r', 'report_read'),
    ],
  },
  {
    own: true,
    entries: [entry('api.check', 'POST', '/c', 'verify'), entry('api.health', 'GET', '/h', 'public')],
  },
])
const whole = {
  instance_read: {},
  instance_write: {},
  billing_read: {},
  billing_write: {},
  misc: {},
  report_read: {},
}
const constrained = (...names: string[]) => ({
  constraints: Object.fromEntries(names.map((name) => [name, { eq: 1 }])),
})

const rows: [api: Record<string, unknown>, sentence: string][] = [
  [{}, 'nothing'],
  [{ nonsense: {} }, 'nothing'],
  [{ '*': {} }, 'full access'],
  [whole, 'full access'],
  [{ ...whole, verify: {} }, 'full access; verify: allowed'],
  [{ verify: {} }, 'verify: allowed; instances: none; billing: none; miscellaneous: none; report read: none'],
  [
    { instance_read: {}, instance_write: { constraints: { price: { lte: 1 } } } },
    'instances: read and write; 1 constraint; billing: none; miscellaneous: none; report read: none',
  ],
  [{ billing_read: {} }, 'billing: read; instances: none; miscellaneous: none; report read: none'],
  [{ billing_write: {} }, 'billing: in part; instances: none; miscellaneous: none; report read: none'],
  [
    { instance_read: { 'api.instance.show': constrained('id') } },
    'instances: in part; 1 constraint; billing: none; miscellaneous: none; report read: none',
  ],
  [
    { instance_read: { 'api.instance.show': {}, 'api.instance.list': {} }, misc: {}, report_read: {} },
    'instances: read; miscellaneous: read and write; report read: read; billing: none',
  ],
  [
    { '*': {}, instance_write: constrained('price', 'gpu') },
    'instances: read and write; billing: read and write; miscellaneous: read and write; report read: read; 2 constraints',
  ],
  [
    { '*': {}, instance_read: { 'api.instance.show': {} }, billing_write: { 'api.unknown': {} } },
    'instances: in part; billing: read; miscellaneous: read and write; report read: read',
  ],
  // A constraint that is not understood denies its endpoint.
  [{ instance_read: { 'api.instance.list': { constraints: { gone: { eq: 1 } } } } }, 'nothing'],
]

describe('a summary of permissions', () => {
  it.each(rows)('of %j is in words', (api, sentence) => {
    expect(printSummary(summarisePermissions(readStoredPermissions({ api }), catalog))).toBe(sentence)
  })

  it('is data', () => {
    const permissions = readStoredPermissions({ api: { instance_read: {}, misc: constrained('x') } })
    expect(summarisePermissions(permissions, catalog)).toEqual({
      areas: [
        { id: 'instance', title: 'instances', level: 'read' },
        { id: 'billing', title: 'billing', level: 'none' },
        { id: 'misc', title: 'miscellaneous', level: 'none' },
        { id: 'report_read', title: 'report read', level: 'none' },
      ],
      constraintCount: 1,
      full: false,
    })
  })

  it('has the areas of the shipped catalog', () => {
    const entries: unknown = JSON.parse(
      readFileSync(new URL('../../server/catalogs/vast.json', import.meta.url), 'utf8'),
    )
    const vast = loadCatalog([builtinCatalog, { own: false, entries }])
    const { areas } = summarisePermissions(readStoredPermissions({ api: {} }), vast)
    expect(areas.map(({ title }) => title).sort()).toEqual(
      ['billing', 'instances', 'machines', 'miscellaneous', 'team', 'user'].sort(),
    )
  })
})
