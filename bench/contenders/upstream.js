/** The API behind the gateways: a constant of ninety bytes. */
import { createServer } from 'node:http'

const body = JSON.stringify({
  success: true,
  instances: { id: 1227, actual_status: 'running', label: 'benchmark'.padEnd(24) },
})

export async function start() {
  const server = createServer((_, res) => {
    res.setHeader('Content-Type', 'application/json')
    res.setHeader('Content-Length', body.length)
    res.end(body)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${server.address().port}`, method: 'GET', path: '/', headers: {} }
}
