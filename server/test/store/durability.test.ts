/**
 * What was acknowledged is there after `kill -9`, and nothing is there that was neither acknowledged nor under way. On the
 * compiled program, as it is run.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, describe, expect, it } from 'vitest'
import { hashDigest, openPeppers } from '../../src/secrets.js'
import { loadSqlite } from '../../src/store/sqlite-driver.js'
import { databaseFile, openStore } from '../../src/store/store.js'
import { nameFolder } from '../folders.js'

const writerScript = fileURLToPath(new URL('./crash-writer.js', import.meta.url))

interface Journal {
  /** Ids and digests by name. */
  readonly created: Map<string, { id: number; digest: string }>
  readonly deleted: Set<number>
  /** Begun and not confirmed. */
  readonly doubtfulNames: Set<string>
  readonly doubtfulIds: Set<number>
}

const started: ChildProcess[] = []
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL')
})

function startWriter(dataDir: string, journalPath: string): ChildProcess {
  const journal = openSync(journalPath, 'a')
  const child = spawn(process.execPath, [writerScript, dataDir], { stdio: ['ignore', journal, 'inherit'] })
  closeSync(journal)
  started.push(child)
  return child
}

async function waitForGrowth(path: string, bytes: number, child: ChildProcess): Promise<void> {
  const before = statSync(path).size
  while (statSync(path).size < before + bytes) {
    if (child.exitCode !== null) throw new Error(`the writer ended by itself with ${child.exitCode}`)
    await sleep(2)
  }
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve))
  child.kill('SIGKILL')
  await ended
}

function readJournal(path: string): Journal {
  const journal: Journal = {
    created: new Map(),
    deleted: new Set(),
    doubtfulNames: new Set(),
    doubtfulIds: new Set(),
  }
  // A line cut short by the kill was not said.
  for (const line of readFileSync(path, 'utf8').split('\n').slice(0, -1)) {
    const [act, what, id, digest] = line.split(' ')
    if (act === 'creating') journal.doubtfulNames.add(what!)
    if (act === 'deleting') journal.doubtfulIds.add(Number(what))
    if (act === 'created') {
      journal.doubtfulNames.delete(what!)
      journal.created.set(what!, { id: Number(id), digest: digest! })
    }
    if (act === 'deleted') {
      journal.doubtfulIds.delete(Number(what))
      journal.deleted.add(Number(what))
    }
  }
  return journal
}

interface Row {
  id: number
  name: string
  hash: string
  deleted_at: number | null
}

async function compare(dataDir: string, journal: Journal): Promise<void> {
  const raw = new (loadSqlite())(join(dataDir, databaseFile))
  const { current } = openPeppers({ dataDir, hasKeys: true })
  try {
    expect(raw.pragma('integrity_check', { simple: true })).toBe('ok')
    expect(raw.pragma('foreign_key_check')).toEqual([])
    const rows = raw
      .prepare<[], Row>("select id, name, hash, deleted_at from api_keys where name like '%-%' order by id")
      .all()
    const byName = new Map(rows.map((row) => [row.name, row]))
    const lost = [...journal.created].filter(([name, { id, digest }]) => {
      const row = byName.get(name)
      return row?.id !== id || row.hash !== hashDigest(digest, current)
    })
    expect(lost, 'acknowledged creates that are gone or changed').toEqual([])
    const invented = rows.filter(({ name }) => !journal.created.has(name) && !journal.doubtfulNames.has(name))
    expect(invented, 'keys that nobody asked for').toEqual([])
    const kept = rows.filter(({ id, deleted_at }) => journal.deleted.has(id) && deleted_at === null)
    expect(kept, 'acknowledged deletes that did not last').toEqual([])
    const dropped = rows.filter(
      ({ id, deleted_at }) => deleted_at !== null && !journal.deleted.has(id) && !journal.doubtfulIds.has(id),
    )
    expect(dropped, 'keys deleted that nobody asked to').toEqual([])
  } finally {
    raw.close()
  }
}

describe('kill -9', () => {
  it('loses nothing that was acknowledged, in the middle of a thousand creates and deletes', async () => {
    const dataDir = nameFolder()
    const journalPath = nameFolder()
    closeSync(openSync(journalPath, 'a'))
    let acknowledged = 0
    let rounds = 0
    while (acknowledged < 1_000 || rounds < 6) {
      const child = startWriter(dataDir, journalPath)
      await waitForGrowth(journalPath, 100, child)
      await sleep(Math.random() * 250)
      await kill(child)
      rounds++
      const journal = readJournal(journalPath)
      acknowledged = journal.created.size + journal.deleted.size
      expect(journal.doubtfulNames.size + journal.doubtfulIds.size).toBeLessThanOrEqual(rounds)
      await compare(dataDir, journal)
    }
    // And the store itself opens what the last kill left behind.
    const store = await openStore({ dataDir })
    expect(await store.hasKeys()).toBe(true)
    await store.close()
  }, 180_000)
})

describe('two processes that write at once', () => {
  it('both succeed, and neither loses what it wrote', async () => {
    const dataDir = nameFolder()
    const journals = [nameFolder(), nameFolder()]
    const children = journals.map((path) => startWriter(dataDir, path))
    await Promise.all(children.map((child, i) => waitForGrowth(journals[i]!, 10_000, child)))
    await Promise.all(children.map(kill))
    const [one, two] = journals.map(readJournal) as [Journal, Journal]
    await compare(dataDir, {
      created: new Map([...one.created, ...two.created]),
      deleted: new Set([...one.deleted, ...two.deleted]),
      doubtfulNames: new Set([...one.doubtfulNames, ...two.doubtfulNames]),
      doubtfulIds: new Set([...one.doubtfulIds, ...two.doubtfulIds]),
    })
    expect(Math.min(one.created.size, two.created.size)).toBeGreaterThan(50)
  }, 180_000)
})
