/**
 * The secret of a key: `kp_`, 43 base62 characters of 256 random bits, 6 of a CRC-32 over what precedes (design section 4).
 * The checksum lets a typo or a scanner's find be told from a key without asking the store. Hashing is the caller's.
 */

/** Longest secret accepted, imported ones included. */
export const maxSecretLength = 512
export const defaultPrefix = 'kp_'

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 43
const checksumLength = 6

/** Makes a secret of 32 random bytes. */
export function mintSecret(random: Uint8Array, prefix = defaultPrefix): string {
  if (random.length !== 32) throw new RangeError('a secret is made of 32 random bytes')
  let number = 0n
  for (const byte of random) number = (number << 8n) | BigInt(byte)
  const body = prefix + toBase62(number, randomLength)
  return body + toBase62(BigInt(crc32(body)), checksumLength)
}

/**
 * Whether a text can be a secret at all: printable ASCII without spaces, at most 512 characters, and, where it has the
 * form of a minted one, with its checksum right. What this refuses need not be looked up.
 */
export function isPossibleSecret(text: string, prefix = defaultPrefix): boolean {
  if (text.length === 0 || text.length > maxSecretLength || !/^[\x21-\x7e]+$/.test(text)) return false
  if (!hasMintedForm(text, prefix)) return true
  const body = text.slice(0, -checksumLength)
  return text.slice(-checksumLength) === toBase62(BigInt(crc32(body)), checksumLength)
}

/** Prefix and last four characters: safe to show, and enough for people to tell keys apart. */
export function hintSecret(secret: string, prefix = defaultPrefix): string {
  const shown = secret.startsWith(prefix) ? prefix : ''
  // Of a short imported secret four characters would be too much of it.
  return secret.length < 16 ? `${shown}…` : `${shown}…${secret.slice(-4)}`
}

function hasMintedForm(text: string, prefix: string): boolean {
  return (
    text.length === prefix.length + randomLength + checksumLength && text.startsWith(prefix) && isBase62(text, prefix)
  )
}

function isBase62(text: string, prefix: string): boolean {
  return /^[0-9A-Za-z]+$/.test(text.slice(prefix.length))
}

function toBase62(number: bigint, length: number): string {
  let text = ''
  for (let rest = number; rest > 0n; rest /= 62n) text = alphabet[Number(rest % 62n)]! + text
  return text.padStart(length, '0')
}

/** CRC-32 as in ISO 3309 (zlib, PNG) over the ASCII bytes of `text`. */
function crc32(text: string): number {
  let crc = 0xffffffff
  for (let i = 0; i < text.length; i++) crc = crcTable[(crc ^ text.charCodeAt(i)) & 0xff]! ^ (crc >>> 8)
  return (crc ^ 0xffffffff) >>> 0
}

const crcTable: readonly number[] = Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1
  return crc >>> 0
})
