// Clients that never stop asking: reads of Keyporter's own, forwarded requests quick and slow, uploads; all must be 200.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

const asks = [
  { method: 'GET', path: '/keyporter/whoami' },
  { method: 'GET', path: '/api/v0/instances/?ms=0' },
  { method: 'GET', path: '/api/v0/instances/?ms=150' },
  { method: 'PUT', path: '/api/v0/asks/1/?ms=20', body: JSON.stringify({ image: 'x'.repeat(2000) }) },
  { method: 'GET', path: '/api/v0/users/current/' },
]
const pauseMs = 10

/** Starts `clients` loops. `keepAlive`: whether a client keeps its connection from one request to the next. */
export function startLoad(url, secret, { clients, keepAlive }) {
  const requests = []
  let stopped = false
  const run = async (number) => {
    const agent = new Agent({ keepAlive, maxSockets: 1 })
    for (let turn = number; !stopped; turn++) {
      const one = { startedAt: performance.now(), endedAt: null, problem: null }
      requests.push(one)
      one.problem = await ask(url, secret, asks[turn % asks.length], agent).catch(
        (error) => error.code ?? error.message,
      )
      one.endedAt = performance.now()
      await sleep(pauseMs)
    }
    agent.destroy()
  }
  const loops = Promise.all(Array.from({ length: clients }, (_, number) => run(number)))
  return {
    requests,
    async stop() {
      stopped = true
      await loops
    },
  }
}

/** What is wrong with the answer; null when nothing is. */
function ask(url, secret, { method, path, body }, agent) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${secret}`, ...(body && { 'content-type': 'application/json' }) }
    const req = request(url + path, { method, headers, agent }, (res) => {
      let text = ''
      res.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      res.once('error', reject)
      res.once('end', () => resolve(res.statusCode === 200 ? null : `${method} ${path}: ${res.statusCode} ${text}`))
    })
    req.setTimeout(20_000, () => req.destroy(new Error(`${method} ${path}: no answer`)))
    req.once('error', reject)
    req.end(body)
  })
}
