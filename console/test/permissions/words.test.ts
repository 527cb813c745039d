import { describe, expect, it } from 'vitest'
import { compare, describePermissions, listDifferences } from '../../src/permissions/words.js'
import { permit, vast } from './catalogs.js'

const of = (api: Record<string, unknown>) => permit({ api }, vast)

describe('a document in one sentence', () => {
  const sentences: [Record<string, unknown>, string][] = [
    [{}, 'It may do nothing but ask who it is.'],
    [{ '*': {} }, 'It may do everything, also what later catalogs add.'],
    [{ '*': {}, verify: {} }, 'It may do everything, verify across accounts, also what later catalogs add.'],
    [{ operate: {} }, 'It may operate across accounts, and nothing else.'],
    [
      { user_read: {}, instance_read: {}, instance_write: {} },
      'It may read and write instances, read user, and nothing else.',
    ],
    [{ misc: {}, billing_read: {} }, 'It may read and write miscellaneous, read billing, and nothing else.'],
    [
      { instance_write: { 'api.instance.reboot': {}, 'api.instance.destroy': { constraints: { id: { gte: 1 } } } } },
      'It may use part of instances, under 1 constraint, and nothing else.',
    ],
  ]
  it.each(sentences)('%j', (api, sentence) => {
    expect(describePermissions(of(api), vast)).toBe(sentence)
  })
})

describe('a change', () => {
  const one = (id: number) => ({ instance_read: { 'api.instance.show': { constraints: { id: { eq: id } } } } })
  const changes: [Record<string, unknown>, Record<string, unknown>, string, [string, string, string][]][] = [
    [{ user_read: {} }, { user_read: {} }, 'same', []],
    [{ user_read: {} }, { user_read: {}, misc: {} }, 'widens', [['misc', 'nothing → all', 'widens']]],
    [{ user_read: {}, misc: {} }, { user_read: {} }, 'narrows', [['misc', 'all → nothing', 'narrows']]],
    [
      { user_read: {} },
      { misc: {} },
      'both',
      [
        ['user_read', 'all → nothing', 'narrows'],
        ['misc', 'nothing → all', 'widens'],
      ],
    ],
    [
      { '*': {}, billing_write: {} },
      { '*': { constraints: { id: { eq: 5 } } }, billing_write: {}, misc: {} },
      'narrows',
      [
        ['everything else', 'all → all where id is 5', 'narrows'],
        ...[
          'user_read',
          'user_write',
          'instance_write',
          'billing_read',
          'instance_read',
          'machine_read',
          'machine_write',
        ].map((category): [string, string, string] => [category, 'all → all where id is 5', 'narrows']),
        ['team_write', 'all → all where id is 5', 'narrows'],
        ['team_read', 'all → all where id is 5', 'narrows'],
      ],
    ],
    [one(5), one(6), 'both', [['instance_read', 'api.instance.show: id is 5 → id is 6', 'both']]],
    [{ instance_read: {} }, one(5), 'narrows', [['instance_read', 'all → api.instance.show where id is 5', 'narrows']]],
    [
      { instance_write: { 'api.instance.reboot': {} } },
      { instance_write: { 'api.instance.destroy': { constraints: { id: { lte: 5 } } } } },
      'both',
      [['instance_write', 'without api.instance.reboot; with api.instance.destroy where id is at most 5', 'both']],
    ],
    [
      { instance_write: { '*': {} } },
      { instance_write: { '*': {}, constraints: { id: { eq: [1, 2] } } } },
      'narrows',
      [['instance_write', 'all of it: without constraint → id is 1 or 2', 'narrows']],
    ],
  ]
  it.each(changes)('from %j to %j %s', (before, after, direction, expected) => {
    expect(compare(of(before), of(after))).toBe(direction)
    expect(
      listDifferences(of(before), of(after), vast).map((each) => [each.category, each.text, each.direction]),
    ).toEqual(expected)
  })
})
