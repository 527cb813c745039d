/** From when, until when and from where a key works: as a form has it, and what it says. */
import { parseAddress, parseBlock, printBlock } from '@keyporter/core'
import { joinWords } from './words.js'

export const expiryDays = { month: 30, quarter: 90 } as const
export type Expiry = 'never' | keyof typeof expiryDays | 'date'

/** Texts as inputs hold them. */
export interface BoundsForm {
  readonly expiry: Expiry
  /** Local date and time, as `datetime-local` has it; counts when `expiry` is `date`. */
  readonly expiresOn: string
  readonly notBefore: string
  /** Addresses and CIDR blocks, one a line or with commas between; empty: any. */
  readonly addresses: string
}

export interface Bounds {
  readonly expiresAt: Date | null
  readonly notBefore: Date | null
  readonly addresses: readonly string[] | null
}

export interface BoundsProblems {
  readonly expiresOn: string | null
  readonly notBefore: string | null
  readonly addresses: string | null
}

export const noBounds: BoundsForm = { expiry: 'never', expiresOn: '', notBefore: '', addresses: '' }

export function printBounds({ expiresAt, notBefore, addresses }: Bounds): BoundsForm {
  return {
    expiry: expiresAt ? 'date' : 'never',
    expiresOn: expiresAt ? printLocal(expiresAt) : '',
    notBefore: notBefore ? printLocal(notBefore) : '',
    addresses: addresses?.join('\n') ?? '',
  }
}

/**
 * `now` in milliseconds. `bounds` counts only where there is no problem. What is as it was in `kept` is none: a key that is
 * over may still be renamed.
 */
export function readBounds(
  form: BoundsForm,
  now: number,
  kept: BoundsForm = noBounds,
): { readonly bounds: Bounds; readonly problems: BoundsProblems; readonly isValid: boolean } {
  const expiresAt = readExpiry(form, now)
  const notBefore = form.notBefore === '' ? null : readLocal(form.notBefore)
  const addresses = readAddresses(form.addresses)
  const problems: BoundsProblems = {
    expiresOn: form.expiresOn === kept.expiresOn && expiresAt ? null : findExpiryProblem(form, expiresAt, now),
    notBefore: findStartProblem(form, notBefore, expiresAt),
    addresses: addresses.problem,
  }
  return {
    bounds: { expiresAt, notBefore, addresses: addresses.list },
    problems,
    isValid: Object.values(problems).every((problem) => problem === null),
  }
}

/** "It works from any address, until it is disabled or deleted." */
export function describeBounds(
  { expiresAt, notBefore, addresses }: Bounds,
  describeInstant: (at: Date) => string,
): string {
  const where =
    addresses === null ? 'any address' : addresses.length > 3 ? `${addresses.length} addresses` : joinWords(addresses)
  const since = notBefore ? `, from ${describeInstant(notBefore)}` : ''
  const until = expiresAt ? `, until ${describeInstant(expiresAt)}` : ', and does not expire'
  return `It works from ${where}${since}${until}.`
}

/** As `datetime-local` has it, in the time zone of the browser. */
function printLocal(at: Date): string {
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000)
  return local.toISOString().slice(0, 16)
}

function readLocal(text: string): Date | null {
  const at = new Date(text)
  return Number.isNaN(at.getTime()) ? null : at
}

function readExpiry({ expiry, expiresOn }: BoundsForm, now: number): Date | null {
  if (expiry === 'never') return null
  return expiry === 'date' ? readLocal(expiresOn) : new Date(now + expiryDays[expiry] * 86_400_000)
}

function findExpiryProblem({ expiry }: BoundsForm, expiresAt: Date | null, now: number): string | null {
  if (expiry !== 'date') return null
  if (!expiresAt) return 'Give a date and a time.'
  return expiresAt.getTime() <= now ? 'This is in the past.' : null
}

function findStartProblem(
  { notBefore: text }: BoundsForm,
  notBefore: Date | null,
  expiresAt: Date | null,
): string | null {
  if (text !== '' && !notBefore) return 'Give a date and a time.'
  return notBefore && expiresAt && notBefore >= expiresAt ? 'This is not before it expires.' : null
}

function readAddresses(text: string): { readonly list: readonly string[] | null; readonly problem: string | null } {
  const list: string[] = []
  for (const [line, written] of text.split('\n').entries()) {
    for (const item of written.split(/[\s,]+/).filter((each) => each !== '')) {
      const block = parseBlock(item)
      if (!block) return { list: null, problem: `Line ${line + 1}: ${describeAddressProblem(item)}` }
      list.push(printBlock(block))
    }
  }
  return { list: list.length > 0 ? [...new Set(list)] : null, problem: null }
}

function describeAddressProblem(item: string): string {
  const [host = '', bits = ''] = item.split('/')
  const address = parseAddress(host)
  const meant =
    address && /^[0-9]{1,3}$/.test(bits) && Number(bits) <= address.length * 8 ? cut(address, Number(bits)) : null
  if (!meant) return `"${item}" is not an IPv4 or IPv6 address, nor a CIDR block.`
  return `"${item}" has bits behind its /${bits}; the block is ${meant}.`
}

function cut(address: readonly number[], bits: number): string {
  const kept = (at: number) => Math.min(8, Math.max(0, bits - 8 * at))
  return printBlock({ address: address.map((byte, at) => byte & ~(0xff >> kept(at)) & 0xff), bits })
}
