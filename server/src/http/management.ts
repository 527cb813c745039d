/**
 * The management API: Fastify as router and validator over the list of endpoints. It opens no socket; the listener hands
 * it requests that were authorised and read already, and an endpoint serves only a request that was judged as its own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Match, Target } from '@keyporter/core'
import { fastify as createFastify, type FastifyInstance, type FastifyRequest } from 'fastify'
import type { Logger } from 'pino'
import type { TObject } from 'typebox'
import type { Caller, Context } from '../actions/context.js'
import { flowMs } from '../actions/flows.js'
import { sessionMs } from '../actions/sessions.js'
import type { SignIn } from '../actions/sign-in.js'
import { type Cookie, describeFlowCookie, printCookie, printNoCookie, readCookie } from '../cookies.js'
import { Fault } from '../fault.js'
import { answerFault, sendJson, sendPackedJson, sendRedirect } from './answer.js'
import { answerDocument, openDocument } from './documents.js'
import type {
  ActionEndpoint,
  Admitted,
  DocumentEndpoint,
  OperationEndpoint,
  Services,
  VisitEndpoint,
} from './endpoints/endpoint.js'
import { endpoints } from './endpoints/index.js'
import { readJsonBody } from './json-body.js'
import { buildOpenApi, type OpenApiDocument } from './openapi.js'
import type { Operations } from './operations.js'
import { openServices, type Service } from './services.js'
import { compileQueryReader, compileValidator } from './validation.js'

export type { Admitted }

export interface Management {
  /** Answers one request of an endpoint that is no service, errors included. Its body must have been read to the end. */
  handle(req: IncomingMessage, res: ServerResponse, admitted: Admitted): void
  /** Endpoints that only the console's own pages may call, by id. */
  readonly visits: ReadonlySet<string>
  /** The service that an endpoint is; undefined for others. */
  findService(endpointId: string): Service | undefined
  readonly openapi: OpenApiDocument
  close(): Promise<void>
}

export interface ManagementOptions {
  readonly logger: Logger
  readonly services: Services
  readonly signIn: SignIn
  /** That of sessions. */
  readonly cookie: Cookie
  readonly operations: Operations
}

/** Answers one request of one endpoint; what it throws is answered as a fault. */
type Serve = (req: IncomingMessage, res: ServerResponse, admitted: Admitted, body: unknown) => void | Promise<void>

type GetAdmitted = (request: FastifyRequest) => Admitted

export async function openManagement(context: Context, options: ManagementOptions): Promise<Management> {
  const { logger } = options
  const services = openServices(options.services)
  const exchanges = new WeakMap<IncomingMessage, Admitted>()
  const getAdmitted: GetAdmitted = ({ raw }) => {
    const admitted = exchanges.get(raw)
    if (!admitted) throw new Error('a management request was not admitted')
    return admitted
  }
  const router = createRouter(getAdmitted, logger)
  for (const endpoint of endpoints) {
    if (endpoint.kind !== 'service') addRoute(router, endpoint, getAdmitted, chooseServe(context, endpoint, options))
  }
  await router.ready()
  return {
    handle(req, res, admitted) {
      exchanges.set(req, admitted)
      req.url = admitted.request.target.path
      router.routing(req, res)
    },
    visits: new Set(endpoints.filter((endpoint) => endpoint.kind === 'visit').map(({ id }) => id)),
    findService: (endpointId) => services.get(endpointId),
    openapi: buildOpenApi(endpoints),
    close: () => router.close(),
  }
}

function createRouter(getAdmitted: GetAdmitted, logger: Logger): FastifyInstance {
  const router = createFastify({ logger: false, routerOptions: { ignoreTrailingSlash: true } })
  // Bodies come with what was admitted; nothing here reads the stream.
  router.removeAllContentTypeParsers()
  router.addContentTypeParser('*', (_request, _payload, done) => done(null))
  router.addHook('preValidation', async (request) => {
    const { body } = request.routeOptions.schema ?? {}
    if (body) request.body = readJsonBody(getAdmitted(request).body, request.headers)
  })
  router.setValidatorCompiler(({ schema }) => compileValidator(schema as TObject))
  router.setErrorHandler((thrown, request, reply) => {
    answerFault(reply.hijack().raw, getAdmitted(request).requestId, toFault(thrown), logger)
  })
  router.setNotFoundHandler((request) => {
    throw new Fault('not_found', `There is no ${request.method} ${request.url} here.`)
  })
  return router
}

function addRoute(router: FastifyInstance, endpoint: RoutedEndpoint, getAdmitted: GetAdmitted, serve: Serve): void {
  router.route({
    method: endpoint.method,
    // Fastify's spelling of the same template.
    url: endpoint.path.replaceAll(/\{(\w+)\}/g, ':$1'),
    ...(endpoint.body && { schema: { body: endpoint.body } }),
    async handler(request, reply) {
      const admitted = getAdmitted(request)
      const judged = admitted.decision.match?.endpoint.id
      if (judged !== endpoint.id) throw new Error(`a request judged as ${judged} was routed to ${endpoint.id}`)
      await serve(request.raw, reply.raw, admitted, request.body)
      reply.hijack()
    },
  })
}

type RoutedEndpoint = ActionEndpoint | DocumentEndpoint | OperationEndpoint | VisitEndpoint

function chooseServe(context: Context, endpoint: RoutedEndpoint, options: ManagementOptions): Serve {
  if (endpoint.kind === 'visit') return serveVisit(endpoint, options)
  if (endpoint.kind === 'document') return serveDocument(context, endpoint)
  if (endpoint.kind === 'action') return serveAction(context, endpoint)
  return (_req, res, { requestId }) => endpoint.answer(options.operations, res, requestId)
}

function serveAction(context: Context, endpoint: ActionEndpoint): Serve {
  const readQuery = compileQueryReader(endpoint.query)
  return async (req, res, { decision, request }, body) => {
    if (!decision.principal || !decision.match) throw new Error(`${endpoint.id} was reached without a key`)
    const caller: Caller = { principal: decision.principal, request }
    const params = readParams(decision.match, request.target)
    const answer = await endpoint.handle(context, caller, {
      params,
      query: readQuery(request.target.query),
      body: body as Record<string, unknown>,
    })
    if (endpoint.packed) await sendPackedJson(req, res, answer)
    else sendJson(res, 200, answer)
  }
}

function serveVisit(endpoint: VisitEndpoint, { signIn, cookie }: ManagementOptions): Serve {
  const flowCookie = describeFlowCookie(cookie.secure)
  return async (req, res, { decision: { principal }, request, client, clientText }, body) => {
    const guest = {
      visitor: { client, address: clientText, userAgent: req.headers['user-agent'] ?? null },
      cookie: readCookie(cookie, req.headers.cookie),
      flow: readCookie(flowCookie, req.headers.cookie),
      query: request.target.query,
      caller: principal && { principal, request },
    }
    const { answer, session, flow, redirect } = await endpoint.visit(signIn, guest, body as Record<string, unknown>)
    setCookie(res, cookie, session ? session.secret : session, sessionMs)
    setCookie(res, flowCookie, flow, flowMs)
    if (redirect === undefined) sendJson(res, 200, answer)
    else sendRedirect(res, redirect)
  }
}

/** Null takes the cookie away, undefined leaves it. */
function setCookie(res: ServerResponse, cookie: Cookie, secret: string | null | undefined, maxAgeMs: number): void {
  if (secret === undefined) return
  const text = secret === null ? printNoCookie(cookie) : printCookie(cookie, secret, maxAgeMs / 1000)
  res.appendHeader('Set-Cookie', text)
}

function serveDocument(context: Context, endpoint: DocumentEndpoint): Serve {
  const document = openDocument(endpoint.build(context, endpoints))
  return (req, res) => answerDocument(req, res, document)
}

/** Path values, as they were judged. They are integers in canonical form, else nothing would have matched. */
function readParams({ endpoint }: Match, { segments }: Target): Record<string, number> {
  return Object.fromEntries(endpoint.pathParameters.map(({ name, segment }) => [name, Number(segments[segment])]))
}

/** Fastify finds a media type malformed before it asks a parser; nothing else of its own is to be expected. */
function toFault(thrown: unknown): unknown {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
  if (code !== 'FST_ERR_CTP_INVALID_MEDIA_TYPE') return thrown
  return new Fault('unsupported_media_type', 'The Content-Type cannot be read: send application/json.')
}
