/**
 * A load balancer of the simplest kind: sends each request to the next server whose /keyporter/readyz says 200, over
 * connections that it keeps. It repeats a request only where the connection was refused, when nobody can have seen it.
 */
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'

const checkMs = 100

export async function openBalancer(urls) {
  const backends = urls.map((url) => ({ url, ready: false, agent: new Agent({ keepAlive: true }), served: 0 }))
  let turn = 0

  const check = async (backend) => {
    const answer = await fetch(`${backend.url}/keyporter/readyz`, { signal: AbortSignal.timeout(1000) }).catch(
      () => null,
    )
    await answer?.arrayBuffer()
    backend.ready = answer?.status === 200
  }
  const timer = setInterval(() => backends.forEach(check), checkMs)

  const forward = (req, res, body, tried) => {
    const left = backends.filter((backend) => backend.ready && !tried.includes(backend))
    const backend = left[turn++ % left.length]
    if (!backend) return res.writeHead(502).end('no server is ready')
    const { method, url: path, headers } = req
    const up = request(backend.url + path, { method, headers, agent: backend.agent }, (answer) => {
      backend.served++
      const { connection: _own, 'keep-alive': _time, 'transfer-encoding': _coding, ...passed } = answer.headers
      res.writeHead(answer.statusCode, passed)
      answer.pipe(res)
      answer.once('error', () => res.destroy())
    })
    up.once('error', (error) => {
      if (error.code === 'ECONNREFUSED') return forward(req, res, body, [...tried, backend])
      if (!res.headersSent) res.writeHead(502).end(`${backend.url}: ${error.code ?? error.message}`)
    })
    up.end(body)
  }

  const server = createServer(async (req, res) => {
    const chunks = []
    for await (const chunk of req) chunks.push(chunk)
    forward(req, res, Buffer.concat(chunks), [])
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    isReady: (url) => backends.find((backend) => backend.url === url).ready,
    served: (url) => backends.find((backend) => backend.url === url).served,
    close() {
      clearInterval(timer)
      for (const { agent } of backends) agent.destroy()
      server.closeAllConnections()
      server.close()
    },
  }
}
