/** One server process on a given folder; says where it listens, and what memory it takes whenever a line is read. */
import { openServer } from './server.js'

const { url } = await openServer({
  KEYPORTER_DATA_DIR: process.argv[2],
  KEYPORTER_LOADS_PER_SECOND: '1000000',
})
const say = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`)
say({ url })
process.stdin.on('data', () => say({ rssMiB: Math.round(process.memoryUsage.rss() / 2 ** 20) }))
process.stdin.on('end', () => process.exit(0))
