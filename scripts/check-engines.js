// Checks that the oldest Node the project promises can install and run every dependency, development ones included.
// npm only warns about a package that excludes it, and only on the machine that happens to run that Node.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import semver from 'semver'
import { isMain, reportProblems, rootDir } from './workspace.js'

/** The oldest Node that `engines` of every workspace promises. */
export const oldestNode = '20.19.0'

/**
 * One line for each package of a lock file (version 3) whose `engines.node` excludes the oldest Node. Optional ones do
 * not count: npm leaves out what a Node cannot run, and the program must do without.
 */
export function findEngineProblems(lock, node = oldestNode) {
  return Object.entries(lock.packages)
    .filter(([, entry]) => !entry.optional && entry.engines?.node && !semver.satisfies(node, entry.engines.node))
    .map(
      ([path, { version, engines }]) =>
        `${path || 'the workspace'}@${version}: needs Node ${engines.node}, not ${node}`,
    )
}

if (isMain(import.meta.url)) {
  reportProblems('engines', findEngineProblems(JSON.parse(readFileSync(join(rootDir, 'package-lock.json'), 'utf8'))))
}
