/** A console session's cookie is never forwarded, nor set by an upstream (design section 2). Its name begins with keyporter_. */

/** With the prefixes that browsers know (RFC 6265bis section 4.1.3). */
const ownCookie = /^[\s=]*(?:__(?:host|secure)-)?keyporter_/i
const mention = /keyporter_/i

/** A Cookie header without our own cookies; null when nothing is left of it. */
export function stripOwnCookies(cookie: string): string | null {
  if (!mention.test(cookie)) return cookie
  const kept = cookie.split(';').filter((pair) => !ownCookie.test(pair))
  const text = kept.join(';').trim()
  return text === '' ? null : text
}

/**
 * Whether a Set-Cookie line would set one of our cookies. Browsers send a cookie without a name as its bare value, so
 * `=keyporter_session=x` is one too.
 */
export function isOwnSetCookie(line: string): boolean {
  return mention.test(line) && ownCookie.test(line)
}
