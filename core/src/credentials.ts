/** Where a request carries its secret (RFC 6750 section 2; decisions A30, A31, A37). Reads text, judges nothing. */
import type { Target } from './canonical.js'

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  /** Something was presented that cannot be a secret. */
  | { readonly kind: 'malformed' }
  /** More than one Authorization header: no telling which one the upstream would read. */
  | { readonly kind: 'ambiguous' }

/** Query member under which old clients send the secret. Never forwarded. */
export const queryKeyName = 'api_key'

const none: Credentials = { kind: 'none' }
const malformed: Credentials = { kind: 'malformed' }
const ambiguous: Credentials = { kind: 'ambiguous' }

/**
 * Finds the secret of a request. A Bearer header wins over the query; an empty one counts as absent.
 * `authorizations` are the values of all its Authorization headers.
 */
export function readCredentials(authorizations: readonly string[], target: Target, queryKeys: boolean): Credentials {
  if (authorizations.length > 1) return ambiguous
  const fromHeader = authorizations.length === 0 ? none : readBearer(authorizations[0]!)
  if (fromHeader.kind !== 'none' || !queryKeys || target.query.length === 0) return fromHeader
  return readQueryKey(target)
}

/** The values of all Authorization headers of a request, from Node's flat list of names and values. */
export function listAuthorizations(rawHeaders: readonly string[]): readonly string[] {
  let values = noValues
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    values = values.length === 0 ? [rawHeaders[i + 1]!] : [...values, rawHeaders[i + 1]!]
  }
  return values
}

const noValues: readonly string[] = []

/** Reads a secret by itself: white space round it is trimmed, inside it is malformed. */
export function readSecret(text: string): Credentials {
  if (plain.test(text)) return { kind: 'secret', secret: text }
  const secret = trim(text)
  if (secret === '') return none
  return /\s/.test(secret) ? malformed : { kind: 'secret', secret }
}

/** What nearly every secret is: nothing to trim, nothing to refuse. */
const plain = /^[\x21-\x7e]+$/

function readBearer(header: string): Credentials {
  if (header.startsWith('Bearer ') && header.charCodeAt(7) > 0x20) return readSecret(trim(header.slice(7)))
  const text = trim(header)
  if (text === '') return none
  const scheme = /^bearer(?: +|$)/i.exec(text)?.[0]
  if (scheme === undefined) return malformed
  return readSecret(text.slice(scheme.length))
}

function readQueryKey(target: Target): Credentials {
  let found: string | undefined
  for (const { name, value } of target.query) {
    if (name !== queryKeyName) continue
    const text = value ?? ''
    if (found !== undefined && found !== text) return malformed
    found = text
  }
  return found === undefined ? none : readSecret(found)
}

function trim(text: string): string {
  if (plain.test(text)) return text
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
