/**
 * IP addresses and CIDR blocks in one canonical form (decisions, Part 0, Address lists): IPv4-mapped IPv6 is IPv4, host
 * bits in a block are refused, and an address that cannot be read matches nothing.
 */

/** 4 or 16 bytes. */
export type Address = readonly number[]

export interface Block {
  readonly address: Address
  /** Leading bits that count. */
  readonly bits: number
}

/** Reads an IPv4 or IPv6 address; null when it is not one. Zone ids, ports and octal-looking parts are not accepted. */
export function parseAddress(text: string): Address | null {
  if (text.includes(':')) return readMapped(parseIPv6(text))
  return parseIPv4(text)
}

/** Reads an address or a CIDR block; null when it is not one or has host bits set. */
export function parseBlock(text: string): Block | null {
  const slash = text.indexOf('/')
  const host = slash < 0 ? text : text.slice(0, slash)
  const written = host.includes(':') ? parseIPv6(host) : parseIPv4(host)
  if (!written) return null
  const bits = slash < 0 ? written.length * 8 : readBits(text.slice(slash + 1), written.length * 8)
  if (bits === null || hasHostBits(written, bits)) return null
  const address = readMapped(written)!
  if (address.length === written.length) return { address, bits }
  return bits < 96 ? null : { address, bits: bits - 96 }
}

/** The canonical text of an address: dotted IPv4, or IPv6 as RFC 5952 has it. */
export function printAddress(address: Address): string {
  if (address.length === 4) return address.join('.')
  const groups = Array.from({ length: 8 }, (_, i) => ((address[2 * i]! << 8) | address[2 * i + 1]!).toString(16))
  return compressZeros(groups)
}

/** The canonical text of a block: an address alone when all its bits count. */
export function printBlock({ address, bits }: Block): string {
  const host = printAddress(address)
  return bits === address.length * 8 ? host : `${host}/${bits}`
}

export function isInBlock(address: Address, block: Block): boolean {
  return address.length === block.address.length && haveSamePrefix(address, block.address, block.bits)
}

export function isBlockWithin(inner: Block, outer: Block): boolean {
  return inner.bits >= outer.bits && isInBlock(inner.address, outer)
}

function haveSamePrefix(a: Address, b: Address, bits: number): boolean {
  const whole = bits >> 3
  for (let i = 0; i < whole; i++) if (a[i] !== b[i]) return false
  const rest = bits & 7
  return rest === 0 || (a[whole]! ^ b[whole]!) >> (8 - rest) === 0
}

function hasHostBits(address: Address, bits: number): boolean {
  return address.some((byte, i) => {
    const kept = Math.min(8, Math.max(0, bits - 8 * i))
    return (byte & (0xff >> kept)) !== 0
  })
}

function readBits(text: string, max: number): number | null {
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(text)) return null
  const bits = Number(text)
  return bits <= max ? bits : null
}

function parseIPv4(text: string): number[] | null {
  const parts = text.split('.')
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9][0-9]{0,2})$/.test(part))) return null
  const bytes = parts.map(Number)
  return bytes.every((byte) => byte <= 255) ? bytes : null
}

function parseIPv6(text: string): number[] | null {
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = readGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? readGroups(halves[1]!, true) : []
  if (!head || !tail) return null
  const missing = 16 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 2) return null
  return [...head, ...new Array<number>(missing).fill(0), ...tail]
}

/** Bytes of colon-separated groups; the last may be a dotted IPv4 address where `mayEndInIPv4`. */
function readGroups(text: string, mayEndInIPv4: boolean): number[] | null {
  if (text === '') return []
  const bytes: number[] = []
  const groups = text.split(':')
  for (const [i, group] of groups.entries()) {
    if (mayEndInIPv4 && i === groups.length - 1 && group.includes('.')) {
      const dotted = parseIPv4(group)
      if (!dotted) return null
      bytes.push(...dotted)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(group)) {
      const value = Number.parseInt(group, 16)
      bytes.push(value >> 8, value & 0xff)
    } else return null
  }
  return bytes
}

function readMapped(address: number[] | null): number[] | null {
  if (address?.length !== 16) return address
  const mapped = address.slice(0, 10).every((byte) => byte === 0) && address[10] === 0xff && address[11] === 0xff
  return mapped ? address.slice(12) : address
}

function compressZeros(groups: readonly string[]): string {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.length < 2) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}
