// Each check as a program: in a small workspace of its own it exits 0, and 1 once something wrong is put there.
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const repository = fileURLToPath(new URL('../../', import.meta.url))
let workspace: string

function write(path: string, text: string): void {
  mkdirSync(dirname(join(workspace, path)), { recursive: true })
  writeFileSync(join(workspace, path), text)
}

function runCheck(name: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join('scripts', name)], {
    cwd: workspace,
    encoding: 'utf8',
  })
  return { status, output: stdout + stderr }
}

beforeEach(() => {
  workspace = mkdtempSync(join(tmpdir(), 'keyporter-checks-'))
  cpSync(join(repository, 'scripts'), join(workspace, 'scripts'), { recursive: true })
  symlinkSync(join(repository, 'node_modules'), join(workspace, 'node_modules'))
  write('package.json', '{"type":"module"}')
  write('package-lock.json', '{"packages":{}}')
  for (const name of ['core', 'sdk', 'server', 'console']) {
    write(`${name}/package.json`, '{"dependencies":{}}')
    write(`${name}/src/index.ts`, 'export {}\n')
  }
  execFileSync('git', ['init', '-q'], { cwd: workspace })
})

afterEach(() => rmSync(workspace, { recursive: true, force: true }))

describe('check scripts', () => {
  const cases: [string, string, string, string][] = [
    ['check-imports.js', 'core/src/bad.ts', "import 'fastify'\n", 'core/src/bad.ts:1: core must not import fastify'],
    [
      'check-engines.js',
      'package-lock.json',
      '{"packages":{"node_modules/bad":{"version":"1.0.0","engines":{"node":">=22"}}}}',
      'node_modules/bad@1.0.0: needs Node >=22, not 20.19.0',
    ],
    ['check-words.js', 'notes.md', ['', 'home', 'ann', 'keyporter\n'].join('/'), 'notes.md:1: names'],
  ]
  it.each(cases)('%s exits 1 only when something is wrong', (script, path, text, problem) => {
    expect(runCheck(script)).toMatchObject({ status: 0, output: expect.stringContaining(': ok') })
    write(path, text)
    execFileSync('git', ['add', path], { cwd: workspace })
    expect(runCheck(script)).toMatchObject({ status: 1, output: expect.stringContaining(problem) })
  })
})
