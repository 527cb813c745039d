import { describe, expect, it } from 'vitest'
import { describeRelative } from '../src/instant.js'

const now = Date.UTC(2026, 10, 27, 9)

describe('instants in words', () => {
  const rows: [number, string][] = [
    [0, 'just now'],
    [-59, 'just now'],
    [30, 'in a moment'],
    [-60, '1 minute ago'],
    [-3 * 3_600, '3 hours ago'],
    [-86_400, 'yesterday'],
    [5 * 86_400 - 20, 'in 5 days'],
    [90 * 86_400 - 20, 'in 3 months'],
    [-400 * 86_400, 'last year'],
  ]
  it.each(rows)('%i s from now is "%s"', (seconds, words) => {
    expect(describeRelative(new Date(now + seconds * 1000), now)).toBe(words)
  })
})
