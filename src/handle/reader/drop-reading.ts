import { FEED_LINE } from '../../account/feed-counters.js'
import { LINE } from '../../account/line-counters.js'
import type { LineTail } from '../../sequence/arbiter/tail.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { DatagramSource } from '../../transport/datagram-source.js'

/** A line as its reader sees it. */
export interface ReaderLine {
  readonly source: DatagramSource
  /** What the line's receiver counts; read only. */
  readonly counters: Float64Array
}

/**
 * Tells the gap tracker what was dropped before each datagram: by the kernel, which stamps its counter
 * on every datagram that it queues, and at the ring, which the receiver notes on the next slot.
 *
 * Datagrams of other sources are counted, and the kernel's stamps on them are ignored: the drops
 * show again in the stamp of the feed's next datagram.
 */
export class DropWatch {
  readonly #lines: readonly ReaderLine[]
  readonly #counts: readonly Float64Array[]
  readonly #tracker: GapTracker
  readonly #totalKnown: boolean

  /**
   * @param counts of each line, as FEED_LINE lays them out
   * @param total messages that there will be, NaN if nobody knows
   */
  constructor(
    lines: readonly ReaderLine[],
    counts: readonly Float64Array[],
    tracker: GapTracker,
    total: number,
  ) {
    this.#lines = lines
    this.#counts = counts
    this.#tracker = tracker
    this.#totalKnown = !Number.isNaN(total)
  }

  /** Looks at what the line's source has just opened; once for each. */
  read(line: number): void {
    const { drops, droppedMessages, foreign } = this.#lines[line].source
    const counts = this.#counts[line]
    if (droppedMessages > 0) {
      counts[FEED_LINE.ringDropsSeen] += droppedMessages
      this.#tracker.noteRingDrops(line, droppedMessages)
    }
    if (foreign) {
      this.#countForeign(line)
      return
    }
    // Signed: a stamp that was taken before another one, and queued behind it, tells nothing new.
    const news = (drops - counts[FEED_LINE.dropStamp]) | 0
    if (news > 0) {
      counts[FEED_LINE.dropStamp] = drops
      counts[FEED_LINE.dropsSeen] += news
      this.#tracker.noteKernelDrops(line, news)
    }
  }

  /** What was dropped on each line behind the last datagram that it showed. Not hot. */
  tails(): readonly LineTail[] {
    return this.#lines.map(({ counters }, line) => ({
      kernelDatagrams: this.#kernelTail(line),
      kernelWithin: Math.min(this.#kernelTail(line), this.#discardedDrops(line)),
      ringMessages:
        counters[LINE.ringDroppedMessages] - this.#counts[line][FEED_LINE.ringDropsSeen],
      ringEnd: counters[LINE.discardedMark] > 0 ? counters[LINE.discardedEnd] : Number.NaN,
      ringSession: counters[LINE.discardedSession],
    }))
  }

  /**
   * Datagrams that the kernel dropped behind a line's last one. Where other sources send too nobody knows
   * whose they were: they can explain a part of what a total says is missing, and without a total they
   * tell nothing.
   */
  #kernelTail(line: number): number {
    const counters = this.#lines[line].counters
    const counts = this.#counts[line]
    const tail = Math.max(0, counters[LINE.kernelDrops] - counts[FEED_LINE.dropsSeen])
    const others = counts[FEED_LINE.otherSlots]
    if (others + counters[LINE.otherSources] === 0) return tail
    if (!this.#totalKnown) return 0
    return Math.round(tail * (1 - others / counts[FEED_LINE.handled]))
  }

  /** What the kernel dropped of that before the newest datagram that the receiver discarded. */
  #discardedDrops(line: number): number {
    const { counters } = this.#lines[line]
    if (counters[LINE.discardedMark] === 0) return 0
    const stamp = this.#counts[line][FEED_LINE.dropStamp]
    return Math.max(0, (counters[LINE.discardedStamp] - stamp) | 0)
  }

  #countForeign(line: number): void {
    const { length, segmentBytes } = this.#lines[line].source
    const counts = this.#counts[line]
    counts[FEED_LINE.otherSlots] += 1
    counts[FEED_LINE.otherSources] += segmentBytes > 0 ? Math.ceil(length / segmentBytes) : 1
  }
}
