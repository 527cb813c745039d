/** Where a request carries its secret (RFC 6750 section 2; decisions A30, A31, A37). Reads headers, judges nothing. */
import type { Target } from '@keyporter/core'

export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  /** Something was presented that cannot be a secret. */
  | { readonly kind: 'malformed' }
  /** More than one Authorization header: no telling which one the upstream would read. */
  | { readonly kind: 'ambiguous' }

/** Query member under which old clients send the secret. Never forwarded. */
export const queryKeyName = 'api_key'

/**
 * Finds the secret. A Bearer header wins over the query; an empty one counts as absent.
 * `rawHeaders` is Node's flat list of names and values.
 */
export function readCredentials(rawHeaders: readonly string[], target: Target, queryKeys: boolean): Credentials {
  let authorization: string | undefined
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    if (name.length !== 13 || name.toLowerCase() !== 'authorization') continue
    if (authorization !== undefined) return { kind: 'ambiguous' }
    authorization = rawHeaders[i + 1]!
  }
  const fromHeader = authorization === undefined ? none : readBearer(authorization)
  if (fromHeader.kind !== 'none' || !queryKeys || target.query.length === 0) return fromHeader
  return readQueryKey(target)
}

const none: Credentials = { kind: 'none' }
const malformed: Credentials = { kind: 'malformed' }

function readBearer(header: string): Credentials {
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
  return found === undefined ? none : readSecret(trim(found))
}

function readSecret(text: string): Credentials {
  if (text === '') return none
  return /\s/.test(text) ? malformed : { kind: 'secret', secret: text }
}

function trim(text: string): string {
  return text.replace(/^[ \t]+|[ \t]+$/g, '')
}
