import { measureParked } from './lines.js'
import type { Subject } from './subjects.js'

/** How long each load lasts. */
const LOAD_SECONDS = 0.5
/** Datagrams that the sender hands to the kernel at once, as by default. */
const BATCH = 32

/** What one message costs under one load; one round. */
export interface LoadRow {
  readonly askedPerSecond: number
  /** With a thread that spins; the sender may not reach the highest rates. */
  readonly perSecond: number
  readonly lossPercent: number
  readonly p50: number | null
  readonly p99: number | null
  /**
   * Processor time of a receiving process whose threads park, since one that spins takes all there is:
   * the more messages one wake-up serves, the less each of them costs.
   */
  readonly cpuUsPerMessage: number
}

/** Puts growing loads on a receiver that spins, for its latency, and on one that parks, for its cost. */
export async function runLoad(spinning: Subject, rates: readonly number[]): Promise<LoadRow[]> {
  const rows: LoadRow[] = []
  for (const rate of rates) {
    const count = Math.ceil(rate * LOAD_SECONDS)
    const { perSecond, lossPercent, latencyNs } = await spinning.measure({ count, rate })
    const { cpuUsPerDatagram } = await measureParked(1, count, rate, BATCH)
    rows.push({
      askedPerSecond: rate,
      perSecond,
      lossPercent,
      p50: latencyNs.p50,
      p99: latencyNs.p99,
      cpuUsPerMessage: cpuUsPerDatagram,
    })
  }
  return rows
}
