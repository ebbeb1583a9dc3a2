import type { LinesRow } from './lines.js'
import type { LoadRow } from './load.js'
import type { Machine } from './machine.js'
import type { ReadingResult } from './reading/reading-result.js'
import type { RingResults, ScenarioResult } from './scenarios.js'
import type { ThroughputResult } from './throughput.js'

/** All that a bench run found out. */
export interface BenchReport {
  readonly command: 'bench'
  readonly machine: Machine
  readonly rounds: number
  /** All rounds are over; a signal ends the bench without a report. */
  readonly endedBy: 'count'
  readonly scenarios: readonly ScenarioResult[]
  /** The reading side alone, in memory; null where it was left out. */
  readonly reading: readonly ReadingResult[] | null
  /** The highest rates without loss; null unless asked for. */
  readonly throughput: readonly ThroughputResult[] | null
  readonly ring: RingResults | null
  /** What more lines cost at the same number of datagrams; null on a machine with one CPU. */
  readonly lines: readonly LinesRow[] | null
  /** How latency and the cost of a message change with the load. */
  readonly load: readonly LoadRow[] | null
}
