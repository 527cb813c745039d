import { describe, expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../../src/config/load.js'

describe('KEYPORTER_DATABASE', () => {
  const load = (database: string) => loadConfig({ KEYPORTER_DATABASE: database }).database

  it('is a file in the data folder where it is not given', () => {
    expect([loadConfig({}).database, load('')]).toEqual([null, null])
  })

  it.each([
    'postgres://keyporter:p%40ss@db.example.com:5432/keyporter',
    'postgresql://localhost/keyporter?sslmode=verify-full',
    'postgres://u:p@one:5432,two:5433,[::1]:5432/keyporter',
    'postgres:///keyporter?host=/run/postgresql',
  ])('takes %s', (database) => {
    expect(load(database)).toBe(database)
  })

  it.each([
    'mysql://u:s3cret@db/keyporter',
    'postgres://u:s3/cret@db/keyporter',
    'postgres://u:s3@cret@db/keyporter',
    'postgres://u:s3cret@db:port/keyporter',
    's3cret',
  ])('refuses %s without quoting it', (database) => {
    expect(() => load(database)).toThrow(
      new ConfigError(
        'KEYPORTER_DATABASE postgres://user:password@host:5432/name is expected, with %-escapes for special characters in the password',
      ),
    )
  })
})

describe('KEYPORTER_CONSOLE_URL', () => {
  const read = (url: string) => loadConfig({ KEYPORTER_CONSOLE_URL: url }).consoleUrl

  it('is an origin', () => {
    expect(loadConfig({}).consoleUrl).toBeNull()
    for (const url of ['https://keys.example.com', 'https://keys.example.com/', 'http://[::1]:7071'])
      expect(read(url)).toBe(url.replace(/\/$/, ''))
  })

  it.each([
    'keys.example.com',
    'https://keys.example.com/console',
    'https://keys.example.com?x',
    'https://user@keys.example.com',
    'https://KEYS.example.com',
    'ftp://keys.example.com',
  ])('is not %s', (url) => {
    expect(() => read(url)).toThrow(ConfigError)
    expect(() => read(url)).toThrow('an http or https origin like https://keys.example.com is expected, without a path')
  })
})

it('KEYPORTER_CONSOLE_PORT is free where KEYPORTER_PORT is', () => {
  expect(loadConfig({}).consolePort).toBe(7071)
  expect(loadConfig({ KEYPORTER_PORT: '0' }).consolePort).toBe(0)
  expect(loadConfig({ KEYPORTER_PORT: '0', KEYPORTER_CONSOLE_PORT: '81' }).consolePort).toBe(81)
  expect(loadConfig({ KEYPORTER_CONSOLE_PORT: '0' }).consolePort).toBe(0)
  expect(() => loadConfig({ KEYPORTER_CONSOLE_PORT: 'x' })).toThrow(ConfigError)
})

describe('KEYPORTER_OIDC_ISSUER', () => {
  const others = { KEYPORTER_OIDC_CLIENT_ID: 'keyporter', KEYPORTER_CONSOLE_URL: 'https://keys.example.com/' }
  const load = (issuer: string, more: Record<string, string> = others) =>
    loadConfig({ KEYPORTER_OIDC_ISSUER: issuer, ...more }).provider

  it('makes a provider, which is called by its host unless it has a name', () => {
    expect(loadConfig({}).provider).toBeNull()
    expect(load('https://id.example.com/realm')).toEqual({
      issuer: 'https://id.example.com/realm',
      clientId: 'keyporter',
      clientSecret: null,
      name: 'id.example.com',
      redirectUri: 'https://keys.example.com/keyporter/oidc/callback',
    })
    const named = { ...others, KEYPORTER_OIDC_NAME: 'Example ID', KEYPORTER_OIDC_CLIENT_SECRET: 's3cret' }
    expect(load('https://id.example.com', named)).toMatchObject({ name: 'Example ID', clientSecret: 's3cret' })
  })

  it.each(['http://127.0.0.1:8080', 'http://localhost/realm', 'http://[::1]:8080'])(
    'takes %s without TLS',
    (issuer) => {
      expect(load(issuer)).toMatchObject({ issuer })
    },
  )

  it.each([
    'http://id.example.com',
    'http://127.0.0.1.example.com',
    'http://10.0.0.1',
    'https://id.example.com?x',
    'id',
  ])('refuses %s', (issuer) => {
    expect(() => load(issuer)).toThrow(
      new ConfigError(
        `KEYPORTER_OIDC_ISSUER is ${JSON.stringify(issuer)}, but an https address without query or fragment is expected, or an http one on loopback`,
      ),
    )
  })

  it('needs a client and an address of the console', () => {
    expect(() => load('https://id.example.com', {})).toThrow(
      'KEYPORTER_OIDC_CLIENT_ID is needed with KEYPORTER_OIDC_ISSUER',
    )
    expect(() => load('https://id.example.com', { KEYPORTER_OIDC_CLIENT_ID: 'keyporter' })).toThrow(
      'KEYPORTER_CONSOLE_URL is needed with KEYPORTER_OIDC_ISSUER',
    )
    expect(() => load('')).toThrow('KEYPORTER_OIDC_ISSUER')
  })
})
