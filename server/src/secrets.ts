/**
 * Hashes of secrets, and the peppers under them (design section 4). A pepper lives outside the database: whoever has the
 * rows alone cannot check a guess. Losing it loses every key, so none is ever made for a database that has keys.
 */
import { createHmac, createSecretKey, hash, type KeyObject, randomBytes } from 'node:crypto'
import {
  chmodSync,
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'

export interface Pepper {
  /** Short digest, stored with each hash. */
  readonly id: string
  readonly key: KeyObject
}

export interface Peppers {
  /** What new hashes are made under. */
  readonly current: Pepper
  /** The current one first, then the retired ones. */
  readonly all: readonly Pepper[]
}

export interface PepperOptions {
  /** Where `pepper` is read from or made, unless a pepper is given. */
  readonly dataDir: string
  readonly pepper?: string | null | undefined
  readonly pepperFile?: string | null | undefined
  readonly retiredPeppers?: readonly string[] | undefined
  /** Whether the database holds any key, deleted ones included. */
  readonly hasKeys: boolean
}

/** A pepper that is missing or cannot be used. The message is for the operator and never holds a pepper. */
export class PepperError extends Error {
  override readonly name = 'PepperError'
}

export const pepperFileName = 'pepper'
const minPepperBytes = 32
const maxPepperBytes = 4_096

/**
 * The peppers that are given, or the one in the data folder, which is made on first start. Throws `PepperError` when one
 * cannot be used, or is missing beside a database with keys.
 */
export function openPeppers(options: PepperOptions): Peppers {
  const current = toPepper(findGiven(options) ?? openOwnPepper(options))
  const retired = (options.retiredPeppers ?? []).map((text) => toPepper(checkPepper(text, 'KEYPORTER_RETIRED_PEPPERS')))
  const others = new Map(retired.map((pepper) => [pepper.id, pepper]))
  others.delete(current.id)
  return { current, all: [current, ...others.values()] }
}

/** Throws `PepperError`, which names the id, when keys depend on a pepper that is not among these. */
export async function checkPeppers(
  store: { listPepperIds(): Promise<readonly string[]> },
  peppers: Peppers,
): Promise<void> {
  const held = new Set(peppers.all.map(({ id }) => id))
  const missing = (await store.listPepperIds()).filter((id) => !held.has(id))
  if (missing.length === 0) return
  throw new PepperError(
    `Keys in the database depend on the pepper with the id ${missing.join(', ')}, which is not given; the current one is ` +
      `${peppers.current.id}. Give it as before (the file ${pepperFileName} in the data folder, KEYPORTER_PEPPER or ` +
      `KEYPORTER_PEPPER_FILE), or among KEYPORTER_RETIRED_PEPPERS.`,
  )
}

/** SHA-256 of a secret in hexadecimal: what verifiers look up by. */
export function digestSecret(secret: string): string {
  return hash('sha256', secret)
}

/**
 * What verifiers look up the cookie of a session by. No digest of a key's secret has this form, so that neither is ever
 * taken for the other: not even when an imported key has the text of a cookie.
 */
export function nameSession(secret: string): string {
  return sessionPrefix + digestSecret(secret)
}

/** The digest in the name of a session; null for any other text. */
export function readSessionName(name: string): string | null {
  return name.startsWith(sessionPrefix) ? name.slice(sessionPrefix.length) : null
}

const sessionPrefix = 'session:'

/** What is stored of a secret: HMAC-SHA-256 of the 32 bytes of its digest, in base64url. */
export function hashDigest(digest: string, { key }: Pepper): string {
  return createHmac('sha256', key).update(digest, 'hex').digest('base64url')
}

/** HMAC-SHA-256 of a text, in base64url: by it we know again what we wrote. The text must not have exactly 32 bytes. */
export function sealText(text: string, { key }: Pepper): string {
  return createHmac('sha256', key).update(text).digest('base64url')
}

function toPepper(text: string): Pepper {
  const key = createSecretKey(text, 'utf8')
  return { key, id: createHmac('sha256', key).update('keyporter pepper id').digest('hex').slice(0, 12) }
}

function findGiven({ pepper, pepperFile }: PepperOptions): string | null {
  if (pepper && pepperFile)
    throw new PepperError('KEYPORTER_PEPPER and KEYPORTER_PEPPER_FILE are both given; give one.')
  if (pepper) return checkPepper(pepper, 'KEYPORTER_PEPPER')
  return pepperFile ? checkPepper(readPepperFile(pepperFile), `The pepper file ${pepperFile}`) : null
}

function openOwnPepper({ dataDir, hasKeys }: PepperOptions): string {
  const path = join(dataDir, pepperFileName)
  if (!statSync(path, { throwIfNoEntry: false })) {
    if (hasKeys) {
      throw new PepperError(
        `The database has keys, but the pepper that they were made under is not given, and ${path} is missing. ` +
          `Restore it from your backup, or give it as KEYPORTER_PEPPER or KEYPORTER_PEPPER_FILE.`,
      )
    }
    try {
      makePepperFile(path)
    } catch (cause) {
      throw new PepperError(`The pepper file ${path} cannot be made: ${(cause as Error).message}`, { cause })
    }
  }
  const text = checkPepper(readPepperFile(path), `The pepper file ${path}`)
  if ((statSync(path).mode & 0o777) !== 0o600) chmodSync(path, 0o600)
  return text
}

function readPepperFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new PepperError(`The pepper file ${path} cannot be read: ${(cause as Error).message}`, { cause })
  }
}

/** The text itself is the pepper; nothing decodes it, so there is one way to read it. */
function checkPepper(text: string, origin: string): string {
  const bytes = Buffer.byteLength(text)
  if (bytes < minPepperBytes || bytes > maxPepperBytes) {
    throw new PepperError(`${origin} has ${bytes} bytes; ${minPepperBytes} to ${maxPepperBytes} are expected.`)
  }
  // With a comma it could not stand in the list of retired ones, later.
  if (!/^[\x20-\x2b\x2d-\x7e]+$/.test(text)) {
    throw new PepperError(`${origin} has a comma, or characters other than printable ASCII.`)
  }
  return text
}

/** Whole or not at all: written and flushed under another name, then linked, which never replaces another's. */
function makePepperFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeSync(file, `${randomBytes(32).toString('base64url')}\n`)
    fsyncSync(file)
    linkSync(draft, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  } finally {
    closeSync(file)
    unlinkSync(draft)
  }
  flushFolder(dirname(path))
}

/** Without this the name of a new file can be lost with the power. */
function flushFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}
