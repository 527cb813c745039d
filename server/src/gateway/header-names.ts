/** Which headers concern one connection only, whatever their spelling (RFC 9110 section 7.6.1). */

/**
 * A header name as the most careless upstream would read it: without case, and every other character as `-`. CGI and its
 * heirs turn both `X-Keyporter-Key-Id` and `x_keyporter_key_id` into HTTP_X_KEYPORTER_KEY_ID.
 */
export function foldName(name: string): string {
  const lower = name.toLowerCase()
  return oddCharacter.test(lower) ? lower.replaceAll(oddCharacters, '-') : lower
}

const oddCharacter = /[^a-z0-9-]/
const oddCharacters = /[^a-z0-9-]/g

/**
 * RFC 9110 section 7.6.1: intermediaries remove Connection and "fields that are known to require removal before
 * forwarding, regardless of whether they appear as a connection-specific option": Proxy-Connection, Keep-Alive, TE,
 * Transfer-Encoding, Upgrade. Trailer goes with them, for trailers are dropped (section 6.5.1 allows that), and so does
 * `TE: trailers`, which would have to be named in a Connection header of ours (section 10.1.4).
 * Sections 11.7.1 to 11.7.3: the Proxy-Auth… fields apply to the next hop alone.
 */
export const hopByHop: readonly string[] = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
]

/**
 * What a Connection header names, folded; null when it names no field. RFC 9110 section 7.6.1: "Intermediaries MUST parse
 * a received Connection header field before a message is forwarded and, for each connection-option in this field, remove
 * any header or trailer field(s) from the message with the same name".
 */
export function findConnectionOptions(connection: string | undefined): ReadonlySet<string> | null {
  if (connection === undefined || commonOption.test(connection)) return null
  return new Set(connection.split(',').map((option) => foldName(option.trim())))
}

const commonOption = /^(?:keep-alive|close|upgrade)$/i
