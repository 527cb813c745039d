/** A TCP proxy that the test holds in its hand: between a store and its database, to be cut, held up or turned elsewhere. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface TcpProxy {
  readonly port: number
  /** Where new connections go. */
  target: number
  /** Told of what a client sends, before it is passed on; `drop` or `cut after` ends the connection. */
  onSent: (chunk: Buffer) => 'pass' | 'drop' | 'cut after'
  /** Open connections, oldest first. */
  readonly links: { cut(): void }[]
  /** While true, nothing is passed on in either direction, and nothing is closed. */
  stalled: boolean
  close(): Promise<void>
}

export async function openProxy(target: number): Promise<TcpProxy> {
  const links: { cut(): void }[] = []
  const server = createServer((client) => {
    const upstream = connect(proxy.target, '127.0.0.1')
    const link = {
      cut() {
        client.destroy()
        upstream.destroy()
      },
    }
    links.push(link)
    for (const socket of [client, upstream]) {
      socket.on('error', () => {})
      socket.once('close', () => {
        link.cut()
        if (links.includes(link)) links.splice(links.indexOf(link), 1)
      })
    }
    client.on('data', (chunk) => {
      const verdict = proxy.onSent(chunk)
      if (verdict === 'drop') return link.cut()
      pass(upstream, chunk)
      // The database has it; its answer has nowhere to go.
      if (verdict === 'cut after') setTimeout(link.cut, 50)
      if (verdict === 'cut after') upstream.removeAllListeners('data')
    })
    upstream.on('data', (chunk) => pass(client, chunk))
  })
  const pass = (socket: Socket, chunk: Buffer) => {
    if (!proxy.stalled) return void socket.write(chunk)
    const timer = setInterval(() => {
      if (proxy.stalled) return
      clearInterval(timer)
      socket.write(chunk)
    }, 20)
    timer.unref()
  }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: TcpProxy = {
    port: (server.address() as AddressInfo).port,
    target,
    onSent: () => 'pass',
    links,
    stalled: false,
    async close() {
      for (const link of [...links]) link.cut()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Whether a chunk ends with this statement, as the simple protocol sends it. */
export function sends(chunk: Buffer, statement: string): boolean {
  return chunk.toString('latin1').endsWith(`${statement}\0`) && chunk.includes('Q')
}
