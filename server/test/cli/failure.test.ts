import { errorCodes, KeyporterError } from '@keyporter/sdk'
import { CommanderError } from 'commander'
import { describe, expect, it } from 'vitest'
import { describeFailure, UsageError } from '../../src/cli/failure.js'
import { ConfigError } from '../../src/config/load.js'
import { Fault } from '../../src/fault.js'

describe('describeFailure', () => {
  it.each(errorCodes)('has an exit code and, unless the message says all, a hint for %s', (code) => {
    const failure = describeFailure(new KeyporterError({ status: 400, code, msg: 'No.' }), null)!
    expect([failure.exitCode, failure.code, failure.msg]).toEqual([1, code, 'No.'])
    expect(['string', 'undefined']).toContain(typeof failure.hint)
    expect(failure.hint).not.toBe('')
  })

  it('is denied by status, whatever the code', () => {
    const exitCodes = [401, 403, 400, 404, 429, 500, null].map(
      (status) => describeFailure(new KeyporterError({ status, code: 'unknown', msg: '' }), null)!.exitCode,
    )
    expect(exitCodes).toEqual([3, 3, 1, 1, 1, 1, 1])
  })

  it('says where a refused key came from', () => {
    const error = new KeyporterError({ status: 401, code: 'auth_error', msg: 'Invalid user key' })
    expect(describeFailure(error, '--api-key')!.hint).toMatch(/^the key came from --api-key; store a key/)
    expect(describeFailure(error, null)!.hint).toMatch(/^store a key/)
  })

  it('tells what is written wrongly from what went wrong', () => {
    expect(describeFailure(new UsageError('No.', 'So.'), null)).toEqual({
      exitCode: 2,
      code: 'usage',
      msg: 'No.',
      hint: 'So.',
    })
    expect(describeFailure(new ConfigError('No.'), null)).toEqual({ exitCode: 2, code: 'config', msg: 'No.' })
    expect(describeFailure(new Fault('conflict', 'No.'), null)).toEqual({ exitCode: 1, code: 'conflict', msg: 'No.' })
    expect(describeFailure('No.', null)).toMatchObject({ exitCode: 1, code: 'failed', msg: 'No.' })
    expect(describeFailure(new CommanderError(0, 'commander.help', ''), null)).toBeNull()
  })

  it('says what to do about a native module that is not built', () => {
    const missing = new Error('Could not locate the bindings file. Tried:\n → somewhere')
    const foreign = Object.assign(new Error('compiled against another version'), { code: 'ERR_DLOPEN_FAILED' })
    for (const error of [missing, foreign]) {
      expect(describeFailure(error, null)).toEqual({
        exitCode: 1,
        code: 'native_module',
        msg: 'the native module better-sqlite3 is not built for this Node',
        hint: expect.stringContaining('--allow-scripts=better-sqlite3'),
      })
    }
  })

  it('does not repeat what may be a secret on a mistyped command line', () => {
    const describe = (message: string) => describeFailure(new CommanderError(1, 'commander.x', message), null)!.msg
    expect(describe("error: unknown option '--api-keyy=short'")).toBe("unknown option '--api-keyy=…'")
    expect(describe(`error: unknown command '${'x'.repeat(20)}'`)).toBe("unknown command '…'")
    expect(describe("error: unknown command 'creat'\n(Did you mean create?)")).toBe(
      "unknown command 'creat' (Did you mean create?)",
    )
  })
})
