import { createHmac } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import {
  checkPeppers,
  digestSecret,
  hashDigest,
  openPeppers,
  PepperError,
  type PepperOptions,
  pepperFileName,
} from '../src/secrets.js'
import { nameFolder } from './folders.js'

const first = 'first-pepper-0123456789abcdef0123456789abcdef'
const second = 'second pepper with spaces as some like them'

let dataDir: string
let path: string

beforeEach(() => {
  dataDir = nameFolder()
  path = join(dataDir, pepperFileName)
})

const open = (options: Partial<PepperOptions> = {}) => openPeppers({ dataDir, hasKeys: false, ...options })
const idOf = (pepper: string) => open({ pepper }).current.id

function refusal(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(PepperError)
    return (error as Error).message
  }
  throw new Error('nothing was refused')
}

describe('a pepper of the data folder', () => {
  it('is made on first start, for its owner alone, whatever the umask, and nothing is left beside it', () => {
    const umask = process.umask(0)
    try {
      const { current, all } = open()
      expect(all).toEqual([current])
      expect((statSync(dataDir).mode & 0o777).toString(8)).toBe('700')
      expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
      expect(readdirSync(dataDir)).toEqual([pepperFileName])
      expect(readFileSync(path, 'utf8')).toMatch(/^[A-Za-z0-9_-]{43}\n$/)
    } finally {
      process.umask(umask)
    }
  })

  it('is the same at every further start, with keys or without', () => {
    const { id } = open().current
    expect([open().current.id, open({ hasKeys: true }).current.id]).toEqual([id, id])
  })

  it('is another one in another folder', () => {
    expect(open().current.id).not.toBe(open({ dataDir: nameFolder() }).current.id)
  })

  it('is never made for a database that has keys', () => {
    expect(refusal(() => open({ hasKeys: true }))).toBe(
      `The database has keys, but the pepper that they were made under is not given, and ${path} is missing. ` +
        'Restore it from your backup, or give it as KEYPORTER_PEPPER or KEYPORTER_PEPPER_FILE.',
    )
    expect(existsSync(path)).toBe(false)
  })

  it('is closed to others when it was open to them', () => {
    open()
    chmodSync(path, 0o644)
    open()
    expect((statSync(path).mode & 0o777).toString(8)).toBe('600')
  })

  it('is not replaced when it is damaged', () => {
    mkdirSync(dataDir)
    writeFileSync(path, '')
    expect(refusal(() => open())).toBe(`The pepper file ${path} has 0 bytes; 32 to 4096 are expected.`)
    expect(readFileSync(path, 'utf8')).toBe('')
  })

  it('is left alone when one is given', () => {
    open({ pepper: first })
    expect(existsSync(path)).toBe(false)
  })
})

describe('a pepper that is given', () => {
  it('is the same as text and in a file, with or without a line end', () => {
    const file = nameFolder()
    writeFileSync(file, `${first}\n`)
    expect(open({ pepperFile: file }).current.id).toBe(idOf(first))
  })

  it('has an id that is a short digest and tells peppers apart', () => {
    expect(idOf(first)).toMatch(/^[0-9a-f]{12}$/)
    expect(idOf(first)).not.toBe(idOf(second))
  })

  it.each([
    ['too short', 'short-secret', 'KEYPORTER_PEPPER has 12 bytes; 32 to 4096 are expected.'],
    ['too long', 'x'.repeat(4_097), 'KEYPORTER_PEPPER has 4097 bytes; 32 to 4096 are expected.'],
    ['a comma', `${first},x`, 'KEYPORTER_PEPPER has a comma, or characters other than printable ASCII.'],
    ['a line end inside', `${first}\nx`, 'KEYPORTER_PEPPER has a comma, or characters other than printable ASCII.'],
    ['another script', `${first}é`, 'KEYPORTER_PEPPER has a comma, or characters other than printable ASCII.'],
  ])('is refused without being shown: %s', (_what, pepper, message) => {
    expect(refusal(() => open({ pepper }))).toBe(message)
  })

  it('is refused when it is given twice', () => {
    expect(refusal(() => open({ pepper: first, pepperFile: path }))).toBe(
      'KEYPORTER_PEPPER and KEYPORTER_PEPPER_FILE are both given; give one.',
    )
  })

  it('is refused with its path when the file cannot be read', () => {
    expect(refusal(() => open({ pepperFile: '/nowhere/pepper' }))).toMatch(
      /^The pepper file \/nowhere\/pepper cannot be read: ENOENT/,
    )
  })

  it('is not shown by what carries it', () => {
    const peppers = open({ pepper: first, retiredPeppers: [second] })
    expect(JSON.stringify(peppers)).not.toContain('pepper-0123')
  })
})

describe('retired peppers', () => {
  it('come after the current one, each once', () => {
    const { current, all } = open({ pepper: first, retiredPeppers: [second, first, second] })
    expect(all.map(({ id }) => id)).toEqual([idOf(first), idOf(second)])
    expect(current).toBe(all[0])
  })

  it('are refused without being shown', () => {
    expect(refusal(() => open({ pepper: first, retiredPeppers: ['short'] }))).toBe(
      'KEYPORTER_RETIRED_PEPPERS has 5 bytes; 32 to 4096 are expected.',
    )
  })
})

describe('checkPeppers', () => {
  const storeWith = (...ids: string[]) => ({ listPepperIds: async () => ids })

  it('accepts a database whose keys all have their pepper', async () => {
    const peppers = open({ pepper: first, retiredPeppers: [second] })
    await checkPeppers(storeWith(), peppers)
    await checkPeppers(storeWith(idOf(first), idOf(second)), peppers)
  })

  it('names the pepper that is missing', async () => {
    const peppers = open({ pepper: first })
    await expect(checkPeppers(storeWith(idOf(first), idOf(second)), peppers)).rejects.toThrow(
      new PepperError(
        `Keys in the database depend on the pepper with the id ${idOf(second)}, which is not given; the current one is ` +
          `${idOf(first)}. Give it as before (the file pepper in the data folder, KEYPORTER_PEPPER or ` +
          'KEYPORTER_PEPPER_FILE), or among KEYPORTER_RETIRED_PEPPERS.',
      ),
    )
  })
})

describe('hashDigest', () => {
  it('is the HMAC-SHA-256 of the digest, not of its text', () => {
    const digest = digestSecret('kp_example')
    const expected = createHmac('sha256', first).update(Buffer.from(digest, 'hex')).digest('base64url')
    expect(hashDigest(digest, open({ pepper: first }).current)).toBe(expected)
    expect(digest).toBe('13b553c5186f90f4e65f425fd6f63164eb82757cfe984e09c7fefbd74c4d49af')
  })

  it('differs by pepper', () => {
    const digest = digestSecret('kp_example')
    expect(hashDigest(digest, open({ pepper: first }).current)).not.toBe(
      hashDigest(digest, open({ pepper: second }).current),
    )
  })
})
