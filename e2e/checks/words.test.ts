// The check of words must be able to fail. The words are put together here, so that this file passes the check itself.
import { describe, expect, it } from 'vitest'
import { findForbiddenWords } from '../../scripts/check-words.js'

const registry = ['registry', 'npmjs', 'org'].join('.')
const slash = '/'

describe('words', () => {
  const refused: [string, string, string][] = [
    ['a registry host', `"resolved": "https://${registry}/x.tgz"`, registry],
    ['a path below a home folder', `cd ${slash}home/ann/project`, `${slash}home/ann`],
    ['a path below a work folder', `const file = '${slash}work/main/a.ts'`, `${slash}work/main`],
    ['a path of another system', `open ${slash}Users/ann`, `${slash}Users/ann`],
    ['a file URL', `file:${slash}${slash}${slash}root/x`, `${slash}root/x`],
  ]
  it.each(refused)('refuses %s and names its line', (_name, line, word) => {
    expect(findForbiddenWords('a.md', `first line\n${line}\n`)).toEqual([`a.md:2: names ${word}`])
  })

  const allowed: [string, string][] = [
    ['the path of an endpoint', `GET ${slash}Users/5`],
    ['a path in a URL', `https://example.com${slash}home/ann`],
    ['a path below a variable', `$PREFIX${slash}work/main`],
    ['a relative path', `docs${slash}work/main`],
    ['a host that only ends alike', `not-${registry}`],
  ]
  it.each(allowed)('allows %s', (_name, line) => {
    expect(findForbiddenWords('a.md', line)).toEqual([])
  })
})
