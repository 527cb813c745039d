/** What a request carries for a parameter of its endpoint. */
import {
  type AccessRequest,
  type Endpoint,
  elementType,
  findConstrained,
  type Scalar,
  type ScalarType,
} from '@keyporter/core'

/** The values that a request carries for a parameter, in all places; what is not of its type is left out. */
export function listValues(request: AccessRequest, endpoint: Endpoint, parameter: string, accountId: number): Scalar[] {
  const found = findConstrained(endpoint, parameter)
  const type = found && elementType(found.parameter.type)
  if (!type) return []
  const names = [parameter, ...[...endpoint.aliases].flatMap(([alias, name]) => (name === parameter ? [alias] : []))]
  const segment = endpoint.pathParameters.find(({ name }) => name === parameter)?.segment
  const inPath = segment === undefined ? [] : [request.target.segments[segment]!]
  const texts = inPath.map((text) => (text === 'me' && endpoint.me.has(parameter) ? String(accountId) : text))
  const inQuery = request.target.query.flatMap(({ name, value }) =>
    names.includes(name) && value !== null ? [value] : [],
  )
  const body = request.body ? (JSON.parse(new TextDecoder().decode(request.body)) as unknown) : null
  const inBody = names.flatMap((name) => findMember(body, name.split('.')))
  return [...[...texts, ...inQuery].flatMap((text) => readText(text, type) ?? []), ...inBody.filter(isScalar)]
}

function findMember(value: unknown, path: readonly string[]): unknown[] {
  const found = path.reduce<unknown>(
    (inner, step) => (inner as Record<string, unknown> | null | undefined)?.[step],
    value,
  )
  return Array.isArray(found) ? found : [found]
}

function readText(text: string, type: ScalarType): Scalar | null {
  if (type === 'integer' || type === 'number') return /^-?[0-9]+(?:\.[0-9]+)?$/.test(text) ? Number(text) : null
  return type === 'boolean' ? text === 'true' : text
}

function isScalar(value: unknown): value is Scalar {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
