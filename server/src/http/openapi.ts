/** The OpenAPI 3.1 document of the management API, made from the list of endpoints and the built-in catalog. */
import { readFileSync } from 'node:fs'
import { builtinCatalog, type Endpoint, loadCatalog } from '@keyporter/core'
import { type TSchema, Type } from 'typebox'
import type { ManagementEndpoint } from './endpoints/endpoint.js'

export interface OpenApiDocument extends Record<string, unknown> {
  readonly openapi: '3.1.0'
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const errorObject = Type.Object(
  {
    success: Type.Literal(false),
    error: Type.String({ description: 'the code, for programs; docs/errors.md lists them' }),
    msg: Type.String({ description: 'for people' }),
    request_id: Type.String({ description: "what the server's log knows this request by" }),
    reason: Type.Optional(Type.String({ description: 'why a known key was refused' })),
  },
  { description: 'Every error, on every status.' },
)

/** Builds the document. Throws when an endpoint is not in the built-in catalog. */
export function buildOpenApi(endpoints: readonly ManagementEndpoint[]): OpenApiDocument {
  const { byId } = loadCatalog([builtinCatalog])
  const paths: Record<string, Record<string, unknown>> = {}
  for (const endpoint of endpoints) {
    const entry = byId.get(endpoint.id)
    if (!entry) throw new Error(`${endpoint.id} is not in the built-in catalog`)
    paths[endpoint.path] = { ...paths[endpoint.path], [endpoint.method.toLowerCase()]: describe(endpoint, entry) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Keyporter',
      version: readVersion(),
      description:
        'Issues, scopes, checks and revokes API keys. A trailing slash may be left out or added on every path.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      schemas: { Error: errorObject },
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: 'keyporter_session',
          description: 'a console session; only for pages of the console, which send X-Keyporter-Console: 1',
        },
        query: { type: 'apiKey', in: 'query', name: 'api_key', description: 'for old clients; it can be switched off' },
      },
    },
  }
}

function describe(endpoint: ManagementEndpoint, { title, category, access, parameters }: Endpoint): object {
  const listed = [...parameters].flatMap(([name, { type, places }]) =>
    (['path', 'query'] as const)
      .filter((place) => places.includes(place))
      .map((place) => ({
        name,
        in: place,
        required: place === 'path',
        schema: findQueryField(endpoint, name) ?? { type },
      })),
  )
  return {
    operationId: endpoint.id,
    summary: title,
    description: endpoint.kind === 'visit' ? describeVisit(access) : describeAccess(access, category),
    tags: [endpoint.id.split('.')[1]],
    security: listSchemes(endpoint, access),
    ...(listed.length > 0 && { parameters: listed }),
    ...(endpoint.body && hasMembers(endpoint.body) && { requestBody: describeBody(endpoint.body) }),
    responses: {
      ...describeSuccess(endpoint),
      default: {
        description: 'Not done.',
        content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
      },
    },
  }
}

function findQueryField(endpoint: ManagementEndpoint, name: string): TSchema | undefined {
  return endpoint.kind === 'action' ? endpoint.query.properties[name] : undefined
}

function listSchemes({ kind }: ManagementEndpoint, access: Endpoint['access']): object[] {
  if (access === 'public') return []
  return kind === 'visit' ? [{ session: [] }] : [{ bearer: [] }, { query: [] }, { session: [] }]
}

function describeVisit(access: Endpoint['access']): string {
  const whom = access === 'public' ? 'Needs no key.' : 'Needs a console session.'
  return `${whom} Answered to pages of the console alone, where the console is served.`
}

function describeSuccess({ redirects, mediaType, response }: ManagementEndpoint): object {
  if (redirects) return { 302: { description: `Redirected ${'description' in response ? response.description : ''}.` } }
  return { 200: { description: 'Done.', content: { [mediaType ?? 'application/json']: { schema: response } } } }
}

function describeAccess(access: Endpoint['access'], category: string): string {
  if (access === 'public') return 'Needs no key.'
  return access === 'any_key' ? 'Any valid key or session may call this.' : `Needs the permission \`${category}\`.`
}

function hasMembers(body: TSchema): boolean {
  return !('properties' in body) || Object.keys(body.properties as object).length > 0
}

function describeBody(body: TSchema): object {
  return { required: true, content: { 'application/json': { schema: body } } }
}

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return (manifest as { version: string }).version
}
