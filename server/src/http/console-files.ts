/**
 * The console's pages: the files that its build left, held in memory. Every page path answers the one page, with a nonce of
 * its own; assets carry a digest in their name, so they never change. What is asked for with a key in hand is no page.
 */
import { hash, randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, posix, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { canonicaliseTarget, queryKeyName } from '@keyporter/core'

export interface ConsoleFiles {
  /**
   * Answers a request for a page or an asset; false for anything else, which is left alone. `headers` go with the answer:
   * a flat list of names and values.
   */
  answer(req: IncomingMessage, res: ServerResponse, headers?: readonly string[]): boolean
}

export interface ConsoleFileOptions {
  /** The folder of the build. */
  readonly dir: string
  readonly behindTls: boolean
  /** Where the page says that the API is: an origin, `:port` on the host of the page, or empty where the page itself is. */
  readonly api: string
}

interface File {
  readonly bytes: Buffer
  readonly mediaType: string
  readonly etag: string
  /** By content coding; made when first asked for. */
  readonly encoded: Map<string, Promise<Buffer>>
}

const noncePlace = '%KEYPORTER_NONCE%'
const apiPlace = '%KEYPORTER_API%'
const indexName = 'index.html'

const mediaTypes: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

const encoders: Readonly<Record<string, (bytes: Buffer) => Promise<Buffer>>> = {
  br: (bytes) => promisify(brotliCompress)(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } }),
  gzip: (bytes) => promisify(gzip)(bytes, { level: 9 }),
}

const securityHeaders: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'X-Frame-Options': 'DENY',
  'Permissions-Policy': ['accelerometer', 'camera', 'geolocation', 'gyroscope', 'magnetometer', 'microphone', 'midi']
    .concat(['payment', 'publickey-credentials-get', 'screen-wake-lock', 'usb', 'xr-spatial-tracking'])
    .map((feature) => `${feature}=()`)
    .join(', '),
}

/** Reads the folder; null when there is no console in it. */
export function openConsoleFiles({ dir, behindTls, api }: ConsoleFileOptions): ConsoleFiles | null {
  const files = readFiles(dir)
  const index = files.get(`/${indexName}`)?.bytes.toString('utf8').replaceAll(apiPlace, api)
  if (index === undefined) return null

  const findPage = (req: IncomingMessage): 'page' | File | null => {
    if (req.method !== 'GET' && req.method !== 'HEAD') return null
    // A key came along: whoever sends one wants an answer of the API.
    if (req.headers.authorization !== undefined) return null
    const canonical = canonicaliseTarget(req.url ?? '')
    if (!canonical.ok || canonical.target.query.some(({ name }) => name === queryKeyName)) return null
    const { path, segments } = canonical.target
    const [first] = segments
    // Below these is every endpoint of ours, and what its like would be.
    if (first === 'keyporter' || first === 'api') return null
    const file = path === `/${indexName}` ? undefined : files.get(path)
    if (file) return file
    const isPage = !path.includes('.') && (req.headers.accept ?? '').includes('text/html')
    return isPage ? 'page' : null
  }

  return {
    answer(req, res, headers = []) {
      const found = findPage(req)
      if (found === null) return false
      for (let i = 0; i < headers.length; i += 2) res.setHeader(headers[i]!, headers[i + 1]!)
      for (const [name, value] of Object.entries(securityHeaders)) res.setHeader(name, value)
      if (behindTls) res.setHeader('Strict-Transport-Security', 'max-age=31536000')
      if (found === 'page') sendPage(res, index)
      else void sendFile(req, res, found)
      return true
    },
  }
}

function sendPage(res: ServerResponse, index: string): void {
  const nonce = randomBytes(16).toString('base64url')
  const text = index.replaceAll(noncePlace, nonce)
  res.setHeader('Content-Security-Policy', printPolicy(nonce))
  res.setHeader('Content-Type', mediaTypes['.html']!)
  res.setHeader('Content-Length', Buffer.byteLength(text))
  res.setHeader('Cache-Control', 'no-store')
  res.end(text)
}

function printPolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ')
}

async function sendFile(req: IncomingMessage, res: ServerResponse, file: File): Promise<void> {
  const isAsset = req.url?.startsWith('/assets/') === true
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'")
  res.setHeader('Cache-Control', isAsset ? 'public, max-age=31536000, immutable' : 'no-cache')
  res.setHeader('ETag', file.etag)
  res.setHeader('Vary', 'Accept-Encoding')
  if (req.headers['if-none-match']?.includes(file.etag)) {
    res.statusCode = 304
    res.end()
    return
  }
  const coding = chooseCoding(req.headers['accept-encoding'], file)
  const bytes = coding === null ? file.bytes : await encode(file, coding)
  if (coding !== null) res.setHeader('Content-Encoding', coding)
  res.setHeader('Content-Type', file.mediaType)
  res.setHeader('Content-Length', bytes.length)
  res.end(bytes)
}

/** What is compressed already gains nothing. */
function chooseCoding(accepted: string | undefined, { mediaType }: File): string | null {
  if (accepted === undefined || /^(?:font|image\/(?:png|x-icon))/.test(mediaType)) return null
  const named = accepted.split(',').map((part) => part.trim().toLowerCase())
  return Object.keys(encoders).find((coding) => named.some((part) => isAccepted(part, coding))) ?? null
}

function isAccepted(part: string, coding: string): boolean {
  return (part === coding || part.startsWith(`${coding};`)) && !/;\s*q=0(?:\.0*)?$/.test(part)
}

function encode({ encoded, bytes }: File, coding: string): Promise<Buffer> {
  let made = encoded.get(coding)
  if (!made) {
    made = encoders[coding]!(bytes)
    encoded.set(coding, made)
  }
  return made
}

/** Every file below a folder by its path on the web; none where there is no folder. */
function readFiles(dir: string): Map<string, File> {
  const files = new Map<string, File>()
  for (const path of listPaths(dir)) {
    const bytes = readFileSync(path)
    const name = posix.join('/', relative(dir, path).split(sep).join('/'))
    files.set(name, {
      bytes,
      mediaType: mediaTypes[extname(path)] ?? 'application/octet-stream',
      etag: `"${hash('sha256', bytes, 'base64url').slice(0, 22)}"`,
      encoded: new Map(),
    })
  }
  return files
}

function listPaths(dir: string): string[] {
  try {
    const entries = readdirSync(dir, { recursive: true, withFileTypes: true })
    return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
