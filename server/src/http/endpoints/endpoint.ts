/**
 * What a management endpoint is: data. The router, the validation, the OpenAPI document and the tests of refusals are all
 * made from the list of them; the rule who may call one is the catalog's, under the same id.
 */
import type { AccessRequest, Allow } from '@keyporter/core'
import { type Static, type TObject, type TSchema, Type } from 'typebox'
import type { Caller, Context } from '../../actions/context.js'

/** What the listener hands over: the judged exchange, and its body, read whole; null when there is none. */
export interface Admitted {
  readonly requestId: string
  readonly request: AccessRequest
  readonly decision: Allow
  readonly body: Uint8Array | null
  /** Canonical client address; null when it cannot be told. */
  readonly clientText: string | null
}

/** Values of the `{name}` segments of a path template; all of them are integers. */
export type PathValues<Path extends string> = Path extends `${string}{${infer Name}}${infer Rest}`
  ? { readonly [N in Name]: number } & PathValues<Rest>
  : unknown

export interface Input<Path extends string, Body extends TObject> {
  readonly params: PathValues<Path>
  readonly body: Static<Body>
}

interface Route<Path extends string = string> {
  /** Its endpoint in the built-in catalog. */
  readonly id: string
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  readonly path: Path
  /** Of the answer with status 200. */
  readonly response: TSchema
}

/** Runs an action for its caller. */
export interface ActionEndpoint extends Route {
  readonly kind: 'action'
  /** Null where a body is not looked at, because the method gives it no meaning. */
  readonly body: TObject | null
  readonly handle: (context: Context, caller: Caller, input: Input<string, TObject>) => unknown
}

/** Answers everybody the same: built once. */
export interface DocumentEndpoint extends Route {
  readonly kind: 'document'
  readonly body: null
  readonly build: (context: Context, endpoints: readonly ManagementEndpoint[]) => unknown
}

export type ManagementEndpoint = ActionEndpoint | DocumentEndpoint

/** A body of which no member means anything; it must be a JSON object all the same. */
export const emptyBody = Type.Object({})

/** Describes an action; its answer must be of the type of its `response`, its input is of the type of its `body`. */
export function defineAction<Path extends string, Response extends TSchema, Body extends TObject = typeof emptyBody>(
  endpoint: Route<Path> & {
    readonly response: Response
    readonly body?: Body
    readonly handle: (context: Context, caller: Caller, input: Input<Path, Body>) => Promise<Static<Response>>
  },
): ActionEndpoint {
  const body = endpoint.method === 'GET' ? null : (endpoint.body ?? emptyBody)
  // What reaches `handle` has been checked against `body` and matched `path`.
  return { ...endpoint, kind: 'action', body, handle: endpoint.handle as ActionEndpoint['handle'] }
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
