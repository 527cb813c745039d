/**
 * POST /keyporter/verify: may this key do this, now? For programs that cannot keep a verifier of their own. Whatever the
 * verdict on a key that is asked about, the answer is 200; other statuses are about the question.
 */
import { type Address, type Json, parseAddress, printJson } from '@keyporter/core'
import type { Received, Verdict } from '@keyporter/sdk'
import { type TSchema, Type } from 'typebox'
import { Fault } from '../../fault.js'
import { defineService, type Services } from './endpoint.js'
import { nullable } from './fields.js'

const maxQuestions = 1_000
const maxMethodLength = 32
const methodToken = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

const question = Type.Object(
  {
    key: Type.Optional(
      nullable(Type.String({ description: 'the secret; left out or null when the request has none' })),
    ),
    method: Type.String({ maxLength: maxMethodLength }),
    path: Type.String({ description: 'the path, with or without its query' }),
    query: Type.Optional(
      nullable(Type.String({ description: 'the query, without its ?; it is appended to the path' })),
    ),
    body: Type.Optional(
      Type.Unknown({
        description: 'the text of the body, or its JSON value; null for none, left out when it is not seen',
      }),
    ),
    clientAddress: Type.Optional(
      nullable(Type.String({ description: 'who sends the request; left out or null when that is not known' })),
    ),
  },
  { additionalProperties: false },
)

const members: ReadonlySet<string> = new Set(Object.keys(question.properties))

const verdict = Type.Object(
  {
    allowed: Type.Boolean(),
    status: Type.Integer({ description: '200, or what to answer: 400, 401, 403; 503 when it cannot be told now' }),
    error: nullable(Type.String()),
    msg: nullable(Type.String()),
    reason: nullable(Type.String()),
    keyId: nullable(Type.Integer()),
    accountId: nullable(Type.Integer()),
    endpoint: nullable(Type.String({ description: 'null outside the catalog' })),
  },
  { additionalProperties: false },
)

export const verifyEndpoint = defineService({
  id: 'api.keyporter.verify',
  method: 'POST',
  path: '/keyporter/verify',
  body: oneOrMany(question),
  response: oneOrMany(verdict),
  print: (answer) => (Array.isArray(answer) ? `[${answer.map(printVerdict).join(',')}]` : printVerdict(answer)),
  serve(services, { json }) {
    if (!Array.isArray(json)) return services.verify(readQuestion(json, ''))
    if (json.length > maxQuestions) throw refuse(`The list has ${json.length} questions; at most ${maxQuestions}`)
    return verifyAll(
      services,
      json.map((each, position) => readQuestion(each, `[${position}].`)),
    )
  },
})

/** As JSON.stringify prints it. Ids of endpoints have nothing to escape. */
function printVerdict(verdict: Verdict): string {
  if (!verdict.allowed) return JSON.stringify(verdict)
  const { keyId, accountId, endpoint } = verdict
  const quoted = endpoint === null ? 'null' : `"${endpoint}"`
  return `${allowed},"keyId":${keyId},"accountId":${accountId},"endpoint":${quoted}}`
}

const allowed = '{"allowed":true,"status":200,"error":null,"msg":null,"reason":null'

function oneOrMany<S extends TSchema>(schema: S) {
  return Type.Union([schema, Type.Array(schema, { maxItems: maxQuestions })])
}

/** One after the other: a list of unknown secrets is to reach the store no faster than single questions do. */
async function verifyAll({ verify }: Services, received: readonly Received[]): Promise<Verdict[]> {
  const verdicts: Verdict[] = []
  for (const each of received) {
    const told = verify(each)
    verdicts.push(told instanceof Promise ? await told : told)
  }
  return verdicts
}

/** `place` begins the names of members in messages. */
function readQuestion(json: Json, place: string): Received {
  if (!(json instanceof Map)) {
    throw refuse(place ? `${place.slice(0, -1)} must be an object` : 'The body must be a JSON object or a list of them')
  }
  for (const name of json.keys()) if (!members.has(name)) throw refuse(describeUnknown(name, place))
  const method = readText(json, 'method', place)
  if (method.length > maxMethodLength || !methodToken.test(method))
    throw refuse(`${place}method must be an HTTP method`)
  const path = readText(json, 'path', place)
  const query = readOptionalText(json, 'query', place)
  if (query?.startsWith('?')) throw refuse(`${place}query must be given without its leading ?`)
  return {
    method,
    target: query ? `${path}${path.includes('?') ? '&' : '?'}${query}` : path,
    credentials: { secret: readOptionalText(json, 'key', place) },
    body: readBody(json.get('body')),
    contentType: null,
    contentEncoding: null,
    client: readClient(json, place),
  }
}

function readBody(body: Json | undefined): Received['body'] {
  if (body === undefined || body === null) return body
  return () => Buffer.from(typeof body === 'string' ? body : printJson(body))
}

function readClient(json: ReadonlyMap<string, Json>, place: string): Address | null {
  const text = readOptionalText(json, 'clientAddress', place)
  const address = text === null ? null : parseAddress(text)
  if (text !== null && !address) throw refuse(`${place}clientAddress must be an IPv4 or IPv6 address, or null`)
  return address
}

function readText(json: ReadonlyMap<string, Json>, name: string, place: string): string {
  const value = json.get(name)
  if (typeof value === 'string') return value
  throw refuse(`${place}${name} ${value === undefined ? 'is missing: it ' : ''}must be a text`)
}

function readOptionalText(json: ReadonlyMap<string, Json>, name: string, place: string): string | null {
  const value = json.get(name)
  if (value === undefined || value === null) return null
  if (typeof value === 'string') return value
  throw refuse(`${place}${name} must be a text, or null`)
}

function describeUnknown(name: string, place: string): string {
  const shown = JSON.stringify(name.slice(0, 64).replaceAll(/[^\x20-\x7e]/g, '?'))
  return `${place}${shown} is not a member of a question; its members are ${[...members].join(', ')}`
}

function refuse(problem: string): Fault {
  return new Fault('bad_request', `${problem}.`)
}
