import { sql } from 'kysely'
import { afterEach, describe, expect, it } from 'vitest'
import { findUser } from '../../src/store/accounts.js'
import type { Engine } from '../../src/store/engine.js'
import { migrate } from '../../src/store/migrate.js'
import { migrations } from '../../src/store/migrations.js'
import { openPostgres } from '../../src/store/postgres.js'
import { openSqlite } from '../../src/store/sqlite.js'
import { listSshKeys } from '../../src/store/ssh-keys.js'
import { findPassword } from '../../src/store/users.js'
import { makeEmptyDatabase } from '../database.js'

let engine: Engine
afterEach(() => engine.close())

describe.each([
  ['sqlite', () => openSqlite(null, {})],
  ['postgres', async () => openPostgres(await makeEmptyDatabase(), {})],
])('a migration of %s', (_name, open) => {
  it('makes the one SSH key of an account the first of its list', async () => {
    engine = await open()
    const before = migrations.findIndex(({ name }) => name === 'ssh keys')
    await migrate(engine, migrations.slice(0, before))
    await engine.write((db) =>
      sql`insert into accounts (email, ssh_key, credit, operator, created_at)
        values ('a@example.com', 'ssh-rsa AAAA me', 0, 1, 0), ('b@example.com', null, 0, 0, 0)`.execute(db),
    )
    await migrate(engine, migrations)
    expect(await engine.read((db) => listSshKeys(db, 1))).toMatchObject([
      { accountId: 1, publicKey: 'ssh-rsa AAAA me' },
    ])
    expect(await engine.read((db) => findUser(db, 1))).toMatchObject({ sshKey: 'ssh-rsa AAAA me' })
    expect(await engine.read((db) => findUser(db, 2))).toMatchObject({ sshKey: null })
  })

  it('makes a user of each account, without a password', async () => {
    engine = await open()
    const before = migrations.findIndex(({ name }) => name === 'users and sessions')
    await migrate(engine, migrations.slice(0, before))
    await engine.write((db) =>
      sql`insert into accounts (email, credit, operator, created_at)
        values ('a@example.com', 0, 1, 0), ('b@example.com', 0, 0, 0)`.execute(db),
    )
    await migrate(engine, migrations)
    for (const id of [1, 2]) {
      expect(await engine.read((db) => findPassword(db, id))).toEqual({ hash: null, changedAt: null })
    }
    expect(await engine.read((db) => findPassword(db, 3))).toBeNull()
  })
})
