import { describe, expect, it } from 'vitest'
import { describeProviderError } from '../../src/sign-in/provider-error.js'

describe('a failed sign-in by a provider', () => {
  it('says nothing without a code', () => {
    expect(describeProviderError(null)).toBeNull()
  })

  it('says what to do where it knows', () => {
    expect(describeProviderError('not_linked')).toMatch(/^Nobody here has that identity/)
  })

  it('quotes an unknown code, but no text of somebody else', () => {
    expect(describeProviderError('nonce_mismatch')).toBe(
      'The provider could not sign you in (nonce_mismatch). Try again.',
    )
    expect(describeProviderError('Call 0900 1234')).toBe('The provider could not sign you in. Try again.')
    expect(describeProviderError('constructor')).toContain('(constructor)')
  })
})
