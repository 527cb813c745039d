import { describe, expect, it } from 'vitest'
import { describeApi } from '../../src/config/console-url.js'
import { ConfigError, loadConfig } from '../../src/config/load.js'

describe('where the console says that the API is', () => {
  const upstream = { KEYPORTER_UPSTREAM: 'http://127.0.0.1:9000' }
  it.each([
    ['the page itself without an upstream', {}, ''],
    ['the port of the gateway with one', upstream, ':7070'],
    ['the page itself where TLS ends in front, until it is told', { ...upstream, KEYPORTER_BEHIND_TLS: 'true' }, ''],
    ['the page itself where the port is not known yet', { ...upstream, KEYPORTER_PORT: '0' }, ''],
    ['what it is told', { ...upstream, KEYPORTER_API_URL: 'https://api.example.com/' }, 'https://api.example.com'],
  ])('is %s', (_, env, api) => {
    expect(describeApi(loadConfig(env))).toBe(api)
  })

  it('is an origin', () => {
    expect(() => loadConfig({ KEYPORTER_API_URL: 'https://api.example.com/v1' })).toThrow(ConfigError)
  })
})
