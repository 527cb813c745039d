/** The endpoints that permissions can name. */
import {
  json,
  object,
  printShape,
  readMember,
  readMemberList,
  readObject,
  readShape,
  type Shape,
  text,
} from './shape.js'

export interface CatalogEndpoint {
  readonly id: string
  readonly title: string
  readonly method: string
  /** Template, `{name}` for parameters. */
  readonly path: string
  readonly category: string
  /** Types of the parameters that constraints can name, by place (`path`, `query`, `body`) and name. */
  readonly params: Readonly<Record<string, unknown>>
  /** Other names of parameters. */
  readonly paramAliases: unknown
  /** Parameters in which `me` stands for the caller's own id. */
  readonly me: unknown
}

export interface CatalogListing {
  readonly endpoints: readonly CatalogEndpoint[]
  readonly categories: readonly unknown[]
}

const endpointShape: Shape<CatalogEndpoint> = {
  id: text('id'),
  title: text('title'),
  method: text('method'),
  path: text('path'),
  category: text('category'),
  params: object('params'),
  paramAliases: json('param_aliases'),
  me: json('me'),
}

export function readCatalog(json: unknown): CatalogListing {
  return {
    endpoints: readMemberList(json, 'endpoints', (endpoint) => readShape(endpointShape, endpoint)),
    categories: readMember(readObject(json), 'categories', (list) => (Array.isArray(list) ? list : [])),
  }
}

/** The endpoint as the wire has it. */
export function printCatalogEndpoint(endpoint: CatalogEndpoint): Record<string, unknown> {
  return printShape(endpointShape, endpoint)
}
