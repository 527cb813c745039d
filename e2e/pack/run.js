// Packs the server, installs the tarball alone into an empty prefix as a user would, and runs what was installed.
// Needs npm and its registry, for the dependencies that are not bundled; takes about a minute where the native module
// has to be compiled.
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clearBundle } from '../../scripts/stage-bundle.js'
import { rootDir } from '../../scripts/workspace.js'
import { createReport } from '../report.js'
import {
  adminKeyLine,
  findFreePort,
  getJson,
  makeEnvironment,
  signInLinkLine,
  startServer,
  waitForLine,
  waitUntilHealthy,
} from '../server-process.js'
import { findLeaks, findWrongFiles, listFiles, listMachinePaths } from './tarball.js'

const { check, finish } = createReport()
const tempDir = realpathSync(mkdtempSync(join(tmpdir(), 'keyporter-pack-')))
const prefix = join(tempDir, 'prefix')
const dataDir = join(tempDir, 'data')
const installedDir = join(prefix, 'lib', 'node_modules', 'keyporter')
const keyporter = join(prefix, 'bin', 'keyporter')
const emptyDir = join(tempDir, 'empty')
mkdirSync(emptyDir)

try {
  const tarball = await check('npm pack gives one tarball', pack)
  if (tarball) {
    await checkTarball(tarball)
    const log = await check('npm installs it alone into an empty prefix', () => install(tarball))
    if (log !== undefined) {
      await checkInstalled(log)
      await checkServer()
    }
  }
} finally {
  clearBundle()
  rmSync(tempDir, { recursive: true, force: true })
}
finish()

function pack() {
  const destination = join(tempDir, 'packed')
  mkdirSync(destination)
  run('npm', ['pack', '-w', 'server', '--pack-destination', destination], rootDir)
  const files = readdirSync(destination)
  assert.equal(files.length, 1, `found ${files.join(', ')}`)
  return join(destination, files[0])
}

async function checkTarball(tarball) {
  const unpackedDir = join(tempDir, 'unpacked')
  mkdirSync(unpackedDir)
  execFileSync('tar', ['-xzf', tarball, '-C', unpackedDir])
  const packageDir = join(unpackedDir, 'package')
  const files = listFiles(packageDir)
  await check('the tarball holds what it should and nothing else', () => assertNone(findWrongFiles(files)))
  await check('no file in it holds a secret or a path of this machine', () =>
    assertNone(findLeaks(packageDir, files, listMachinePaths(rootDir, tempDir))),
  )
  await check('packing leaves nothing behind in the workspace', () => {
    for (const name of ['node_modules/@keyporter', 'LICENSE', 'README.md']) {
      assert.equal(existsSync(join(rootDir, 'server', name)), false, `server/${name} was left`)
    }
    for (const name of ['core', 'sdk']) {
      assert.equal(realpathSync(join(rootDir, 'node_modules', '@keyporter', name)), join(rootDir, name))
    }
  })
}

function install(tarball) {
  const flags = ['--prefix', prefix, '--allow-scripts=better-sqlite3', '--no-audit', '--no-fund', '--loglevel=http']
  return run('npm', ['install', '--global', ...flags, tarball], emptyDir)
}

async function checkInstalled(log) {
  await check('core and sdk come from the tarball, not from a registry', () => {
    assert.match(log, /fetch GET 200 \S+fastify/, 'the log should show what was fetched')
    assertNone(log.split('\n').filter((line) => /fetch/.test(line) && line.includes('@keyporter')))
    for (const name of ['core', 'sdk']) {
      assert.ok(lstatSync(join(installedDir, 'node_modules', '@keyporter', name)).isDirectory(), `${name} is a link`)
    }
  })
  await check('npm does not complain about install scripts', () =>
    assertNone(log.split('\n').filter((line) => line.includes('install-scripts'))),
  )
  await check('the installed command prints its help', () => {
    assert.match(run(keyporter, ['--help'], emptyDir), /serve/)
  })
}

async function checkServer() {
  const port = await findFreePort()
  const baseUrl = `http://127.0.0.1:${port}`
  const env = makeEnvironment({ HOME: emptyDir, KEYPORTER_DATA_DIR: dataDir, KEYPORTER_PORT: String(port) })
  const start = async () => {
    const server = startServer(keyporter, ['serve'], { cwd: emptyDir, env })
    await waitUntilHealthy(server, baseUrl)
    return server
  }

  const first = await check('keyporter serve starts and answers the health check', start)
  if (!first) return
  const secret = await check('the first start prints the admin key', async () => {
    return (await waitForLine(first, adminKeyLine))[1]
  })
  await check('the admin key is accepted', async () => {
    const { status, body } = await getJson(baseUrl, '/api/v0/users/current/', secret)
    assert.equal(status, 200, JSON.stringify(body))
    for (const name of ['id', 'email', 'credit', 'ssh_key']) assert.ok(name in body, `${name} is missing`)
  })
  const link = await check('it prints a sign-in link', async () => (await waitForLine(first, signInLinkLine))[1])
  await check('the console is served: its page, and the script that it names', async () => {
    const response = await fetch(link, { headers: { accept: 'text/html' } })
    assert.equal(response.status, 200)
    assert.match(response.headers.get('content-security-policy'), /script-src 'self'/)
    const [, script] = /<script[^>]+src="([^"]+)"/.exec(await response.text())
    const asset = await fetch(baseUrl + script)
    assert.deepEqual([asset.status, asset.headers.get('content-type')], [200, 'text/javascript; charset=utf-8'])
    await asset.arrayBuffer()
  })
  await check('no key is refused', async () => {
    assert.equal((await getJson(baseUrl, '/api/v0/users/current/')).status, 401)
  })
  await check('the installed command reaches the server', () => {
    const output = run(keyporter, ['show', 'user', '--json'], emptyDir, {
      ...env,
      KEYPORTER_URL: baseUrl,
      KEYPORTER_API_KEY: secret,
    })
    assert.ok('email' in JSON.parse(output), output)
  })
  await check('SIGTERM ends it with exit code 0', async () => {
    assert.deepEqual(await first.stop(), { code: 0, signal: null })
  })
  await check('the first start printed nothing else', () =>
    assert.equal(first.stdout(), `admin key: ${secret}\nsign-in link: ${link}\n`),
  )

  const second = await check('it starts again on the same data', start)
  if (!second) return
  await check('the admin key is still accepted', async () => {
    assert.equal((await getJson(baseUrl, '/api/v0/users/current/', secret)).status, 200)
  })
  await check('no secret is in what it logged or stored', () => {
    assert.equal(first.stderr().includes(secret) || second.stderr().includes(secret), false, 'the log holds it')
    assertNone(findLeaks(dataDir, listFiles(dataDir), []))
  })
  await check('SIGTERM ends the second one too', () => second.stop())
  await check('the second start printed nothing on stdout', () => assert.equal(second.stdout(), ''))
}

// Returns stdout and stderr together; throws with them when the command fails.
function run(command, args, cwd, env = makeEnvironment()) {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8', timeout: 600_000 })
  if (error) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} exited ${status}:\n${stdout}${stderr}`)
  return stdout + stderr
}

function assertNone(problems) {
  if (problems.length > 0) throw new Error(problems.join('\n'))
}
