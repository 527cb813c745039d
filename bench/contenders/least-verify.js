/**
 * The least that a verify call costs on `node:http`: reads the same request, parses it, hashes both secrets and answers as
 * long a text under as many headers, with no check and no decision. What Keyporter could come to at best; with fewer
 * `steps`, what each of them takes.
 */
import { hash, randomUUID } from 'node:crypto'
import { createServer } from 'node:http'

export const allSteps = ['json', 'hashes', 'headers']

export async function start({ like, steps = allSteps }) {
  const constant = 'x'.repeat(like.responseBytes)
  const [parses, hashes, adds] = allSteps.map((step) => steps.includes(step))
  const server = createServer((req, res) => {
    const chunks = []
    req.on('data', (chunk) => chunks.push(chunk))
    req.on('end', () => {
      let text = constant
      if (parses) {
        const { key, path } = JSON.parse(chunks.length === 1 ? chunks[0].toString() : Buffer.concat(chunks).toString())
        const digests = hashes ? [digest(key), digest(req.headers.authorization.slice(7))] : [constant]
        text = JSON.stringify({ allowed: true, status: 200, path, digests }).slice(0, like.responseBytes)
      }
      const headers = ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', Buffer.byteLength(text)]
      if (adds) {
        headers.push('X-Request-Id', randomUUID())
        headers.push('Cache-Control', 'no-store', 'X-Content-Type-Options', 'nosniff')
      }
      res.writeHead(200, headers)
      res.end(text)
    })
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { ...like, url: `http://127.0.0.1:${server.address().port}` }
}

function digest(secret) {
  return hash('sha256', secret, 'hex')
}
