import { describe, expect, it } from 'vitest'
import { canonicaliseTarget } from '../src/canonical.js'
import { readCredentials } from '../src/credentials.js'

const secret = 'kp_secret'

function read(headers: string[], target = '/', queryKeys = true) {
  const canonical = canonicaliseTarget(target)
  if (!canonical.ok) throw new Error(canonical.problem)
  return readCredentials(headers, canonical.target, queryKeys)
}

describe('credentials', () => {
  const found = { kind: 'secret', secret }
  const cases: [string, string[], string, unknown][] = [
    ['takes a Bearer header', [`Bearer ${secret}`], '/', found],
    ['takes the scheme in any case', [`bEARER ${secret}`], '/', found],
    ['trims space round the secret', [`  Bearer    ${secret}\t `], '/', found],
    ['finds none where there is none', [], '/', { kind: 'none' }],
    ['counts an empty Bearer as none', ['Bearer '], '/', { kind: 'none' }],
    ['counts an empty header as none', [''], '/', { kind: 'none' }],
    ['refuses a raw secret without scheme', [secret], '/', { kind: 'malformed' }],
    ['refuses another scheme', ['Basic YTpi'], '/', { kind: 'malformed' }],
    ['refuses a scheme glued to the secret', [`Bearer${secret}`], '/', { kind: 'malformed' }],
    ['refuses white space inside', ['Bearer kp_ab cd'], '/', { kind: 'malformed' }],
    ['tells two headers apart from none', [`Bearer ${secret}`, 'Bearer x'], '/', { kind: 'ambiguous' }],
    ['falls back to the query', [], `/?api_key=${secret}`, found],
    ['lets Bearer win over the query', [`Bearer ${secret}`], '/?api_key=other', found],
    ['falls back past an empty Bearer', ['Bearer '], `/?api_key=${secret}`, found],
    ['does not fall back past a bad header', ['Basic x'], `/?api_key=${secret}`, { kind: 'malformed' }],
    ['takes the same secret twice', [], `/?api_key=${secret}&api_key=${secret}`, found],
    ['refuses two different ones', [], `/?api_key=${secret}&api_key=other`, { kind: 'malformed' }],
    ['counts an empty query member as none', [], '/?api_key=&api_key', { kind: 'none' }],
  ]
  it.each(cases)('%s', (_, headers, target, expected) => {
    expect(read(headers, target)).toEqual(expected)
  })

  it('does not look at the query when that is switched off', () => {
    expect(read([], `/?api_key=${secret}`, false)).toEqual({ kind: 'none' })
  })
})
