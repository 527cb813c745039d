import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { adminSecret, startWireServer, type WireServer } from '../../../sdk/test/wire-server.js'
import { mainFile, makeEnvironment, makeWorkplace, type Workplace } from './run-command.js'

let server: WireServer
let place: Workplace
let keyFile: string

beforeEach(async () => {
  server = await startWireServer()
  place = makeWorkplace(() => ({ KEYPORTER_URL: server.url }))
  keyFile = join(place.folder, '.config', 'keyporter', 'api_key')
})

afterEach(async () => {
  place.remove()
  await server.close()
})

function presented(): string | undefined {
  return server.received.at(-1)?.headers.authorization
}

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8)
}

// `script` (util-linux) runs a command at a pseudo-terminal and passes its own stdin on as what is typed.
const hasTerminal = spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') ?? false
const goodSecret = 'imported-key-of-some-other-shape'

describe('set api-key', () => {
  it('stores what it reads from stdin, trimmed, for its owner alone', async () => {
    expect(await place.run(['set', 'api-key'], { stdin: `  ${goodSecret}\n` })).toEqual({
      stdout: '',
      stderr: `keyporter: stored in ${keyFile}\n`,
      exitCode: 0,
      signal: null,
    })
    expect(readFileSync(keyFile, 'utf8')).toBe(`${goodSecret}\n`)
    expect([modeOf(keyFile), modeOf(join(keyFile, '..'))]).toEqual(['600', '700'])
    expect(readdirSync(join(keyFile, '..'))).toEqual(['api_key'])
    expect(server.received).toEqual([])
  })

  it('replaces the file as a whole and narrows its mode', async () => {
    await place.run(['set', 'api-key'], { stdin: goodSecret })
    chmodSync(keyFile, 0o644)
    const { ino } = statSync(keyFile)
    await place.run(['set', 'api-key'], { stdin: `${goodSecret}-2` })
    expect(readFileSync(keyFile, 'utf8')).toBe(`${goodSecret}-2\n`)
    expect(modeOf(keyFile)).toBe('600')
    expect(statSync(keyFile).ino).not.toBe(ino)
  })

  it('takes XDG_CONFIG_HOME, unless it is a relative path', async () => {
    const configHome = join(place.folder, 'xdg')
    await place.run(['set', 'api-key'], { stdin: goodSecret, env: { XDG_CONFIG_HOME: configHome } })
    expect(existsSync(join(configHome, 'keyporter', 'api_key'))).toBe(true)
    await place.run(['set', 'api-key'], { stdin: goodSecret, env: { XDG_CONFIG_HOME: 'relative' } })
    expect(existsSync(keyFile)).toBe(true)
    expect(existsSync(join(place.folder, 'relative'))).toBe(false)
  })

  it('takes the key as an argument like the official client, and warns that arguments are visible', async () => {
    const { stdout, stderr, exitCode } = await place.run(['set', 'api-key', goodSecret])
    expect([stdout, exitCode, readFileSync(keyFile, 'utf8')]).toEqual(['', 0, `${goodSecret}\n`])
    expect(stderr).toMatch(/^keyporter: warning: other users of this machine can see arguments/)
    expect(stderr).not.toContain(goodSecret)
  })

  it('warns about a wrong checksum and about a variable that is used before the file', async () => {
    const { stderr, exitCode } = await place.run(['set', 'api-key'], {
      stdin: adminSecret,
      env: { VAST_API_KEY: 'another-key' },
    })
    expect(exitCode).toBe(0)
    expect(stderr).toContain('keyporter: warning: the checksum of this key is wrong\n')
    expect(stderr).toContain('KEYPORTER_API_KEY or VAST_API_KEY is set, and is used before the stored key')
    expect(stderr).not.toContain(adminSecret)
    expect(stderr).not.toContain('another-key')
  })

  it.each(['', ' \n', 'two words', 'line\nbreak', 'é', 'x'.repeat(513), 'x'.repeat(100_000)])(
    'refuses %j and leaves the stored key as it was',
    async (stdin) => {
      await place.run(['set', 'api-key'], { stdin: goodSecret })
      const { stdout, stderr, exitCode } = await place.run(['set', 'api-key'], { stdin })
      expect([stdout, exitCode]).toEqual(['', 2])
      expect(stderr).toMatch(/^keyporter: error: /)
      if (stdin.trim() !== '') expect(stderr).not.toContain(stdin.trim())
      expect(readFileSync(keyFile, 'utf8')).toBe(`${goodSecret}\n`)
      expect(readdirSync(join(keyFile, '..'))).toEqual(['api_key'])
    },
  )

  it('needs a home to keep it in', async () => {
    const { stderr, exitCode } = await place.run(['set', 'api-key'], { stdin: goodSecret, env: { HOME: '' } })
    expect(exitCode).toBe(2)
    expect(stderr).toContain('keyporter: hint: set HOME or XDG_CONFIG_HOME\n')
  })

  it.runIf(hasTerminal)('asks at a terminal without showing what is typed', async () => {
    const child = spawn('script', ['-qec', `'${process.execPath}' '${mainFile}' set api-key`, '/dev/null'], {
      env: makeEnvironment(place.folder),
      stdio: 'pipe',
    })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
      if (text.includes('API key: ')) child.stdin.write(`${goodSecret}xy\u007f\u007f\r`)
    })
    const [exitCode] = (await once(child, 'close')) as [number]
    expect(exitCode).toBe(0)
    expect(shown).toContain('API key: ')
    expect(shown).toContain(`stored in ${keyFile}`)
    expect(shown).not.toContain(goodSecret.slice(0, 8))
    expect(readFileSync(keyFile, 'utf8')).toBe(`${goodSecret}\n`)
  })

  it.runIf(hasTerminal)('stores nothing when it is interrupted at a terminal', async () => {
    const child = spawn('script', ['-qec', `'${process.execPath}' '${mainFile}' set api-key`, '/dev/null'], {
      env: makeEnvironment(place.folder),
      stdio: 'pipe',
    })
    let shown = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      shown += text
      if (text.includes('API key: ')) child.stdin.write('half\u0003')
    })
    const [exitCode] = (await once(child, 'close')) as [number]
    expect([exitCode, existsSync(keyFile)]).toEqual([2, false])
    expect(shown).toContain('interrupted; nothing was changed')
  })
})

describe('where the key comes from', () => {
  beforeEach(async () => {
    await place.run(['set', 'api-key'], { stdin: 'from-the-file' })
  })

  const sources: [string, string[], Record<string, string>, string][] = [
    ['the file', [], {}, 'from-the-file'],
    ['VAST_API_KEY before the file', [], { VAST_API_KEY: ' from-vast\n' }, 'from-vast'],
    ['KEYPORTER_API_KEY before VAST_API_KEY', [], { VAST_API_KEY: 'a', KEYPORTER_API_KEY: 'ours' }, 'ours'],
    ['--api-key before all', ['--api-key', 'option'], { KEYPORTER_API_KEY: 'ours' }, 'option'],
    ['the next one where a variable is empty', [], { KEYPORTER_API_KEY: '', VAST_API_KEY: ' ' }, 'from-the-file'],
  ]
  it.each(sources)('takes %s', async (_words, options, env, expected) => {
    const { exitCode } = await place.run(['show', 'user', ...options], { env })
    expect(exitCode).toBe(3)
    expect(presented()).toBe(`Bearer ${expected}`)
  })

  it('refuses an empty --api-key instead of taking another', async () => {
    const { stderr, exitCode } = await place.run(['show', 'user', '--api-key', ''])
    expect([stderr, exitCode]).toEqual(['keyporter: error: --api-key is empty\n', 2])
    expect(server.received).toEqual([])
  })

  it('warns about a file that others can read, and uses it', async () => {
    chmodSync(keyFile, 0o640)
    const { stderr } = await place.run(['show', 'user'])
    expect(stderr).toContain(
      `keyporter: warning: ${keyFile} can be read by others\nkeyporter: hint: chmod 600 ${keyFile}\n`,
    )
    expect(presented()).toBe('Bearer from-the-file')
    const asJson = await place.run(['show', 'user', '--json'])
    expect(JSON.parse(asJson.stderr.split('\n')[0]!)).toEqual({
      warning: `${keyFile} can be read by others`,
      hint: `chmod 600 ${keyFile}`,
    })
  })

  it('says where a refused key came from, but not the key', async () => {
    const { stderr } = await place.run(['show', 'user'])
    expect(stderr).toBe(
      'keyporter: error: Invalid user key (401 auth_error, request req-401)\n' +
        `keyporter: hint: the key came from ${keyFile}; store a key that is in force with \`keyporter set api-key\`\n`,
    )
  })

  it('names a file that is no key file', async () => {
    writeFileSync(keyFile, 'two words')
    expect((await place.run(['show', 'user'])).stderr).toContain(`the key from ${keyFile} must be 1 to 512 printable`)
    writeFileSync(keyFile, 'x'.repeat(10_000))
    expect((await place.run(['show', 'user'])).stderr).toContain(`${keyFile} is too long for a key file`)
    writeFileSync(keyFile, '')
    expect((await place.run(['show', 'user'])).stderr).toContain('there is no API key')
    expect(server.received).toEqual([])
  })
})

it('says what to do when there is no key', async () => {
  const { stderr, exitCode } = await place.run(['whoami'])
  expect(exitCode).toBe(2)
  expect(stderr).toMatch(
    /^keyporter: error: there is no API key\nkeyporter: hint: store one with `keyporter set api-key`/,
  )
  mkdirSync(keyFile, { recursive: true })
  expect((await place.run(['whoami'])).exitCode).toBe(1)
})
