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
