/** The file that keeps the user's key: one line, readable by its owner alone, replaced as a whole. */
import { randomUUID } from 'node:crypto'
import {
  closeSync,
  fchmodSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { CliEnvironment } from './environment.js'
import { UsageError } from './failure.js'

export interface StoredKey {
  readonly path: string
  readonly secret: string
  /** Permission bits that let others at it; 0 when there are none. */
  readonly widerMode: number
}

const longestFile = 4096

/** `api_key` in $XDG_CONFIG_HOME/keyporter, else in ~/.config/keyporter; null when neither folder is known. */
export function findKeyPath({ configHome, home }: CliEnvironment): string | null {
  // The XDG base directory specification has relative paths ignored.
  const folder = configHome && isAbsolute(configHome) ? configHome : home && join(home, '.config')
  return folder ? join(folder, 'keyporter', 'api_key') : null
}

/** Reads the key file; null when there is none or it is empty. */
export function findStoredKey(environment: CliEnvironment): StoredKey | null {
  const path = findKeyPath(environment)
  if (path === null) return null
  const file = openIfThere(path)
  if (file === null) return null
  try {
    const buffer = Buffer.alloc(longestFile + 1)
    const length = readSync(file, buffer)
    if (length > longestFile) throw new UsageError(`${path} is too long for a key file`)
    const secret = buffer.toString('utf8', 0, length).trim()
    const { mode } = fstatSync(file)
    // Windows has no such bits; what it reports is made up.
    const widerMode = process.platform === 'win32' ? 0 : mode & 0o077
    return secret === '' ? null : { path, secret, widerMode }
  } finally {
    closeSync(file)
  }
}

/** Writes the key file, with its folder if that is missing. Whoever reads meanwhile finds the old one or the new one. */
export function writeKeyFile(path: string, secret: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const temporary = `${path}.${randomUUID()}`
  const file = openSync(temporary, 'wx', 0o600)
  try {
    try {
      // The mode given to open is cut by the umask, which may leave the owner without it.
      fchmodSync(file, 0o600)
      writeSync(file, `${secret}\n`)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(temporary, path)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw error
  }
}

function openIfThere(path: string): number | null {
  try {
    return openSync(path, 'r')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    throw error
  }
}
