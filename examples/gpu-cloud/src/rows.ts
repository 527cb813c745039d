/**
 * The query language that the official client sends for lists: `{"column": {"operator": value}}`, order, and pages.
 * Unknown operators are refused; a filter on a column that rows lack matches nothing.
 */
import { Refusal } from './http.js'
import { type Row, toRow } from './state.js'

export type OrderKey = { readonly column: string; readonly descending: boolean }

export interface Page {
  readonly rows: Row[]
  readonly nextToken: string | null
}

/** Rows that satisfy every operator of every column. Throws Refusal 400 `invalid_args`. */
export function filterRows(rows: Row[], filters: Row): Row[] {
  const tests = Object.entries(filters).flatMap(([column, operators]) =>
    Object.entries(toRow(operators)).map(([operator, wanted]) => ({ column, operator, wanted })),
  )
  return rows.filter((row) =>
    tests.every(({ column, operator, wanted }) => isMatch(row[column] ?? null, operator, wanted)),
  )
}

/** Sorts by the first key that tells two rows apart; a missing value tells nothing. */
export function sortRows(rows: Row[], order: readonly OrderKey[]): Row[] {
  return [...rows].sort((left, right) => {
    for (const { column, descending } of order) {
      const difference = compare(left[column], right[column])
      if (difference) return descending ? -difference : difference
    }
    return 0
  })
}

/** Cuts one page; the token is an opaque offset. Throws Refusal 400 `invalid_args`. */
export function cutPage(rows: Row[], limit: number, afterToken: string | null): Page {
  const start = afterToken === null || afterToken === '' ? 0 : parseToken(afterToken)
  const end = start + limit
  return {
    rows: rows.slice(start, end),
    nextToken: end < rows.length ? Buffer.from(JSON.stringify({ offset: end })).toString('base64url') : null,
  }
}

function isMatch(value: unknown, operator: string, wanted: unknown): boolean {
  switch (operator) {
    case 'eq':
      return compare(value, wanted) === 0
    case 'neq':
      return compare(value, wanted) !== 0
    case 'lt':
      return compare(value, wanted) < 0
    case 'lte':
      return compare(value, wanted) <= 0
    case 'gt':
      return compare(value, wanted) > 0
    case 'gte':
      return compare(value, wanted) >= 0
    case 'in':
      return Array.isArray(wanted) && wanted.some((one) => compare(value, one) === 0)
    case 'notin':
      return Array.isArray(wanted) && wanted.every((one) => compare(value, one) !== 0)
    default:
      throw new Refusal(400, 'invalid_args', `operator ${operator}: use eq, neq, lt, lte, gt, gte, in or notin`)
  }
}

/** Numbers compare as numbers even when one side is text, since the client sends `num_gpus=1` as `{"eq": "1"}`. */
function compare(left: unknown, right: unknown): number {
  if (left === right) return 0
  if (left === null || left === undefined || right === null || right === undefined) return Number.NaN
  const a = Number(left)
  const b = Number(right)
  if (!Number.isNaN(a) && !Number.isNaN(b)) return a - b
  return String(left) < String(right) ? -1 : String(left) > String(right) ? 1 : 0
}

function parseToken(token: string): number {
  try {
    const { offset } = toRow(JSON.parse(Buffer.from(token, 'base64url').toString('utf8')))
    if (typeof offset === 'number' && Number.isSafeInteger(offset) && offset >= 0) return offset
  } catch {
    // falls through to the refusal below
  }
  throw new Refusal(400, 'invalid_args', 'after_token: use the next_token of an earlier answer')
}
