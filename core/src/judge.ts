/**
 * Constraints against one request (decisions A8 in Part 0, A9, A11). The parameter must occur where the catalog declares
 * it, and every occurrence in any visible place must satisfy: whoever calls chooses the place that the upstream reads.
 */
import type { Match, ParameterPlace } from './catalog.js'
import type { Denial, ParameterProblem } from './denial.js'
import type { Check } from './grant.js'
import { type Json, parseJson, parseJsonBytes } from './json.js'
import type { AccessRequest, Body } from './request.js'
import { readJson, readText, type Scalar } from './scalar.js'
import { satisfies } from './within.js'

/** The first check that the request does not meet, as a denial; null when it meets all. */
export function findViolation(
  checks: readonly Check[],
  match: Match,
  request: AccessRequest,
  accountId: number,
): Denial | null {
  const endpointId = match.endpoint.id
  const body = readBody(request.body)
  if (typeof body === 'string') return { reason: 'body', endpointId, problem: body }
  for (const check of checks) {
    const problem = findProblem(check, match, request, body, accountId)
    if (problem) return { reason: 'constraint', endpointId, parameter: check.name, problem }
  }
  return null
}

/** Members of the body, null for none, undefined for not seen; or what is wrong with it. */
function readBody(body: Body): ReadonlyMap<string, Json> | null | undefined | string {
  if (body === undefined || body === null || body.length === 0) return body === undefined ? undefined : null
  const parsed = parseJsonBytes(body)
  if (!parsed.ok) return parsed.problem
  return parsed.value instanceof Map ? parsed.value : 'it is not an object'
}

function findProblem(
  check: Check,
  match: Match,
  request: AccessRequest,
  body: ReadonlyMap<string, Json> | null | undefined,
  accountId: number,
): ParameterProblem | null {
  const seen: Seen = { check, declared: false, problem: null }
  const inPath = match.values[check.name]
  if (inPath !== undefined) {
    const me = inPath === 'me' && match.endpoint.me.has(check.name)
    weigh(seen, 'path', readText(me ? String(accountId) : inPath, check.type))
  }
  for (const { name, value } of request.target.query) {
    if (check.names.includes(name)) weighQueryText(seen, value)
    else if (isLookalike(name, check.names)) return 'lookalike'
  }
  if (body === undefined && check.parameter.places.includes('body')) return 'not_seen'
  if (body) for (const name of check.names) weighMember(seen, body, name)
  return seen.problem ?? (seen.declared ? null : 'missing')
}

/** What was found of one checked parameter so far. */
interface Seen {
  readonly check: Check
  declared: boolean
  problem: ParameterProblem | null
}

function weigh(seen: Seen, place: ParameterPlace, value: Scalar | null): void {
  if (seen.check.parameter.places.includes(place)) seen.declared = true
  if (value === null || !seen.check.constraints.every((constraint) => satisfies(value, constraint))) {
    seen.problem ??= 'value'
  }
}

/** Clients write a list in the query as JSON (wire contract section 1.1). */
function weighQueryText(seen: Seen, text: string | null): void {
  if (text === null || text === 'null') weigh(seen, 'query', null)
  else if (isList(seen.check) && text.startsWith('[')) {
    const parsed = parseJson(text)
    weighValue(seen, 'query', parsed.ok ? parsed.value : null)
  } else weigh(seen, 'query', readText(text, seen.check.type))
}

function weighMember(seen: Seen, body: ReadonlyMap<string, Json>, name: string): void {
  const [head, ...rest] = name.split('.')
  let members: ReadonlyMap<string, Json> = body
  for (const [depth, step] of [head!, ...rest].entries()) {
    for (const member of members.keys()) {
      if (member === step || seen.check.names.includes(member)) continue
      if (isLookalike(member, depth === 0 ? [step, name] : [step])) seen.problem ??= 'lookalike'
    }
    // Written out with its dots it is another member here, and the same one where dots are expanded.
    if (depth === 0 && rest.length > 0 && members.has(name)) seen.problem ??= 'lookalike'
    const value = members.get(step)
    if (value === undefined) return
    if (depth === rest.length) return weighValue(seen, 'body', value)
    if (!(value instanceof Map)) return weigh(seen, 'body', null)
    members = value
  }
}

function weighValue(seen: Seen, place: ParameterPlace, value: Json): void {
  if (!Array.isArray(value)) return weigh(seen, place, readJson(value, seen.check.type))
  if (value.length === 0 || !isList(seen.check)) return weigh(seen, place, null)
  for (const element of value) weigh(seen, place, readJson(element, seen.check.type))
}

function isList({ parameter }: Check): boolean {
  return parameter.type.startsWith('array<') || parameter.type === 'any'
}

/** Whether some server could read `name` as one of `names`: other case or width, spaces around it, or a `[…]` behind it. */
function isLookalike(name: string, names: readonly string[]): boolean {
  const folded = fold(name)
  return names.some((each) => fold(each) === folded)
}

function fold(name: string): string {
  const bracket = name.indexOf('[', 1)
  const base = bracket < 0 ? name : name.slice(0, bracket)
  return base.normalize('NFKC').trim().toUpperCase().toLowerCase()
}
