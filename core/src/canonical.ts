/**
 * The canonical form of a request target (design section 3, AUTHORISE WHAT YOU FORWARD): what is judged is what goes
 * upstream. One spelling for each path and query; what could be read in two ways is refused before any decision.
 */

/** One query member; `value` is null for a name without `=`. Names and values are decoded. */
export interface QueryMember {
  readonly name: string
  readonly value: string | null
}

export interface Target {
  /** Percent-encoded canonical path. Begins with `/`; keeps one trailing slash if there was any. */
  readonly path: string
  /** Decoded segments, without the empty one of a trailing slash. */
  readonly segments: readonly string[]
  readonly query: readonly QueryMember[]
  /** Names behind a `;` in the query: to some servers these are members too. */
  readonly hidden: readonly string[]
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: string }

/** Bytes of path and query together. Longer targets are refused. */
export const maxTargetBytes = 16_384
const maxQueryMembers = 1_000

const slash = 0x2f
const dot = 0x2e
const ampersand = 0x26
const equalsSign = 0x3d
/** RFC 3986 pchar, less percent-encoding: what canonical paths leave as it is. */
const unescapedInPath = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$&'()*+,;=:@"
/** What canonical queries leave as it is. `;` is encoded: some servers split members there. */
const unescapedInQuery = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~!$'()*,:@/?"
/** Raw characters of a query that stand for themselves. */
const plainInQuery = listCodes(`${unescapedInQuery}"<>[\\]^\`{|}`)
const canonicalInQuery = listCodes(unescapedInQuery)
const plainInPath = listCodes(unescapedInPath)

type Query = Pick<Target, 'query' | 'hidden'>
const noNames: readonly string[] = []
const noQuery: Query = { query: [], hidden: noNames }

/**
 * Canonicalises an origin-form target (RFC 9112 section 3.2.1). Refuses other forms, invalid percent-encoding or UTF-8,
 * control characters, fragments, backslashes, dot segments, encoded slashes, segments encoded twice, and what is too long.
 * Duplicate slashes collapse. Idempotent: `printTarget` of the result gives the same target again.
 */
export function canonicaliseTarget(raw: string): TargetResult {
  if (raw.length > maxTargetBytes) return refuse(`the request target is longer than ${maxTargetBytes} bytes`)
  if (raw.charCodeAt(0) !== slash) return refuse('the request target must begin with /')
  const mark = raw.indexOf('?')
  const rawPath = mark < 0 ? raw : raw.slice(0, mark)
  const parsed = mark < 0 ? noQuery : parseQuery(raw, mark + 1)
  if (typeof parsed === 'string') return refuse(parsed)
  const { query, hidden } = parsed
  const plain = splitPlain(raw, rawPath.length)
  if (plain) return { ok: true, target: { path: rawPath, segments: plain, query, hidden } }
  const segments: string[] = []
  for (const piece of rawPath.split('/')) {
    if (piece === '') continue
    const segment = decode(piece)
    if (segment === null) return refuse('the path has invalid percent-encoding or characters')
    const problem = findSegmentProblem(segment)
    if (problem) return refuse(problem)
    segments.push(segment)
  }
  const tail = rawPath.endsWith('/') && segments.length > 0 ? '/' : ''
  const path = `/${segments.map((segment) => encode(segment, plainInPath)).join('/')}${tail}`
  return { ok: true, target: { path, segments, query, hidden } }
}

/** The target as it goes upstream. `omit` names one query member to leave out, all its occurrences. */
export function printTarget(target: Target, omit?: string): string {
  if (target.query.length === 0) return target.path
  const members: string[] = []
  for (const { name, value } of target.query) {
    if (name === omit) continue
    const key = encode(name, canonicalInQuery)
    members.push(value === null ? key : `${key}=${encode(value, canonicalInQuery)}`)
  }
  return members.length === 0 ? target.path : `${target.path}?${members.join('&')}`
}

function refuse(problem: string): TargetResult {
  return { ok: false, problem }
}

/** Where the segments of the path that is being split end. */
const ends = new Uint16Array(maxTargetBytes)

/** The segments of a path that is canonical as it stands; null for one that must be looked at more closely. */
function splitPlain(raw: string, length: number): string[] | null {
  let count = 0
  let start = 1
  for (let at = 1; at < length; at++) {
    const code = raw.charCodeAt(at)
    if (plainInPath[code] === 1) continue
    if (code !== slash || at === start || raw.charCodeAt(start) === dot) return null
    ends[count++] = at
    start = at + 1
  }
  if (start < length) {
    if (raw.charCodeAt(start) === dot) return null
    ends[count++] = length
  }
  // Of its final size: to grow a list costs as much as to read the path.
  const segments = new Array<string>(count)
  for (let i = 0, from = 1; i < count; i++) {
    segments[i] = raw.slice(from, ends[i])
    from = ends[i]! + 1
  }
  return segments
}

function findSegmentProblem(segment: string): string | null {
  // Some servers fold width and compatibility forms before they split: `．．` is `..`, `／` is `/`.
  const folded = segment.normalize('NFKC')
  if (isDotSegment(folded)) return 'the path has a . or .. segment'
  if (folded.includes('/')) return 'the path has an encoded slash'
  if (folded.includes('\\')) return 'the path has a backslash'
  if (/%[0-9a-fA-F]{2}/.test(folded)) return 'the path is percent-encoded twice'
  return null
}

/** `.` or `..`, alone or before what some servers cut off: matrix parameters (`..;`) and spaces. */
function isDotSegment(segment: string): boolean {
  return /^\.{1,2}\s*(?:;|$)/.test(segment)
}

function parseQuery(raw: string, start: number): Query | string {
  const query = new Array<QueryMember>(countMembers(raw, start))
  let hidden = noNames
  let count = 0
  for (let at = start, end = start; at < raw.length; at = end + 1) {
    let equals = -1
    let plain = true
    for (end = at; end < raw.length; end++) {
      const code = raw.charCodeAt(end)
      if (plainInQuery[code] === 1) continue
      if (code === ampersand) break
      if (code !== equalsSign) plain = false
      else if (equals < 0) equals = end
    }
    if (end === at) continue
    if (count === maxQueryMembers) return `the query has more than ${maxQueryMembers} members`
    const name = decodeForm(raw.slice(at, equals < 0 ? end : equals), plain)
    const value = equals < 0 ? null : decodeForm(raw.slice(equals + 1, end), plain)
    if (name === null || (value === null && equals >= 0)) return 'the query has invalid percent-encoding or characters'
    query[count++] = { name, value }
    if (!plain) hidden = hidden.concat(listHidden(name, value))
  }
  if (count < query.length) query.length = count
  return { query, hidden }
}

/** How many members a query may have: one more than it has separators. */
function countMembers(raw: string, start: number): number {
  let count = 1
  for (let at = raw.indexOf('&', start); at >= 0; at = raw.indexOf('&', at + 1)) count++
  return count
}

function listHidden(name: string, value: string | null): readonly string[] {
  const text = value === null ? name : `${name}=${value}`
  if (!text.includes(';')) return noNames
  return text
    .split(';')
    .slice(1)
    .map((piece) => piece.split('=', 1)[0]!)
}

function decodeForm(text: string, plain: boolean): string | null {
  return plain ? text : decode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

/** Percent-decodes; null for bad encoding, bad UTF-8, `#`, control characters, or raw characters outside ASCII. */
function decode(text: string): string | null {
  if (/[^\x20-\x7e]|#/.test(text)) return null
  if (!text.includes('%')) return text
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    return null
  }
  return /[\u0000-\u001f\u007f-\u009f]/.test(decoded) ? null : decoded
}

function encode(text: string, unescaped: Uint8Array): string {
  if (areAll(unescaped, text)) return text
  let encoded = ''
  for (const character of text) {
    encoded += unescaped[character.codePointAt(0)!] === 1 ? character : encodeCharacter(character)
  }
  return encoded
}

function areAll(codes: Uint8Array, text: string): boolean {
  for (let at = 0; at < text.length; at++) if (codes[text.charCodeAt(at)] !== 1) return false
  return true
}

/** A table of character codes: 1 for those of `characters`. */
function listCodes(characters: string): Uint8Array {
  const codes = new Uint8Array(128)
  for (const character of characters) codes[character.charCodeAt(0)] = 1
  return codes
}

function encodeCharacter(character: string): string {
  // encodeURIComponent leaves !'()* as they are; only ASCII outside its own set reaches the second branch.
  const encoded = encodeURIComponent(character)
  return encoded !== character ? encoded : `%${character.charCodeAt(0).toString(16).toUpperCase()}`
}
