/** Starts processes for the benchmark, each pinned to a core where the machine allows it. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export const canPin = availableParallelism() > 1 && spawnSync('taskset', ['-c', '0', 'true']).status === 0
export const serverCore = 0
export const loadCore = 1

/** Runs a script of this folder, on any core where `core` is null, and reads its lines of JSON. */
export function run(core, script, ...args) {
  const command = [process.execPath, fileURLToPath(new URL(script, import.meta.url)), ...args]
  const pinned = canPin && core !== null ? ['taskset', '-c', String(core), ...command] : command
  const child = spawn(pinned[0], pinned.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    child,
    async read() {
      const { value, done } = await lines.next()
      if (done) throw new Error(`${script} ${args[0] ?? ''} ended early`)
      return JSON.parse(value)
    },
    async stop() {
      child.stdin.end()
      if (child.exitCode === null) await once(child, 'exit')
    },
  }
}

/** Starts a contender; what it resolves to says how to ask it. */
export async function startContender(core, name, options = {}) {
  const process = run(core, 'serve.js', name, JSON.stringify(options))
  const target = await process.read()
  return { name, target: await probe(target), stop: process.stop }
}

/** Asks once: a contender that does not answer 200 has nothing to measure. */
async function probe(target) {
  const { url, path, method, headers, body } = target
  const response = await fetch(url + path, { method, headers, body })
  const bytes = (await response.arrayBuffer()).byteLength
  if (response.status !== 200) throw new Error(`${url}${path} answered ${response.status}`)
  return { ...target, responseBytes: bytes }
}
