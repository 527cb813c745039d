import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { loadCatalog } from '../src/catalog.js'
import { expandFull, limitAny } from '../src/full-permissions.js'
import type { AccessRequest } from '../src/request.js'
import { readStoredPermissions } from '../src/stored-permissions.js'
import { findExcess, findExcessPermission, isWithin } from '../src/within.js'
import {
  type Choices,
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
import { accountId, isConstrained, loadVast, makeTarget, prepare } from './world.js'

const load = (under: readonly Entry[]) =>
  loadCatalog([
    { own: true, entries: ownEntries },
    { own: false, entries: under },
  ])
const catalog = load(entries)

/** A document, and one that was made from it by a few changes. */
const related = fc
  .tuple(document, fc.array(change, { maxLength: 3 }), fc.array(change, { maxLength: 2 }))
  .map(([base, changes, more]) => {
    const parent = more.reduce<Document>(changeDocument, base)
    return { parent, child: changes.reduce<Document>(changeDocument, parent) }
  })

describe('a key within another', () => {
  it('is never allowed what the other is denied, under this catalog and any later one', () => {
    const seen = { within: 0, beyond: 0, both: 0, constrained: 0, parentOnly: 0, neither: 0, witnesses: 0 }
    fc.assert(
      fc.property(related, laterEntries, fc.array(choices, { minLength: 25, maxLength: 25 }), (pair, later, many) => {
        const [child, parent] = [readStoredPermissions(pair.child), readStoredPermissions(pair.parent)]
        const within = isWithin(child, parent)
        seen[within ? 'within' : 'beyond']++
        const loaded = load(later)
        const now = [entries, prepare(child, catalog), prepare(parent, catalog)] as const
        const then = [later, prepare(child, loaded), prepare(parent, loaded)] as const
        let witness = false
        for (const chosen of many) {
          for (const [under, askChild, askParent] of [now, then]) {
            const request = makeChosen(under, chosen, pair.parent)
            const [childDecision, parentDecision] = [askChild(request), askParent(request)]
            if (within) {
              const context = JSON.stringify({ pair, line: `${request.method} ${request.target.path}`, parentDecision })
              expect(childDecision.allowed && !parentDecision.allowed, context).toBe(false)
              seen[childDecision.allowed ? 'both' : parentDecision.allowed ? 'parentOnly' : 'neither']++
              if (isConstrained(childDecision) && isConstrained(parentDecision)) seen.constrained++
            } else if (childDecision.allowed && !parentDecision.allowed) witness = true
          }
        }
        if (witness) seen.witnesses++
      }),
      { numRuns: 1_500 },
    )
    // The test can fail: both answers are common, and so are requests that tell child and parent apart.
    expect(seen.within).toBeGreaterThan(300)
    expect(seen.beyond).toBeGreaterThan(300)
    expect(seen.both).toBeGreaterThan(3_000)
    expect(seen.constrained).toBeGreaterThan(200)
    expect(seen.parentOnly).toBeGreaterThan(1_000)
    expect(seen.witnesses).toBeGreaterThan(100)
  })

  it('is within itself, within * but for reserved categories, and within whatever contains what contains it', () => {
    let chains = 0
    fc.assert(
      fc.property(related, fc.array(change, { maxLength: 2 }), (pair, changes) => {
        const [child, parent] = [readStoredPermissions(pair.child), readStoredPermissions(pair.parent)]
        const grandchild = readStoredPermissions(changes.reduce<Document>(changeDocument, pair.child))
        expect(isWithin(child, child)).toBe(true)
        expect(isWithin(readStoredPermissions({ api: {} }), parent)).toBe(true)
        const everything = readStoredPermissions({ api: { '*': {}, verify: {}, operate: {} } })
        expect(isWithin(child, everything)).toBe(true)
        if (isWithin(grandchild, child) && isWithin(child, parent)) {
          chains++
          expect(isWithin(grandchild, parent)).toBe(true)
        }
      }),
      { numRuns: 2_000 },
    )
    expect(chains).toBeGreaterThan(200)
  })

  it('is told by the first place that is beyond, in a few words of the child or the parent', () => {
    fc.assert(
      fc.property(related, (pair) => {
        const [child, parent] = [readStoredPermissions(pair.child), readStoredPermissions(pair.parent)]
        const place = findExcessPermission(child, parent)
        expect(place === null).toBe(isWithin(child, parent))
        const time = { addresses: null, notBefore: null, expiresAt: null }
        expect(findExcess({ permissions: child, ...time }, { permissions: parent, ...time })).toBe(place)
        if (place === null) return
        const [category, id] = place.split('/') as [string, string?]
        expect([...child.keys(), ...parent.keys(), '*']).toContain(category)
        if (id)
          expect([
            ...(child.get(category)?.endpoints?.keys() ?? []),
            ...(parent.get(category)?.endpoints?.keys() ?? []),
            ...(parent.get('*')?.endpoints?.keys() ?? []),
            ...(child.get('*')?.endpoints?.keys() ?? []),
          ]).toContain(id)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('what is made of a creator’s permissions', () => {
  it('is within them: {} and *', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const [creator, wanted] = [readStoredPermissions(one), readStoredPermissions(other)]
        expect(isWithin(expandFull(creator, catalog), creator)).toBe(true)
        expect(isWithin(limitAny(wanted, creator, catalog), wanted)).toBe(true)
        if (!creator.has('*')) expect(limitAny(wanted, creator, catalog).has('*')).toBe(false)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a key within another under the shipped catalog', () => {
  const vast = loadVast()
  const scoped = vast.endpoints.filter(({ access }) => access === 'scoped')
  const integers = [1, 2, accountId]

  /** Documents over a few endpoints with parameters in each place, so that random requests meet random constraints. */
  const chosen = scoped
    .filter(({ parameters }) => [...parameters.values()].some(({ type }) => type === 'integer'))
    .slice(0, 30)
  const endpoint = fc.constantFrom(...chosen)
  const bound = fc.oneof(
    fc.constantFrom(...integers).map((eq) => ({ eq })),
    fc.constant({ eq: [1, 2] }),
    fc.constantFrom(...integers).map((gte) => ({ gte })),
    fc.constantFrom(...integers).map((lte) => ({ lte })),
  )
  const rule = fc.tuple(endpoint, fc.option(bound, { nil: null }), fc.nat(20), fc.nat(3))
  type Rule = [(typeof chosen)[number], object | null, number, number]

  function write(rules: readonly Rule[]): Document {
    const api: Record<string, Record<string, object>> = {}
    for (const [each, limit, at, level] of rules) {
      const names = [...each.parameters].filter(([, { type }]) => type === 'integer').map(([name]) => name)
      const constraints = limit ? { constraints: { [names[at % names.length]!]: limit } } : {}
      api[each.category] ??= {}
      if (level === 0) Object.assign(api[each.category]!, constraints)
      else api[each.category]![level === 1 ? '*' : each.id] = constraints
    }
    return { api: api as Document['api'] }
  }

  function request(target: (typeof chosen)[number], { path, query, members, body }: Choices): AccessRequest {
    let at = 0
    const values = ['1', '2', String(accountId), 'me']
    const raw = target.path.replaceAll(/\{\w+\}/g, () => values[path[at++ % 3]! % values.length]!)
    const names = [...target.parameters.keys()]
    const name = (i: number) => names[i % names.length]!
    const search = query.map(([n, v]) => `${name(n)}=${values[v % 4]}`).join('&')
    const json = JSON.stringify(Object.fromEntries(members.map(([n, v]) => [name(n), integers[v % 3]])))
    return {
      method: target.method,
      target: makeTarget(search ? `${raw}?${search}` : raw),
      body: body === 0 ? undefined : body === 1 ? null : new TextEncoder().encode(json),
      client: null,
    }
  }

  it('is never allowed what the other is denied', () => {
    const seen = { within: 0, beyond: 0, both: 0, parentOnly: 0 }
    const rules = fc.array(rule, { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(
        rules,
        rules,
        fc.nat(3),
        fc.array(choices, { minLength: 6, maxLength: 6 }),
        (base, more, mode, many) => {
          const parentRules = mode === 0 ? base.map(([each]): Rule => [each, null, 0, 0]) : [...base]
          const childRules =
            mode === 1
              ? base.slice(0, 1)
              : mode === 2
                ? [...base, ...more.map(([, limit, at]): Rule => [base[0]![0], limit, at, 0])]
                : base
          const [child, parent] = [readStoredPermissions(write(childRules)), readStoredPermissions(write(parentRules))]
          const within = isWithin(child, parent)
          seen[within ? 'within' : 'beyond']++
          if (!within) return
          const [askChild, askParent] = [prepare(child, vast), prepare(parent, vast)]
          for (const [target] of [...base, ...more]) {
            for (const each of many) {
              const asked = request(target, each)
              const [a, b] = [askChild(asked).allowed, askParent(asked).allowed]
              expect(a && !b).toBe(false)
              if (a) seen.both++
              else if (b) seen.parentOnly++
            }
          }
        },
      ),
      { numRuns: 800 },
    )
    expect(seen.within).toBeGreaterThan(100)
    expect(seen.beyond).toBeGreaterThan(30)
    expect(seen.both).toBeGreaterThan(200)
    expect(seen.parentOnly).toBeGreaterThan(100)
  })
})
