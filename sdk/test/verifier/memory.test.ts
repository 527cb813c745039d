/** What a verifier holds, beside a plain list of the same that knows nothing of sharing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Memory } from '../../src/verifier/memory.js'
import type { Kind, Touch } from '../../src/verifier/source.js'

const limits = { maxEntries: 100, maxNegatives: 2 }
const touches = (...list: [Kind, number][]): Touch[] => list.map(([kind, id]) => ({ kind, id }))

const digest = fc.constantFrom('a', 'b', 'c', 'd', 'e')
const touch = fc.record({ kind: fc.constantFrom<Kind>('key', 'session', 'account', 'role'), id: fc.nat(2) })
const step = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), digest, dependsOn: fc.uniqueArray(touch, { maxLength: 3 }) }),
  fc.record({ kind: fc.constant('get' as const), digest }),
  fc.record({ kind: fc.constant('drop' as const), touch }),
)

describe('Memory', () => {
  it('holds each record until something that it depends on is dropped, and no longer', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = new Memory<number>(limits)
        const plain = new Map<string, { value: number; dependsOn: readonly Touch[] }>()
        for (const [value, each] of steps.entries()) {
          if (each.kind === 'set') {
            memory.set(each.digest, { value, dependsOn: each.dependsOn })
            plain.set(each.digest, { value, dependsOn: each.dependsOn })
          } else if (each.kind === 'get') {
            expect(memory.get(each.digest)).toBe(plain.get(each.digest)?.value)
          } else {
            memory.drop(each.touch)
            for (const [name, { dependsOn }] of plain) {
              if (dependsOn.some(({ kind, id }) => kind === each.touch.kind && id === each.touch.id)) plain.delete(name)
            }
          }
        }
        for (const name of ['a', 'b', 'c', 'd', 'e']) expect(memory.get(name)).toBe(plain.get(name)?.value)
      }),
      { numRuns: 2_000 },
    )
  })

  it('drops both records of a key that was reset', () => {
    const memory = new Memory<string>(limits)
    memory.set('old', { value: 'reset', dependsOn: touches(['key', 7], ['account', 1]) })
    memory.set('new', { value: 'known', dependsOn: touches(['key', 7], ['account', 1]) })
    memory.drop({ kind: 'key', id: 7 })
    expect([memory.get('old'), memory.get('new')]).toEqual([undefined, undefined])
  })

  it('makes room for a new record by one that was not used since the last time', () => {
    const memory = new Memory<number>({ ...limits, maxEntries: 3 })
    for (const id of [1, 2, 3]) memory.set(String(id), { value: id, dependsOn: touches(['key', id], ['account', 1]) })
    memory.get('1')
    memory.set('4', { value: 4, dependsOn: touches(['key', 4], ['account', 1]) })
    expect(['1', '2', '3', '4'].map((name) => memory.get(name))).toEqual([1, undefined, 3, 4])
    expect(memory.size).toBe(3)
  })

  it('remembers no more unknown digests than it may', () => {
    const memory = new Memory<number>(limits)
    for (const name of ['x', 'y', 'z']) memory.set(name, { value: null, dependsOn: [] })
    expect(['x', 'y', 'z'].map((name) => memory.isKnownUnknown(name))).toEqual([false, true, true])
    memory.dropNegatives()
    expect(memory.negativeSize).toBe(0)
  })
})
