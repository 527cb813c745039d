/** A TCP proxy between a process and what it talks to: can cut all connections, or delay what passes. */

import { once } from 'node:events'
import { connect, createServer } from 'node:net'

export async function startProxy(findPort) {
  const pairs = new Set()
  let cut = false
  let delayMs = 0
  const server = createServer((client) => {
    if (cut) return client.destroy()
    const upstream = connect(findPort(), '127.0.0.1')
    const pair = { client, upstream }
    pairs.add(pair)
    const close = () => {
      pairs.delete(pair)
      client.destroy()
      upstream.destroy()
    }
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ]) {
      from.setNoDelay(true)
      from.on('error', close).on('close', close)
      from.on('data', (chunk) => {
        if (delayMs === 0) return void to.write(chunk)
        // In order: every chunk of a direction waits equally long.
        setTimeout(() => to.writable && to.write(chunk), delayMs)
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: server.address().port,
    /** Ends every connection and refuses new ones, until `mend`. */
    cut() {
      cut = true
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
    },
    delay(ms) {
      delayMs = ms
    },
    mend() {
      cut = false
      delayMs = 0
    },
    close() {
      for (const { client, upstream } of pairs) {
        client.destroy()
        upstream.destroy()
      }
      server.close()
    },
  }
}
