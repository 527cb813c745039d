// The rules for the tarball must be able to fail: each kind of file that must not be published is tried here.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { findLeaks, findWrongFiles, listFiles } from './tarball.js'

const good = [
  'LICENSE',
  'bin/keyporter.js',
  'catalogs/vast.json',
  'console/assets/index-BuTJVynH.js',
  'console/index.html',
  'dist/http/endpoints/keys.js',
  'dist/main.js',
  'node_modules/@keyporter/core/dist/index.js',
  'node_modules/@keyporter/core/package.json',
  'node_modules/@keyporter/sdk/dist/index.js',
  'node_modules/@keyporter/sdk/package.json',
  'package.json',
]

describe('the files of the tarball', () => {
  it('accepts what is built, the catalogs and the bundled workspaces', () => {
    expect(findWrongFiles(good)).toEqual([])
  })

  it.each(
    good.filter(
      (path) => !['package.json', 'dist/http/endpoints/keys.js', 'console/assets/index-BuTJVynH.js'].includes(path),
    ),
  )('misses %s', (path) => {
    expect(findWrongFiles(good.filter((other) => other !== path))).toEqual([`${path} is missing`])
  })

  it.each([
    'src/main.ts',
    'dist/main.js.map',
    'dist/.tsbuildinfo',
    'console/assets/index.js.map',
    'console/src/main.tsx',
    'dist/test/main.js',
    'dist/keys.test.js',
    'test/keys.js',
    'data/keyporter.sqlite',
    '.npmrc',
    'node_modules/@keyporter/core/dist/.tsbuildinfo',
    'node_modules/@keyporter/core/src/index.ts',
    'node_modules/fastify/package.json',
  ])('refuses %s', (path) => {
    expect(findWrongFiles([...good, path])).toEqual([`${path} does not belong there`])
  })
})

describe('the contents of the tarball', () => {
  const dir = mkdtempSync(join(tmpdir(), 'keyporter-tarball-'))
  afterAll(() => rmSync(dir, { recursive: true, force: true }))

  it.each([
    ['a secret', `const a = 'kp_${'0aZ'.repeat(16)}1'`, 'a.js holds a Keyporter secret'],
    ['a private key', '-----BEGIN EC PRIVATE KEY-----', 'a.js holds a private key'],
    ['a registry token', `npm_${'a1B'.repeat(12)}`, 'a.js holds a registry token'],
    ['a path of this machine', "from '/somewhere/keyporter/core/src'", 'a.js names /somewhere/keyporter'],
  ])('refuses %s', (_name, text, problem) => {
    writeFileSync(join(dir, 'a.js'), text)
    expect(findLeaks(dir, listFiles(dir), ['/somewhere/keyporter'])).toEqual([problem])
  })

  it('accepts the prefix of a secret, and what only looks like one', () => {
    writeFileSync(join(dir, 'a.js'), "const prefix = 'kp_'; const example = 'kp_…'")
    expect(findLeaks(dir, listFiles(dir), ['/somewhere/keyporter'])).toEqual([])
  })
})
