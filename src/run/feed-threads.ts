import { LINE_COUNTERS_BYTES, lineCounters } from '../account/line-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { FeedReader, type FeedReaderOptions } from '../handle/feed-reader.js'
import { FeedState } from '../handle/feed-state.js'
import { createClock } from '../native/create-clock.js'
import { createRing } from '../ring/layout.js'
import { SlotSource } from '../transport/slot-source.js'
import { createFraming } from '../wire/create-framing.js'
import { ControlBlock } from './control-block.js'
import type { ReceivePlan } from './options.js'
import type { Placement } from './placement.js'

/** What all threads of one feed share; it travels to each as its `workerData`. */
export interface FeedData {
  readonly plan: ReceivePlan
  readonly placement: Placement
  readonly epoch: SessionEpoch
  readonly control: SharedArrayBuffer
  readonly state: SharedArrayBuffer
  readonly lines: readonly LineData[]
}

export interface LineData {
  readonly ring: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
}

export interface ReceiverData extends FeedData {
  /** Index of the line that the thread receives. */
  readonly line: number
}

/** What a receiver has bound. */
export interface BoundLine {
  readonly port: number
  readonly grantedBufferBytes: number
  readonly coalesces: boolean
}

export interface ReceiverDone {
  readonly collections: number
}

export interface HandlerDone {
  readonly collections: number
  /** Set if the handler threw. */
  readonly failure: HandlerFailure | null
}

export interface HandlerFailure {
  readonly sequence: number
  readonly message: string
  readonly stack: string | undefined
}

/** Allocates all that a feed's threads share. */
export function createFeedData(
  plan: ReceivePlan,
  placement: Placement,
  epoch: SessionEpoch,
): FeedData {
  return {
    plan,
    placement,
    epoch,
    control: new ControlBlock().buffer,
    state: FeedState.create().buffer,
    lines: plan.endpoints.map(() => ({
      ring: createRing(plan.slots, plan.slotBytes),
      counters: new SharedArrayBuffer(LINE_COUNTERS_BYTES),
    })),
  }
}

/** The reader of a feed, for whichever thread handles its messages. */
export function createReader(data: FeedData, onGap: FeedReaderOptions['onGap']): FeedReader {
  return new FeedReader({
    lines: data.lines.map((line) => ({
      source: new SlotSource(line.ring, data.epoch),
      counters: lineCounters(line.counters, 0),
    })),
    framing: createFraming(data.plan.framing),
    state: new FeedState(data.state),
    epoch: data.epoch,
    clock: createClock(data.epoch),
    total: data.plan.count,
    onGap,
  })
}
