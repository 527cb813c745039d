/**
 * Stores for tests, each with rows of its own. On PostgreSQL every database is a copy of one that has the schema already,
 * and the store of a test that has ended is emptied for the next.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, afterEach, beforeEach, inject } from 'vitest'
import { openStore, type Store } from '../src/store/store.js'

/** Which database the suites use that run on any. */
export const engine = process.env.KEYPORTER_TEST_ENGINE ?? 'sqlite'

/** Of this file: all that were made, those that a running test holds, and those that are empty again. */
const made: Store[] = []
const held: Store[] = []
const free: Store[] = []
let inTest = false
let serverPort: Promise<number> | null = null
let template: Promise<void> | null = null
let databases = 0

beforeEach(() => {
  inTest = true
})
afterEach(async () => {
  inTest = false
  for (const store of held.splice(0)) {
    await empty(store)
    free.push(store)
  }
})
afterAll(() => Promise.all(made.map((store) => store.close())))

/** As the migrations leave it. */
async function empty(store: Store): Promise<void> {
  await store.write(async (db) => {
    for (const table of [
      'denials',
      'identities',
      'spent_flows',
      'ssh_keys',
      'sessions',
      'users',
      'retired_hashes',
      'api_keys',
      'accounts',
      'changes',
      'verifiers',
      'confirmations',
      'settings',
    ]) {
      await sql`delete from ${sql.table(table)}`.execute(db)
    }
    for (const [table, column] of [
      ['accounts', 'id'],
      ['api_keys', 'id'],
      ['ssh_keys', 'id'],
      ['denials', 'id'],
      ['identities', 'id'],
      ['sessions', 'id'],
      ['changes', 'seq'],
    ]) {
      await sql`select setval(pg_get_serial_sequence(${table}, ${column}), 1, false)`.execute(db)
    }
    await db.insertInto('changes').values({ tag: 'first', touches: '[]', drops_negatives: 1, at: 0 }).execute()
  })
}

/** An empty store in the database that this run is about. */
export async function openTestStore(): Promise<Store> {
  if (engine !== 'postgres') return openStore({ dataDir: null })
  const store = free.pop() ?? (await openStore({ database: await makeDatabase(), dataDir: null }))
  if (!made.includes(store)) made.push(store)
  if (inTest) held.push(store)
  // It is used again, or closed with the file.
  return { ...store, close: async () => {} }
}

/** The address of a new database of the shared server, with the schema. */
export async function makeDatabase(): Promise<string> {
  template ??= makeTemplate()
  await template
  const name = `test_${process.pid}_${databases++}`
  await admin(`create database ${name} template ${templateName}`)
  return addressOf(name)
}

/** The address of a new database of the shared server, without any tables. */
export async function makeEmptyDatabase(): Promise<string> {
  const name = `test_${process.pid}_${databases++}`
  await admin(`create database ${name} template template0`)
  return addressOf(name)
}

const templateName = `template_${process.pid}`

async function makeTemplate(): Promise<void> {
  await admin(`create database ${templateName} template template0`)
  await (await openStore({ database: await addressOf(templateName), dataDir: null })).close()
}

async function addressOf(name: string): Promise<string> {
  serverPort ??= askServerPort()
  return `postgres://keyporter@127.0.0.1:${await serverPort}/${name}`
}

async function askServerPort(): Promise<number> {
  const socket = connect(inject('postgresPort'), '127.0.0.1')
  await once(socket, 'connect')
  const answer = await text(socket)
  if (!/^\d+$/.test(answer)) throw new Error(answer)
  return Number(answer)
}

async function admin(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: await addressOf('postgres') })
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}
