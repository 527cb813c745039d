/** Which address a request comes from: the socket's, or what trusted proxies say (decisions, Part 0, Address lists). */
import { type Address, type Block, isInBlock, parseAddress } from './address.js'

/**
 * The rightmost address of the chain that is not a trusted proxy. Null when that entry cannot be read: an unknown address
 * is in no address list. Without trusted proxies `X-Forwarded-For` is not looked at.
 */
export function findClientAddress(
  peer: string | undefined,
  forwardedFor: string | undefined,
  trusted: readonly Block[],
): Address | null {
  let address = peer === undefined ? null : readHop(peer)
  if (trusted.length === 0 || forwardedFor === undefined) return address
  const hops = forwardedFor.split(',')
  while (address && isTrusted(address, trusted) && hops.length > 0) address = readHop(hops.pop()!.trim())
  return address
}

export function isTrusted(address: Address, trusted: readonly Block[]): boolean {
  return trusted.some((block) => isInBlock(address, block))
}

/** An address as proxies write it: bare, with a port, or in brackets. A zone id is not part of it. */
function readHop(text: string): Address | null {
  const bare = /^\[([^\]]+)\](?::[0-9]+)?$/.exec(text)?.[1] ?? /^([0-9.]+):[0-9]+$/.exec(text)?.[1] ?? text
  return parseAddress(bare.replace(/%.*$/, ''))
}
