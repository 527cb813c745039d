/** Where in a JSON text something stands, so that an editor can point at it. */
import { parseJson } from '@keyporter/core'

/** Lines and columns count from 1. */
export interface Place {
  readonly line: number
  readonly column: number
  readonly offset: number
}

/** The place of what `path` leads to: of its name, for members; of the nearest thing above where it does not exist. */
export function findPlace(text: string, path: readonly string[]): Place {
  const found = parseJson(text).ok ? findOffset(text, path) : 0
  return describePlace(text, found)
}

/** The place that a syntax problem of `parseJson` names; the beginning for one that names none. */
export function findProblemPlace(text: string, problem: string): Place {
  const offset = Number(/offset ([0-9]+)$/.exec(problem)?.[1] ?? 0)
  // What is missing at the end is best shown behind the last thing that is there.
  return describePlace(text, Math.min(offset, text.trimEnd().length))
}

/** The path as documents and messages write it: `api.instance_read."api.instance.show".constraints.id`. */
export function printPath(path: readonly string[]): string {
  return path.map((step) => (/^\w+$/.test(step) ? step : JSON.stringify(step))).join('.')
}

/** The path that `printPath` printed, and that explanations name. */
export function readPath(text: string): string[] {
  return [...text.matchAll(/"((?:[^"\\]|\\.)*)"|[^."]+/g)].map(([step, quoted]) =>
    quoted === undefined ? step : (JSON.parse(step) as string),
  )
}

function describePlace(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n')
  return { line: before.length, column: before.at(-1)!.length + 1, offset }
}

/** Walks a text that is known to be JSON, down the path as far as it leads. */
function findOffset(text: string, path: readonly string[]): number {
  let at = skipSpace(text, 0)
  let place = at
  for (const step of path) {
    const isList = text[at] === '['
    if (!isList && text[at] !== '{') break
    const child = findChild(text, skipSpace(text, at + 1), (name, index) => (isList ? String(index) : name) === step)
    if (!child) break
    place = child.place
    at = child.value
  }
  return place
}

/** The first member or item that is wanted: where it begins, and where its value does. */
function findChild(
  text: string,
  start: number,
  isWanted: (name: string | null, index: number) => boolean,
): { readonly place: number; readonly value: number } | null {
  let at = start
  for (let index = 0; text[at] !== '}' && text[at] !== ']'; index++) {
    const place = at
    const afterFirst = skipValue(text, at)
    const colon = skipSpace(text, afterFirst)
    const isMember = text[colon] === ':'
    const value = isMember ? skipSpace(text, colon + 1) : at
    if (isWanted(isMember ? (JSON.parse(text.slice(at, afterFirst)) as string) : null, index)) return { place, value }
    at = skipSpace(text, isMember ? skipValue(text, value) : afterFirst)
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return null
}

const stringPattern = /"(?:[^"\\]|\\.)*"/y
const wordPattern = /[^\s,:[\]{}"]+/y

function skipValue(text: string, start: number): number {
  let depth = 0
  let at = start
  do {
    const character = text[at]!
    if (character === '{' || character === '[') depth++
    if (character === '}' || character === ']') depth--
    at =
      character === '"'
        ? skip(text, at, stringPattern)
        : depth > 0 || /[{}[\]]/.test(character)
          ? at + 1
          : skip(text, at, wordPattern)
  } while (depth > 0)
  return at
}

function skip(text: string, at: number, pattern: RegExp): number {
  pattern.lastIndex = at
  pattern.test(text)
  return Math.max(pattern.lastIndex, at + 1)
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (/\s/.test(text[at] ?? '')) at++
  return at
}
