/**
 * The cookies of the console (RFC 6265bis). That of a session: pages cannot read it, and no other site's page has it sent
 * (HttpOnly, SameSite=Strict). That of a flow comes along when an OpenID provider sends the browser back (Lax). Behind TLS
 * both are also Secure, under names that only this very host can set.
 */

export interface Cookie {
  readonly name: string
  readonly secure: boolean
  readonly sameSite: 'Strict' | 'Lax'
}

export function describeCookie(behindTls: boolean): Cookie {
  return { name: behindTls ? '__Host-keyporter_session' : 'keyporter_session', secure: behindTls, sameSite: 'Strict' }
}

export function describeFlowCookie(behindTls: boolean): Cookie {
  return { name: behindTls ? '__Host-keyporter_flow' : 'keyporter_flow', secure: behindTls, sameSite: 'Lax' }
}

/**
 * The secret in a Cookie header; null when there is none. Of two cookies of this name one was planted, and there is no
 * telling which: together they are the secret of nothing.
 */
export function readCookie({ name }: Cookie, header: string | undefined): string | null {
  if (header === undefined) return null
  const values = header
    .split(';')
    .map((pair) => pair.trim())
    .filter((pair) => pair.startsWith(`${name}=`))
    .map((pair) => pair.slice(name.length + 1))
  return values.length === 0 ? null : values.join(';')
}

/** The Set-Cookie of a new secret. */
export function printCookie(cookie: Cookie, secret: string, maxAgeSeconds: number): string {
  return print(cookie, secret, maxAgeSeconds)
}

/** The Set-Cookie that takes it away. */
export function printNoCookie(cookie: Cookie): string {
  return print(cookie, '', 0)
}

function print({ name, secure, sameSite }: Cookie, value: string, maxAgeSeconds: number): string {
  return `${name}=${value}; Path=/; Max-Age=${maxAgeSeconds}; HttpOnly; SameSite=${sameSite}${secure ? '; Secure' : ''}`
}
