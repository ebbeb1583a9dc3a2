import { FEED_LINE } from '../account/feed-counters.js'
import { LINE } from '../account/line-counters.js'
import type { GapTracker } from '../sequence/gap-tracker.js'
import type { DatagramSource } from '../transport/datagram-source.js'

/** A line as its reader sees it. */
export interface ReaderLine {
  readonly source: DatagramSource
  /** What the line's receiver counts; read only. */
  readonly counters: Float64Array
}

/**
 * Tells the gap tracker what was dropped before each datagram: by the kernel, which stamps its counter
 * on every datagram that it queues, and at the ring, which the receiver notes on the next slot.
 */
export class DropWatch {
  readonly #lines: readonly ReaderLine[]
  readonly #counts: readonly Float64Array[]
  readonly #tracker: GapTracker

  /** @param counts of each line, as FEED_LINE lays them out */
  constructor(lines: readonly ReaderLine[], counts: readonly Float64Array[], tracker: GapTracker) {
    this.#lines = lines
    this.#counts = counts
    this.#tracker = tracker
  }

  /** Looks at what the line's source has just opened; once for each. */
  read(line: number): void {
    const { drops, droppedMessages } = this.#lines[line].source
    const counts = this.#counts[line]
    const news = (drops - counts[FEED_LINE.dropStamp]) >>> 0
    if (news > 0) {
      counts[FEED_LINE.dropStamp] = drops
      counts[FEED_LINE.dropsSeen] += news
      this.#tracker.drops.noteKernel(news)
    }
    if (droppedMessages > 0) {
      counts[FEED_LINE.ringDropsSeen] += droppedMessages
      this.#tracker.drops.noteRing(droppedMessages)
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
