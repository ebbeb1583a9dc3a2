import { TickwireError } from '../foundation/errors.js'
import { ceilPowerOfTwo } from '../foundation/units.js'
import { MAX_SLOTS, ringLayout } from '../ring/layout.js'
import { type BurstinessPoint, burstinessCurve } from './burstiness.js'
import {
  type Backlog,
  backlogPercentile,
  type CapacityOutcome,
  measureBacklog,
  playCapacity,
  type WaitSummary,
} from './capacity.js'
import { type LongestStall, longestStall } from './longest-stall.js'
import { type Recommendation, recommend, TRAFFIC_MARGIN } from './recommend.js'
import {
  bytesBehindRing,
  type ReceivePath,
  receiveBufferFor,
  truesizeTotals,
} from './socket-buffer.js'
import { arrivalSpanNs, sumOf, type Trace } from './trace.js'

/** Every power of two up to here is played, and more if the traffic needs it. */
const LARGEST_ALWAYS = 65_536
/** Denser traffic than what was measured: the datagrams of a second in a second divided by this. */
export const DENSER_TRAFFIC = [TRAFFIC_MARGIN, 2] as const

export interface TuneOptions {
  /** Room for one datagram in the ring, for its memory. */
  readonly slotBytes: number
  /** What a datagram costs in the socket's buffer. Default `device`, which is the larger. */
  readonly receivePath?: ReceivePath | undefined
  /**
   * When each datagram came to the socket, if that was before it came to the ring: ascending, on any clock.
   * Default: the arrivals of the trace.
   */
  readonly socketArrivalsNs?: Float64Array | undefined
  /** The longest time that nobody read the socket, as far as it was seen. Default 0. */
  readonly longestPickUpNs?: number | undefined
}

/** One capacity and what it would have done. */
export interface CapacityRow {
  readonly slots: number
  /** Of the messages; a lost heartbeat is no loss. */
  readonly lossPercent: number
  readonly lostMessages: number
  readonly lostDatagrams: number
  readonly waitNs: WaitSummary
  readonly meanSlotsInUse: number
  /** Memory of such a ring. */
  readonly bytes: number
  /** The `--receive-buffer-bytes` with which such a ring loses nothing, if it lets datagrams wait. */
  readonly receiveBufferBytes: number
}

/** All of it for traffic of one density. */
export interface TrafficOutcome {
  /** 1: as it was measured. */
  readonly factor: number
  /** How much of the time the consumer is busy; `null` where all came at one time. */
  readonly busyPercent: number | null
  /** The smallest capacity that loses no datagram, exact. */
  readonly zeroLossSlots: number
  readonly capacities: readonly CapacityRow[]
}

/** What the arrivals found in use in a ring that never fills. */
export interface SlotsInUse {
  readonly p50: number
  readonly p99: number
  readonly p999: number
  readonly max: number
}

/** All that one measured pass tells. */
export interface TuneResult {
  readonly datagrams: number
  readonly messages: number
  readonly spanNs: number
  readonly slotsInUse: SlotsInUse
  readonly measured: TrafficOutcome
  readonly denser: readonly TrafficOutcome[]
  readonly recommended: Recommendation
  readonly longestStall: LongestStall | null
  readonly burstiness: readonly BurstinessPoint[]
}

/**
 * Everything about a ring's size from one measured pass: the exact loss of each capacity, for the
 * traffic as it was and for denser traffic, and what to choose. Pure; the time it takes is proportional
 * to the datagrams times the capacities that lose something.
 *
 * @throws {TickwireError} TW_NO_TRAFFIC for a trace without a message; TW_BAD_OPTION for `slotBytes` that
 * no ring can have
 */
export function tune(trace: Trace, options: TuneOptions): TuneResult {
  const messages = sumOf(trace.messages, trace.length)
  if (messages === 0) {
    throw new TickwireError(
      'TW_NO_TRAFFIC',
      `There is nothing to size a ring by: ${trace.length} datagrams with 0 messages`,
      'Measure while the feed is active, for long enough to see its bursts, and check that the framing is the right one.',
    )
  }
  const totals = truesizeTotals(trace, options.receivePath ?? 'device')
  const backlog = measureBacklog(trace)
  const measured = playAll(trace, messages, backlog, totals, options.slotBytes, 1)
  const denser = DENSER_TRAFFIC.map((factor) =>
    playAll(trace, messages, measureBacklog(trace, factor), totals, options.slotBytes, factor),
  )
  return {
    datagrams: trace.length,
    messages,
    spanNs: arrivalSpanNs(trace),
    slotsInUse: {
      p50: backlogPercentile(backlog, 50),
      p99: backlogPercentile(backlog, 99),
      p999: backlogPercentile(backlog, 99.9),
      max: backlog.zeroLossSlots - 1,
    },
    measured,
    denser,
    recommended: recommend(
      { ...trace, arrivalsNs: options.socketArrivalsNs ?? trace.arrivalsNs },
      totals,
      denser[0],
      options.longestPickUpNs ?? 0,
    ),
    longestStall: longestStall(trace, backlog.zeroLossSlots),
    burstiness: burstinessCurve(trace),
  }
}

function playAll(
  trace: Trace,
  messages: number,
  backlog: Backlog,
  totals: Float64Array,
  slotBytes: number,
  factor: number,
): TrafficOutcome {
  const { zeroLossSlots } = backlog
  const largest = Math.min(MAX_SLOTS, Math.max(LARGEST_ALWAYS, ceilPowerOfTwo(zeroLossSlots)))
  const capacities: CapacityRow[] = []
  // From the zero-loss capacity on, every ring does the same.
  let lossless: CapacityOutcome | undefined
  for (let slots = 1; slots <= largest; slots *= 2) {
    const outcome: CapacityOutcome = lossless ?? playCapacity(trace, slots, factor)
    if (slots >= zeroLossSlots) lossless = outcome
    capacities.push({
      ...outcome,
      slots,
      lossPercent: (100 * outcome.lostMessages) / messages,
      bytes: ringLayout(slots, slotBytes).totalBytes,
      receiveBufferBytes: receiveBufferFor(bytesBehindRing(backlog.found, totals, slots)),
    })
  }
  const spanNs = arrivalSpanNs(trace)
  const busyNs = sumOf(trace.servicesNs, trace.length) * factor
  const busyPercent = spanNs === 0 ? null : (100 * busyNs) / spanNs
  return { factor, busyPercent, zeroLossSlots, capacities }
}
