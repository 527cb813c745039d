/** `node:http` that reads the same request to its end and answers a constant of equal length. */
import { createServer } from 'node:http'

export async function start({ like }) {
  const body = 'x'.repeat(like.responseBytes)
  const server = createServer((req, res) => {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      res.setHeader('Content-Type', 'application/json; charset=utf-8')
      res.setHeader('Content-Length', body.length)
      res.end(body)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ...like, url: `http://127.0.0.1:${server.address().port}` }
}
