import type { LinesRow } from './lines.js'
import type { Machine } from './machine.js'
import type { RingResults, ScenarioResult } from './scenarios.js'

/** All that a bench run found out. */
export interface BenchReport {
  readonly command: 'bench'
  readonly machine: Machine
  readonly rounds: number
  readonly scenarios: readonly ScenarioResult[]
  readonly ring: RingResults | null
  /** What more lines cost at the same number of datagrams; null on a machine with one CPU. */
  readonly lines: readonly LinesRow[] | null
  /** How latency grows with the load, one round each; the sender may not reach the highest rates. */
  readonly load: readonly LoadRow[]
}

export interface LoadRow {
  readonly askedPerSecond: number
  readonly perSecond: number
  readonly lossPercent: number
  readonly p50: number | null
  readonly p99: number | null
}
