/** Uses each key that comes in on standard input once, then measures hits among all of them and among a few. */
import { createInterface } from 'node:readline'
import { judge } from '@keyporter/sdk'
import { openKeySource } from '../server/dist/actions/verify-source.js'
import { openLocalContext } from '../server/dist/app.js'
import { loadConfig } from '../server/dist/config/load.js'
import { openVerifier, toKeySource } from '../server/dist/revocation/revocation.js'

const dataDir = process.argv[2]
const [few, many] = process.argv.slice(3).map(Number)
const config = loadConfig({ KEYPORTER_DATA_DIR: dataDir })
const { context } = await openLocalContext(config)
const verifier = openVerifier({
  store: context.store,
  keys: openKeySource(context),
  host: 'bench',
  limits: { maxEntries: config.memoryKeys, maxNegatives: 100_000, maxLoads: 64, maxLoadsPerSecond: 10_000_000 },
  onTouched: async () => {},
  onWake() {},
  onProblem: (problem) => console.error(problem),
})
while (!verifier.isInForce()) await new Promise((resolve) => setTimeout(resolve, 5))
const judging = {
  catalog: context.catalog,
  keys: toKeySource(verifier),
  keyPrefix: 'kp_',
  queryKeys: true,
  now: Date.now,
}
const received = {
  method: 'GET',
  target: '/api/v0/instances/1227/?owner=me',
  body: undefined,
  contentType: null,
  contentEncoding: null,
  client: null,
}

const secrets = []
for await (const secret of createInterface({ input: process.stdin })) {
  if (secrets.push(secret) === many) break
}
for (let i = 0; i < many; i += 32) {
  const batch = secrets.slice(i, i + 32).map((secret) => judge(judging, { ...received, credentials: { secret } }))
  for (const { decision } of await Promise.all(batch)) if (!decision.allowed) throw new Error('a good key was refused')
}

const ratios = []
for (let round = 0; round < 7; round++) ratios.push({ many: measure(secrets), few: measure(secrets.slice(0, few)) })
ratios.sort((a, b) => a.many / a.few - b.many / b.few)
const median = ratios[3]
process.stdout.write(`${JSON.stringify({ p99Many: median.many, p99Few: median.few })}\n`)
process.exit(0)

/** The 99th percentile of single hits, in nanoseconds. */
function measure(among) {
  const samples = new Float64Array(100_000)
  for (let i = 0; i < samples.length; i++) {
    const secret = among[Math.floor(Math.random() * among.length)]
    const start = process.hrtime.bigint()
    const judged = judge(judging, { ...received, credentials: { secret } })
    samples[i] = Number(process.hrtime.bigint() - start)
    if (judged instanceof Promise || !judged.decision.allowed) throw new Error('not a hit')
  }
  samples.sort()
  return samples[Math.floor(samples.length * 0.99)]
}
