/** Lists of client addresses as they come in, to canonical blocks (decisions, Part 0, Address lists). */
import { type Block, parseAddress, parseBlock, printBlock } from './address.js'

const maxEntries = 1_000

export type AddressListResult =
  | { readonly ok: true; readonly blocks: readonly Block[] }
  /** One sentence without its full stop, that begins with the name of the member. */
  | { readonly ok: false; readonly problem: string }

/** Reads a list under the name of its member. Every entry is checked; doubles fall together. */
export function parseAddressList(member: string, list: readonly unknown[]): AddressListResult {
  if (list.length === 0) {
    const problem = `${member} is empty, which would shut out everybody; leave it out to allow every address`
    return { ok: false, problem }
  }
  if (list.length > maxEntries) return { ok: false, problem: `${member} has more than ${maxEntries} entries` }
  const blocks = new Map<string, Block>()
  for (const entry of list) {
    const block = typeof entry === 'string' ? parseBlock(entry) : null
    if (!block) return { ok: false, problem: `${member}: ${showEntry(entry)} ${describeMisfit(entry)}` }
    blocks.set(printBlock(block), block)
  }
  return { ok: true, blocks: [...blocks.values()] }
}

function describeMisfit(entry: unknown): string {
  return typeof entry === 'string' && hasHostBits(entry)
    ? 'has bits set behind its prefix; give the first address of the block'
    : 'is not an IPv4 or IPv6 address or CIDR block, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32'
}

/** Whether all that is wrong with a block is its host part. */
function hasHostBits(entry: string): boolean {
  const [host, bits, ...rest] = entry.split('/')
  if (rest.length > 0 || !host || !bits || !parseAddress(host)) return false
  const zero = host.includes(':') ? '::' : '0.0.0.0'
  return parseBlock(`${zero}/${bits}`) !== null
}

function showEntry(entry: unknown): string {
  const text = JSON.stringify(entry) ?? 'an entry'
  const clean = text.replaceAll(/[^\x20-\x7e]/g, '?')
  return clean.length > 64 ? `${clean.slice(0, 64)}…` : clean
}
