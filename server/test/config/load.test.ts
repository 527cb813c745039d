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
