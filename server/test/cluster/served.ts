// A server of several processes, started as its users do, with what it says and who its workers are.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { Agent, request } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { mainFile, makeEnvironment } from '../cli/run-command.js'

export interface Served {
  readonly url: string
  readonly child: ChildProcess
  readonly written: { stdout: string; stderr: string }
  readonly ended: Promise<{ code: number | null; signal: string | null }>
}

export interface Answer {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers, and fail where they are otherwise
  readonly body: any
  readonly headers: Record<string, string | string[] | undefined>
}

const started: Served[] = []

/** Kills what still runs. */
export async function endAll(): Promise<void> {
  for (const { child, ended } of started.splice(0)) {
    child.kill('SIGKILL')
    await ended
  }
}

/** Starts a server in a folder; resolves when all its workers serve, and its announcements are out. */
export async function serve(folder: string, settings: Record<string, string> = {}): Promise<Served> {
  const child = spawn(process.execPath, [mainFile, 'serve'], {
    cwd: folder,
    env: makeEnvironment(folder, { KEYPORTER_PORT: '0', KEYPORTER_WORKERS: '2', ...settings }),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  const ended = once(child, 'close').then(([code, signal]) => ({ code, signal }))
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text
    })
  }
  const server = { url: '', child, written, ended }
  started.push(server)
  const dead = ended.then(() => {
    throw new Error(`the server ended; it wrote:\n${written.stderr}`)
  })
  for (;;) {
    const url = /"url":"(http:[^"]+)"/.exec(written.stderr)?.[1]
    // One process says where it listens when it does; several have something to say afterwards.
    const serves = settings.KEYPORTER_WORKERS === '1' || written.stderr.includes('"all workers serve"')
    if (url !== undefined && serves) {
      await delay(50)
      return { ...server, url }
    }
    await Promise.race([dead, delay(20)])
  }
}

/** Sends one request over a connection of its own. */
export function call(
  url: string,
  path: string,
  { secret, method = 'GET', body, agent }: { secret?: string; method?: string; body?: unknown; agent?: Agent } = {},
): Promise<Answer> {
  const own = agent ?? new Agent({ keepAlive: false })
  return new Promise((resolve, reject) => {
    const headers = {
      ...(secret !== undefined && { Authorization: `Bearer ${secret}` }),
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    }
    const req = request(url + path, { method, headers, agent: own }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk
      })
      res.once('error', reject)
      res.once('end', () => {
        const isJson = res.headers['content-type']?.startsWith('application/json') === true
        resolve({ status: res.statusCode!, headers: res.headers, body: isJson ? JSON.parse(text) : text })
      })
    })
    req.once('error', reject)
    req.end(body === undefined ? undefined : JSON.stringify(body))
  })
}

/** The processes that a process has started. */
export function listChildren(pid: number): number[] {
  const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim()
  return text === '' ? [] : text.split(' ').map(Number)
}

/** Whether a process runs; one that has ended and was not collected does not. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

/** Tries until it is so; fails with what was tried last. */
export async function until<T>(attempt: () => Promise<T>, isRight: (value: T) => boolean, waitMs = 10_000): Promise<T> {
  const giveUpAt = Date.now() + waitMs
  for (;;) {
    const value = await attempt()
    if (isRight(value)) return value
    if (Date.now() > giveUpAt) throw new Error(`still ${JSON.stringify(value)}`)
    await delay(50)
  }
}
