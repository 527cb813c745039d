/** One small application on each framework, behind its middleware. Each answers what it was given: body and identity. */
import { createServer, request, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import { fastify } from 'fastify'
import { Hono } from 'hono'
import {
  type GuardOptions,
  type Identity,
  protectExpress,
  protectFastify,
  protectHono,
  protectRequests,
} from '../../src/index.js'

export interface App {
  readonly name: string
  readonly url: string
  close(): Promise<void>
}

export interface Answer {
  readonly status: number
  readonly statusText: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers, and fail where they are otherwise
  readonly body: any
}

/** Sends a path as it is given, which `fetch` would not. */
export function send(
  url: string,
  method: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  body?: string,
): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const req = request({ hostname, port, method, path, headers, agent: false }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (part) => (text += part))
      res.on('end', () => {
        const { statusCode: status = 0, statusMessage: statusText = '', headers } = res
        resolve({ status, statusText, headers, body: parse(text) })
      })
    })
    req.on('error', reject)
    req.end(body)
  })
}

function parse(text: string): unknown {
  if (text === '') return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type Options = GuardOptions

function listening(name: string, server: Server): Promise<App> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
      const close = () => new Promise<void>((done) => void server.close(() => done()).closeAllConnections())
      resolve({ name, url, close })
    })
  })
}

/** The middleware before the parser, or after it. */
export function openExpress(options: Options, order: 'guard first' | 'parser first'): Promise<App> {
  const app = express()
  const parser = express.json({ type: () => true })
  if (order === 'parser first') app.use(parser)
  app.use(protectExpress(options))
  if (order === 'guard first') app.use(parser)
  app.use((req: express.Request & { keyporter?: Identity }, res) => {
    res.json({ app: true, body: req.body ?? null, identity: req.keyporter })
  })
  return listening(`express, ${order}`, createServer(app))
}

export async function openFastify(options: Options): Promise<App> {
  const app = fastify()
  await app.register(protectFastify(options))
  app.all('*', async (request) => ({
    app: true,
    body: request.body ?? null,
    identity: (request as unknown as { keyporter: Identity }).keyporter,
  }))
  const url = await app.listen({ port: 0, host: '127.0.0.1' })
  return { name: 'fastify', url, close: () => app.close() }
}

export function openHono(options: Options): Promise<App> {
  const app = new Hono<{ Variables: { keyporter: Identity } }>()
  app.use(protectHono(options))
  app.all('*', async (c) => {
    const text = await c.req.text()
    return c.json({ app: true, body: text === '' ? null : JSON.parse(text), identity: c.get('keyporter') })
  })
  return new Promise((resolve) => {
    const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ name: 'hono', url: `http://127.0.0.1:${port}`, close })
    })
  })
}

/** A plain Request to a plain Response, carried by Node's server. */
export function openWeb(options: Options): Promise<App> {
  const protect = protectRequests({ ...options, findPeer: () => '127.0.0.1' })
  const handle = async (request: Request): Promise<Response> => {
    const { identity, response } = await protect(request)
    if (response) return response
    const text = await request.text()
    return Response.json({ app: true, body: text === '' ? null : JSON.parse(text), identity })
  }
  return new Promise((resolve) => {
    const server = serve({ fetch: handle, port: 0, hostname: '127.0.0.1' }, ({ port }) => {
      const close = () => new Promise<void>((done) => void server.close(() => done()))
      resolve({ name: 'request and response', url: `http://127.0.0.1:${port}`, close })
    })
  })
}
