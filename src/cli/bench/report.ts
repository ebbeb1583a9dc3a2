import type { LinesRow } from './lines.js'
import type { LoadRow } from './load.js'
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
  /** How latency and the cost of a message change with the load. */
  readonly load: readonly LoadRow[]
}
