/** A verifier over HTTP in a process of its own: answers whether a secret may read its account. */
import { createServer } from 'node:http'
import { openVerifier } from '@keyporter/sdk'

const verifier = openVerifier({ url: process.env.CHAOS_URL, key: process.env.CHAOS_KEY })
const server = createServer(async (req, res) => {
  const asked = { authorization: req.headers.authorization, method: 'GET', path: '/api/v0/users/current/' }
  const { status } = await verifier.check(asked)
  res.writeHead(status).end()
})
server.listen(Number(process.env.CHAOS_PORT), '127.0.0.1')
process.on('SIGTERM', () => process.exit(0))
