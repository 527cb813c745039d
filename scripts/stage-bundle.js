// Makes the server's tarball stand alone: `stage` (prepack) builds and puts real copies of core and sdk where
// npm packs bundled dependencies from, since it does not follow workspace links; `clear` (postpack) removes them.
// What is staged is never committed and must not outlive the packing: while it is there, it hides the workspaces.
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { isMain, rootDir, runTool } from './workspace.js'

const bundledWorkspaces = ['core', 'sdk']
const rootDocuments = ['LICENSE', 'README.md']
const serverDir = join(rootDir, 'server')
const scopeDir = join(serverDir, 'node_modules', '@keyporter')

/** Builds, then copies into server/ what the tarball holds beside the server's own files; leaves nothing if it fails. */
export function stageBundle() {
  clearBundle()
  try {
    buildAndCopy()
  } catch (error) {
    clearBundle()
    throw error
  }
}

/** True while copies are staged, which is while npm packs, or after it was interrupted. */
export function isStaged() {
  return existsSync(scopeDir)
}

function buildAndCopy() {
  for (const workspace of [...bundledWorkspaces, 'server']) removeOrphans(workspace)
  if (runTool('typescript', 'tsc', ['-b']) !== 0) throw new Error('the build failed, nothing was staged')
  if (runTool('vite', 'vite', ['build', 'console', '--logLevel', 'warn']) !== 0) {
    throw new Error('the console could not be built, nothing was staged')
  }
  for (const workspace of bundledWorkspaces) stageWorkspace(workspace)
  for (const name of rootDocuments) {
    const source = join(rootDir, name)
    if (existsSync(source)) copyFileSync(source, join(serverDir, name), constants.COPYFILE_EXCL)
  }
}

/** Removes everything that `stageBundle` put into server/; harmless when there is nothing. */
export function clearBundle() {
  rmSync(scopeDir, { recursive: true, force: true })
  for (const name of rootDocuments) {
    if (isSameFile(join(rootDir, name), join(serverDir, name))) rmSync(join(serverDir, name))
  }
}

function isSameFile(first, second) {
  return existsSync(first) && existsSync(second) && readFileSync(first).equals(readFileSync(second))
}

function stageWorkspace(workspace) {
  const source = join(rootDir, workspace)
  const target = join(scopeDir, workspace)
  mkdirSync(target, { recursive: true })
  // Source maps and build info point to sources that the tarball does not carry.
  const isShipped = (path) => statSync(path).isDirectory() || /\.(?:js|d\.ts)$/.test(path)
  cpSync(join(source, 'dist'), join(target, 'dist'), { recursive: true, filter: isShipped })
  copyFileSync(join(rootDir, 'LICENSE'), join(target, 'LICENSE'))
  const { scripts, devDependencies, ...manifest } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'))
  writeFileSync(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`)
}

// `tsc -b` leaves the output of a renamed or deleted source where it was; it must not be shipped.
function removeOrphans(workspace) {
  const distDir = join(rootDir, workspace, 'dist')
  if (!existsSync(distDir)) return
  for (const entry of readdirSync(distDir, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const sourcePath = path.replace(distDir, join(rootDir, workspace, 'src')).replace(/(\.d\.ts|\.js)(\.map)?$/, '.ts')
    if (!existsSync(sourcePath)) rmSync(path)
  }
}

if (isMain(import.meta.url)) {
  const action = process.argv[2]
  if (action === 'stage') stageBundle()
  else if (action === 'clear') clearBundle()
  else throw new Error('usage: stage-bundle.js stage|clear')
}
