import { FEED_COUNTERS_BYTES, feedCounters } from '../../account/feed-counters.js'
import { HISTOGRAM_BYTES, Histogram } from '../../account/histogram.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../../foundation/units.js'
import { TRACKER_DOUBLES } from '../../sequence/tracker-state.js'

const TRACKER_AT = alignUp(FEED_COUNTERS_BYTES, FALSE_SHARING_RANGE_BYTES)
const LATENCY_AT = alignUp(TRACKER_AT + TRACKER_DOUBLES * 8, FALSE_SHARING_RANGE_BYTES)
const STAGES_AT = LATENCY_AT + HISTOGRAM_BYTES
const STAGE_COUNT = 3
const RECOVERY_AT = STAGES_AT + STAGE_COUNT * HISTOGRAM_BYTES
const LEADS_AT = RECOVERY_AT + HISTOGRAM_BYTES

/**
 * All that the handling side knows, in one shared buffer, so that it can be read while it runs and
 * taken over when its thread dies.
 *
 * ```
 *  +----------+-----------------+-------------------+------------------+----------+- - - -
 *  | counters | tracker's state | latency histogram | three for stages | recovery | one per line
 *  +----------+-----------------+-------------------+------------------+----------+- - - -
 *                                                              each at a multiple of 128
 * ```
 */
export class FeedState {
  readonly buffer: SharedArrayBuffer
  readonly counters: Float64Array
  readonly tracker: Float64Array
  readonly latency: Histogram
  /** From sent to kernel, from there to taken, from there to delivered; empty unless asked for. */
  readonly stages: readonly [Histogram, Histogram, Histogram]
  /** From the opening of a gap to the coming of a message that was asked for again. */
  readonly recovery: Histogram
  /** Per line, by how much it was ahead of the next line with a datagram; empty for a single line. */
  readonly leads: readonly Histogram[]

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.counters = feedCounters(buffer, 0)
    this.tracker = new Float64Array(buffer, TRACKER_AT, TRACKER_DOUBLES)
    this.latency = new Histogram(buffer, LATENCY_AT)
    this.stages = [
      new Histogram(buffer, STAGES_AT),
      new Histogram(buffer, STAGES_AT + HISTOGRAM_BYTES),
      new Histogram(buffer, STAGES_AT + 2 * HISTOGRAM_BYTES),
    ]
    this.recovery = new Histogram(buffer, RECOVERY_AT)
    const leadCount = (buffer.byteLength - LEADS_AT) / HISTOGRAM_BYTES
    this.leads = Array.from(
      { length: leadCount },
      (_, line) => new Histogram(buffer, LEADS_AT + line * HISTOGRAM_BYTES),
    )
  }

  static create(lineCount = 1): FeedState {
    const leadCount = lineCount > 1 ? lineCount : 0
    return new FeedState(new SharedArrayBuffer(LEADS_AT + leadCount * HISTOGRAM_BYTES))
  }
}
