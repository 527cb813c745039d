/** The same gateway with authentication off: every request is taken for allowed. */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { loadCatalog } from '@keyporter/core'
import { openGateway } from '../../server/dist/gateway/gateway.js'

export async function start({ upstream, like }) {
  const gateway = openGateway({
    upstream: new URL(upstream),
    connectTimeoutMs: 5_000,
    headersTimeoutMs: 120_000,
    bodyIdleTimeoutMs: 300_000,
    passSecret: false,
    connections: 256,
    trustedProxy: () => false,
  })
  const { read } = loadCatalog([])
  const decision = { allowed: true, principal: null, match: null }
  const server = createServer((req, res) => {
    const requestId = randomUUID()
    res.setHeader('X-Request-Id', requestId)
    const { target } = read(req.method, req.url)
    const request = { method: req.method, target, body: undefined, client: null }
    const exchange = { req, requestId, request, decision, clientText: '127.0.0.1', digest: null, epoch: 0 }
    gateway.forward(exchange, res).catch(() => res.destroy())
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ...like, url: `http://127.0.0.1:${server.address().port}` }
}
