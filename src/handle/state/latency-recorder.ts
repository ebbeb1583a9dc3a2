import { FEED, LATENCY_FROM } from '../../account/feed-counters.js'
import type { Histogram } from '../../account/histogram.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { MARKET_DATA_OFFSETS } from '../../wire/market-data-view.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
import { StageRecorder } from './stage-recorder.js'

/** A latency outside of these was not measured against this machine's clock. */
const PLAUSIBLE_LATENCY_NS = 60e9
const CLOCK_TOLERANCE_NS = 1e6

/**
 * Records how old each message is when it is handed over: from its own time stamp where the first one
 * shows that it was taken from this machine's clock, else from the kernel's receive time stamp.
 *
 * Times come in by fields, and the stamp is read here and not through a view: a number above 2^31 that
 * passes a call is boxed when the compiler does not inline the call.
 */
export class LatencyRecorder {
  /** Now, and when the kernel received the datagram (NaN: unknown); ns since the session epoch. */
  nowNs = 0
  receivedNs = Number.NaN
  readonly #counts: Float64Array
  readonly #histogram: Histogram
  readonly #stages: StageRecorder | undefined
  readonly #stamped: boolean
  readonly #epochHighNs: number
  readonly #epochLowNs: number

  /** @param stamped whether messages begin with a time stamp, as native ones do */
  constructor({ state, clock, epoch, stages }: FeedReaderOptions, stamped: boolean) {
    this.#counts = state.counters
    this.#histogram = state.latency
    this.#stages = stages
      ? new StageRecorder(clock, state.counters, state.stages, epoch)
      : undefined
    this.#stamped = stamped
    this.#epochHighNs = epoch.highNs
    this.#epochLowNs = epoch.lowNs
  }

  /** Records the message at `offset`. */
  record(bytes: DataView, offset: number): void {
    this.#recordAge(bytes, offset)
    if (this.#stages === undefined) return
    this.#stages.takenNs = this.nowNs
    this.#stages.receivedNs = this.receivedNs
    this.#stages.record(bytes, offset)
  }

  #recordAge(bytes: DataView, offset: number): void {
    const from = this.#counts[FEED.latencyFrom]
    if (from === LATENCY_FROM.sender) {
      const stamp = offset + MARKET_DATA_OFFSETS.timestamp
      const high = bytes.getUint32(stamp + 4, true) - this.#epochHighNs
      const low = bytes.getUint32(stamp, true) - this.#epochLowNs
      this.#histogram.record(this.nowNs - (high * TWO_POW_32 + low))
    } else if (from === LATENCY_FROM.undecided) {
      this.#decide(bytes, offset)
    } else if (!Number.isNaN(this.receivedNs)) {
      this.#histogram.record(this.nowNs - this.receivedNs)
    }
  }

  /** The first message tells. */
  #decide(bytes: DataView, offset: number): void {
    const counts = this.#counts
    counts[FEED.firstMessageNs] = this.nowNs
    counts[FEED.latencyFrom] = LATENCY_FROM.kernel
    if (this.#stamped) {
      const stamp = offset + MARKET_DATA_OFFSETS.timestamp
      const high = bytes.getUint32(stamp + 4, true) - this.#epochHighNs
      const low = bytes.getUint32(stamp, true) - this.#epochLowNs
      const latencyNs = this.nowNs - (high * TWO_POW_32 + low)
      if (latencyNs > -CLOCK_TOLERANCE_NS && latencyNs < PLAUSIBLE_LATENCY_NS) {
        counts[FEED.latencyFrom] = LATENCY_FROM.sender
      }
    }
    this.#recordAge(bytes, offset)
  }
}
