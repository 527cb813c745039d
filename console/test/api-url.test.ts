import { expect, it } from 'vitest'
import { readApiUrl } from '../src/api-url.js'

it.each([
  ['', 'http://127.0.0.1:7071'],
  ['%KEYPORTER_API%', 'http://127.0.0.1:7071'],
  [':7070', 'http://127.0.0.1:7070'],
  ['https://api.example.com', 'https://api.example.com'],
])('an API that is written as "%s" is at %s', (written, url) => {
  expect(readApiUrl(written, new URL('http://127.0.0.1:7071/keys'))).toBe(url)
})

it('an IPv6 host keeps its brackets', () => {
  expect(readApiUrl(':7070', new URL('http://[::1]:7071/'))).toBe('http://[::1]:7070')
})
