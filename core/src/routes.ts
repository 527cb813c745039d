/**
 * Which endpoint a method and path segments mean. Literal segments beat parameters; a path value that is not of its declared
 * type does not match (decisions, Part 0, Matching), and neither does a text that a router may take for a sibling: a
 * literal in another spelling, or a number where one is declared too.
 */
import type { Endpoint, Match, ParameterType } from './catalog.js'
import { foldSegment, isNumberLike, listSegmentForms } from './lookalike.js'
import { isCanonicalInteger, isCanonicalNumber } from './scalar.js'

export interface Node {
  /** By length: to compare the few of one length costs less than to hash a text that was just cut from a path. */
  readonly literals: Literal[][]
  /** The literals by what routers may fold them to. */
  readonly folded: Map<string, Node[]>
  /** By type, narrow ones first. */
  readonly edges: Edge[]
  /** By method. Made once, since every request asks for one. */
  readonly matches: Map<string, Match>
}

interface Literal {
  readonly text: string
  readonly node: Node
}

/** What a path parameter takes: any text under `string`, as under `any`. */
type EdgeType = 'boolean' | 'integer' | 'number' | 'string'

/** Any parameter of one type. Its name and whether `me` is a value of it are the endpoint's. */
interface Edge {
  readonly type: EdgeType
  me: boolean
  readonly node: Node
}

/** Narrow types first. */
const typeOrder: readonly EdgeType[] = ['boolean', 'integer', 'number', 'string']
const placeholder = /^\{(.+)\}$/

/** The segments of a path template; slashes that mean nothing are gone. */
export function splitTemplate(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '')
}

/** The name in a template segment like `{id}`; null for a literal. */
export function findPlaceholder(segment: string): string | null {
  return placeholder.exec(segment)?.[1] ?? null
}

/** The template with types for names: two routes of one shape cannot be told apart. */
export function printShape({ path, parameters }: Pick<Endpoint, 'path' | 'parameters'>): string {
  const segments = splitTemplate(path).map((segment) => {
    const name = findPlaceholder(segment)
    return name === null ? segment : `{${toEdgeType(parameters.get(name)!.type)}}`
  })
  return `/${segments.join('/')}`
}

function toEdgeType(type: ParameterType): EdgeType {
  return typeOrder.find((each) => each === type) ?? 'string'
}

/** The tree of all templates. No two endpoints may have one method and one shape. */
export function buildTree(endpoints: readonly Endpoint[]): Node {
  const root = newNode()
  for (const endpoint of endpoints) {
    let node = root
    for (const segment of splitTemplate(endpoint.path)) node = enterSegment(node, segment, endpoint)
    node.matches.set(endpoint.method, { endpoint })
  }
  return root
}

function newNode(): Node {
  return { literals: [], folded: new Map(), edges: [], matches: new Map() }
}

function enterSegment(node: Node, segment: string, endpoint: Endpoint): Node {
  const name = findPlaceholder(segment)
  return name === null
    ? enterLiteral(node, segment)
    : enterEdge(node, endpoint.parameters.get(name)!.type, endpoint.me.has(name))
}

function enterLiteral(node: Node, segment: string): Node {
  const known = findLiteral(node, segment)
  if (known) return known
  const child = newNode()
  while (node.literals.length <= segment.length) node.literals.push([])
  node.literals[segment.length]!.push({ text: segment, node: child })
  const folded = foldSegment(segment)
  node.folded.set(folded, [...(node.folded.get(folded) ?? []), child])
  return child
}

/** Narrow types stand first, so that what matches never depends on the order of the entries. */
function enterEdge(node: Node, declared: ParameterType, me: boolean): Node {
  const type = toEdgeType(declared)
  let edge = node.edges.find((each) => each.type === type)
  if (!edge) {
    edge = { type, me, node: newNode() }
    node.edges.push(edge)
    node.edges.sort((a, b) => typeOrder.indexOf(a.type) - typeOrder.indexOf(b.type))
  }
  edge.me ||= me
  return edge.node
}

/** What is below `from` for the segments from `start` on. Straight down while there is only one way. */
export function findMatch(from: Node, method: string, segments: readonly string[], start: number): Match | null {
  let node = from
  for (let depth = start; depth < segments.length; depth++) {
    const segment = segments[depth]!
    const { edges } = node
    const literal = findLiteral(node, segment)
    const only = edges.length === 1 && edges[0]!.type !== 'string' ? edges[0]! : null
    if (literal !== null && edges.length === 0) node = literal
    else if (literal === null && only !== null) {
      if (!takes(only, segment)) return null
      node = only.node
    } else return findBranch(node, literal, method, segments, depth)
  }
  const match = node.matches.get(method)
  return match && takesValues(match.endpoint, segments) ? match : null
}

function findBranch(
  node: Node,
  literal: Node | null,
  method: string,
  segments: readonly string[],
  depth: number,
): Match | null {
  const byLiteral = literal && findMatch(literal, method, segments, depth + 1)
  if (byLiteral) return byLiteral
  for (const edge of node.edges) {
    if (!takes(edge, segments[depth]!)) continue
    const match = findMatch(edge.node, method, segments, depth + 1)
    if (match && !isMistakable(node, edge, method, segments, depth)) return match
  }
  return null
}

function takes({ type, me }: Edge, segment: string): boolean {
  return isOfType(segment, type) || (me && segment === 'me')
}

function findLiteral({ literals }: Node, segment: string): Node | null {
  if (segment.length >= literals.length) return null
  for (const literal of literals[segment.length]!) if (literal.text === segment) return literal.node
  return null
}

/** One edge serves endpoints with and without `me`: only now it is known which one this is. */
function takesValues(endpoint: Endpoint, segments: readonly string[]): boolean {
  for (const { name, type, segment } of endpoint.pathParameters) {
    if (segments[segment] === 'me' && !isOfType('me', type) && !endpoint.me.has(name)) return false
  }
  return true
}

/** Whether a router may take the text on this edge for a sibling of it, so that the request is for another endpoint. */
function isMistakable(node: Node, edge: Edge, method: string, segments: readonly string[], depth: number): boolean {
  if (edge.type !== 'string') return false
  if (node.folded.size === 0 && node.edges.length === 1) return false
  return mayLead(node, edge, method, segments, depth)
}

/** Whether any reading of the segments leads from `node` to an endpoint, other than over the edge `except`. */
function mayLead(node: Node, except: Edge | null, method: string, segments: readonly string[], depth: number): boolean {
  if (depth === segments.length) return node.matches.has(method)
  const forms = listSegmentForms(segments[depth]!)
  const goOn = (child: Node) => mayLead(child, null, method, segments, depth + 1)
  return (
    forms.some((form) => node.folded.get(form)?.some(goOn)) ||
    node.edges.some((edge) => edge !== except && forms.some((form) => mayBeOfType(form, edge)) && goOn(edge.node))
  )
}

function mayBeOfType(form: string, { type, me }: Edge): boolean {
  if (me && form === 'me') return true
  if (type === 'integer' || type === 'number') return isNumberLike(form)
  return type !== 'boolean' || form === 'true' || form === 'false'
}

function isOfType(text: string, type: ParameterType): boolean {
  if (type === 'integer') return isCanonicalInteger(text)
  if (type === 'number') return isCanonicalNumber(text)
  if (type === 'boolean') return text === 'true' || text === 'false'
  return true
}
