import { describe, expect, it } from 'vitest'
import { readReturnPath } from '../../src/sign-in/return-path.js'

const origin = 'https://keys.example.com'

describe('the way back after signing in', () => {
  const rows: [string, string][] = [
    ['', '/keys'],
    ['?from=%2Fkeys%2F7%3Ftab%3Djson', '/keys/7?tab=json'],
    ['?from=%2Fsign-in', '/keys'],
    ['?from=%2F%2Fevil.example', '/keys'],
    ['?from=%2F%5Cevil.example', '/keys'],
    ['?from=https%3A%2F%2Fevil.example%2F', '/keys'],
    ['?from=javascript%3Aalert(1)', '/keys'],
    ['?from=%2F%09%2Fevil.example', '/keys'],
    ['?from=%2F.%2F%2Fevil.example', '/keys'],
  ]
  it.each(rows)('%s leads to %s', (search, path) => {
    expect(readReturnPath(search, origin)).toBe(path)
  })
})
