/** Lists of client addresses as they come in, to canonical blocks (decisions, Part 0, Address lists). */
import { type Block, parseAddress, parseBlock, printBlock } from '@keyporter/core'
import { Fault, type FaultCode } from '../fault.js'

const maxEntries = 1_000

/** Reads a list under the name of its member. Every entry is checked; doubles fall together. Faults: `code`. */
export function readAddressList(member: string, list: readonly unknown[], code: FaultCode): readonly Block[] {
  if (list.length === 0) {
    throw new Fault(code, `${member} is empty, which would shut out everybody; leave it out to allow every address.`)
  }
  if (list.length > maxEntries) throw new Fault(code, `${member} has more than ${maxEntries} entries.`)
  const blocks = list.map((entry) => readEntry(member, entry, code))
  return [...new Map(blocks.map((block) => [printBlock(block), block])).values()]
}

function readEntry(member: string, entry: unknown, code: FaultCode): Block {
  const block = typeof entry === 'string' ? parseBlock(entry) : null
  if (block) return block
  const problem =
    typeof entry === 'string' && hasHostBits(entry)
      ? 'has bits set behind its prefix; give the first address of the block'
      : 'is not an IPv4 or IPv6 address or CIDR block, such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32'
  throw new Fault(code, `${member}: ${showEntry(entry)} ${problem}.`)
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
