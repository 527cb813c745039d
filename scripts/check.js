// Everything that a program can judge about this repository except its tests, one step after the other.
// A failed step does not stop the next ones, so that one run shows every problem.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isStaged } from './stage-bundle.js'
import { rootDir, runCommand, runTool } from './workspace.js'

const runScript = (name, args = []) => runCommand(process.execPath, [join('scripts', name), ...args])

const colors = process.stdout.isTTY ? '--colors=force' : '--colors=off'

const steps = [
  ['formatter and linter', () => runTool('@biomejs/biome', 'biome', ['ci', colors, '--error-on-warnings', '.'])],
  ['build', () => runTool('typescript', 'tsc', ['-b'])],
  ['types of the console', () => runTool('typescript', 'tsc', ['-p', 'console'])],
  ['types of tests', () => runTool('typescript', 'tsc', ['-p', 'tsconfig.test.json'])],
  ['import directions', () => runScript('check-imports.js')],
  ['engines', () => runScript('check-engines.js')],
  ['nothing staged', checkNothingStaged],
  ['words', () => runScript('check-words.js')],
]
if (existsSync(join(rootDir, 'scripts', 'generate-docs.js'))) {
  steps.push(['generated documents', () => runScript('generate-docs.js', ['--check'])])
}

// After an interrupted `npm pack` the server would run on old copies of core and sdk.
function checkNothingStaged() {
  if (!isStaged()) return 0
  console.log('server/node_modules holds staged copies: run `node scripts/stage-bundle.js clear`')
  return 1
}

const failed = []
for (const [name, run] of steps) {
  console.log(`\n== ${name}`)
  if (run() !== 0) failed.push(name)
}
console.log(failed.length === 0 ? '\ncheck: ok' : `\ncheck: failed in ${failed.join(', ')}`)
process.exitCode = failed.length === 0 ? 0 : 1
