/** Where people find the console, for the links that are printed for them, and where it says that the API is. */
import { isIP } from 'node:net'
import type { Config } from './load.js'

/** The link that signs its reader in. What follows the # stays in the browser: it is in no log of a server or a proxy. */
export function printSignInLink({ consoleUrl }: Config, listeningUrl: string, token: string): string {
  return `${consoleUrl ?? listeningUrl}/sign-in#token=${token}`
}

/** Where the console of this configuration listens, for one who does not see the server itself. */
export function describeConsoleUrl({ host, port, consolePort, upstream }: Config): string {
  return printUrl({ address: host, port: upstream ? consolePort : port })
}

/** Where the console says that the API is: an origin, `:port` on the host of the page, or empty where the page itself is. */
export function describeApi({ apiUrl, upstream, behindTls, port }: Config): string {
  if (apiUrl !== null) return apiUrl
  // Nobody can tell from here where TLS ends, nor a port that is not taken yet.
  return upstream === null || behindTls || port === 0 ? '' : `:${port}`
}

/** A browser on this machine reaches a wildcard by loopback. */
export function printUrl({ address, port }: { readonly address: string; readonly port: number }): string {
  const reachable = address === '0.0.0.0' ? '127.0.0.1' : address === '::' ? '::1' : address
  return `http://${isIP(reachable) === 6 ? `[${reachable}]` : reachable}:${port}`
}
