/**
 * Connections to the upstream. An upstream that refuses an upload often answers and closes without reading the rest: our
 * next write then fails although its answer has arrived. So a failed write is held back while that answer can be read.
 */
import type { Socket } from 'node:net'
import { buildConnector } from 'undici'

/** How long an answer may take to show up after a write failed. */
const holdMs = 1_000

export function createConnector(timeoutMs: number): buildConnector.connector {
  const connect = buildConnector({ timeout: timeoutMs })
  return (options, callback) =>
    connect(options, (...result) => {
      if (result[1]) holdWriteErrors(result[1])
      callback(...result)
    })
}

type Done = (error?: Error | null) => void

function holdWriteErrors(socket: Socket): void {
  const { _write: write, _writev: writev } = socket
  const hold = (done: Done) => (error?: Error | null) => {
    if (!error || socket.destroyed || socket.readableEnded) {
      done(error)
      return
    }
    const timer = setTimeout(done, holdMs, error)
    socket.once('close', () => clearTimeout(timer))
  }
  socket._write = (chunk, encoding, done) => write.call(socket, chunk, encoding, hold(done))
  if (writev) socket._writev = (chunks, done) => writev.call(socket, chunks, hold(done))
}
