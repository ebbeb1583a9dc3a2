import { FEED, FEED_LINE } from '../../account/feed-counters.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import { DATAGRAM, type Framing } from '../../wire/framing.js'
import { MOST_PIECES } from '../../wire/pieces.js'
import type { SeenMessages } from '../copies/seen-messages.js'
import type { OpenRun } from '../open-run.js'
import type { LatencyRecorder } from '../state/latency-recorder.js'
import type { FeedReaderOptions } from './feed-reader-options.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const IN_ORDER_NEXT = FEED.inOrderNext
const HANDLED = FEED_LINE.handled
const MESSAGES = DATAGRAM.messages
const PIECES = MOST_PIECES

/**
 * The way of nearly all datagrams of a single line: each begins with the sequence that is expected, and
 * nothing is missing, suspected or was dropped. Such a datagram needs no verdict: it is opened, compared
 * and handed out. A stretch of them is counted once, when it ends: with its batch, or because something
 * else comes, which the intake then judges.
 *
 * ```
 *   batch     | in order | in order | in order | a gap before it | in order | … |
 *   dealt with  here ------------------------->  by the intake     here ------->
 *   counted                                   ^ once                            ^ once
 * ```
 *
 * If the thread dies within a stretch, `IN_ORDER_NEXT` says up to where messages had been accepted.
 * One thread; no allocation.
 */
export class InOrder {
  /** Whether what comes next may be dealt with here. */
  active = false
  readonly #possible: boolean
  readonly #framing: Framing
  readonly #wraps: boolean
  readonly #tracker: GapTracker
  readonly #latency: LatencyRecorder
  readonly #run: OpenRun
  readonly #counts: Float64Array
  readonly #source: DatagramSource
  readonly #lineCounts: Float64Array
  readonly #seen: SeenMessages
  readonly #total: number
  // Not 0: a field that has held small integers alone would be changed when they grow.
  #session = Number.NaN
  #next = Number.NaN
  #first = Number.NaN
  /** The kernel's drop counter: another value is news for the tracker. */
  #dropStamp = Number.NaN
  /** Messages before the total. */
  #room = Number.NaN
  /** Of the stretch: slots, datagrams in them, and most messages in one. */
  #slots = 0
  #datagrams = 0
  #most = 0
  /** Slots of the run that was opened last. By themselves: others may show something else in the same run. */
  #opened = 0

  /** @param lineCounts of the first line */
  constructor(
    options: FeedReaderOptions,
    run: OpenRun,
    tracker: GapTracker,
    latency: LatencyRecorder,
    lineCounts: Float64Array,
    seen: SeenMessages,
  ) {
    const { lines, framing, profile, stages, state, total } = options
    // Where each slot or message is timed, or lines are compared, each is looked at.
    this.#possible = lines.length === 1 && profile === undefined && !stages
    this.#framing = framing
    this.#wraps = framing.sequenceBits === 32
    this.#tracker = tracker
    this.#latency = latency
    this.#run = run
    this.#counts = state.counters
    this.#source = lines[0].source
    this.#lineCounts = lineCounts
    this.#seen = seen
    this.#total = Number.isNaN(total) ? Number.POSITIVE_INFINITY : total
  }

  /**
   * A batch begins, or the intake has dealt with a slot of it.
   *
   * @param waiting whether messages are missing or held back
   */
  begin(line: number, waiting: boolean): void {
    const tracker = this.#tracker
    this.active = this.#possible && line === 0 && !waiting && tracker.isCalm(line)
    if (!this.active) return
    this.#session = tracker.session
    this.#next = tracker.next
    this.#first = this.#next
    this.#dropStamp = this.#lineCounts[FEED_LINE.dropStamp]
    // Not by `beyond`: without a total the result is infinite, and a call that is not inlined boxes that.
    this.#room = this.#total - tracker.accounted
  }

  /**
   * Opens the run of the slots from the `nth` on that go on in order: of the `nth`, and of those behind it as far
   * as the run may have more pieces.
   *
   * @param left slots of the batch from the `nth` on
   * @returns how many messages; 0: the `nth` slot is open in its source, and for the intake
   */
  open(nth: number, left: number, limit: number): number {
    const source = this.#source
    const run = this.#run
    const { pieces } = run
    let ready = 0
    if (run.wide && source.lookAhead !== undefined) {
      const most = left < PIECES ? left : PIECES
      ready = source.lookAhead(pieces, nth, most, this.#dropStamp | 0)
    }
    const alone = ready === 0
    if (alone) {
      if (!this.#openOne(nth)) return 0
      ready = 1
    }
    const first = this.#next
    const count = this.#admit(ready, limit)
    if (count === 0) {
      if (!alone) source.open(nth)
      return 0
    }
    run.bytes = source.bytes
    run.offset = pieces.offsets[0]
    run.first = first
    run.late = false
    run.receivedNs = pieces.receivedNs[0]
    this.#latency.receivedNs = pieces.receivedNs[run.pieceCount - 1]
    this.#opened = run.pieceCount
    this.#slots += this.#opened
    // Handled already now: who takes over does not look at them again.
    this.#lineCounts[HANDLED] += this.#opened
    this.#counts[IN_ORDER_NEXT] = this.#next
    return count
  }

  /** The slots of the run that was opened last, the `nth` and those behind it, are done with. @returns how many */
  close(nth: number): number {
    this.#source.close(nth, this.#opened)
    return this.#opened
  }

  /** Opens the `nth` slot as the first piece; false if it is nothing usual. */
  #openOne(nth: number): boolean {
    const source = this.#source
    source.open(nth)
    const whole = !source.damaged && !source.foreign && source.droppedMessages === 0
    if (!whole || source.drops !== this.#dropStamp) return false
    const { pieces } = this.#run
    pieces.offsets[0] = source.offset
    pieces.lengths[0] = source.length
    pieces.segmentBytes = source.segmentBytes
    pieces.receivedNs[0] = source.receivedNs
    return true
  }

  /** Admits as many of the pieces that are ready as go on in order. @returns messages in them */
  #admit(ready: number, limit: number): number {
    const framing = this.#framing
    const { pieces } = this.#run
    const { bytes } = this.#source
    // Modulo 2^32: as a double it would be boxed.
    const next = this.#next | 0
    // The one with the total's last message is not dealt with here.
    const room = limit < this.#room ? limit : this.#room - 1
    const count =
      framing.follow === undefined
        ? this.#openEach(ready, room)
        : framing.follow(bytes, pieces, ready, next, room)
    if (count === 0) return 0
    this.#seen.notePieces(bytes, pieces, count, next)
    const { messages, segmentBytes, lengths } = pieces
    const train = segmentBytes > 0 && segmentBytes < lengths[0]
    this.#datagrams += train ? Math.ceil(lengths[0] / segmentBytes) : count
    if (pieces.most > this.#most) this.#most = pieces.most
    this.#next += messages
    this.#room -= messages
    this.#run.pieceCount = count
    return messages
  }

  /** Opens one after the other, as long as they go on in order. @returns how many do */
  #openEach(ready: number, room: number): number {
    const framing = this.#framing
    const { pieces } = this.#run
    const { offsets, lengths, counts } = pieces
    const { bytes } = this.#source
    const first = this.#next
    let messages = 0
    let piece = 0
    pieces.most = 0
    for (; piece < ready; piece++) {
      const offset = offsets[piece]
      const length = lengths[piece]
      if (pieces.segmentBytes > 0 && pieces.segmentBytes < length) break
      // What is not usual is counted elsewhere.
      if (framing.open(bytes, offset, length) !== MESSAGES || framing.trailingBytes > 0) break
      const count = framing.messageCount
      if (messages + count > room || framing.session !== this.#session) break
      // Modulo 2^32 where the wire's numbers wrap.
      const distance = framing.sequence - (first + messages)
      if (this.#wraps ? (distance | 0) !== 0 : distance !== 0) break
      this.#seen.end = offset + length
      offsets[piece] = framing.nextOffset
      counts[piece] = count
      messages += count
      if (count > pieces.most) pieces.most = count
    }
    pieces.messages = messages
    return piece
  }

  /** Counts the stretch; nothing if there is none. */
  count(): void {
    if (this.#slots === 0) return
    const tracker = this.#tracker
    const { receivedNs } = this.#latency
    tracker.arrivedNs = receivedNs >= 0 ? receivedNs : tracker.nowNs
    tracker.acceptInOrder(0, this.#slots, this.#next - this.#first, this.#most)
    const counts = this.#counts
    counts[FEED.datagrams] += this.#datagrams
    counts[FEED.messages] += this.#next - this.#first
    counts[FEED.lastMessageNs] = tracker.nowNs
    counts[IN_ORDER_NEXT] = 0
    this.#lineCounts[FEED_LINE.firstToArrive] += this.#datagrams
    this.#lineCounts[FEED_LINE.lastNs] = tracker.nowNs
    this.#first = this.#next
    this.#slots = 0
    this.#datagrams = 0
    this.#most = 0
  }
}

/** Counts the stretch that a dead thread was in, as far as it had come. For the thread that takes over. */
export function countDeadStretch(
  counts: Float64Array,
  lineCounts: Float64Array,
  tracker: GapTracker,
): void {
  const end = counts[IN_ORDER_NEXT]
  if (end === 0) return
  const messages = end - tracker.next
  const slots = lineCounts[HANDLED] - lineCounts[FEED_LINE.released] + counts[FEED.open]
  const datagrams = Math.min(messages, Math.max(1, slots))
  tracker.acceptInOrder(0, datagrams, messages, 0)
  counts[FEED.datagrams] += datagrams
  counts[FEED.messages] += messages
  counts[IN_ORDER_NEXT] = 0
  lineCounts[FEED_LINE.firstToArrive] += datagrams
}
