import { describe, expect, it } from 'vitest'
import { describeBrowser } from '../../src/sessions/browser.js'

describe('the browser of a session', () => {
  const rows: [string | null, string][] = [
    [null, 'Unknown browser'],
    ['', 'Unknown browser'],
    [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
      'Chrome on Linux',
    ],
    [
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36 Edg/156.0',
      'Edge on Windows',
    ],
    [
      'Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605 Version/19.1 Mobile Safari/604.1',
      'Safari on iPhone',
    ],
    ['Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:150.0) Gecko/20100101 Firefox/150.0', 'Firefox on macOS'],
    ['curl/8.5.0', 'curl'],
  ]
  it.each(rows)('%s', (userAgent, words) => {
    expect(describeBrowser(userAgent)).toBe(words)
  })
})
