import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../src/catalog.js'
import { parsePermissions, printPermissions } from '../src/permission-document.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import {
  change,
  changeDocument,
  choices,
  type Document,
  document,
  type Entry,
  entries,
  laterEntries,
  makeChosen,
  ownEntries,
} from './arbitrary.js'
import { interpret } from './interpreter.js'
import { ask, isConstrained, loadVast, prepare, readVast } from './world.js'

const load = (under: readonly Entry[]) =>
  loadCatalog([
    { own: true, entries: ownEntries },
    { own: false, entries: under },
  ])
const catalog = load(entries)

const changed = fc
  .tuple(document, fc.array(change, { maxLength: 4 }))
  .map(([base, changes]) => changes.reduce<Document>(changeDocument, base))

describe('decisions on random documents', () => {
  it('are what a plain reading of the document says, under this catalog and later ones', () => {
    const seen = { allowed: 0, denied: 0, parsed: 0, met: 0, missing: 0, value: 0, lookalike: 0, not_seen: 0 }
    fc.assert(
      fc.property(changed, laterEntries, fc.array(choices, { minLength: 15, maxLength: 15 }), (text, later, many) => {
        const stored = readStoredPermissions(text)
        const parsed = parsePermissions(text, catalog)
        if (parsed.ok) seen.parsed++
        const askParsed = parsed.ok ? prepare(parsed.permissions, catalog) : null
        const now = [entries, prepare(stored, catalog), askParsed] as const
        const then = [later, prepare(stored, load(later)), null] as const
        for (const chosen of many) {
          for (const [under, askStored, askAlso] of [now, then]) {
            const request = makeChosen(under, chosen, text)
            const expected = interpret(text, [...ownEntries, ...under], request)
            const decision = askStored(request)
            const context = JSON.stringify(
              { text, line: `${request.method} ${request.target.path}`, decision },
              null,
              1,
            )
            expect(decision.allowed, context).toBe(expected)
            if (askAlso) expect(askAlso(request).allowed).toBe(expected)
            seen[expected ? 'allowed' : 'denied']++
            if (!decision.allowed) {
              if (decision.denial.reason === 'constraint') seen[decision.denial.problem]++
            } else if (isConstrained(decision)) seen.met++
          }
        }
      }),
      { numRuns: 500 },
    )
    expect(seen.allowed).toBeGreaterThan(1_000)
    expect(seen.denied).toBeGreaterThan(1_000)
    expect(seen.parsed).toBeGreaterThan(50)
    for (const problem of ['met', 'missing', 'value', 'lookalike', 'not_seen'] as const) {
      expect(seen[problem], problem).toBeGreaterThan(20)
    }
  })
})

describe('printing', () => {
  it('is undone by parsing and by reading what was stored', () => {
    let parsedCount = 0
    fc.assert(
      fc.property(changed, (text) => {
        const stored = readStoredPermissions(text)
        expect(readStoredPermissions(printPermissions(stored))).toEqual(stored)
        const parsed = parsePermissions(text, catalog)
        if (!parsed.ok) return
        parsedCount++
        const printed = printPermissions(parsed.permissions)
        expect(parsePermissions(printed, catalog)).toEqual(parsed)
        expect(readStoredPermissions(printed)).toEqual(parsed.permissions)
        expect(JSON.parse(JSON.stringify(printed))).toEqual(printed)
      }),
      { numRuns: 2_000 },
    )
    expect(parsedCount).toBeGreaterThan(200)
  })

  it('keeps any text, however many braces it has', () => {
    const text = fc.oneof(
      fc.string({ maxLength: 8 }),
      fc.array(fc.constantFrom('{', '}', '{{', '}}', 'a'), { maxLength: 8 }).map((each) => each.join('')),
    )
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 3 }), (owners) => {
        const permissions = new Map([
          [
            'alpha_read',
            {
              constraints: new Map(),
              endpoints: new Map([['api.a.show', new Map([['owner', { eq: [...new Set(owners)] }]])]]),
            },
          ],
        ])
        const printed = printPermissions(permissions)
        expect(parsePermissions(printed, catalog)).toEqual({ ok: true, permissions })
        expect(readStoredPermissions(printed)).toEqual(permissions)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('decisions under the shipped catalog', () => {
  const vast = loadVast()
  const shipped = readVast() as Entry[]
  const scoped = vast.endpoints.filter(({ access }) => access === 'scoped')

  it('grant an endpoint, its category or * alike, and nothing else', () => {
    for (const endpoint of scoped) {
      const raw = endpoint.path.replaceAll(/\{(\w+)\}/g, (_, name) =>
        endpoint.parameters.get(name)!.type === 'string' ? 'text' : '5',
      )
      const request = makeChosen([{ ...endpoint, path: raw, params: {} } as unknown as Entry], {
        endpoint: 0,
        path: [0, 0, 0],
        query: [],
        body: 1,
        members: [],
      })
      const allowed = (api: object) => ask(readStoredPermissions({ api }), request, vast).allowed
      const reserved = ['verify', 'operate'].includes(endpoint.category)
      expect(allowed({ [endpoint.category]: { [endpoint.id]: {} } })).toBe(true)
      expect(allowed({ [endpoint.category]: {} })).toBe(true)
      expect(allowed({ '*': {} })).toBe(!reserved)
      const others = Object.fromEntries(
        scoped.filter(({ category }) => category !== endpoint.category).map(({ category }) => [category, {}]),
      )
      expect(allowed(others)).toBe(false)
      const siblings = scoped.filter(({ id, category }) => category === endpoint.category && id !== endpoint.id)
      expect(
        allowed({ [endpoint.category]: Object.fromEntries([...siblings.map(({ id }) => [id, {}]), ['api.x.x', {}]]) }),
      ).toBe(false)
    }
    expect(shipped.length).toBeGreaterThan(150)
  })
})
