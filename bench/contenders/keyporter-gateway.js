/** The gateway of one process, with authentication: one key, two constraints, from memory. */
import { openServer } from '../server.js'

export async function start({ upstream }) {
  const { url, constrained } = await openServer({ KEYPORTER_UPSTREAM: upstream })
  const headers = { Authorization: `Bearer ${constrained}` }
  return { url, method: 'GET', path: '/api/v0/instances/1227/?owner=me', headers }
}
