/** Puts load on one target for some seconds; prints requests per second and latencies as JSON. */
import autocannon from 'autocannon'

const [target, seconds] = process.argv.slice(2)
const { url, path, method, headers, body } = JSON.parse(target)
const result = await autocannon({
  url: url + path,
  method,
  headers,
  ...(body && { body }),
  connections: 32,
  duration: Number(seconds),
})
const { average: perSecond } = result.requests
const failed = result.non2xx + result.errors + result.timeouts
process.stdout.write(`${JSON.stringify({ perSecond, p50: result.latency.p50, p99: result.latency.p99, failed })}\n`)
