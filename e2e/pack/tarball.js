// What may be in the server's tarball: the list is closed, so that whatever else slips in is named.
import { readdirSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

const allowedFiles = [
  /^(?:package\.json|LICENSE|README\.md)$/,
  /^dist\/(?:[\w-]+\/)*[\w.-]+(?:\.js|\.d\.ts)$/,
  /^bin\/keyporter\.js$/,
  /^catalogs\/[\w-]+\.json$/,
  /^console\/(?:index\.html|[\w-]+\.(?:js|svg|ico|png|webmanifest)|assets\/[\w.-]+\.(?:js|css|svg|woff2))$/,
  /^node_modules\/@keyporter\/(?:core|sdk)\/(?:package\.json|LICENSE)$/,
  /^node_modules\/@keyporter\/(?:core|sdk)\/dist\/(?:[\w-]+\/)*[\w.-]+(?:\.js|\.d\.ts)$/,
]
const testFile = /(?:^|\/)(?:test|tests|e2e|bench|fixtures)\/|\.test\./

const requiredFiles = [
  'LICENSE',
  'bin/keyporter.js',
  'dist/main.js',
  'catalogs/vast.json',
  'console/index.html',
  'node_modules/@keyporter/core/package.json',
  'node_modules/@keyporter/core/dist/index.js',
  'node_modules/@keyporter/sdk/package.json',
  'node_modules/@keyporter/sdk/dist/index.js',
]

const secretPatterns = [
  ['a Keyporter secret', /\bkp_[0-9A-Za-z]{49}\b/],
  ['a private key', /-----BEGIN [A-Z ]*PRIVATE KEY-----/],
  ['a registry token', /\b(?:npm_[0-9A-Za-z]{36}|_authToken)\b/],
]

/** The files below `dir`, as sorted relative paths with forward slashes. */
export function listFiles(dir) {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(dir.length + 1)
        .split('\\')
        .join('/'),
    )
    .sort()
}

/** One line for each file that is missing or does not belong there. */
export function findWrongFiles(files) {
  return [
    ...requiredFiles.filter((path) => !files.includes(path)).map((path) => `${path} is missing`),
    ...files
      .filter((path) => testFile.test(path) || !allowedFiles.some((pattern) => pattern.test(path)))
      .map((path) => `${path} does not belong there`),
  ]
}

/** One line for each file below `dir` that holds a secret, or a path of the machine that packed it. */
export function findLeaks(dir, files, machinePaths) {
  return files.flatMap((path) => {
    const text = readFileSync(join(dir, path), 'latin1')
    const secrets = secretPatterns.filter(([, pattern]) => pattern.test(text)).map(([what]) => `${path} holds ${what}`)
    const paths = machinePaths.filter((part) => text.includes(part)).map((part) => `${path} names ${part}`)
    return [...secrets, ...paths]
  })
}

/** Folders of this machine that no published file may name; the shortest ones, such as `/root`, only with what follows. */
export function listMachinePaths(rootDir, tempDir) {
  return [rootDir, tempDir, `${homedir()}/`]
}
