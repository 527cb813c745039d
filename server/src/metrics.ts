/**
 * What a process counts, for Prometheus. Names no key, no account and no secret. On the path of a request there are plain
 * additions alone; durations are taken of one decision in sixteen.
 */
import type { Decision, DenyReason } from '@keyporter/core'
import type { VerifierStatus } from '@keyporter/sdk'
import { AggregatorRegistry, Counter, Gauge, Histogram, Registry } from 'prom-client'

/** Everything one process has counted, as it travels between processes. */
export type Samples = readonly object[]

/** Counts decisions: whoever calls `decide` on a request tells it. */
export interface Meter {
  /** Begins a decision. Returns what `countDecision` is to be given. */
  begin(): number
  /** `begun` as `begin` returned it; 0 where the time says nothing about us. */
  countDecision(decision: Decision, begun: number): void
}

export type LookupResult = 'memory' | 'store' | 'failed'

export interface Metrics extends Meter {
  countLookup(result: LookupResult): void
  /** A revoking call has waited for the verifiers. */
  observeRevocation(waitMs: number): void
  /** One more, or one less, exchange is running. */
  countStream(step: 1 | -1): void
  /** From now on tells about this verifier too. */
  watchVerifier(read: () => VerifierStatus): void
  collect(): Promise<Samples>
}

/** As Prometheus reads it. */
export interface Exposition {
  readonly mediaType: string
  readonly text: string
}

/** Of so many decisions the duration of one is taken: reading the clock costs more than the decision's own counter. */
const timeOneIn = 16
const decisionBuckets = [0.000_005, 0.000_02, 0.000_1, 0.000_5, 0.002, 0.01, 0.05, 0.25, 1, 5]
const revocationBuckets = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2, 5]

export function openMetrics(): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const decisions = new Map<'allowed' | DenyReason, number>()
  const lookups: Record<LookupResult, number> = { memory: 0, store: 0, failed: 0 }
  let begun = 0
  let streams = 0

  new Counter({
    name: 'keyporter_decisions_total',
    help: 'Decisions about requests, by outcome and, where it was no, by reason.',
    labelNames: ['outcome', 'reason'],
    registers,
    collect() {
      this.reset()
      for (const [result, count] of decisions) {
        const allowed = result === 'allowed'
        this.inc({ outcome: allowed ? 'allow' : 'deny', reason: allowed ? '' : result }, count)
      }
    },
  })
  const decisionSeconds = new Histogram({
    name: 'keyporter_decision_seconds',
    help: `Time from a request's head to its decision, of one in ${timeOneIn}; without those that waited for a body.`,
    buckets: decisionBuckets,
    registers,
  })
  new Counter({
    name: 'keyporter_lookups_total',
    help: 'Secrets looked up: answered by memory, after asking the verifier for more (store), or not at all (failed: 503).',
    labelNames: ['result'],
    registers,
    collect() {
      this.reset()
      for (const [result, count] of Object.entries(lookups)) this.inc({ result }, count)
    },
  })
  const revocationSeconds = new Histogram({
    name: 'keyporter_revocation_wait_seconds',
    help: 'Time for which a call that changes what keys may do waited, after its commit, for the verifiers.',
    buckets: revocationBuckets,
    registers,
  })
  addGauge('keyporter_streams', 'Forwarded exchanges of known keys that are running.', () => streams)
  addGauge('keyporter_processes', 'Processes that serve.', () => 1)
  addGauge('keyporter_resident_bytes', 'Memory of the processes that serve.', () => process.memoryUsage.rss())

  function addGauge(name: string, help: string, read: () => number, aggregator: 'sum' | 'max' | 'min' = 'sum'): void {
    new Gauge({
      name,
      help,
      aggregator,
      registers,
      collect() {
        this.set(read())
      },
    })
  }

  return {
    begin() {
      begun = (begun + 1) % timeOneIn
      return begun === 0 ? performance.now() : 0
    },
    countDecision(decision, begunAt) {
      const result = decision.allowed ? 'allowed' : decision.denial.reason
      decisions.set(result, (decisions.get(result) ?? 0) + 1)
      if (begunAt !== 0) decisionSeconds.observe((performance.now() - begunAt) / 1000)
    },
    countLookup(result) {
      lookups[result]++
    },
    observeRevocation: (waitMs) => revocationSeconds.observe(waitMs / 1000),
    countStream(step) {
      streams += step
    },
    watchVerifier(read) {
      addGauge('keyporter_memory_keys', 'Keys that verifiers hold in memory.', () => read().entries)
      addGauge('keyporter_memory_unknown', 'Secrets known to be unknown in memory.', () => read().negatives)
      addGauge('keyporter_lease_held', 'Verifiers that may decide from memory.', () => Number(read().inForce))
      addGauge('keyporter_lease_seconds', 'The lease.', () => read().leaseMs / 1000, 'max')
      addGauge(
        'keyporter_lease_lag_seconds',
        'Time since a verifier last had the store confirm its lease; the longest of all. -1 before the first time.',
        () => (read().renewedAgoMs ?? -1000) / 1000,
        'max',
      )
      addGauge(
        'keyporter_change_applied',
        'Number of the last change that all verifiers here have applied.',
        () => read().position?.seq ?? 0,
        'min',
      )
    },
    collect: () => registry.getMetricsAsJSON(),
  }
}

/** What several processes have counted, as one. */
export async function printSamples(parts: readonly Samples[]): Promise<Exposition> {
  const registry = AggregatorRegistry.aggregate(parts.map((part) => [...part]))
  return { mediaType: registry.contentType, text: await registry.metrics() }
}
