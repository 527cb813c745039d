/**
 * Names that some server reads as another one (decisions A8, Lookalike names): what frameworks do to a name before they look
 * it up is undone here, so that a constraint cannot be passed by a spelling. Errs towards likeness.
 */

/** Longer names are looked at only so far, and are alike if they are so far. */
const maxLookedAt = 256
const upperToLower = 0x20
const bracket = 0x5b
const dot = 0x2e
const percent = 0x25

/** What was made of names that are not plain ASCII, kept for one request. */
export interface NameForms {
  known: Map<string, readonly string[]> | null
}

/** One form for all spellings of a name: without case, width, accents, separators. What `isLookalike` compares with. */
export function foldName(name: string): string {
  return foldCase(name, 'NFKD').replaceAll(/[^\p{L}\p{N}]/gu, '')
}

/**
 * Whether some server could read `name` as the name that `folded` came from: written in another case or width, with
 * separators (`instanceId`, `instance.id`), percent-encoded once more, or followed by `[…]`, `.member` or NUL.
 */
export function isLookalike(name: string, folded: string, forms: NameForms): boolean {
  let matched = 0
  for (let at = 0; at < name.length && at < maxLookedAt; at++) {
    const code = name.charCodeAt(at)
    if (code > 0x7f || code === percent) return isForeignLookalike(name, folded, forms)
    if ((code === bracket || code === dot || code === 0) && at > 0 && matched === folded.length) return true
    const plain = foldLetter(code)
    if (plain === 0) continue
    if (matched === folded.length || folded.charCodeAt(matched) !== plain) return false
    matched++
  }
  return matched === folded.length || name.length > maxLookedAt
}

/** The same for names that are not plain ASCII. */
function isForeignLookalike(name: string, folded: string, forms: NameForms): boolean {
  forms.known ??= new Map()
  let known = forms.known.get(name)
  if (!known) {
    const start = decodeOnce(name).slice(0, maxLookedAt).normalize('NFKD')
    known = [foldName(start), foldName(start.replace(/(?<=.)[[.\0].*$/su, ''))]
    forms.known.set(name, known)
  }
  return known.includes(folded) || (name.length > maxLookedAt && folded.startsWith(known[0]!))
}

/** An ASCII letter in lower case, a digit as it is, 0 for anything else. */
function foldLetter(code: number): number {
  if ((code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39)) return code
  return code >= 0x41 && code <= 0x5a ? code | upperToLower : 0
}

function decodeOnce(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

/** Without case and width. */
function foldCase(text: string, form: 'NFKC' | 'NFKD'): string {
  return text.normalize(form).toUpperCase().toLowerCase()
}

/**
 * The forms under which a router may know a path segment: as it is and without what stands behind `;` or `.` (matrix
 * parameters, format suffixes), both without case, width and spaces around.
 */
export function listSegmentForms(segment: string): string[] {
  const whole = foldSegment(segment)
  const bare = whole.replace(/(?<=.)[;.].*$/su, '').trim()
  return bare === whole ? [whole] : [whole, bare]
}

export function foldSegment(segment: string): string {
  return foldCase(segment, 'NFKC').trim()
}

/** Whether a router may take a text for a number: `05`, `+5`, `5.0`, `1_000`, digits of any script. */
export function isNumberLike(text: string): boolean {
  return /^[\p{Nd}\p{Z}+\-_,.e]*$/u.test(text) && /\p{Nd}/u.test(text)
}
