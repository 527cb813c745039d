import { describe, expect, it } from 'vitest'
import { parseKeyParams, printBlock, toPlain } from '../src/index.js'

describe('key_params', () => {
  const taken: [string, unknown, Record<string, unknown> | null, string[] | null][] = [
    ['nothing', undefined, null, null],
    ['null', null, null, null],
    ['an empty text', '', null, null],
    ['an empty object', {}, {}, null],
    ['an object', { id: 5, names: ['a', 'b'] }, { id: 5, names: ['a', 'b'] }, null],
    ['the JSON text of one', '{"id": 5}', { id: 5 }, null],
    ['a list of addresses', { ip_whitelist: ['10.0.0.0/8', '::1', '::1'] }, {}, ['10.0.0.0/8', '::1']],
  ]
  it.each(taken)('are taken as %s', (_name, given, values, addresses) => {
    const read = parseKeyParams(given)
    if (!read.ok) throw new Error(read.problem)
    expect(read.placeholders && toPlain(new Map(read.placeholders))).toEqual(values)
    expect(read.addresses?.map(printBlock) ?? null).toEqual(addresses)
  })

  const refused: [string, unknown, RegExp][] = [
    ['a list', [], /^key_params must be an object, the JSON text of one, or null$/],
    ['a text that is no JSON', '{"id": ', /^key_params cannot be read: /],
    ['a text that repeats a member', '{"id": 5, "id": 6}', /^key_params cannot be read: /],
    ['more than they can be', { id: 'x'.repeat(65_536) }, /^key_params is longer than 65536 characters$/],
    ['one address', { ip_whitelist: '::1' }, /^key_params\.ip_whitelist must be a list of addresses and CIDR blocks$/],
    ['no addresses', { ip_whitelist: [] }, /^key_params\.ip_whitelist is empty, which would shut out everybody/],
    ['a block with a host', { ip_whitelist: ['10.0.0.1/8'] }, /"10\.0\.0\.1\/8" has bits set behind its prefix/],
    ['what is no address', { ip_whitelist: [5] }, /^key_params\.ip_whitelist: 5 is not an IPv4 or IPv6 address/],
  ]
  it.each(refused)('are refused as %s', (_name, given, problem) => {
    const read = parseKeyParams(given)
    expect(read.ok ? 'taken' : read.problem).toMatch(problem)
  })
})
