/** Where programs reach the API: not always where this page is, since with an upstream the console has its own port. */

/** Without a slash at its end. */
export function findApiUrl(): string {
  const written = document.querySelector<HTMLMetaElement>('meta[name="keyporter-api"]')?.content ?? ''
  return readApiUrl(written, window.location)
}

/** `written` by the server: an origin, `:port` on the host of the page, or anything else for the page's own origin. */
export function readApiUrl(written: string, { origin, protocol, hostname }: Location | URL): string {
  if (/^:[0-9]+$/.test(written)) return `${protocol}//${hostname}${written}`
  return /^https?:/.test(written) ? written : origin
}
