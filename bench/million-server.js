/** One server process on a given folder; says where it listens. */
import { openServer } from './server.js'

const { url } = await openServer({ KEYPORTER_DATA_DIR: process.argv[2] })
process.stdout.write(`${JSON.stringify({ url })}\n`)
process.stdin.resume()
process.stdin.on('end', () => process.exit(0))
