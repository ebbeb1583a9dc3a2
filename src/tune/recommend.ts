import { ceilPowerOfTwo, NS_PER_MS } from '../foundation/units.js'
import { MAX_SLOTS } from '../ring/layout.js'
import { mostWithin, receiveBufferFor } from './socket-buffer.js'
import type { Trace } from './trace.js'

/** Sizes are chosen for traffic that is so much denser than what was measured. */
export const TRAFFIC_MARGIN = 1.5
/** As many datagrams as one receive call takes at most: with fewer slots it could not. */
const SLOTS_MIN = 64
/**
 * How long at least nobody may read the socket: a receiver whose core does something else. An assumption, of the
 * size of a scheduler's time slice.
 */
export const RECEIVER_PAUSE_NS = 10 * NS_PER_MS
/** What `receive` asks for by itself. The kernel takes memory only for datagrams that wait. */
const RECEIVE_BUFFER_MIN_BYTES = 4_194_304
/** What `receive` accepts. */
const RECEIVE_BUFFER_MAX_BYTES = 2 ** 30
/** net.core.netdev_max_backlog of a kernel that nobody tuned. */
const DEVICE_BACKLOG_DEFAULT = 1000

/** What to choose. */
export interface Recommendation {
  /** A power of two. */
  readonly slots: number
  /** What to ask for; the kernel doubles it. */
  readonly receiveBufferBytes: number
  /** The factor by which traffic may be denser than measured. */
  readonly trafficMargin: number
  /** For how long nobody may read the socket at that traffic. */
  readonly receiverPauseNs: number
  /** Kernel limits under which this is possible, as arguments of `sysctl -w`. */
  readonly sysctl: readonly string[]
  /**
   * False: at that traffic the consumer has no time left, or no ring is large enough. More slots then
   * only put the loss off; a faster handler is needed.
   */
  readonly sustainable: boolean
}

/**
 * @param trace with the arrivals at the socket
 * @param totals truesize sums, see `truesizeTotals`
 * @param denser the traffic with the margin
 * @param longestPickUpNs what a datagram waited for the receiver at most, in the measured traffic
 */
export function recommend(
  trace: Trace,
  totals: Float64Array,
  denser: { readonly zeroLossSlots: number; readonly busyPercent: number | null },
  longestPickUpNs: number,
): Recommendation {
  const { zeroLossSlots, busyPercent } = denser
  const slots = Math.min(MAX_SLOTS, Math.max(SLOTS_MIN, ceilPowerOfTwo(zeroLossSlots)))
  const receiverPauseNs = Math.max(RECEIVER_PAUSE_NS, longestPickUpNs)
  // What comes in a pause of denser traffic came in a longer stretch of the measured one.
  const windowNs = receiverPauseNs * TRAFFIC_MARGIN
  const needed = receiveBufferFor(mostWithin(trace, totals, windowNs))
  const receiveBufferBytes = Math.min(
    RECEIVE_BUFFER_MAX_BYTES,
    Math.max(RECEIVE_BUFFER_MIN_BYTES, ceilPowerOfTwo(needed)),
  )
  const sysctl = [`net.core.rmem_max=${receiveBufferBytes}`]
  const counts = Float64Array.from({ length: trace.length + 1 }, (_, index) => index)
  const packets = mostWithin(trace, counts, windowNs)
  if (packets > DEVICE_BACKLOG_DEFAULT) {
    sysctl.push(`net.core.netdev_max_backlog=${ceilPowerOfTwo(packets)}`)
  }
  return {
    slots,
    receiveBufferBytes,
    trafficMargin: TRAFFIC_MARGIN,
    receiverPauseNs,
    sysctl,
    sustainable: zeroLossSlots <= MAX_SLOTS && (busyPercent ?? 0) < 100,
  }
}
