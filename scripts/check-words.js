// Checks that no tracked file names the machine it was written on: hosts of package registries (a lock file takes them
// from its author's settings) and absolute paths below a developer's folders.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isMain, reportProblems, rootDir } from './workspace.js'

// Written in pieces, so that this file passes its own check.
const registryHosts = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'npmjs', 'com'],
  ['registry', 'yarnpkg', 'com'],
  ['pypi', 'org'],
  ['files', 'pythonhosted', 'org'],
  ['deb', 'debian', 'org'],
  ['proxy', 'golang', 'org'],
].map((labels) => labels.join('.'))
const personalFolders = ['home', 'Users', 'root', 'work']

const hostPattern = new RegExp(`(?<![\\w-])(?:${registryHosts.join('|').replaceAll('.', '\\.')})(?![\\w-])`, 'i')
// Not after a host name, a variable or another path: `https://host/home/x` and `$DIR/work/x` are no such paths.
const pathPattern = new RegExp(
  `(?:(?<![\\w.$})\\]>:/*~-])|(?<=file://))/(?:${personalFolders.join('|')})/[A-Za-z_][\\w.-]*`,
)

/** One line for each place in `text` that names a registry host or a path of somebody's machine. */
export function findForbiddenWords(path, text) {
  return text.split('\n').flatMap((line, index) => {
    const found = hostPattern.exec(line) ?? pathPattern.exec(line)
    return found ? [`${path}:${index + 1}: names ${found[0]}`] : []
  })
}

function listTrackedFiles() {
  const output = execFileSync('git', ['ls-files', '-z'], { cwd: rootDir, encoding: 'utf8' })
  return output.split('\0').filter((path) => path !== '')
}

function readText(path) {
  const bytes = readFileSync(join(rootDir, path))
  return bytes.includes(0) ? '' : bytes.toString('utf8')
}

if (isMain(import.meta.url)) {
  reportProblems(
    'words',
    listTrackedFiles().flatMap((path) => findForbiddenWords(path, readText(path))),
  )
}
