import { describe, expect, it } from 'vitest'
import { findAskedProblem, printAskedForm, readAsked, readAskedForm } from '../../src/explain/asked.js'

const form = { key: '12', method: 'PUT', path: '/a/?b=c&d', body: '{"x": 1}', client: '10.0.0.1' }

describe('a question in the address', () => {
  it('is read as it was printed', () => {
    expect(readAskedForm(printAskedForm(form))).toEqual(form)
    expect(readAskedForm(new URLSearchParams())).toEqual({ key: '', method: 'GET', path: '', body: '', client: '' })
  })

  it('is a request of a key', () => {
    expect(readAsked(printAskedForm(form))).toEqual({
      keyId: 12,
      request: { method: 'PUT', path: '/a/?b=c&d', body: { x: 1 }, clientAddress: '10.0.0.1' },
      addAddress: null,
    })
  })

  it('leaves out what was not given: the address is then the own one', () => {
    const asked = readAsked(new URLSearchParams('path=/a'))
    expect(asked).toEqual({ keyId: null, request: { method: 'GET', path: '/a', body: null }, addAddress: null })
  })

  it('asks for an address to be added only where one is named', () => {
    expect(readAsked(new URLSearchParams('path=/a&add=address'))?.addAddress).toBeNull()
    expect(readAsked(new URLSearchParams('path=/a&add=address&client=10.0.0.1'))?.addAddress).toBe('10.0.0.1')
  })

  const problems: [string, object, string | null][] = [
    ['nothing', {}, null],
    ['a path that is none', { path: 'a' }, 'path'],
    ['a body that is no JSON', { body: '{' }, 'body'],
    ['an address that is none', { client: 'here' }, 'client'],
  ]
  it.each(problems)('has a problem with %s', (_, change, field) => {
    const asked = { ...form, ...change }
    expect(findAskedProblem(asked)?.field ?? null).toBe(field)
    expect(readAsked(printAskedForm(asked)) === null).toBe(field !== null)
  })
})
