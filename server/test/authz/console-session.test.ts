import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from 'vitest'
import { type ConsoleSite, isFromConsole } from '../../src/authz/console-session.js'
import { describeCookie } from '../../src/cookies.js'

const own = { 'x-keyporter-console': '1', host: 'keys.example.com:7071' }
const open: ConsoleSite = { cookie: describeCookie(false), origin: null }
const behindTls: ConsoleSite = { cookie: describeCookie(true), origin: null }
const configured: ConsoleSite = { cookie: describeCookie(true), origin: 'https://keys.example.com' }

const rows: [what: string, isOne: boolean, site: ConsoleSite, method: string, headers: Record<string, string>][] = [
  ['its own origin', true, open, 'POST', { ...own, origin: 'http://keys.example.com:7071' }],
  [
    'the same in what browsers add',
    true,
    open,
    'POST',
    { ...own, origin: 'http://keys.example.com:7071', 'sec-fetch-site': 'same-origin' },
  ],
  ['no origin, of what reads', true, open, 'GET', own],
  ['no origin, of what writes', false, open, 'POST', own],
  ['no origin, of what deletes', false, open, 'DELETE', own],
  ['another port', false, open, 'GET', { ...own, origin: 'http://keys.example.com:7070' }],
  ['another scheme', false, open, 'GET', { ...own, origin: 'https://keys.example.com:7071' }],
  ['a host that begins like it', false, open, 'GET', { ...own, origin: 'http://keys.example.com:7071.evil.example' }],
  ['an opaque origin', false, open, 'GET', { ...own, origin: 'null' }],
  ['two origins', false, open, 'POST', { ...own, origin: 'http://keys.example.com:7071, https://evil.example' }],
  [
    'https behind TLS',
    true,
    behindTls,
    'POST',
    { ...own, host: 'keys.example.com', origin: 'https://keys.example.com' },
  ],
  [
    'the default port in the Host',
    true,
    behindTls,
    'POST',
    { ...own, host: 'KEYS.example.com:443', origin: 'https://keys.example.com' },
  ],
  [
    'http behind TLS',
    false,
    behindTls,
    'POST',
    { ...own, host: 'keys.example.com', origin: 'http://keys.example.com' },
  ],
  [
    'what is configured, whatever the Host',
    true,
    configured,
    'POST',
    { ...own, host: 'inside:7071', origin: 'https://keys.example.com' },
  ],
  [
    'the Host, where something else is configured',
    false,
    configured,
    'POST',
    { ...own, host: 'inside', origin: 'https://inside' },
  ],
  ['no Host', false, open, 'POST', { 'x-keyporter-console': '1', origin: 'http://' }],
  ['a Host that is none', false, open, 'POST', { ...own, host: 'a b', origin: 'http://a b' }],
]

describe('a page of the console', () => {
  it.each(rows)('%s: %s', (_what, isOne, site, method, headers) => {
    expect(isFromConsole(site, { method, headers } as unknown as IncomingMessage)).toBe(isOne)
  })
})
