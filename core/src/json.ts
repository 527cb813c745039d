/**
 * Strict JSON (RFC 8259) for documents that carry authority: permission documents and bodies under a constraint.
 * Refuses what two parsers may read differently: repeated members, a byte order mark, unbounded depth.
 * Numbers keep their spelling, since `1227`, `1227.0` and `1.227e3` are one number but not one parameter.
 */

/** A number as it was written. `text` matches the JSON grammar. */
export class JsonNumber {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** Objects are maps, so that no member name (`__proto__`) means anything to the runtime. */
export type Json = null | boolean | string | JsonNumber | Json[] | Map<string, Json>

export type JsonResult = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly problem: string }

const maxDepth = 64
const numberPattern = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const plainStringPattern = /[^"\\\u0000-\u001f]*/y
const escapes: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Parses `text` whole. The problem names the offset and what was wrong there, never the text itself. */
export function parseJson(text: string): JsonResult {
  const reader = new JsonReader(text)
  try {
    return { ok: true, value: reader.readDocument() }
  } catch (error) {
    if (error instanceof JsonProblem) return { ok: false, problem: error.message }
    throw error
  }
}

/** Parses bytes that must be UTF-8 without a byte order mark. */
export function parseJsonBytes(bytes: Uint8Array): JsonResult {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return { ok: false, problem: 'it is not valid UTF-8' }
  }
  return parseJson(text)
}

/** The same value as ordinary objects and numbers. Own properties only: `__proto__` stays a plain member. */
export function toPlain(json: Json): unknown {
  if (json instanceof JsonNumber) return Number(json.text)
  if (Array.isArray(json)) return json.map(toPlain)
  if (json instanceof Map) return Object.fromEntries([...json].map(([name, value]) => [name, toPlain(value)]))
  return json
}

/** The text of a value; parsing it gives the same value, each number in its own spelling. */
export function printJson(json: Json): string {
  if (json instanceof JsonNumber) return json.text
  if (Array.isArray(json)) return `[${json.map(printJson).join(',')}]`
  if (!(json instanceof Map)) return JSON.stringify(json)
  return `{${[...json].map(([name, value]) => `${JSON.stringify(name)}:${printJson(value)}`).join(',')}}`
}

/** What `JSON.parse` or a caller in the same process made, as strict JSON; problems for what JSON cannot hold. */
export function fromPlain(value: unknown): JsonResult {
  let text: string | undefined
  try {
    text = JSON.stringify(value)
  } catch {
    return { ok: false, problem: 'it cannot be written as JSON' }
  }
  return text === undefined ? { ok: false, problem: 'it cannot be written as JSON' } : parseJson(text)
}

// Declared here because core is compiled without the DOM's types; every runtime it is for has it.
declare const TextDecoder: new (
  label: string,
  options: { fatal: boolean; ignoreBOM: boolean },
) => { decode(bytes: Uint8Array): string }
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class JsonProblem extends Error {}

class JsonReader {
  private readonly text: string
  private at = 0

  constructor(text: string) {
    this.text = text
  }

  readDocument(): Json {
    this.skipSpace()
    const value = this.readValue(0)
    this.skipSpace()
    if (this.at < this.text.length) this.fail('nothing more after the value')
    return value
  }

  private readValue(depth: number): Json {
    if (depth > maxDepth) throw new JsonProblem(`it is nested deeper than ${maxDepth} levels`)
    switch (this.text[this.at]) {
      case '{':
        return this.readObject(depth)
      case '[':
        return this.readArray(depth)
      case '"':
        return this.readString()
      case 't':
        return this.readWord('true', true)
      case 'f':
        return this.readWord('false', false)
      case 'n':
        return this.readWord('null', null)
      default:
        return this.readNumber()
    }
  }

  private readObject(depth: number): Json {
    const members = new Map<string, Json>()
    this.at++
    this.skipSpace()
    if (this.take('}')) return members
    for (;;) {
      if (this.text[this.at] !== '"') this.fail('a member name in double quotes')
      const name = this.readString()
      if (members.has(name)) throw new JsonProblem(`a member is repeated at offset ${this.at}`)
      this.skipSpace()
      if (!this.take(':')) this.fail("':'")
      this.skipSpace()
      members.set(name, this.readValue(depth + 1))
      this.skipSpace()
      if (this.take('}')) return members
      if (!this.take(',')) this.fail("',' or '}'")
      this.skipSpace()
    }
  }

  private readArray(depth: number): Json {
    const items: Json[] = []
    this.at++
    this.skipSpace()
    if (this.take(']')) return items
    for (;;) {
      items.push(this.readValue(depth + 1))
      this.skipSpace()
      if (this.take(']')) return items
      if (!this.take(',')) this.fail("',' or ']'")
      this.skipSpace()
    }
  }

  private readString(): string {
    this.at++
    let value = ''
    for (;;) {
      // `test` leaves behind where the match ends; `exec` would make a list of it.
      plainStringPattern.lastIndex = this.at
      plainStringPattern.test(this.text)
      value += this.text.slice(this.at, plainStringPattern.lastIndex)
      this.at = plainStringPattern.lastIndex
      if (this.take('"')) break
      if (!this.take('\\')) this.fail('a closing double quote')
      value += this.readEscape()
    }
    // A lone surrogate is no Unicode text: what it becomes differs between parsers.
    if (!value.isWellFormed()) throw new JsonProblem(`a string before offset ${this.at} is not valid Unicode`)
    return value
  }

  private readEscape(): string {
    const letter = this.text[this.at++] ?? ''
    if (letter === 'u') {
      const hex = this.text.slice(this.at, this.at + 4)
      if (!/^[0-9a-fA-F]{4}$/.test(hex)) this.fail('four hexadecimal digits')
      this.at += 4
      return String.fromCharCode(Number.parseInt(hex, 16))
    }
    const character = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined
    if (character === undefined) this.fail('a known escape')
    return character!
  }

  private readNumber(): Json {
    numberPattern.lastIndex = this.at
    const found = numberPattern.exec(this.text)
    if (!found) this.fail('a value')
    this.at += found![0].length
    return new JsonNumber(found![0])
  }

  private readWord<T extends Json>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) this.fail('a value')
    this.at += word.length
    return value
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false
    this.at++
    return true
  }

  private skipSpace(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
      this.at++
    }
  }

  private fail(expected: string): never {
    throw new JsonProblem(`expected ${expected} at offset ${this.at}`)
  }
}
