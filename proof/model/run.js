// Searches the model of the revocation protocol exhaustively: the protocol must hold, and every mutant of it must fail.
// Usage: node proof/model/run.js [--long] [--show NAME]    (--show tells the shortest counterexample of one mutant)
import { spawn } from 'node:child_process'
import { copyFile, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const modelPath = join(dirname(fileURLToPath(import.meta.url)), 'revocation.pml')
const parallelSearches = 2
const memoryLimitMiB = 1900
const longMemoryLimitMiB = 7000
const maxDepth = 1_000_000

/** The sizes of model that are searched; revocation.pml says what each name bounds. */
const one = { SHORT: 2 }
const leases = { SHORT: 2, LONG: 3 }
const failover = { SHORT: 2, CHANGES: 2, FAILOVERS: 1 }
const pair = { VERIFIERS: 2, SHORT: 1, CALM: 1, NO_SWEEPER: 1 }

/** The protocol as it is: no search may find a stale accept. */
const protocols = [
  ['two verifiers', pair],
  ['two overlapping changes', { SHORT: 3, CHANGES: 2 }],
  ['two loads in flight', { SHORT: 4, LOADS: 2 }],
  ['the lease setting changes', leases],
  ['a failover loses a change', failover],
]

const longProtocols = [
  ['lease of 5 ticks', { SHORT: 5, CHANGES: 2 }],
  ['two loads in flight, two changes', { SHORT: 2, CHANGES: 2, LOADS: 2 }],
  ['the lease setting changes, two changes', { SHORT: 1, LONG: 2, CHANGES: 2 }],
  ['three changes, a failover', { ...failover, CHANGES: 3 }],
  ['two verifiers, lease of 2 ticks', { ...pair, SHORT: 2 }],
  ['two verifiers and a sweeper', { VERIFIERS: 2, SHORT: 1, CALM: 1 }],
]

/** The protocol with one of its main rules broken: each search must find a stale accept. */
const mutants = [
  ['NO_WAIT', one, 'the revoker does not wait'],
  ['SHORT_WAIT', one, 'the revoker waits for less than a lease'],
  ['ACK_BEFORE_APPLY', one, 'the verifier acks before it applies'],
  ['DEADLINE_FROM_REPLY', one, 'the deadline is counted from the reply'],
  ['NO_DEADLINE', one, 'the verifier ignores its deadline'],
  ['NO_MARK', one, 'a change marks no load in flight'],
  ['JOIN_AFTER_LAPSE', one, 'a request joins a load after the lease lapsed'],
  ['KEEP_MEMORY', one, 'memory survives a new registration'],
  ['KEEP_LOADS', one, 'loads survive a new registration'],
  ['RENEWAL_OF_NOTHING', one, 'swept unnoticed: a renewal of no row succeeds'],
  ['RENEWAL_REGISTERS', one, 'swept unnoticed: a renewal registers anew, at the newest change'],
  ['RENEWAL_RECREATES', one, 'swept unnoticed: a renewal puts the old row back'],
  ['EARLY_SWEEP', one, 'the sweeper waits for less than a lease'],
  ['TWO_HOP_FILL', pair, "a fill is answered from another verifier's memory"],
]

/** The same, rule by rule for what is easily taken for a detail. */
const detailMutants = [
  ['STANDBY_FILL', one, 'a fill is answered by a standby'],
  ['STANDBY_READ', one, 'changes are read from a standby'],
  ['FILL_BEFORE_REGISTRATION', one, 'a fill begins before the registration is committed'],
  ['LOOK_BEFORE_COMMIT', one, 'the registry is read before the change is written'],
  ['UNRENEWED_DEADLINE', one, 'a cycle that renews nothing moves the deadline'],
  ['WAIT_FROM_SENDING', one, 'the wait is counted from the sending of COMMIT'],
  ['SWEEP_UNCONDITIONALLY', one, 'the sweeper does not look at the counter again when it removes'],
  ['DEREGISTER_FIRST', one, 'a verifier deregisters before it stops deciding'],
  ['LATE_REPLY', one, 'a reply to an abandoned renewal counts for the present one'],
  ['LATE_READ', one, 'what an abandoned cycle read counts for the present one'],
  ['SUSPENDED_CLOCK', one, 'the monotonic clock stands still unnoticed'],
  ['UNLOCKED_REGISTRATION', one, "a registration does not take the writers' lock"],
  ['UNLOCKED_RAISE', leases, "a renewal that raises the lease does not take the writers' lock"],
  ['RAISE_BY_BELIEF', leases, 'whether a renewal raises is judged by the last confirmed one'],
  ['NO_CUT', leases, 'a renewal that lowers the lease does not cut the deadline'],
  ['LEASE_FROM_SETTING', leases, 'the deadline is counted with the setting, not with what was written'],
  ['OVERTAKEN_RENEWAL', leases, 'a late renewal undoes a later one'],
  ['READ_BEFORE_RENEWAL', leases, 'the changes are read before the renewal is written'],
  ['RENEWAL_WITHOUT_TAG', failover, 'a renewal names its last change without the tag'],
  ['REPORT_WITHOUT_TAG', failover, 'a report names its change without the tag'],
]

/** What must be able to happen, lest the protocol hold because nothing does. */
const witnesses = [
  ['HIT', one, 'a verifier decides by the last change from memory, after the call has returned'],
  ['RETURN_BY_REPORT', one, 'a call returns before its wait has passed, the row having reported'],
  ['RETURN_BY_WAITING', one, 'a call returns after its wait, a row being silent'],
]

function run(command, args, cwd) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    const chunks = []
    child.stdout.on('data', (chunk) => chunks.push(chunk))
    child.stderr.on('data', (chunk) => chunks.push(chunk))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, output: Buffer.concat(chunks).toString('utf8') }))
  })
}

async function runOrThrow(command, args, cwd) {
  const { code, output } = await run(command, args, cwd)
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output}`)
}

async function isInstalled(command, versionFlag) {
  try {
    await run(command, [versionFlag])
    return true
  } catch {
    return false
  }
}

/**
 * One search of the whole state space. Breadth first, the first counterexample is a shortest one, and `story` has a line
 * for each of its steps.
 */
async function search(defines, { breadthFirst, limitMiB }) {
  const folder = await mkdtemp(join(tmpdir(), 'keyporter-model-'))
  try {
    await copyFile(modelPath, join(folder, 'revocation.pml'))
    const macros = Object.entries(defines).map(([name, value]) => `-D${name}=${value}`)
    await runOrThrow('spin', [...macros, '-a', 'revocation.pml'], folder)
    const order = breadthFirst ? ['-DBFS', '-O1'] : ['-O2']
    const options = ['-DSAFETY', '-DNOREDUCE', `-DMEMLIM=${limitMiB}`, '-w', '-o', 'pan', 'pan.c']
    await runOrThrow('gcc', [...order, ...options], folder)
    const startedAt = performance.now()
    const { output } = await run('./pan', [`-m${maxDepth}`, '-w22'], folder)
    const seconds = (performance.now() - startedAt) / 1000
    const isFound = output.includes('assertion violated')
    const story = isFound ? await tellTrail(macros, folder) : []
    return { output, seconds, isFound, story }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tellTrail(macros, folder) {
  const { output } = await run('spin', [...macros, '-t', '-T', 'revocation.pml'], folder)
  return output.split('\nspin:')[0].split('\n')
}

/** Null when the search covered every reachable state without a violation, else what spoils it. */
function findFlaw(output) {
  if (output.includes('assertion violated')) return 'a stale accept was found'
  if (!output.includes('Full statespace search')) return 'not a full search'
  const incomplete = /.*(max search depth too small|out of memory|reached -DMEMLIM|Search not completed).*/.exec(output)
  if (incomplete) return incomplete[0].trim()
  return /errors: 0\b/.test(output) ? null : 'the search ended with errors'
}

function readStates(output) {
  return Number(/^\s*(\S+) states, stored/m.exec(output)?.[1])
}

function readMemoryMiB(output) {
  return Number(/(\S+)\s+total actual memory usage/.exec(output)?.[1])
}

/** `SHORT: 2, LONG: 3` as `lease 2 to 3`, and so on, in the words of the tables. */
function nameBounds({ SHORT, LONG, CHANGES = 1, LOADS = 1, VERIFIERS = 1 }) {
  return `lease ${LONG ? `${SHORT}-${LONG}` : SHORT}, changes ${CHANGES}, loads ${LOADS}, verifiers ${VERIFIERS}`
}

async function checkProtocol([title, bounds], limitMiB) {
  const { output, seconds } = await search(bounds, { breadthFirst: false, limitMiB })
  const flaw = findFlaw(output)
  const states = readStates(output).toLocaleString('en')
  const size = `${states.padStart(11)} states  ${seconds.toFixed(1).padStart(6)} s  ${readMemoryMiB(output).toFixed(0).padStart(5)} MiB`
  return { passed: flaw === null, line: `${size}  ${title} (${nameBounds(bounds)})`, trouble: flaw }
}

async function checkFound(prefix, [name, bounds, title]) {
  const defines = { ...bounds, [`${prefix}_${name}`]: 1 }
  const { output, isFound, story } = await search(defines, { breadthFirst: true, limitMiB: memoryLimitMiB })
  const states = readStates(output).toLocaleString('en')
  const line = `${String(story.length).padStart(3)} steps  ${states.padStart(9)} states  ${name.padEnd(24)}  ${title}`
  return { passed: isFound, line, trouble: isFound ? null : 'not found' }
}

/**
 * The model's clocks tick together: with the true rates, a verifier must still stop before revokers and sweeper act.
 * Rates are within 1 % of true time, so that two clocks may differ by twice that.
 */
function checkMargin() {
  const maxDrift = 0.01
  const leasesMs = [100, 500, 1000, 2000, 5000, 10_000, 60_000, 600_000]
  const isFolded = leasesMs.every((leaseMs) => {
    const marginMs = Math.max(50, 0.025 * leaseMs)
    const verifierStops = (leaseMs - marginMs) / (1 - maxDrift)
    return verifierStops < leaseMs / (1 + maxDrift) && verifierStops < (leaseMs + marginMs) / (1 + maxDrift)
  })
  return { passed: isFolded, line: 'the margin covers clocks that run 1 % slow and 1 % fast', trouble: 'it does not' }
}

/** Runs jobs a few at a time and prints their lines in order, each as soon as those before it are done. */
async function report(heading, jobs, width) {
  console.log(`\n${heading}`)
  const results = new Array(jobs.length)
  let next = 0
  let printed = 0
  const work = async () => {
    while (next < jobs.length) {
      const index = next++
      results[index] = await jobs[index]()
      for (; results[printed]; printed++) {
        const { passed, line, trouble } = results[printed]
        console.log(passed ? `  ok      ${line}` : `  FAILED  ${line}: ${trouble}`)
      }
    }
  }
  await Promise.all(Array.from({ length: width }, work))
  return results
}

async function show(name) {
  const groups = [
    ['MUTANT', [...mutants, ...detailMutants]],
    ['WITNESS', witnesses],
  ]
  const [prefix, group] = groups.find(([, entries]) => entries.some((entry) => entry[0] === name)) ?? []
  if (!group) {
    console.log(`no such mutant: ${name}. There are ${groups.flatMap(([, g]) => g.map((e) => e[0])).join(', ')}`)
    return false
  }
  const [, bounds, title] = group.find((entry) => entry[0] === name)
  const defines = { ...bounds, [`${prefix}_${name}`]: 1 }
  const { story, isFound } = await search(defines, { breadthFirst: true, limitMiB: memoryLimitMiB })
  console.log(`${title}: ${isFound ? `found in ${story.length} steps` : 'not found'}`)
  console.log(story.map((step, index) => `${String(index + 1).padStart(4)}  ${step}`).join('\n'))
  return isFound
}

async function main(args) {
  for (const [command, flag] of [
    ['spin', '-V'],
    ['gcc', '--version'],
  ]) {
    if (!(await isInstalled(command, flag))) {
      console.log(`${command} is missing: install it with \`apt-get install ${command}\`, then run this again`)
      return false
    }
  }
  if (args.includes('--show')) return await show(args[args.indexOf('--show') + 1])

  const results = [
    ...(await report('Clocks', [async () => checkMargin()], 1)),
    ...(await report(
      'The protocol: no stale accept in any reachable state',
      protocols.map((entry) => () => checkProtocol(entry, memoryLimitMiB)),
      parallelSearches,
    )),
    ...(await report(
      'Mutants: a stale accept, in the fewest steps that lead to one',
      mutants.map((entry) => () => checkFound('MUTANT', entry)),
      parallelSearches,
    )),
    ...(await report(
      'Mutants of details',
      detailMutants.map((entry) => () => checkFound('MUTANT', entry)),
      parallelSearches,
    )),
    ...(await report(
      'Witnesses: what must be able to happen',
      witnesses.map((entry) => () => checkFound('WITNESS', entry)),
      parallelSearches,
    )),
  ]
  if (args.includes('--long')) {
    const jobs = longProtocols.map((entry) => () => checkProtocol(entry, longMemoryLimitMiB))
    results.push(...(await report('The protocol, larger', jobs, 1)))
  }
  const passedCount = results.filter(({ passed }) => passed).length
  console.log(`\n${passedCount} passed, ${results.length - passedCount} failed`)
  return passedCount === results.length
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1
