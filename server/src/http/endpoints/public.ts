/** What is answered without a key (decision A28), the catalog aside. */
import { Type } from 'typebox'
import { buildOpenApi } from '../openapi.js'
import { defineDocument } from './endpoint.js'

export const publicEndpoints = [
  // The official client asks for these before it has a key; an empty list keeps it content.
  defineDocument({
    id: 'api.public.gpu_names',
    method: 'GET',
    path: '/api/v0/gpu_names/unique/',
    response: Type.Object({ gpu_names: Type.Array(Type.String()) }),
    build: () => ({ gpu_names: [] }),
  }),
  defineDocument({
    id: 'api.public.gpu_types',
    method: 'GET',
    path: '/api/v0/gpu_types/',
    response: Type.Object({ gpu_types: Type.Array(Type.String()) }),
    build: () => ({ gpu_types: [] }),
  }),
  defineDocument({
    id: 'api.keyporter.openapi',
    method: 'GET',
    path: '/keyporter/openapi.json',
    response: Type.Object({ openapi: Type.Literal('3.1.0') }),
    build: (_context, endpoints) => buildOpenApi(endpoints),
  }),
  defineDocument({
    id: 'api.keyporter.healthz',
    method: 'GET',
    path: '/keyporter/healthz',
    response: Type.Object({ status: Type.Literal('ok') }),
    build: () => ({ status: 'ok' }) as const,
  }),
]
