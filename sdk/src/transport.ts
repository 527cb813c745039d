/**
 * One call to a server: URL, credentials, time limit, retries, errors. The secret travels in the Authorization header of
 * requests to the base URL and nowhere else: no redirect is followed, and what errors quote is cleared of it.
 */
import { type ErrorFields, KeyporterError, parseErrorCode, type Unconfirmed } from './error.js'
import { findRetryDelay, readRetryAfter } from './retry.js'
import { ShapeError } from './shape.js'

export interface TransportOptions {
  /** Where the server is: http or https, with or without a path, and with or without a slash at its end. */
  readonly url: string | URL
  /** The secret. Without it only public endpoints answer. */
  readonly key?: string | null
  /**
   * True in a page of the console: calls by the cookie of its session, which the browser keeps, instead of by a key. Only
   * there: `url` must be the page's own origin.
   */
  readonly session?: boolean
  /** Called in place of the platform's `fetch`. */
  readonly fetch?: typeof fetch
  /** Called with the server's clock as each answer has it, in whole seconds, and as old as the answer took. */
  readonly onServerTime?: (at: Date) => void
  /** Most milliseconds that a call may take, retries included. 30 seconds unless given. */
  readonly timeoutMs?: number
  /** Value of the User-Agent header; browsers may ignore it. */
  readonly userAgent?: string
}

export interface Transport {
  /** Sends one request and reads its answer; `abandoned` ends it before its time. Throws `KeyporterError`. */
  call<T>(method: string, path: string, body: unknown, read: (json: unknown) => T, abandoned?: AbortSignal): Promise<T>
  /** Ends the calls under way; later ones fail. */
  close(): void
}

const defaultTimeoutMs = 30_000
const longestTimeoutMs = 2_147_483_647
const longestSecret = 512

/** Throws `TypeError` or `RangeError` for options that cannot be used; no message holds the secret. */
export function openTransport(options: TransportOptions): Transport {
  const base = readBaseUrl(options.url)
  const secret = readSecret(options.key)
  if (secret !== null && options.session) throw new TypeError('a key and a session are both given; give one')
  const timeoutMs = readTimeout(options.timeoutMs)
  // Called without a receiver: browsers refuse their `fetch` with a foreign one.
  const send: typeof fetch = options.fetch ?? ((input, init) => fetch(input, init))
  const running = new Set<AbortController>()
  let closed = false

  const fail = (fields: ErrorFields) => new KeyporterError(clearOf(secret, fields))
  const closedError = () => fail({ status: null, code: 'network_failed', msg: 'This client is closed.' })

  async function call<T>(
    method: string,
    path: string,
    body: unknown,
    read: (json: unknown) => T,
    abandoned?: AbortSignal,
  ): Promise<T> {
    if (closed) throw closedError()
    const controller = new AbortController()
    const { signal } = controller
    const giveUpAt = performance.now() + timeoutMs
    const msg = `No whole answer from ${base.origin} within ${timeoutMs} ms.`
    const timer = setTimeout(() => controller.abort(fail({ status: null, code: 'network_timeout', msg })), timeoutMs)
    const abandon = () =>
      controller.abort(fail({ status: null, code: 'network_failed', msg: 'The call was abandoned.' }))
    if (abandoned?.aborted) abandon()
    abandoned?.addEventListener('abort', abandon, { once: true })
    running.add(controller)
    try {
      for (let failures = 1; ; failures++) {
        try {
          return await exchange(method, path, body, read, signal)
        } catch (error) {
          // Only GET: anything else may have been carried out before its answer was lost.
          const waitMs = method === 'GET' && !signal.aborted ? findRetryDelay(error, failures) : null
          if (waitMs === null || performance.now() + waitMs >= giveUpAt) throw error
          await pause(waitMs, signal)
        }
      }
    } finally {
      clearTimeout(timer)
      abandoned?.removeEventListener('abort', abandon)
      running.delete(controller)
    }
  }

  async function exchange<T>(
    method: string,
    path: string,
    body: unknown,
    read: (json: unknown) => T,
    signal: AbortSignal,
  ): Promise<T> {
    const init: RequestInit = { method, headers: makeHeaders(body !== undefined), redirect: 'manual', signal }
    // Not every platform knows the member, so it is given only where it says something.
    if (options.session) init.credentials = 'same-origin'
    if (body !== undefined) init.body = JSON.stringify(body)
    const { response, text } = await orAborted(receive(`${base.prefix}${path}`, init), signal)
    const requestId = response.headers.get('x-request-id')
    const serverMs = Date.parse(response.headers.get('date') ?? '')
    if (!Number.isNaN(serverMs)) options.onServerTime?.(new Date(serverMs))
    if (isRedirect(response)) throw fail(describeRedirect(response, requestId))
    const json = parseJson(text)
    if (!response.ok) throw fail(describeRefusal(response, requestId, json))
    try {
      if (json === undefined) throw new ShapeError('is not JSON')
      return read(json)
    } catch (error) {
      if (!(error instanceof ShapeError)) throw error
      const msg = `${base.origin} does not answer like a Keyporter server: in the answer to ${method} ${path}, ${error.message}.`
      throw fail({ status: response.status, code: 'bad_answer', msg, requestId })
    }
  }

  async function receive(url: string, init: RequestInit): Promise<{ response: Response; text: string }> {
    try {
      const response = await send(url, init)
      if (!isRedirect(response)) return { response, text: await response.text() }
      await response.body?.cancel()
      return { response, text: '' }
    } catch (error) {
      if (error instanceof KeyporterError) throw error
      const code = findSystemCode(error)
      const msg = `The request to ${base.origin} failed${code ? ` (${code})` : ''}.`
      throw fail({ status: null, code: 'network_failed', msg })
    }
  }

  function makeHeaders(hasBody: boolean): Record<string, string> {
    return {
      Accept: 'application/json',
      ...(secret !== null && { Authorization: `Bearer ${secret}` }),
      ...(options.session && { 'X-Keyporter-Console': '1' }),
      ...(hasBody && { 'Content-Type': 'application/json' }),
      ...(options.userAgent !== undefined && { 'User-Agent': options.userAgent }),
    }
  }

  function close(): void {
    closed = true
    for (const controller of running) controller.abort(closedError())
  }

  return { call, close }
}

/** Rejects with the signal's reason once it is aborted, even if the work itself never ends. */
function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = () => reject(signal.reason)
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop))
  })
}

async function pause(waitMs: number, signal: AbortSignal): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const elapsed = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, waitMs)
  })
  await orAborted(elapsed, signal).finally(() => clearTimeout(timer))
}

function isRedirect({ type, status }: Response): boolean {
  return type === 'opaqueredirect' || (status >= 300 && status < 400)
}

function describeRedirect({ status, url }: Response, requestId: string | null): ErrorFields {
  const from = URL.canParse(url) ? ` ${new URL(url).origin}` : ''
  const msg = `The server${from} answered with a redirect, which is not followed. Give the address that it leads to.`
  return { status: status || null, code: 'redirected', msg, requestId }
}

/** Reads the error object of the wire; whatever else came, its bytes are not quoted. */
function describeRefusal(response: Response, requestId: string | null, json: unknown): ErrorFields {
  const answer = typeof json === 'object' && json !== null ? (json as Record<string, unknown>) : {}
  const code = parseErrorCode(answer.error)
  return {
    status: response.status,
    code,
    msg: readText(answer.msg) ?? `The server answered ${response.status} and did not say why.`,
    reason: readText(answer.reason),
    requestId: readText(answer.request_id) ?? requestId,
    retryAfterMs: readRetryAfter(response.headers.get('retry-after')),
    unconfirmed: code === 'outcome_unknown' ? readUnconfirmed(answer) : null,
  }
}

function readUnconfirmed(answer: Record<string, unknown>): Unconfirmed {
  return {
    id: Number.isSafeInteger(answer.id) ? (answer.id as number) : null,
    secret: readText(answer.key) ?? readText(answer.api_key) ?? readText(answer.new_api_key) ?? readText(answer.secret),
  }
}

function readText(json: unknown): string | null {
  return typeof json === 'string' ? json : null
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** A code such as ECONNREFUSED from an error or its causes. Their messages are left alone: they may quote headers. */
function findSystemCode(error: unknown): string | null {
  let current = error
  for (let depth = 0; depth < 4 && typeof current === 'object' && current !== null; depth++) {
    const { code, cause } = current as { code?: unknown; cause?: unknown }
    if (typeof code === 'string' && /^[A-Z][A-Z0-9_]{2,31}$/.test(code)) return code
    current = cause
  }
  return null
}

function clearOf(secret: string | null, fields: ErrorFields): ErrorFields {
  if (secret === null) return fields
  const clear = (text: string) => text.replaceAll(secret, '[key]').replaceAll(encodeURIComponent(secret), '[key]')
  return {
    ...fields,
    msg: clear(fields.msg),
    reason: fields.reason == null ? null : clear(fields.reason),
    requestId: fields.requestId == null ? null : clear(fields.requestId),
  }
}

function readBaseUrl(text: string | URL): { origin: string; prefix: string } {
  const expected = 'url must be an http or https address without user, query or fragment'
  if (!URL.canParse(String(text))) throw new TypeError(expected)
  const url = new URL(String(text))
  const isPlain = url.username === '' && url.password === '' && url.search === '' && url.hash === ''
  if (!isPlain || (url.protocol !== 'http:' && url.protocol !== 'https:')) throw new TypeError(expected)
  return { origin: url.origin, prefix: url.origin + url.pathname.replace(/\/+$/, '') }
}

function readSecret(key: string | null | undefined): string | null {
  if (key === undefined || key === null) return null
  // What a header cannot carry would come back inside the platform's own error message.
  if (typeof key === 'string' && /^[\x21-\x7e]+$/.test(key) && key.length <= longestSecret) return key
  throw new TypeError(`key must be 1 to ${longestSecret} printable ASCII characters without spaces`)
}

function readTimeout(timeoutMs = defaultTimeoutMs): number {
  if (timeoutMs > 0 && timeoutMs <= longestTimeoutMs) return timeoutMs
  throw new RangeError(`timeoutMs must be between 1 and ${longestTimeoutMs}`)
}
