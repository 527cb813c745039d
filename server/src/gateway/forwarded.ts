/**
 * X-Forwarded-* and Forwarded (RFC 7239): what a trusted proxy says is kept and our hop appended; what anybody else says is
 * replaced by what we see ourselves.
 */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { type Address, parseAddress, printAddress } from '@keyporter/core'

/** Who is at the other end of a client connection. */
export interface Peer {
  /** Whether its X-Forwarded-* may be kept. */
  readonly trusted: boolean
  /** Canonical address; `unknown` (RFC 7239 section 6.3) when it cannot be told. */
  readonly text: string
  /** The address as a `for` parameter writes it (RFC 7239 section 6.1). */
  readonly node: string
  readonly proto: 'http' | 'https'
  readonly port: string
}

/** Gives the peer of a socket, worked out once for each connection. */
export function createPeerFinder(trustedProxy: (address: Address) => boolean): (socket: Socket) => Peer {
  const peers = new WeakMap<Socket, Peer>()
  return (socket) => {
    const known = peers.get(socket)
    if (known) return known
    const peer = readPeer(socket, trustedProxy)
    peers.set(socket, peer)
    return peer
  }
}

/** Whether a header (its folded name) says where a request came from. Such names are ours to write. */
export function isForwardedName(name: string): boolean {
  return name === 'forwarded' || name === 'x-real-ip' || name.startsWith('x-forwarded-')
}

/** Headers of this kind that `pushForwarded` itself writes, even where a trusted proxy sent them. */
export const rewrittenNames: readonly string[] = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-proto',
  'x-forwarded-host',
  'x-forwarded-port',
]

/** Appends the rewritten headers to a flat list of names and values. */
export function pushForwarded(flat: string[], { headers }: IncomingMessage, peer: Peer): void {
  const { host } = headers
  const element = `for=${peer.node};${isPlainHost(host) ? `host="${host}";` : ''}proto=${peer.proto}`
  if (!peer.trusted) {
    flat.push('X-Forwarded-For', peer.text, 'X-Forwarded-Proto', peer.proto, 'X-Forwarded-Port', peer.port)
    if (host !== undefined) flat.push('X-Forwarded-Host', host)
    flat.push('Forwarded', element)
    return
  }
  flat.push('X-Forwarded-For', join(read(headers['x-forwarded-for']), peer.text))
  flat.push('X-Forwarded-Proto', read(headers['x-forwarded-proto']) ?? peer.proto)
  const outerHost = read(headers['x-forwarded-host']) ?? host
  if (outerHost !== undefined) flat.push('X-Forwarded-Host', outerHost)
  // Our own port says nothing about the outside: a proxy that ends TLS and names no port would get http's port beside https.
  const outerPort = read(headers['x-forwarded-port'])
  if (outerPort !== undefined) flat.push('X-Forwarded-Port', outerPort)
  // Where the proxy does not speak Forwarded, a chain that begins with the proxy would name it as the client.
  const chain = read(headers.forwarded)
  if (chain !== undefined) flat.push('Forwarded', join(chain, element))
}

function readPeer(socket: Socket, trustedProxy: (address: Address) => boolean): Peer {
  const address = socket.remoteAddress === undefined ? null : parseAddress(socket.remoteAddress.replace(/%.*$/, ''))
  const text = address ? printAddress(address) : 'unknown'
  return {
    trusted: address !== null && trustedProxy(address),
    text,
    node: text.includes(':') ? `"[${text}]"` : text,
    proto: 'encrypted' in socket ? 'https' : 'http',
    port: String(socket.localPort ?? ''),
  }
}

/** Whether a Host may stand in a quoted-string as it is. */
function isPlainHost(host: string | undefined): boolean {
  return host !== undefined && /^[A-Za-z0-9.\-_:[\]]+$/.test(host)
}

function join(before: string | undefined, own: string): string {
  return before === undefined || before === '' ? own : `${before}, ${own}`
}

function read(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(', ') : value
}
