import { FEED_COUNTERS_BYTES, feedCounters } from '../account/feed-counters.js'
import { HISTOGRAM_BYTES, Histogram } from '../account/histogram.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import { TRACKER_DOUBLES } from '../sequence/tracker-state.js'

const TRACKER_AT = alignUp(FEED_COUNTERS_BYTES, FALSE_SHARING_RANGE_BYTES)
const LATENCY_AT = alignUp(TRACKER_AT + TRACKER_DOUBLES * 8, FALSE_SHARING_RANGE_BYTES)
const STAGES_AT = LATENCY_AT + HISTOGRAM_BYTES
const STAGE_COUNT = 3
const TOTAL_BYTES = STAGES_AT + STAGE_COUNT * HISTOGRAM_BYTES

/**
 * All that the handling side knows, in one shared buffer, so that it can be read while it runs and
 * taken over when its thread dies.
 *
 * ```
 *  +----------+-----------------+-------------------+------------------+
 *  | counters | tracker's state | latency histogram | three for stages |
 *  +----------+-----------------+-------------------+------------------+   each at a multiple of 128
 * ```
 */
export class FeedState {
  readonly buffer: SharedArrayBuffer
  readonly counters: Float64Array
  readonly tracker: Float64Array
  readonly latency: Histogram
  /** From sent to kernel, from there to taken, from there to delivered; empty unless asked for. */
  readonly stages: readonly [Histogram, Histogram, Histogram]

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
  }

  static create(): FeedState {
    return new FeedState(new SharedArrayBuffer(TOTAL_BYTES))
  }
}
