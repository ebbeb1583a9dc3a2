import type { LongestStall } from '../../tune/longest-stall.js'
import type { CapacityRow, TrafficOutcome, TuneResult } from '../../tune/tune.js'
import type { PcapTrace } from './pcap-trace.js'

/** A capacity as `tune --json` prints it. */
export interface TuneCapacity extends CapacityRow {
  /** Measured again with a ring of that size; `null` where nothing was. */
  readonly observedLossPercent: number | null
}

/** Where the arrivals come from. */
export interface TuneSource extends Omit<PcapTrace, 'trace'> {
  readonly pcap: string
  readonly framing: string
  readonly serviceNs: number
  readonly slotBytes: number
}

/** What `tickwire tune --json` prints. */
export interface TuneReport
  extends Pick<TuneResult, 'datagrams' | 'messages' | 'recommended' | 'slotsInUse' | 'burstiness'> {
  readonly command: 'tune'
  readonly source: TuneSource
  readonly spanSeconds: number
  readonly busyPercent: number | null
  readonly zeroLossSlots: number
  readonly capacities: readonly TuneCapacity[]
  /** The same for traffic that is so much denser. */
  readonly denserTraffic: readonly TrafficOutcome[]
  readonly longestStallNs: number
  readonly longestStall: LongestStall | null
}

export function tuneReport(source: TuneSource, result: TuneResult): TuneReport {
  const { measured } = result
  return {
    command: 'tune',
    source,
    datagrams: result.datagrams,
    messages: result.messages,
    spanSeconds: result.spanNs / 1e9,
    busyPercent: measured.busyPercent,
    zeroLossSlots: measured.zeroLossSlots,
    slotsInUse: result.slotsInUse,
    capacities: measured.capacities.map((row) => ({ ...row, observedLossPercent: null })),
    denserTraffic: result.denser,
    recommended: result.recommended,
    longestStallNs: result.longestStall?.durationNs ?? 0,
    longestStall: result.longestStall,
    burstiness: result.burstiness,
  }
}
