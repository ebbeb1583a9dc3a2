import { FEED, LATENCY_FROM } from '../../account/feed-counters.js'
import type { Histogram } from '../../account/histogram.js'
import { TWO_POW_32, ZERO_NS } from '../../foundation/units.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../wire/market-data-view.js'
import type { OpenRun } from '../open-run.js'
import type { FeedReaderOptions } from '../reader/feed-reader-options.js'
import { StageRecorder } from './stage-recorder.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const READ_SINCE = FEED.readSinceNs
const UNDECIDED = LATENCY_FROM.undecided
const SENDER = LATENCY_FROM.sender
const STAMP_OFFSET = MARKET_DATA_OFFSETS.timestamp
const MESSAGE_BYTES = MARKET_DATA_BYTES
const HIGH_UNIT = TWO_POW_32

/** A latency outside of these was not measured against this machine's clock. */
const PLAUSIBLE_LATENCY_NS = 60e9
const CLOCK_TOLERANCE_NS = 1e6
/** What the kernel received so long before anybody looked lay there: its age says nothing of us. */
const EARLY_NS = 10e6

/**
 * Records how old each message is when it is handed over: from its own time stamp where the first one
 * shows that it was taken from this machine's clock, else from the kernel's receive time stamp. Messages
 * of equal stamps are recorded at once. What lay in the socket before the first look is left out, and counted.
 *
 * Times come in by fields, and the stamp is read here and not through a view: a number above 2^31 that
 * passes a call is boxed when the compiler does not inline the call.
 */
export class LatencyRecorder {
  /** Now, and when the kernel received the datagram (NaN: unknown); ns since the session epoch. */
  nowNs = ZERO_NS
  receivedNs = Number.NaN
  readonly #counts: Float64Array
  readonly #histogram: Histogram
  readonly #stages: StageRecorder | undefined
  readonly #stamped: boolean
  readonly #epochHighNs: number
  readonly #epochLowNs: number
  /** As the feed's counters have it: it changes once in a run. */
  #from: number

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
    this.#from = state.counters[FEED.latencyFrom]
  }

  /** Records the messages of a run, which are about to be handed over. */
  recordRun(run: OpenRun): void {
    const { pieceCount } = run
    const { counts, receivedNs } = run.pieces
    const earlyNs = this.#counts[READ_SINCE] - EARLY_NS
    let from = 0
    for (; from < pieceCount && receivedNs[from] < earlyNs; from++) {
      this.#counts[FEED.early] += counts[from]
    }
    if (from === pieceCount) return
    if (this.#from === UNDECIDED) this.#decide(run, from)
    if (this.#from === SENDER) this.#recordStamps(run, from)
    else this.#recordReceived(run, from)
    if (this.#stages !== undefined) this.#recordStages(this.#stages, run)
  }

  #recordReceived(run: OpenRun, from: number): void {
    const { counts, receivedNs } = run.pieces
    for (let piece = from; piece < run.pieceCount; piece++) {
      if (Number.isNaN(receivedNs[piece])) continue
      this.#histogram.valueNs = this.nowNs - receivedNs[piece]
      this.#histogram.recordTimes(counts[piece])
    }
  }

  /** One update of the histogram for all that follow one another with the same time stamp. */
  #recordStamps(run: OpenRun, from: number): void {
    const { bytes, pieceCount } = run
    const { offsets, counts } = run.pieces
    let low = 0
    let high = 0
    let equal = 0
    for (let piece = from; piece < pieceCount; piece++) {
      let at = offsets[piece] + STAMP_OFFSET
      for (let left = counts[piece]; left > 0; ) {
        const same = equalStamps(bytes, at, left, low, high)
        equal += same
        left -= same
        if (left === 0) break
        if (equal > 0) {
          this.#setSentNs(high >>> 0, low >>> 0)
          this.#histogram.recordTimes(equal)
        }
        at += same * MESSAGE_BYTES
        low = bytes.getInt32(at, true)
        high = bytes.getInt32(at + 4, true)
        equal = 0
      }
    }
    this.#setSentNs(high >>> 0, low >>> 0)
    this.#histogram.recordTimes(equal)
  }

  #setSentNs(high: number, low: number): void {
    const sentNs = (high - this.#epochHighNs) * HIGH_UNIT + (low - this.#epochLowNs)
    this.#histogram.valueNs = this.nowNs - sentNs
  }

  #recordStages(stages: StageRecorder, run: OpenRun): void {
    stages.takenNs = this.nowNs
    stages.receivedNs = this.receivedNs
    stages.record(run.bytes, run.offset)
  }

  /** The first message tells. */
  #decide({ bytes, pieces }: OpenRun, piece: number): void {
    const counts = this.#counts
    counts[FEED.firstMessageNs] = this.nowNs
    this.#from = LATENCY_FROM.kernel
    if (this.#stamped) {
      const stamp = pieces.offsets[piece] + STAMP_OFFSET
      this.#setSentNs(bytes.getUint32(stamp + 4, true), bytes.getUint32(stamp, true))
      const latencyNs = this.#histogram.valueNs
      if (latencyNs > -CLOCK_TOLERANCE_NS && latencyNs < PLAUSIBLE_LATENCY_NS) {
        this.#from = SENDER
      }
    }
    counts[FEED.latencyFrom] = this.#from
  }
}

/** How many messages from the first on, of so many, have this time stamp. */
function equalStamps(
  bytes: DataView,
  first: number,
  count: number,
  low: number,
  high: number,
): number {
  let at = first
  let equal = 0
  while (
    equal < count &&
    bytes.getInt32(at, true) === low &&
    bytes.getInt32(at + 4, true) === high
  ) {
    at += MESSAGE_BYTES
    equal++
  }
  return equal
}
