// `npm start` as the README promises it: in a copy of the tracked files, twice. The first start prints the admin key
// and a sign-in link on stdout and nothing else of its own, the second prints nothing. With `--install` the copy runs `npm ci` itself;
// without, it is given the dependencies that are installed here, which is much faster.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
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

const { check, finish } = createReport()
const copyDir = realpathSync(mkdtempSync(join(tmpdir(), 'keyporter-start-')))
const port = await findFreePort()
const baseUrl = `http://127.0.0.1:${port}`
const env = makeEnvironment({ KEYPORTER_PORT: String(port) })

try {
  await check(process.argv.includes('--install') ? 'npm ci in a clean copy' : 'a clean copy', prepareCopy)
  const first = await check('npm start builds, starts and answers the health check', startCopy)
  if (first) await checkStarts(first)
} finally {
  rmSync(copyDir, { recursive: true, force: true })
}
finish()

function prepareCopy() {
  const tracked = execFileSync('git', ['ls-files', '-z'], { cwd: rootDir, encoding: 'utf8' }).split('\0')
  for (const path of tracked.filter((name) => name !== '' && existsSync(join(rootDir, name)))) {
    cpSync(join(rootDir, path), join(copyDir, path))
  }
  if (process.argv.includes('--install')) execFileSync('npm', ['ci'], { cwd: copyDir, env, stdio: 'pipe' })
  else cpSync(join(rootDir, 'node_modules'), join(copyDir, 'node_modules'), { recursive: true, verbatimSymlinks: true })
}

async function startCopy() {
  const server = startServer('npm', ['start'], { cwd: copyDir, env })
  await waitUntilHealthy(server, baseUrl)
  return server
}

async function checkStarts(first) {
  const secret = await check('the first start prints the admin key', async () => {
    return (await waitForLine(first, adminKeyLine))[1]
  })
  await check('the admin key is accepted', async () => {
    assert.equal((await getJson(baseUrl, '/api/v0/users/current/', secret)).status, 200)
  })
  const link = await check('it prints a sign-in link, which leads to the console', async () => {
    const [, found] = await waitForLine(first, signInLinkLine)
    const response = await fetch(found, { headers: { accept: 'text/html' } })
    assert.equal(response.status, 200)
    assert.match(await response.text(), /<script type="module"/)
    return found
  })
  await check('what it stores is in ./data, for its owner alone', () => {
    const files = readdirSync(join(copyDir, 'data'))
    assert.ok(files.length >= 2, `found ${files.join(', ')}`)
    for (const name of files) assert.equal(statSync(join(copyDir, 'data', name)).mode & 0o077, 0, name)
  })
  await check('SIGTERM to npm ends the server', async () => {
    await first.stop()
    await assert.rejects(fetch(`${baseUrl}/keyporter/healthz`), 'the port still answers')
  })
  await check('the first start printed nothing else', () =>
    assert.deepEqual(listOwnLines(first), [`admin key: ${secret}`, `sign-in link: ${link}`]),
  )

  const builtAt = readBuildTimes()
  const second = await check('npm start works again', startCopy)
  if (!second) return
  await check('the second start builds nothing, since nothing is stale', () =>
    assert.deepEqual(readBuildTimes(), builtAt),
  )
  await check('the admin key is still accepted', async () => {
    assert.equal((await getJson(baseUrl, '/api/v0/users/current/', secret)).status, 200)
  })
  await check('SIGTERM ends it too', () => second.stop())
  await check('the second start printed nothing', () => assert.deepEqual(listOwnLines(second), []))
}

// npm itself announces the script on stdout, in lines that begin with `> `.
function listOwnLines(server) {
  return server
    .stdout()
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('> '))
}

function readBuildTimes() {
  return ['core', 'sdk', 'server'].map((name) => {
    const distDir = join(copyDir, name, 'dist')
    return readdirSync(distDir, { recursive: true }).map((path) => [path, statSync(join(distDir, path)).mtimeMs])
  })
}
