/**
 * What a management endpoint is: data. The router, the validation, the OpenAPI document and the tests of refusals are all
 * made from the list of them; the rule who may call one is the catalog's, under the same id.
 */
import type { ServerResponse } from 'node:http'
import type { AccessRequest, Address, Allow, Catalog, Json, Presented, Target } from '@keyporter/core'
import type { Received, Source, Verdict } from '@keyporter/sdk'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import type { Caller, Context } from '../../actions/context.js'
import type { SignedIn, Visitor } from '../../actions/sessions.js'
import type { SignIn } from '../../actions/sign-in.js'
import type { Operations } from '../operations.js'

/** What the listener hands over: the judged exchange, and its body, read whole; null when there is none. */
export interface Admitted {
  readonly requestId: string
  readonly request: AccessRequest
  readonly decision: Allow
  readonly body: Uint8Array | null
  readonly client: Address | null
  /** Canonical client address; null when it cannot be told. */
  readonly clientText: string | null
}

/** Values of the `{name}` segments of a path template; all of them are integers. */
export type PathValues<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [N in Name]: number } & PathValues<Rest>
  : unknown

export interface Input<Path extends string, Body extends TObject, Query extends TObject> {
  readonly params: PathValues<Path>
  readonly query: Static<Query>
  readonly body: Static<Body>
}

interface Route<Path extends string = string> {
  /** Its endpoint in the built-in catalog. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: Path
  /** Of the answer with status 200. */
  readonly response: TSchema
  /** Answered with 302 instead. */
  readonly redirects?: true
  /** Of that answer, where it is not JSON. */
  readonly mediaType?: string
}

/** Runs an action for its caller. */
export interface ActionEndpoint extends Route {
  readonly kind: 'action'
  /** Null where a body is not looked at, because the method gives it no meaning. */
  readonly body: TObject | null
  /** Members of the query that mean something: texts and whole numbers, all of them optional. Others are ignored. */
  readonly query: TObject
  /** Gzipped for whoever takes that: for lists, never for an answer with a secret. */
  readonly packed?: true
  readonly handle: (context: Context, caller: Caller, input: Input<string, TObject, TObject>) => unknown
}

/** Answers everybody the same: built once. */
export interface DocumentEndpoint extends Route {
  readonly kind: 'document'
  readonly body: null
  readonly build: (context: Context, endpoints: readonly ManagementEndpoint[]) => unknown
}

/** Answers about the running server itself. Sends its own answer, which may be a refusal. */
export interface OperationEndpoint extends Route {
  readonly kind: 'operation'
  readonly body: null
  readonly answer: (operations: Operations, res: ServerResponse, requestId: string) => Promise<void>
}

/** Answers programs that check keys: from what the request was judged as, without a router's detour. */
export interface ServiceEndpoint extends Route {
  readonly kind: 'service'
  /** Null where a body is not looked at. */
  readonly body: TSchema | null
  readonly serve: (services: Services, question: Question) => unknown
  /** The JSON text of what it serves. */
  readonly print: (answer: unknown) => string
}

/**
 * Lets people in and out: answered only where the console is, and only to its own pages unless it is a GET. May set the
 * cookie of the session.
 */
export interface VisitEndpoint extends Route {
  readonly kind: 'visit'
  readonly body: TObject | null
  readonly visit: (signIn: SignIn, guest: Guest, body: Static<TObject>) => Promise<Visited>
}

export interface Guest {
  readonly visitor: Visitor
  /** The secret in the cookie, good or not; null when there is none. */
  readonly cookie: string | null
  /** The same of a flow to an OpenID provider. */
  readonly flow: string | null
  readonly query: Target['query']
  /** Null on public endpoints. */
  readonly caller: Caller | null
}

export interface Visited {
  readonly answer: unknown
  /** The session that the cookie is to hold from now on; null for none; left out to leave it as it is. */
  readonly session?: SignedIn | null
  /** The same of a flow. */
  readonly flow?: string | null
  /** Where to send the browser in place of an answer. */
  readonly redirect?: string
}

/** What the `verify` category reaches. */
export interface Services {
  readonly catalog: Catalog
  /** Judges what a program asks about, like any surface. */
  readonly verify: (received: Received) => Verdict | Promise<Verdict>
  readonly feed: VerifierFeed
}

/** The store as the source of verifiers elsewhere. */
export interface VerifierFeed {
  /** What they have to read requests by, as this server does. */
  readonly keyPrefix: string
  readonly queryKeys: boolean
  /** The steps of the protocol, for a verifier that runs at `host`. */
  openSource(host: string): Omit<Source<Presented>, 'onWake'>
  /** Resolves with the newest change once that is another than `since`, or after a while; never rejects. */
  awaitChange(since: number, signal: AbortSignal): Promise<number>
}

export interface Question {
  /** Its body in strict JSON; an empty object when there is none. */
  readonly json: Json
  readonly query: Target['query']
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: () => AbortSignal
}

export type ManagementEndpoint = ActionEndpoint | DocumentEndpoint | OperationEndpoint | ServiceEndpoint | VisitEndpoint

/** A body of which no member means anything; it must be a JSON object all the same. */
export const emptyBody = Type.Object({})

/** A query of which no member means anything. */
const emptyQuery = Type.Object({})

/** Describes an action; its answer must be of the type of its `response`, its input is of the type of its `query` and `body`. */
export function defineAction<
  Path extends string,
  Response extends TSchema,
  Body extends TObject = typeof emptyBody,
  Query extends TObject = typeof emptyQuery,
>(
  endpoint: Route<Path> & {
    readonly response: Response
    readonly body?: Body
    readonly query?: Query
    readonly packed?: true
    readonly handle: (context: Context, caller: Caller, input: Input<Path, Body, Query>) => Promise<Static<Response>>
  },
): ActionEndpoint {
  const body = endpoint.method === 'GET' ? null : (endpoint.body ?? emptyBody)
  const query = endpoint.query ?? emptyQuery
  // What reaches `handle` has been checked against `query` and `body`, and matched `path`.
  return { ...endpoint, kind: 'action', query, body, handle: endpoint.handle as ActionEndpoint['handle'] }
}

/** Describes a document. */
export function defineDocument<Response extends TSchema>(
  endpoint: Route & {
    readonly method: 'GET'
    readonly response: Response
    readonly build: (context: Context, endpoints: readonly ManagementEndpoint[]) => Static<Response>
  },
): DocumentEndpoint {
  return { ...endpoint, kind: 'document', body: null }
}

export function defineOperation(
  endpoint: Route & { readonly method: 'GET'; readonly answer: OperationEndpoint['answer'] },
): OperationEndpoint {
  return { ...endpoint, kind: 'operation', body: null }
}

/** Describes a service; what is served must be of the type of its `response`. */
export function defineService<Response extends TSchema>(
  endpoint: Route & {
    readonly response: Response
    readonly body?: TSchema
    readonly serve: (
      services: Services,
      question: Question,
    ) => Promise<Static<NoInfer<Response>>> | Static<NoInfer<Response>>
    /** Where it is asked so often that it can be done more cheaply than by JSON.stringify. */
    readonly print?: (answer: Static<NoInfer<Response>>) => string
  },
): ServiceEndpoint {
  const print = (endpoint.print ?? JSON.stringify) as ServiceEndpoint['print']
  return { ...endpoint, kind: 'service', body: endpoint.body ?? null, print }
}

/** Describes a visit; its answer must be of the type of its `response`, its input is of the type of its `body`. */
export function defineVisit<Response extends TSchema, Body extends TObject = typeof emptyBody>(
  endpoint: Route & {
    readonly response: Response
    readonly body?: Body
    readonly visit: (
      signIn: SignIn,
      guest: Guest,
      body: Static<Body>,
    ) => Promise<Visited & { readonly answer: Static<Response> }>
  },
): VisitEndpoint {
  const body = endpoint.method === 'GET' ? null : (endpoint.body ?? emptyBody)
  // What reaches `visit` has been checked against `body`.
  return { ...endpoint, kind: 'visit', body, visit: endpoint.visit as VisitEndpoint['visit'] }
}
