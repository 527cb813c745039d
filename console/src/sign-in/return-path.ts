/** The page for signing in, and the way back from it. */

export const signInPath = '/sign-in'
const firstPath = '/keys'

/** Where to go after signing in: a path of this console, at `origin`, whatever the address says. */
export function readReturnPath(search: string, origin: string): string {
  const from = new URLSearchParams(search).get('from')
  if (from === null || !from.startsWith('/') || !URL.canParse(from, origin)) return firstPath
  const url = new URL(from, origin)
  // What begins with // is no path to the browser, but another host.
  const isPath = url.origin === origin && !url.pathname.startsWith('//')
  return isPath && url.pathname !== signInPath ? url.pathname + url.search : firstPath
}
