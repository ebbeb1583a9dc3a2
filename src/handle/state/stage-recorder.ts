import { FEED, LATENCY_FROM } from '../../account/feed-counters.js'
import type { Histogram } from '../../account/histogram.js'
import type { Clock, SessionEpoch } from '../../foundation/clock.js'
import { TWO_POW_32, ZERO_NS } from '../../foundation/units.js'
import { MARKET_DATA_OFFSETS } from '../../wire/market-data-view.js'

/**
 * Splits the age of each message at its delivery: sent, received by the kernel, taken from the ring,
 * handed to the handler. It looks at the clock for every message, which costs about 100 ns each, so it
 * works only when asked for. Times come in by fields; see LatencyRecorder.
 */
export class StageRecorder {
  /** When the batch was taken, and when the kernel received the datagram (NaN: unknown). */
  takenNs = ZERO_NS
  receivedNs = Number.NaN
  readonly #clock: Clock
  readonly #counts: Float64Array
  readonly #toKernel: Histogram
  readonly #toTaken: Histogram
  readonly #toDelivered: Histogram
  readonly #epochHighNs: number
  readonly #epochLowNs: number

  /** @param histograms from sent to kernel, from there to taken, from there to delivered */
  constructor(
    clock: Clock,
    counts: Float64Array,
    histograms: readonly [Histogram, Histogram, Histogram],
    epoch: SessionEpoch,
  ) {
    this.#clock = clock
    this.#counts = counts
    const [toKernel, toTaken, toDelivered] = histograms
    this.#toKernel = toKernel
    this.#toTaken = toTaken
    this.#toDelivered = toDelivered
    this.#epochHighNs = epoch.highNs
    this.#epochLowNs = epoch.lowNs
  }

  /** Records the message at `offset`, which is about to be handed over. */
  record(bytes: DataView, offset: number): void {
    this.#clock.read()
    this.#toDelivered.record(this.#clock.ns - this.takenNs)
    if (Number.isNaN(this.receivedNs)) return
    this.#toTaken.record(this.takenNs - this.receivedNs)
    if (this.#counts[FEED.latencyFrom] !== LATENCY_FROM.sender) return
    const stamp = offset + MARKET_DATA_OFFSETS.timestamp
    const high = bytes.getUint32(stamp + 4, true) - this.#epochHighNs
    const low = bytes.getUint32(stamp, true) - this.#epochLowNs
    this.#toKernel.record(this.receivedNs - (high * TWO_POW_32 + low))
  }
}
