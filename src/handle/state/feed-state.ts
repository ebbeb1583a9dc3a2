import type { CounterSection } from '../../account/counters-layout.js'
import { FEED_COUNTERS_BYTES, feedCounters, feedSections } from '../../account/feed-counters.js'
import { HISTOGRAM_BYTES, Histogram, histogramSection } from '../../account/histogram.js'
import { LOSS_LOG_BYTES, LossLog, lossLogSection } from '../../account/loss-log.js'
import { readText } from '../../account/text-section.js'
import { assert } from '../../foundation/assert.js'
import { alignUp, FALSE_SHARING_RANGE_BYTES } from '../../foundation/units.js'
import { TRACKER_DOUBLES } from '../../sequence/tracker-state.js'
import { type NamedStream, OTHER_STREAMS_BYTES } from '../notices/other-streams.js'

const TRACKER_AT = alignUp(FEED_COUNTERS_BYTES, FALSE_SHARING_RANGE_BYTES)
const LATENCY_AT = alignUp(TRACKER_AT + TRACKER_DOUBLES * 8, FALSE_SHARING_RANGE_BYTES)
const STAGES_AT = LATENCY_AT + HISTOGRAM_BYTES
const STAGE_COUNT = 3
const RECOVERY_AT = STAGES_AT + STAGE_COUNT * HISTOGRAM_BYTES
const LOSSES_AT = RECOVERY_AT + HISTOGRAM_BYTES
const STREAMS_AT = LOSSES_AT + alignUp(LOSS_LOG_BYTES, FALSE_SHARING_RANGE_BYTES)
const LEADS_AT = STREAMS_AT + alignUp(OTHER_STREAMS_BYTES, FALSE_SHARING_RANGE_BYTES)

/** Histograms of leads: with one line there is nobody to be ahead of. */
function leadCount(lineCount: number): number {
  return lineCount > 1 ? lineCount : 0
}

/** The sections of a feed's state, in its order and without a gap: the first is called `feed`. */
export function feedStateSections(lineCount: number): CounterSection[] {
  return [
    ...feedSections(lineCount),
    { kind: 'state', label: 'tracker', bytes: TRACKER_DOUBLES * 8 },
    histogramSection('latency'),
    histogramSection('stage to kernel'),
    histogramSection('stage to taken'),
    histogramSection('stage to delivered'),
    histogramSection('recovery'),
    lossLogSection('losses'),
    { kind: 'text', label: 'other streams', bytes: OTHER_STREAMS_BYTES },
    ...Array.from({ length: leadCount(lineCount) }, (_, line) => histogramSection(`lead ${line}`)),
  ]
}

/**
 * All that the handling side knows, in one piece of a run's counters, so that it can be read while it runs
 * and taken over when its thread dies.
 *
 * ```
 *  +----------+-----------------+-------------------+------------------+----------+--------+- - - -
 *  | counters | tracker's state | latency histogram | three for stages | recovery | losses | streams | one per line
 *  +----------+-----------------+-------------------+------------------+----------+--------+- - - -
 *                                                                       each at a multiple of 128
 * ```
 */
export class FeedState {
  readonly counters: Float64Array
  readonly tracker: Float64Array
  readonly latency: Histogram
  /** From sent to kernel, from there to taken, from there to delivered; empty unless asked for. */
  readonly stages: readonly [Histogram, Histogram, Histogram]
  /** From the opening of a gap to the coming of a message that was asked for again. */
  readonly recovery: Histogram
  /** What was lost, in bursts. */
  readonly losses: LossLog
  /** Where in `buffer` the streams are named that share the feed's lines. */
  readonly buffer: ArrayBufferLike
  readonly streamsAt: number
  /** Per line, by how much it was ahead of the next line with a datagram; empty for a single line. */
  readonly leads: readonly Histogram[]
  #streams: readonly NamedStream[] = []

  /** @param byteOffset where its sections begin, a multiple of 128 */
  constructor(buffer: ArrayBufferLike, byteOffset: number, lineCount: number) {
    assert(byteOffset % FALSE_SHARING_RANGE_BYTES === 0, 'the state of a feed is aligned')
    const at = (offset: number) => new Histogram(buffer, byteOffset + offset)
    this.counters = feedCounters(buffer, byteOffset)
    this.tracker = new Float64Array(buffer, byteOffset + TRACKER_AT, TRACKER_DOUBLES)
    this.latency = at(LATENCY_AT)
    this.stages = [
      at(STAGES_AT),
      at(STAGES_AT + HISTOGRAM_BYTES),
      at(STAGES_AT + 2 * HISTOGRAM_BYTES),
    ]
    this.recovery = at(RECOVERY_AT)
    this.losses = new LossLog(buffer, byteOffset + LOSSES_AT)
    this.buffer = buffer
    this.streamsAt = byteOffset + STREAMS_AT
    this.leads = Array.from({ length: leadCount(lineCount) }, (_, line) =>
      at(LEADS_AT + line * HISTOGRAM_BYTES),
    )
  }

  /** The streams that share the feed's lines, as far as they were named; those of before while another is. */
  namedStreams(): readonly NamedStream[] {
    const text = readText(this.buffer, this.streamsAt, OTHER_STREAMS_BYTES)
    if (text !== undefined && text !== '') this.#streams = JSON.parse(text) as NamedStream[]
    return this.#streams
  }

  /** One by itself, in memory of its own. */
  static create(lineCount = 1): FeedState {
    const bytes = LEADS_AT + leadCount(lineCount) * HISTOGRAM_BYTES
    return new FeedState(new SharedArrayBuffer(bytes), 0, lineCount)
  }
}
