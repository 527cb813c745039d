/** What each step of a verify call over HTTP takes on `node:http`, one after the other, and what ours takes beside them. */
import { allSteps } from './contenders/least-verify.js'
import { loadCore, run, serverCore, startContender } from './processes.js'

const rounds = 5
const verify = await startContender(serverCore, 'keyporter-verify')
const options = { like: verify.target }
const contenders = [['bare node:http', await startContender(serverCore, 'bare-node', options)]]
for (let count = 1; count <= allSteps.length; count++) {
  const steps = allSteps.slice(0, count)
  const name = `and ${steps.at(-1)}`
  contenders.push([name, await startContender(serverCore, 'least-verify', { ...options, steps })])
}
contenders.push(['POST /keyporter/verify', verify])

const samples = new Map(contenders.map(([name]) => [name, []]))
for (let round = -1; round < rounds; round++) {
  for (const [name, { target }] of contenders) {
    const load = run(loadCore, 'load.js', JSON.stringify(target), round < 0 ? '1' : '3')
    const { perSecond, failed } = await load.read()
    await load.stop()
    if (failed > 0) throw new Error(`${name}: ${failed} requests failed`)
    if (round >= 0) samples.get(name).push(perSecond)
  }
}
await Promise.all(contenders.map(([, { stop }]) => stop()))

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1]
const bare = median(samples.get('bare node:http'))
for (const [name, values] of samples) {
  const perSecond = median(values)
  const cells = [Math.round(perSecond), (1e6 / perSecond).toFixed(1), (perSecond / bare).toFixed(2)]
  process.stdout.write(`${name.padEnd(24)}${cells.map((cell) => String(cell).padStart(10)).join('')}\n`)
}
