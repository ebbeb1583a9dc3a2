import { FEED_COUNTERS_BYTES, feedCounters } from '../account/feed-counters.js'
import { HISTOGRAM_BYTES, Histogram } from '../account/histogram.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../foundation/units.js'
import { TRACKER_DOUBLES } from '../sequence/tracker-state.js'

const TRACKER_AT = alignUp(FEED_COUNTERS_BYTES, FALSE_SHARING_RANGE_BYTES)
const LATENCY_AT = alignUp(TRACKER_AT + TRACKER_DOUBLES * 8, FALSE_SHARING_RANGE_BYTES)
const TOTAL_BYTES = LATENCY_AT + HISTOGRAM_BYTES

/**
 * All that the handling side knows, in one shared buffer, so that it can be read while it runs and
 * taken over when its thread dies.
 *
 * ```
 *  +----------+-----------------+-------------------+
 *  | counters | tracker's state | latency histogram |   each starts at a multiple of 128
 *  +----------+-----------------+-------------------+
 * ```
 */
export class FeedState {
  readonly buffer: SharedArrayBuffer
  readonly counters: Float64Array
  readonly tracker: Float64Array
  readonly latency: Histogram

  constructor(buffer: SharedArrayBuffer) {
    this.buffer = buffer
    this.counters = feedCounters(buffer, 0)
    this.tracker = new Float64Array(buffer, TRACKER_AT, TRACKER_DOUBLES)
    this.latency = new Histogram(buffer, LATENCY_AT)
  }

  static create(): FeedState {
    return new FeedState(new SharedArrayBuffer(TOTAL_BYTES))
  }
}
