/**
 * The least that a verify call costs on `node:http`: reads the same request, parses it, hashes both secrets and answers as
 * long a text under as many headers, with no check and no decision. What Keyporter could come to at best.
 */
import { hash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

export async function start({ like }) {
  const server = createServer((req, res) => {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      const { key, path } = JSON.parse(chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString())
      const digests = [hash('sha256', key, 'hex'), hash('sha256', req.headers.authorization.slice(7), 'hex')]
      const text = JSON.stringify({ allowed: true, status: 200, path, digests }).slice(0, like.responseBytes)
      res.writeHead(200, [
        'X-Request-Id',
        randomUUID(),
        'Content-Type',
        'application/json; charset=utf-8',
        'Content-Length',
        String(Buffer.byteLength(text)),
        'Cache-Control',
        'no-store',
        'X-Content-Type-Options',
        'nosniff',
      ])
      res.end(text)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ...like, url: `http://127.0.0.1:${server.address().port}` }
}
