import { type Catalog, compileGrant, grants, parsePermissions, readStoredPermissions } from '@keyporter/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { document as anyDocument } from '../../../core/test/arbitrary.js'
import { anyArea, findLevel, listAreas, setLevel } from '../../src/permissions/areas.js'
import {
  addRow,
  changeRow,
  chooseAllEndpoints,
  chooseEndpoints,
  clearEndpoints,
  findRows,
  grantEndpoint,
  listFreeOperators,
  removeRow,
  withdrawEndpoint,
  writeOutAny,
} from '../../src/permissions/edits.js'
import { type Form, printForm, readForm } from '../../src/permissions/form.js'
import { listMembers } from '../../src/permissions/parameters.js'
import { abstract, permit, things } from './catalogs.js'

const formOf = (api: Record<string, unknown>) => readForm(permit({ api }), things)
const print = (form: Form) => printForm(form, things).api

/** What a form grants: each endpoint's checks, by id. */
function compile(form: Form, catalog: Catalog): Map<string, string> {
  const grant = compileGrant(readStoredPermissions(printForm(form, catalog)), catalog)
  return new Map(
    catalog.endpoints
      .filter((endpoint) => grants(grant, endpoint))
      .map(({ id, index }) => [id, JSON.stringify(grant.checks.get(index) ?? [])]),
  )
}

/** Runs `act` on random valid documents. */
function everyForm(act: (form: Form) => void): void {
  fc.assert(
    fc.property(anyDocument, (document) => {
      const read = parsePermissions(document, abstract)
      if (read.ok) act(readForm(read.permissions, abstract))
    }),
    { numRuns: 600 },
  )
}

describe('a level', () => {
  const areas = listAreas(abstract)
  it('is what was chosen, and leaves every other area as it was', () => {
    everyForm((form) => {
      for (const area of areas) {
        const others = abstract.endpoints.filter(({ category }) => !area.categories.includes(category))
        for (const { level } of area.levels) {
          const next = setLevel(form, area, level, abstract)
          expect(findLevel(next, area)).toBe(level)
          const [before, after] = [compile(form, abstract), compile(next, abstract)]
          for (const { id } of others) expect([id, after.get(id)]).toEqual([id, before.get(id)])
        }
      }
    })
  })

  it('none of a reserved category leaves * as it is', () => {
    const verify = listAreas(things).find(({ id }) => id === 'verify')!
    expect(print(setLevel(formOf({ '*': {}, verify: {} }), verify, 'none', things))).toEqual({ '*': {} })
  })

  it('of everything else can be taken back, and what it stands for today stays', () => {
    everyForm((form) => {
      const next = setLevel(form, anyArea, 'none', abstract)
      expect(next.has('*')).toBe(false)
      expect(parsePermissions(printForm(next, abstract), abstract).ok).toBe(true)
      expect(compile(next, abstract)).toEqual(compile(form, abstract))
      expect(compile(writeOutAny(form, abstract), abstract)).toEqual(compile(form, abstract))
    })
  })
})

describe('an endpoint', () => {
  const others = (grant: Map<string, string>, id: string) => [...grant].filter(([each]) => each !== id).sort()

  it('that is withdrawn is not granted, and the others are as they were', () => {
    everyForm((form) => {
      for (const { id, category } of abstract.endpoints.filter(({ access }) => access === 'scoped')) {
        const next = withdrawEndpoint(form, category, id, abstract)
        const after = compile(next, abstract)
        expect(after.has(id)).toBe(false)
        expect(others(after, id)).toEqual(others(compile(form, abstract), id))
      }
    })
  })

  it('that is granted leaves the others as they were', () => {
    everyForm((form) => {
      for (const { id, category } of abstract.endpoints.filter(({ access }) => access === 'scoped')) {
        const after = compile(grantEndpoint(form, category, id), abstract)
        expect(others(after, id)).toEqual(others(compile(form, abstract), id))
      }
    })
  })

  it('that is given or loses a constraint leaves the others as they were', () => {
    everyForm((form) => {
      for (const { id, category } of abstract.endpoints.filter(({ access }) => access === 'scoped')) {
        const before = compile(form, abstract)
        if (!before.has(id)) continue
        const scope = { category, endpointId: id }
        const added = addRow(form, scope, abstract)
        expect(others(compile(added, abstract), id)).toEqual(others(before, id))
        const rows = findRows(added, scope)
        const removed = removeRow(added, scope, rows.length - 1)
        expect(others(compile(removed, abstract), id)).toEqual(others(before, id))
      }
    })
  })
})

describe('the endpoints of a category', () => {
  it('are the same after they were written out', () => {
    everyForm((form) => {
      for (const category of abstract.categories.keys()) {
        const next = chooseEndpoints(form, category, abstract)
        expect(compile(next, abstract)).toEqual(compile(form, abstract))
      }
    })
  })

  it('that are all unchecked grant nothing, and the other categories stay', () => {
    everyForm((form) => {
      for (const category of abstract.categories.keys()) {
        const after = compile(clearEndpoints(form, category, abstract), abstract)
        for (const { id } of listMembers(abstract, category)) expect(after.has(id)).toBe(false)
        const stay = [...compile(form, abstract)].filter(([id]) => abstract.byId.get(id)?.category !== category)
        expect([...after]).toEqual(stay)
      }
    })
  })

  it('keep their constraints when all others are granted', () => {
    const form = formOf({
      thing_write: { 'api.thing.update': {}, 'api.thing.destroy': { constraints: { id: { eq: 5 } } } },
    })
    expect(print(chooseAllEndpoints(form, 'thing_write'))).toEqual({
      thing_write: { '*': {}, 'api.thing.destroy': { constraints: { id: { eq: 5 } } } },
    })
    expect(print(chooseAllEndpoints(formOf({ thing_write: { 'api.thing.update': {} } }), 'thing_write'))).toEqual({
      thing_write: {},
    })
  })

  it('without any print as no category at all', () => {
    const form = withdrawEndpoint(
      formOf({ thing_write: { 'api.thing.update': {} } }),
      'thing_write',
      'api.thing.update',
      things,
    )
    expect(form.has('thing_write')).toBe(true)
    expect(print(form)).toEqual({})
    expect(print(grantEndpoint(form, 'thing_write', 'api.thing.buy'))).toEqual({ thing_write: { 'api.thing.buy': {} } })
  })
})

describe('rows', () => {
  const scope = { category: 'thing_read', endpointId: 'api.thing.show' }
  const show = formOf({ thing_read: { 'api.thing.show': {} } })

  it('begin with a parameter of the path, and go on with what is free', () => {
    const parameters: string[] = []
    let form = show
    for (let i = 0; i < 6; i++) form = addRow(form, scope, things)
    for (const { parameter, operator } of findRows(form, scope)) parameters.push(`${parameter} ${operator}`)
    expect(parameters).toEqual(['id eq', 'owner eq', 'id lte', 'id gte'])
  })

  it('never take the place of another', () => {
    const form = addRow(addRow(show, scope, things), scope, things)
    expect(changeRow(form, scope, 1, { parameter: 'id' })).toBe(form)
    expect(findRows(changeRow(form, scope, 1, { parameter: 'id', operator: 'lte' }), scope)[1]).toMatchObject({
      parameter: 'id',
      operator: 'lte',
    })
  })

  it('offer more and less only for numbers', () => {
    expect(listFreeOperators([], null, 'owner', scope, things)).toEqual(['eq'])
    expect(listFreeOperators([], null, 'id', scope, things)).toEqual(['eq', 'lte', 'gte'])
  })

  it('of a whole category that is constrained keep it whole for its other endpoints', () => {
    const form = changeRow(addRow(formOf({ thing_read: {} }), scope, things), scope, 0, { text: '5' })
    expect(print(form)).toEqual({ thing_read: { '*': {}, 'api.thing.show': { constraints: { id: { eq: 5 } } } } })
  })

  it('of a category that * grants are its own from then on', () => {
    const form = changeRow(addRow(formOf({ '*': {} }), scope, things), scope, 0, { text: '5' })
    expect(Object.keys(print(form))).toEqual(['*', 'thing_read'])
    expect(compile(form, things).size).toBe(listMembers(things, '*').length - 2)
  })
})
