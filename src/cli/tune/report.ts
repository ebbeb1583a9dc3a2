import type { EndedBy } from '../../foundation/ended-by.js'
import type { LongestStall } from '../../tune/longest-stall.js'
import type { CapacityRow, TrafficOutcome, TuneResult } from '../../tune/tune.js'
import type { PcapTrace } from './pcap-trace.js'
import type { RingRun } from './ring-run.js'

/** A capacity as `tune --json` prints it. */
export interface TuneCapacity extends CapacityRow {
  /** Measured again with a ring of that size; `null` where nothing was. */
  readonly observedLossPercent: number | null
}

/** Where the arrivals come from. */
export interface TuneSource {
  /** One of the three is there. */
  readonly endpoint: string | null
  readonly profile: string | null
  readonly pcap: string | null
  readonly framing: string
  /** For each message: given with a capture, the mean of what was measured else. */
  readonly serviceNs: number
  readonly slotBytes: number
  /** Datagrams without a message. */
  readonly heartbeats: number
  /** Datagrams that are not what the framing promises; null: a profile does not tell them from heartbeats. */
  readonly invalid: number | null
  readonly outOfOrder: number
  readonly longestPayloadBytes: number
  /** Where every packet of a recording went; null without one. */
  readonly capture: PcapTrace['capture'] | null
  /** What the measuring run was like; null with a capture. */
  readonly measured: MeasuredRun | null
}

/** The run that was measured, live or in a profile. */
export interface MeasuredRun {
  readonly transport: string
  /** Index of the line that was looked at, and how many there are. */
  readonly line: number
  readonly lines: number
  readonly slots: number
  /** Whose time is the arrival at the ring: our receiver's or the kernel's. */
  readonly arrivals: 'pushed' | 'kernel'
  readonly ringWasFull: boolean
  /** Messages that the run itself lost at the ring, and datagrams in the kernel. */
  readonly thrownAwayMessages: number
  readonly kernelDrops: number | null
  /** Slots that came when the memory for notes was full. */
  readonly missed: number
  readonly clockStepNs: number
  readonly longestPickUpNs: number | null
  readonly costNs: { readonly handler: number; readonly receiver: number }
}

/** A live run with a ring of some size that drops the newest when full. */
export interface VerificationRun extends RingRun {
  /** What the table says for that size: from the traffic that was measured, not from this run's. */
  readonly measuredTrafficLossPercent: number
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
  /** Ascending in slots; empty without live traffic, with `--no-verify`, or if it was stopped before. */
  readonly verification: readonly VerificationRun[]
  /** What ended the measuring; `end-of-file` where it was a file that was measured. */
  readonly endedBy: EndedBy
}

export function tuneReport(
  source: TuneSource,
  result: TuneResult,
  verification: readonly VerificationRun[] = [],
  endedBy: EndedBy = 'end-of-file',
): TuneReport {
  const { measured } = result
  const observed = (slots: number) =>
    verification.find((run) => run.slots === slots)?.observedLossPercent ?? null
  return {
    command: 'tune',
    source,
    datagrams: result.datagrams,
    messages: result.messages,
    spanSeconds: result.spanNs / 1e9,
    busyPercent: measured.busyPercent,
    zeroLossSlots: measured.zeroLossSlots,
    slotsInUse: result.slotsInUse,
    capacities: measured.capacities.map((row) => ({
      ...row,
      observedLossPercent: observed(row.slots),
    })),
    denserTraffic: result.denser,
    recommended: result.recommended,
    longestStallNs: result.longestStall?.durationNs ?? 0,
    longestStall: result.longestStall,
    burstiness: result.burstiness,
    verification,
    endedBy,
  }
}
