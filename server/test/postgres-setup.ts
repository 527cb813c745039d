/** The one PostgreSQL that all test files share: started when the first of them asks, stopped when the last has ended. */
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import type { TestProject } from 'vitest/node'
import { type PostgresServer, startPostgres } from './postgres.js'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Answers with the address of the server. */
    postgresPort: number
  }
}

export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  let started: Promise<PostgresServer> | null = null
  const door = createServer((socket) => {
    socket.on('error', () => {})
    started ??= startPostgres()
    started.then(
      (server) => socket.end(String(server.port)),
      (error: unknown) => socket.end(String(error)),
    )
  })
  door.listen(0, '127.0.0.1')
  await once(door, 'listening')
  door.unref()
  project.provide('postgresPort', (door.address() as AddressInfo).port)
  return async () => {
    door.close()
    await (await started)?.stop()
  }
}
