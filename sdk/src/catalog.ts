/** The endpoints that permissions can name. */
import { flag, object, printShape, readMemberList, readShape, type Shape, text, textList } from './shape.js'

export interface CatalogEndpoint {
  readonly id: string
  readonly title: string
  readonly method: string
  /** Template, `{name}` for parameters. */
  readonly path: string
  readonly category: string
  /** Types of the parameters that constraints can name, by place (`path`, `query`, `body`) and name. */
  readonly params: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** Other names of parameters, each with the name that it stands for. */
  readonly paramAliases: Readonly<Record<string, string>>
  /** Parameters in which `me` stands for the caller's own id. */
  readonly me: readonly string[]
}

export interface CatalogCategory {
  readonly id: string
  /** Ids of its endpoints. */
  readonly endpoints: readonly string[]
  /** Only keys of the operator's account can hold it, and only by name. */
  readonly reserved: boolean
}

export interface CatalogListing {
  readonly endpoints: readonly CatalogEndpoint[]
  readonly categories: readonly CatalogCategory[]
}

const endpointShape: Shape<CatalogEndpoint> = {
  id: text('id'),
  title: text('title'),
  method: text('method'),
  path: text('path'),
  category: text('category'),
  params: object('params'),
  paramAliases: object('param_aliases'),
  me: textList('me'),
}

const categoryShape: Shape<CatalogCategory> = {
  id: text('id'),
  endpoints: textList('endpoints'),
  reserved: flag('reserved'),
}

export function readCatalog(json: unknown): CatalogListing {
  return {
    endpoints: readMemberList(json, 'endpoints', (endpoint) => readShape(endpointShape, endpoint)),
    categories: readMemberList(json, 'categories', (category) => readShape(categoryShape, category)),
  }
}

/** The endpoint as the wire has it. */
export function printCatalogEndpoint(endpoint: CatalogEndpoint): Record<string, unknown> {
  return printShape(endpointShape, endpoint)
}

/** The category as the wire has it. */
export function printCatalogCategory(category: CatalogCategory): Record<string, unknown> {
  return printShape(categoryShape, category)
}
