/** Where programs reach the API: not always where this page is, since behind an upstream the console has a port of its own. */

/** Without a slash at its end. */
export function findApiUrl(): string {
  const written = document.querySelector<HTMLMetaElement>('meta[name="keyporter-api"]')?.content ?? ''
  return readApiUrl(written, window.location)
}

/** `written`: what the server put into the page. An origin, `:port` on the host of the page, or anything else for the page's own. */
export function readApiUrl(written: string, { origin, protocol, hostname }: Location | URL): string {
  if (/^:[0-9]+$/.test(written)) return `${protocol}//${hostname}${written}`
  return /^https?:/.test(written) ? written : origin
}
