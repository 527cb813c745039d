import { spawnSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { mainFile } from './cli/run-command.js'

/** Runs the entry on this Node, which says that it is another one. */
function runOn(version: string) {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
  const argv = ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, mainFile, '--version']
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

describe('main', () => {
  it.each(['12.22.0', '18.20.8', '20.18.3'])('refuses Node %s before it loads anything', (version) => {
    expect(runOn(version)).toEqual({
      status: 1,
      stdout: '',
      stderr: `keyporter: error: Node 20.19 or newer is needed, this is ${version}\nkeyporter: hint: install a newer Node, then run this again\n`,
    })
  })

  it.each(['20.19.0', '22.0.0', '24.1.0', '100.0.0'])('runs on Node %s', (version) => {
    expect(runOn(version)).toMatchObject({ status: 0, stderr: '', stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/) })
  })
})
