/**
 * The figures that Keyporter is held to, as ratios within one run: contenders take turns, round after round, and each
 * ratio is told with its spread. `--json` prints one object; `--seconds N` and `--rounds N` set the pace; `--keys N` the
 * stored keys (0 leaves that part out).
 */
import { parseArgs } from 'node:util'
import { loadCore, run, serverCore, startContender } from './processes.js'

const { values: options } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '4' },
    rounds: { type: 'string', default: '5' },
    keys: { type: 'string', default: '1000000' },
  },
})
const rounds = Number(options.rounds)
const say = (text) => process.stderr.write(`${text}\n`)

say('decisions in process …')
const decide = await once(serverCore, 'decide.js', '15')
const decideVsShaMap = spread(decide.ours.map((ns, i) => ns / decide.bare[i]))
const decideVaryingVsShaMap = spread(decide.varying.map((ns, i) => ns / decide.bare[i]))

say('verify over HTTP …')
const verify = await startContender(serverCore, 'keyporter-verify')
const bare = await startContender(serverCore, 'bare-node', { like: verify.target })
const verifyHttp = await compare(verify, bare)

say('gateway …')
const upstream = await startContender(loadCore, 'upstream')
const gateway = await startContender(serverCore, 'keyporter-gateway', { upstream: upstream.target.url })
const open = await startContender(serverCore, 'gateway-no-auth', {
  upstream: upstream.target.url,
  like: gateway.target,
})
const gatewayHttp = await compare(gateway, open)
await upstream.stop()

say('a second worker …')
const one = await startContender(null, 'keyporter-workers', { workers: 1 })
const two = await startContender(null, 'keyporter-workers', { workers: 2 })
const secondWorker = await compare({ ...two, name: 'two workers' }, { ...one, name: 'one worker' }, 'calm')

let millionKeys = null
if (options.keys !== '0') {
  say('a million keys …')
  millionKeys = await once(loadCore, 'million.js', options.keys)
}

const ratios = {
  decideVsShaMap: decideVsShaMap.median,
  verifyHttpVsBareNode: verifyHttp.ratio.median,
  gatewayVsNoAuth: gatewayHttp.ratio.median,
  secondWorker: secondWorker.ratio.median,
}
const details = {
  decideVsShaMap,
  decideVaryingVsShaMap,
  decideNs: spread(decide.ours),
  decideVaryingNs: spread(decide.varying),
  shaMapNs: spread(decide.bare),
  verifyHttp,
  gatewayHttp,
  secondWorker,
}
if (options.json) process.stdout.write(`${JSON.stringify({ ratios, millionKeys, details })}\n`)
else printTable()

/** Runs a script that prints one line. */
async function once(core, script, ...args) {
  const process = run(core, script, ...args)
  const result = await process.read()
  await process.stop()
  return result
}

/** Load on one, then on the other, in turn; after a round that warms both up. */
async function compare(ours, other, calm) {
  const perSecond = { [ours.name]: [], [other.name]: [] }
  for (let round = -1; round < rounds; round++) {
    for (const { name, target } of round % 2 === 0 ? [ours, other] : [other, ours]) {
      const seconds = round < 0 ? '2' : options.seconds
      const args = [JSON.stringify(target), seconds, ...(calm ? [calm] : [])]
      const result = await once(calm ? null : loadCore, 'load.js', ...args)
      if (result.failed > 0) throw new Error(`${name}: ${result.failed} requests failed`)
      if (round >= 0) perSecond[name].push(result.perSecond)
    }
  }
  await Promise.all([ours.stop(), other.stop()])
  const ratio = spread(perSecond[ours.name].map((value, i) => value / perSecond[other.name][i]))
  return { ratio, [ours.name]: spread(perSecond[ours.name]), [other.name]: spread(perSecond[other.name]) }
}

function spread(samples) {
  const sorted = [...samples].sort((a, b) => a - b)
  const round = (value) => Number(value.toPrecision(4))
  return { median: round(sorted[sorted.length >> 1]), min: round(sorted[0]), max: round(sorted.at(-1)) }
}

function printTable() {
  const row = (name, { median, min, max }, held) =>
    `${name.padEnd(48)}${`${median} (${min} to ${max})`.padEnd(30)}${held}`
  const lines = [
    row('decision in process / (sha256 + Map.get), time', decideVsShaMap, 'at most 2.5'),
    row('… the same of targets that vary', decideVaryingVsShaMap, ''),
    row('verify over HTTP / bare node:http, throughput', verifyHttp.ratio, 'at least 0.85'),
    row('gateway / the same without authentication', gatewayHttp.ratio, 'at least 0.9'),
    row('two workers / one, decisions a second', secondWorker.ratio, 'at least 1.6'),
  ]
  if (millionKeys) {
    lines.push(
      `${'a million keys: ready in'.padEnd(48)}${`${millionKeys.readySeconds.toFixed(2)} s`.padEnd(30)}under 10 s`,
      `${'… memory after each was used once'.padEnd(48)}${`${millionKeys.rssMiB} MiB`.padEnd(30)}under 1024 MiB`,
      `${'… p99 of a hit / that with a thousand'.padEnd(48)}${millionKeys.p99Ratio.toFixed(2).padEnd(30)}at most 1.5`,
    )
  }
  process.stdout.write(`${lines.join('\n')}\n`)
}
