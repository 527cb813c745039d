/**
 * Puts load on one target for some seconds; prints requests per second and latencies as JSON. It
 * writes one prepared request and counts bytes, so that it is the server that is measured, and it never sleeps: to wake a
 * sleeping process costs whoever writes to it, most of all on a virtual machine, and slow servers more than fast ones.
 * `calm`: on a few connections, and asleep between answers, where the servers need all cores themselves.
 */
import { connect } from 'node:net'

const warmMs = 500

const [target, seconds, calm] = process.argv.slice(2)
const connections = calm ? 8 : 32
const { url, path, method, headers, body = '' } = JSON.parse(target)
const { host, hostname, port } = new URL(url)
const lines = Object.entries({ Host: host, ...headers, ...(body && { 'Content-Length': Buffer.byteLength(body) }) })
const head = `${method} ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}`
const request = Buffer.from(`${head}\r\n${body}`)

let answers = 0
let failed = 0
let latencies = []
for (let i = 0; i < connections; i++) open()
if (!calm) spin()
setTimeout(measure, warmMs)

/** One connection: a request, its answer, the next. All answers are of one length: what is not, is a failure. */
function open() {
  const socket = connect(Number(port), hostname)
  let expected = 0
  let received = 0
  let sentAt = 0
  const ask = () => {
    received = 0
    sentAt = performance.now()
    socket.write(request)
  }
  socket.setNoDelay(true)
  socket.on('connect', ask)
  socket.on('error', () => failed++)
  socket.on('data', (chunk) => {
    if (received === 0 && chunk.latin1Slice(9, 12) !== '200') failed++
    if (expected === 0) expected = readLength(chunk.latin1Slice(0, chunk.length))
    received += chunk.length
    if (received < expected) return
    if (received > expected) failed++
    answers++
    if (calm || answers % 16 === 0) latencies.push(performance.now() - sentAt)
    ask()
  })
}

/** Bytes of a whole answer, by its first chunk. */
function readLength(text) {
  return text.indexOf('\r\n\r\n') + 4 + Number(/content-length: (\d+)/i.exec(text)[1])
}

function spin() {
  setImmediate(spin)
}

function measure() {
  answers = 0
  latencies = []
  const begunAt = performance.now()
  setTimeout(() => {
    const perSecond = answers / ((performance.now() - begunAt) / 1000)
    latencies.sort((a, b) => a - b)
    const percentile = (share) => latencies[Math.floor(latencies.length * share)]
    process.stdout.write(`${JSON.stringify({ perSecond, p50: percentile(0.5), p99: percentile(0.99), failed })}\n`)
    process.exit(0)
  }, Number(seconds) * 1000)
}
