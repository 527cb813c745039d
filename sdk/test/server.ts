/** A real server as a process of its own, on a database of its own; it ends with the test file. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { type Client, openClient } from '../src/index.js'

const mainFile = fileURLToPath(new URL('../../server/dist/main.js', import.meta.url))
const folders: string[] = []
const children: ChildProcess[] = []

afterAll(async () => {
  for (const child of children.splice(0)) {
    if (child.exitCode !== null || child.signalCode !== null) continue
    child.kill('SIGKILL')
    await once(child, 'close')
  }
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

export interface Served {
  readonly url: string
  readonly folder: string
  readonly child: ChildProcess
  /** With the first key, which may do everything; null on a later start. */
  readonly adminSecret: string
  readonly admin: Client
  /** The token of the first sign-in link; there is none on a later start. */
  readSignInToken(): Promise<string>
}

/** Starts a server; on the folder of another one, it has the keys of that. */
export async function startServer(settings: Record<string, string> = {}, earlier?: Served): Promise<Served> {
  const folder = earlier?.folder ?? mkdtempSync(join(tmpdir(), 'keyporter-sdk-'))
  if (!earlier) folders.push(folder)
  const child = spawn(process.execPath, [mainFile, 'serve'], {
    cwd: folder,
    env: { PATH: process.env.PATH, KEYPORTER_PORT: '0', KEYPORTER_WORKERS: '1', KEYPORTER_LEASE: '800', ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  children.push(child)
  let written = ''
  for (const stream of [child.stdout!, child.stderr!])
    stream.setEncoding('utf8').on('data', (text) => (written += text))
  const find = async (pattern: RegExp) => {
    for (let waited = 0; waited < 10_000; waited += 10) {
      const found = pattern.exec(written)
      if (found) return found[1]!
      await delay(10)
    }
    throw new Error(`the server did not start; it wrote:\n${written}`)
  }
  const url = await find(/"url":"(http:[^"]+)"/)
  const adminSecret = earlier?.adminSecret ?? (await find(/admin key: (kp_[0-9A-Za-z]{49})\n/))
  const readSignInToken = () => find(/sign-in link: http:\S+\/sign-in#token=(\S{43})\n/)
  return { url, folder, child, adminSecret, admin: openClient({ url, key: adminSecret }), readSignInToken }
}

/** Resolves when `isTrue` is. */
export async function until(isTrue: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; waited < 8_000; waited += 10) {
    if (await isTrue()) return
    await delay(10)
  }
  throw new Error(`it did not come true that ${what}`)
}
