/**
 * The official Python client: its virtual environment (`.venv/`, made once per requirements.txt), and one run of its
 * command or of its SDK. A run gets a small environment of its own, a proxy that leads nowhere for every host but this
 * machine, and its key in the environment, never in argv.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'

const exec = promisify(execFile)
const RUN_TIMEOUT_MS = 120_000
const INSTALL_TIMEOUT_MS = 600_000

/** Prints what an SDK expression returns as JSON, and a refused request as its status and body. */
const SDK_PRELUDE = `
import json, sys, warnings
warnings.simplefilter("ignore")
import requests
from vastai import VastAI
def show(call):
    try:
        print(json.dumps(call(VastAI())))
    except requests.exceptions.HTTPError as error:
        print(json.dumps({"status": error.response.status_code, "body": error.response.json()}))
`

/** Installs the pinned client unless this very requirements.txt is installed; returns the folder of its programs. */
export async function installClient(root) {
  const requirements = path.join(root, 'e2e/vastai/requirements.txt')
  const venv = path.join(root, '.venv')
  const bin = path.join(venv, 'bin')
  const mark = path.join(venv, 'keyporter-requirements.sha256')
  const wanted = createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
  if (existsSync(mark) && (await readFile(mark, 'utf8')) === wanted) return bin
  const options = { timeout: INSTALL_TIMEOUT_MS, maxBuffer: 1 << 26 }
  await exec('python3', ['-m', 'venv', '--clear', venv], options)
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--requirement', requirements]
  await exec(path.join(bin, 'python'), pip, options)
  await writeFile(mark, wanted)
  return bin
}

/**
 * Runs `vastai …argv`, or an SDK expression on `v` such as `v.show_user()`.
 * `secret`: null leaves VAST_API_KEY unset. `home` holds the client's configuration and caches.
 */
export async function runClient(bin, { argv, sdk, secret, home, cwd, url, signal }) {
  const env = {
    PATH: `${bin}:${process.env.PATH}`,
    HOME: home,
    XDG_CONFIG_HOME: path.join(home, 'config'),
    XDG_CACHE_HOME: path.join(home, 'cache'),
    XDG_DATA_HOME: path.join(home, 'data'),
    VAST_URL: url,
    VASTAI_NO_UPDATE_CHECK: '1',
    CI: '1',
    COLUMNS: '250',
    PYTHONIOENCODING: 'utf-8',
    HTTP_PROXY: 'http://127.0.0.1:9',
    HTTPS_PROXY: 'http://127.0.0.1:9',
    NO_PROXY: '127.0.0.1,localhost',
    ...(secret === null ? {} : { VAST_API_KEY: secret }),
  }
  const [program, args] = argv
    ? [path.join(bin, 'vastai'), argv]
    : [path.join(bin, 'python'), ['-c', `${SDK_PRELUDE}show(lambda v: ${sdk})`]]
  try {
    const options = { env, cwd, signal, timeout: RUN_TIMEOUT_MS, maxBuffer: 1 << 24 }
    const { stdout, stderr } = await exec(program, args, options)
    return { exit: 0, stdout, stderr }
  } catch (error) {
    if (typeof error.code !== 'number') throw error
    return { exit: error.code, stdout: error.stdout, stderr: error.stderr }
  }
}
