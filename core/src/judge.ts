/**
 * Constraints against one request (decisions A8 in Part 0, A9, A11). The parameter must occur where the catalog declares
 * it, and every occurrence in any visible place must satisfy: whoever calls chooses the place that the upstream reads.
 */
import type { Match } from './catalog.js'
import type { Denial, ParameterProblem } from './denial.js'
import type { Check } from './grant.js'
import { type Json, parseJson, parseJsonBytes } from './json.js'
import { foldName, isLookalike, type NameForms } from './lookalike.js'
import type { Constraint } from './permissions.js'
import type { AccessRequest } from './request.js'
import { readJson, readText, type Scalar } from './scalar.js'
import { satisfies } from './within.js'

/** More in one object or list under a constraint than an API has use for: refused, so that judging stays cheap. */
const maxMembers = 1_000
const maxItems = 1_000

/** The first check that the request does not meet, as a denial; null when it meets all. */
export function findViolation(
  checks: readonly Check[],
  match: Match,
  request: AccessRequest,
  accountId: number,
): Denial | null {
  const endpointId = match.endpoint.id
  const body = readBody(request)
  if (typeof body === 'string') return { reason: 'body', endpointId, problem: body }
  const forms: NameForms = { known: null }
  for (const check of checks) {
    const problem = findProblem(check, match, request, body, accountId, forms)
    if (problem) return { reason: 'constraint', endpointId, parameter: check.name, problem }
  }
  return null
}

type Members = ReadonlyMap<string, Json>

/** Members of the body, null for none, undefined for not seen; or what is wrong with it. */
function readBody({ body, contentType, contentEncoding }: AccessRequest): Members | null | undefined | string {
  if (body === undefined || body === null) return body
  if (body.length === 0) return null
  if (contentEncoding && contentEncoding.toLowerCase() !== 'identity') return 'its Content-Encoding is not identity'
  if (contentType && !isJsonType(contentType)) return 'its Content-Type is not JSON in UTF-8'
  const parsed = parseJsonBytes(body)
  if (!parsed.ok) return parsed.problem
  if (!(parsed.value instanceof Map)) return 'it is not an object'
  return parsed.value.size > maxMembers ? `it has more than ${maxMembers} members` : parsed.value
}

/** The bytes of a JSON text can be a form with other members in it: `{"id":1,"":"&id=2&"}`. */
function isJsonType(contentType: string): boolean {
  const [type, ...parameters] = contentType.toLowerCase().split(';')
  return (
    /^\s*application\/(?:[a-z0-9.+_-]+\+)?json\s*$/.test(type!) &&
    parameters.every((parameter) => !/charset/.test(parameter) || /^\s*charset\s*=\s*"?utf-?8"?\s*$/.test(parameter))
  )
}

function findProblem(
  check: Check,
  match: Match,
  request: AccessRequest,
  body: Members | null | undefined,
  accountId: number,
  forms: NameForms,
): ParameterProblem | null {
  const seen: Seen = { check, forms, declared: false, problem: null }
  if (check.segment !== null) {
    const text = request.target.segments[check.segment]!
    const me = text === 'me' && match.endpoint.me.has(check.name)
    weigh(seen, check.inPath, readText(me ? String(accountId) : text, check.type))
  }
  for (const { name, value } of request.target.query) {
    if (isNameOf(check, name)) weighQueryText(seen, value)
    else if (mayBeRead(name, check, forms)) return 'lookalike'
  }
  for (const name of request.target.hidden) if (mayBeRead(name, check, forms)) return 'lookalike'
  if (body === undefined && check.inBody) return 'not_seen'
  if (body) for (const path of check.paths) weighMember(seen, body, path)
  return seen.problem ?? (seen.declared ? null : 'missing')
}

/** What was found of one checked parameter so far. */
interface Seen {
  readonly check: Check
  readonly forms: NameForms
  declared: boolean
  problem: ParameterProblem | null
}

/** `declared`: whether it stands where the catalog has it. */
function weigh(seen: Seen, declared: boolean, value: Scalar | null): void {
  if (declared) seen.declared = true
  if (value === null || !satisfiesAll(value, seen.check.constraints)) seen.problem ??= 'value'
}

function satisfiesAll(value: Scalar, constraints: readonly Constraint[]): boolean {
  for (const constraint of constraints) if (!satisfies(value, constraint)) return false
  return true
}

function isNameOf({ names }: Check, name: string): boolean {
  for (const each of names) if (each === name) return true
  return false
}

function mayBeRead(name: string, { folded }: Check, forms: NameForms): boolean {
  for (const each of folded) if (isLookalike(name, each, forms)) return true
  return false
}

/** Clients write a list in the query as JSON (wire contract section 1.1). */
function weighQueryText(seen: Seen, text: string | null): void {
  const { inQuery, list, type } = seen.check
  if (text === null || text === 'null') weigh(seen, inQuery, null)
  else if (list && text.startsWith('[')) {
    const parsed = parseJson(text)
    weighValue(seen, inQuery, parsed.ok ? parsed.value : null)
  } else weigh(seen, inQuery, readText(text, type))
}

function weighMember(seen: Seen, body: Members, path: readonly string[]): void {
  let members = body
  for (const [depth, step] of path.entries()) {
    if (hasLookalike(members, step, depth === 0 ? seen.check : null, seen.forms)) seen.problem ??= 'lookalike'
    const value = members.get(step)
    if (value === undefined) return
    if (depth === path.length - 1) {
      weighValue(seen, seen.check.inBody, value)
      return
    }
    if (!(value instanceof Map) || value.size > maxMembers) {
      weigh(seen, seen.check.inBody, null)
      return
    }
    members = value
  }
}

/** Whether an object has a member that could be read as `step`; at the top, as any name of the check. */
function hasLookalike(members: Members, step: string, top: Check | null, forms: NameForms): boolean {
  // A merge makes the members of this one members of the object.
  if (members.has('__proto__')) return true
  const folded = foldName(step)
  for (const member of members.keys()) {
    if (member === step || top?.paths.some(([head]) => head === member)) continue
    if (isLookalike(member, folded, forms)) return true
  }
  return false
}

function weighValue(seen: Seen, declared: boolean, value: Json): void {
  if (!Array.isArray(value)) weigh(seen, declared, readJson(value, seen.check.type))
  else if (value.length === 0 || value.length > maxItems || !seen.check.list) weigh(seen, declared, null)
  else for (const element of value) weigh(seen, declared, readJson(element, seen.check.type))
}
