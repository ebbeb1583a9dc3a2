import { FEED_LINE } from '../account/feed-counters.js'
import { LINE } from '../account/line-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import type { SlotConsumer } from '../ring/slot-consumer.js'
import type { GapTracker } from '../sequence/gap-tracker.js'
import { AncillaryReader } from '../transport/ancillary.js'

/** A line as its reader sees it. */
export interface ReaderLine {
  readonly consumer: SlotConsumer
  /** What the line's receiver counts; read only. */
  readonly counters: Float64Array
}

/**
 * Tells the gap tracker what was dropped before each datagram: by the kernel, which stamps its counter
 * on every datagram that it queues, and at the ring, which the receiver notes on the next slot.
 */
export class DropWatch {
  /** When the kernel received the datagram that was read last, ns since the session epoch; NaN: unknown. */
  receivedNs = Number.NaN
  readonly #lines: readonly ReaderLine[]
  readonly #counts: readonly Float64Array[]
  readonly #tracker: GapTracker
  readonly #ancillary: AncillaryReader

  /** @param counts of each line, as FEED_LINE lays them out */
  constructor(
    lines: readonly ReaderLine[],
    counts: readonly Float64Array[],
    tracker: GapTracker,
    epoch: SessionEpoch,
  ) {
    this.#lines = lines
    this.#counts = counts
    this.#tracker = tracker
    this.#ancillary = new AncillaryReader(epoch)
  }

  /** Reads what lies beside the datagram in a slot, once. */
  read(line: number, index: number): void {
    const consumer = this.#lines[line].consumer
    const counts = this.#counts[line]
    const controlBytes = consumer.controlBytes(index)
    if (controlBytes > 0) {
      this.#ancillary.read(consumer.bytes, consumer.stampOffset(index), controlBytes)
      this.receivedNs = this.#ancillary.receivedNs
      const drops = (this.#ancillary.drops - counts[FEED_LINE.dropStamp]) >>> 0
      if (drops > 0) {
        counts[FEED_LINE.dropStamp] = this.#ancillary.drops
        counts[FEED_LINE.dropsSeen] += drops
        this.#tracker.noteKernelDrops(drops)
      }
    } else {
      this.receivedNs = Number.NaN
    }
    const dropped = consumer.droppedBefore(index)
    if (dropped > 0) {
      counts[FEED_LINE.ringDropsSeen] += dropped
      this.#tracker.noteRingDrops(dropped)
      consumer.clearDroppedBefore(index)
    }
  }

  /** Datagrams that the kernel dropped behind the last one that came, over all lines. */
  tailKernelDrops(): number {
    let sum = 0
    for (let i = 0; i < this.#lines.length; i++) {
      const total = this.#lines[i].counters[LINE.kernelDrops]
      sum += Math.max(0, total - this.#counts[i][FEED_LINE.dropsSeen])
    }
    return sum
  }

  /** Messages that the receivers threw away behind the last published datagram, over all lines. */
  tailRingDrops(): number {
    let sum = 0
    for (let i = 0; i < this.#lines.length; i++) {
      const total = this.#lines[i].counters[LINE.ringDroppedMessages]
      sum += total - this.#counts[i][FEED_LINE.ringDropsSeen]
    }
    return sum
  }
}
