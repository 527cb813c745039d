/** `POST /keyporter/verify` of one process: one key, two constraints, from memory. */
import { openServer } from '../server.js'

export async function start() {
  const { url, secret, constrained } = await openServer({})
  const body = JSON.stringify({ key: constrained, method: 'GET', path: '/api/v0/instances/1227/?owner=me' })
  const headers = { Authorization: `Bearer ${secret}`, 'Content-Type': 'application/json' }
  return { url, method: 'POST', path: '/keyporter/verify', headers, body }
}
