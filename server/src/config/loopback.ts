/** Which addresses are of this very machine: nobody is between us and them. */
import { isIP } from 'node:net'

/** Whether a URL leads to this machine without TLS. */
export function isInsecureLoopback(url: string): boolean {
  const { protocol, hostname } = new URL(url)
  const host = hostname.replace(/^\[|\]$/g, '')
  const loopback = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))
  return protocol === 'http:' && loopback
}
