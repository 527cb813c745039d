// Runs the command line as its users do: a process of its own, in a folder and a home of its own, with nothing of the
// surrounding environment that configures it.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

export const mainFile = fileURLToPath(new URL('../../dist/main.js', import.meta.url))

export interface Ran {
  stdout: string
  stderr: string
  exitCode: number | null
  signal: string | null
}

export interface Workplace {
  /** Current folder and home of the commands. */
  folder: string
  run(argv: readonly string[], options?: { env?: Record<string, string>; stdin?: string }): Promise<Ran>
  remove(): void
}

export function makeEnvironment(folder: string, settings: Record<string, string> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) => !/^(?:KEYPORTER|VAST|npm|XDG|NODE)_/i.test(name))
  return { ...(Object.fromEntries(inherited) as Record<string, string>), HOME: folder, ...settings }
}

export function makeWorkplace(settings: () => Record<string, string> = () => ({})): Workplace {
  const folder = mkdtempSync(join(tmpdir(), 'keyporter-cli-'))
  return {
    folder,
    async run(argv, { env = {}, stdin = '' } = {}) {
      const child = spawn(process.execPath, [mainFile, ...argv], {
        cwd: folder,
        env: makeEnvironment(folder, { ...settings(), ...env }),
        stdio: 'pipe',
      })
      const written = { stdout: '', stderr: '' }
      for (const name of ['stdout', 'stderr'] as const) {
        child[name].setEncoding('utf8').on('data', (text: string) => {
          written[name] += text
        })
      }
      // A command that reads no input may be gone before it is written.
      child.stdin.on('error', () => {}).end(stdin)
      const [exitCode, signal] = (await once(child, 'close')) as [number | null, string | null]
      return { ...written, exitCode, signal }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
