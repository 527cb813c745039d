// Where the workspace is and how a script starts one of its tools: the same for every script here.
// Tools are started with this Node from node_modules, never through a shell, so that no script depends on PATH.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** Absolute path of the workspace's root. */
export const rootDir = dirname(dirname(fileURLToPath(import.meta.url)))

/** Runs `command` in the root with the terminal as its output; returns its exit code (1 when it did not start). */
export function runCommand(command, args) {
  const { status } = spawnSync(command, args, { cwd: rootDir, stdio: ['ignore', 'inherit', 'inherit'] })
  return status ?? 1
}

/** Runs the program `bin` of an installed development dependency. */
export function runTool(packageName, bin, args) {
  const manifestPath = createRequire(import.meta.url).resolve(`${packageName}/package.json`)
  const entry = JSON.parse(readFileSync(manifestPath, 'utf8')).bin[bin]
  return runCommand(process.execPath, [join(dirname(manifestPath), entry), ...args])
}

/** The path as the repository names it: from the root, with forward slashes. */
export function toRepositoryPath(path) {
  return relative(rootDir, path).split(sep).join('/')
}

/** True when the module was started as a program, not imported by a test. */
export function isMain(moduleUrl) {
  return process.argv[1] !== undefined && moduleUrl === pathToFileURL(process.argv[1]).href
}

/** Prints the problems under the check's name and sets the exit code; the shared ending of every check script. */
export function reportProblems(checkName, problems) {
  for (const problem of problems) console.log(problem)
  console.log(problems.length === 0 ? `${checkName}: ok` : `${checkName}: ${problems.length} problem(s)`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
