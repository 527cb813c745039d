/**
 * The cookie that holds the secret of a console session. Pages cannot read it, and no other site's page has it sent
 * (RFC 6265bis): HttpOnly, SameSite=Strict; behind TLS also Secure, under a name that only this very host can set.
 */

export interface SessionCookie {
  readonly name: string
  readonly secure: boolean
}

export function describeCookie(behindTls: boolean): SessionCookie {
  return { name: behindTls ? '__Host-keyporter_session' : 'keyporter_session', secure: behindTls }
}

/**
 * The secret in a Cookie header; null when there is none. Of two cookies of this name one was planted, and there is no
 * telling which: together they are the secret of nothing.
 */
export function readCookie({ name }: SessionCookie, header: string | undefined): string | null {
  if (header === undefined) return null
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 0 ? null : values.join(';')
}

/** The Set-Cookie of a new session. */
export function printCookie(cookie: SessionCookie, secret: string, maxAgeSeconds: number): string {
  return print(cookie, secret, maxAgeSeconds)
}

/** The Set-Cookie that takes it away. */
export function printNoCookie(cookie: SessionCookie): string {
  return print(cookie, '', 0)
}

function print({ name, secure }: SessionCookie, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`
}
