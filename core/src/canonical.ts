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
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly problem: string }

/** Bytes of path and query together. Longer targets are refused. */
export const maxTargetBytes = 16_384
const maxQueryMembers = 1_000
const noQuery: readonly QueryMember[] = []

/** RFC 3986 pchar, less percent-encoding: what canonical paths leave as it is. */
const plainPath = /^(?:\/[A-Za-z0-9\-._~!$&'()*+,;=:@]+)+\/?$/
const dotSegment = /\/\.{1,2}(?:\/|$)/
/** What canonical queries leave as it is. `;` is encoded: some servers split members there. */
const unescapedInQuery = /[A-Za-z0-9\-._~!$'()*,:@/?]/
const unescapedInPath = /[A-Za-z0-9\-._~!$&'()*+,;=:@]/

/**
 * Canonicalises an origin-form target (RFC 9112 section 3.2.1). Refuses other forms, invalid percent-encoding or UTF-8,
 * control characters, backslashes, dot segments, encoded slashes, segments encoded twice, and what is too long.
 * Duplicate slashes collapse. Idempotent: `printTarget` of the result gives the same target again.
 */
export function canonicaliseTarget(raw: string): TargetResult {
  if (raw.length > maxTargetBytes) return refuse(`the request target is longer than ${maxTargetBytes} bytes`)
  if (raw.charCodeAt(0) !== 0x2f) return refuse('the request target must begin with /')
  const mark = raw.indexOf('?')
  const rawPath = mark < 0 ? raw : raw.slice(0, mark)
  const query = mark < 0 ? noQuery : parseQuery(raw.slice(mark + 1))
  if (typeof query === 'string') return refuse(query)
  if (plainPath.test(rawPath) && !dotSegment.test(rawPath)) {
    return { ok: true, target: { path: rawPath, segments: splitPlain(rawPath), query } }
  }
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
  const path = `/${segments.map((segment) => encode(segment, unescapedInPath)).join('/')}${tail}`
  return { ok: true, target: { path, segments, query } }
}

/** The target as it goes upstream. `omit` names one query member to leave out, all its occurrences. */
export function printTarget(target: Target, omit?: string): string {
  if (target.query.length === 0) return target.path
  const members: string[] = []
  for (const { name, value } of target.query) {
    if (name === omit) continue
    const key = encode(name, unescapedInQuery)
    members.push(value === null ? key : `${key}=${encode(value, unescapedInQuery)}`)
  }
  return members.length === 0 ? target.path : `${target.path}?${members.join('&')}`
}

function refuse(problem: string): TargetResult {
  return { ok: false, problem }
}

function splitPlain(path: string): string[] {
  const end = path.length > 1 && path.endsWith('/') ? path.length - 1 : path.length
  return path.slice(1, end).split('/')
}

function findSegmentProblem(segment: string): string | null {
  if (segment === '.' || segment === '..') return 'the path has a . or .. segment'
  if (segment.includes('/')) return 'the path has an encoded slash'
  if (segment.includes('\\')) return 'the path has a backslash'
  if (/%[0-9a-fA-F]{2}/.test(segment)) return 'the path is percent-encoded twice'
  return null
}

function parseQuery(raw: string): readonly QueryMember[] | string {
  const members: QueryMember[] = []
  for (const piece of raw.split('&')) {
    if (piece === '') continue
    if (members.length === maxQueryMembers) return `the query has more than ${maxQueryMembers} members`
    const equals = piece.indexOf('=')
    const name = decodeForm(equals < 0 ? piece : piece.slice(0, equals))
    const value = equals < 0 ? null : decodeForm(piece.slice(equals + 1))
    if (name === null || (equals >= 0 && value === null)) {
      return 'the query has invalid percent-encoding or characters'
    }
    members.push({ name, value })
  }
  return members
}

function decodeForm(text: string): string | null {
  return decode(text.includes('+') ? text.replaceAll('+', ' ') : text)
}

/** Percent-decodes; null for bad encoding, bad UTF-8, control characters, or raw characters outside ASCII. */
function decode(text: string): string | null {
  if (/[^\x20-\x7e]/.test(text)) return null
  if (!text.includes('%')) return text
  let decoded: string
  try {
    decoded = decodeURIComponent(text)
  } catch {
    return null
  }
  return /[\u0000-\u001f\u007f-\u009f]/.test(decoded) ? null : decoded
}

function encode(text: string, unescaped: RegExp): string {
  let encoded = ''
  for (const character of text) {
    encoded += unescaped.test(character) ? character : encodeCharacter(character)
  }
  return encoded
}

function encodeCharacter(character: string): string {
  // encodeURIComponent leaves !'()* as they are; only ASCII outside its own set reaches the second branch.
  const encoded = encodeURIComponent(character)
  return encoded !== character ? encoded : `%${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
}
