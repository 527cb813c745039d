// The check of engines must be able to fail, and must pass for the lock file of this repository.
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findEngineProblems } from '../../scripts/check-engines.js'

describe('engines', () => {
  it('names a package that excludes the oldest Node', () => {
    const lock = {
      packages: {
        '': { engines: { node: '>=20.19' } },
        'node_modules/old': { version: '1.0.0' },
        'node_modules/good': { version: '2.0.0', engines: { node: '^20.19.0 || >=22.12.0' } },
        'node_modules/bad': { version: '3.0.0', engines: { node: '>=22' } },
        'node_modules/left-out': { version: '1.0.0', optional: true, engines: { node: '>=22' } },
        'node_modules/narrow': { version: '4.0.0', dev: true, engines: { node: '>=20.19.1' } },
      },
    }
    expect(findEngineProblems(lock)).toEqual([
      'node_modules/bad@3.0.0: needs Node >=22, not 20.19.0',
      'node_modules/narrow@4.0.0: needs Node >=20.19.1, not 20.19.0',
    ])
  })

  it('finds nothing in the lock file of this repository', () => {
    const lock = JSON.parse(readFileSync(new URL('../../package-lock.json', import.meta.url), 'utf8'))
    expect(Object.keys(lock.packages).length).toBeGreaterThan(100)
    expect(findEngineProblems(lock)).toEqual([])
  })
})
