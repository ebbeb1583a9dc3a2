import { FEED, FEED_LINE } from '../../account/feed-counters.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import { DATAGRAM, type Framing } from '../../wire/framing.js'
import type { SeenMessages } from '../copies/seen-messages.js'
import type { OpenRun } from '../open-run.js'
import type { LatencyRecorder } from '../state/latency-recorder.js'
import type { FeedReaderOptions } from './feed-reader-options.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const IN_ORDER_NEXT = FEED.inOrderNext
const HANDLED = FEED_LINE.handled
const MESSAGES = DATAGRAM.messages

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
  readonly #native: boolean
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
    this.#native = framing.name === 'raw'
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
   * Opens the `nth` slot of the batch and, if it goes on in order, the run of all its messages.
   *
   * @returns how many messages; 0: the slot is open in its source, and for the intake
   */
  open(nth: number, limit: number): number {
    const source = this.#source
    source.open(nth)
    const { offset, length, segmentBytes, bytes } = source
    const whole = !source.damaged && !source.foreign && source.droppedMessages === 0
    if (!whole || source.drops !== this.#dropStamp) return 0
    const coalesced = segmentBytes > 0 && segmentBytes < length
    // Native datagrams that follow one another are a native datagram.
    if (coalesced && !this.#native) return 0
    const framing = this.#framing
    if (framing.open(bytes, offset, length) !== MESSAGES) return 0
    // What is not usual is counted elsewhere.
    if (framing.trailingBytes > 0) return 0
    const count = framing.messageCount
    const first = this.#next
    if (count > limit || count >= this.#room || framing.session !== this.#session) return 0
    // Modulo 2^32 where the wire's numbers wrap.
    const distance = framing.sequence - first
    if (this.#wraps ? (distance | 0) !== 0 : distance !== 0) return 0
    this.#next = first + count
    this.#room -= count
    this.#slots += 1
    this.#datagrams += coalesced ? Math.ceil(length / segmentBytes) : 1
    if (count > this.#most) this.#most = count
    const { receivedNs } = source
    const seen = this.#seen
    if (seen.wants(length)) {
      seen.bytes = bytes
      seen.end = offset + length
      seen.note(first | 0, count)
    }
    const run = this.#run
    run.bytes = bytes
    run.offset = framing.nextOffset
    run.first = first
    run.late = false
    run.receivedNs = receivedNs
    this.#latency.receivedNs = receivedNs
    // Handled already now: who takes over does not look at it again.
    this.#lineCounts[HANDLED] += 1
    this.#counts[IN_ORDER_NEXT] = this.#next
    return count
  }

  /** The slot of the run that was opened last is done with. */
  close(nth: number): void {
    this.#source.close(nth)
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
