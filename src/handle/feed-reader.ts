import { FEED, FEED_LINE, feedLineCounters } from '../account/feed-counters.js'
import { assert } from '../foundation/assert.js'
import type { Clock, SessionEpoch } from '../foundation/clock.js'
import { MSG_TRUNC } from '../native/constants.js'
import type { SlotConsumer } from '../ring/slot-consumer.js'
import { GapTracker, TRACK, VERDICT } from '../sequence/gap-tracker.js'
import { DATAGRAM, type Framing } from '../wire/framing.js'
import { MarketDataView } from '../wire/market-data-view.js'
import { MessageView } from '../wire/message-view.js'
import { DropWatch, type ReaderLine } from './drop-watch.js'
import type { FeedState } from './feed-state.js'
import type { AnyMessageView, Gap } from './handler.js'
import { LatencyRecorder } from './latency-recorder.js'

/** Datagrams per batch at most: one clock read and one release for all of them. */
const MAX_BATCH = 32
/** Above this many nanoseconds per datagram the handler counts as slow: batches of one. */
const SLOW_NS = 1500
const FAST_NS = 1000
/** Quiet time after which drops behind the last message count towards the total. */
const TAIL_QUIET_NS = 50e6

export interface FeedReaderOptions {
  readonly lines: readonly ReaderLine[]
  readonly framing: Framing
  readonly state: FeedState
  readonly epoch: SessionEpoch
  readonly clock: Clock
  /** Messages after which the feed is complete; NaN: it has no end. */
  readonly total: number
  /** Told of gaps in-band; the object is valid only during the call. */
  readonly onGap: ((gap: Gap) => void) | undefined
}

interface MutableGap {
  firstSequence: number
  count: number
  reason: Gap['reason']
}

/**
 * Takes datagrams from the rings of a feed's lines and walks their messages, in sequence, each once,
 * keeping the account of all of them in shared memory. The only reader of those rings; one thread.
 *
 * ```
 *   while (reader.take()) while (reader.next()) use(reader.message, reader.sequence)
 * ```
 *
 * `message` lies in the ring and is valid until the following `next`. No allocation per message.
 */
export class FeedReader {
  /** The message that `next` moved to. */
  readonly message: AnyMessageView
  /** Its sequence in the feed: it keeps counting where a 32-bit number on the wire wraps. */
  sequence = 0

  readonly #lines: readonly ReaderLine[]
  readonly #lineCounts: readonly Float64Array[]
  readonly #framing: Framing
  readonly #state: FeedState
  readonly #counts: Float64Array
  readonly #tracker: GapTracker
  readonly #drops: DropWatch
  readonly #clock: Clock
  readonly #total: number
  readonly #latency: LatencyRecorder
  readonly #onGap: ((gap: Gap) => void) | undefined
  readonly #gap: MutableGap = { firstSequence: 0, count: 0, reason: 'network' }
  readonly #held: DataView
  #heldLength = 0
  #batchLimit: number
  readonly #maxBatch: number
  #line = 0
  #taken = 0
  #cursor = 0
  #slotOpen = false
  #checkEach = false
  #nextSequence = 0
  #inHand = false
  #deliveredInto: number = FEED.delivered
  #batchStartNs = 0
  /** Messages of the open datagram that are still wanted; a total can end within a datagram. */
  #wanted = 0

  constructor(options: FeedReaderOptions) {
    this.#lines = options.lines
    this.#framing = options.framing
    this.#state = options.state
    this.#counts = options.state.counters
    this.#lineCounts = options.lines.map((_, i) => feedLineCounters(this.#counts, i))
    this.#tracker = new GapTracker(options.state.tracker, {
      sequenceBits: options.framing.sequenceBits,
      initialSequence: options.framing.initialSequence,
      lineCount: options.lines.length,
    })
    this.#drops = new DropWatch(options.lines, this.#lineCounts, this.#tracker, options.epoch)
    this.#clock = options.clock
    this.#total = options.total
    this.#onGap = options.onGap
    const native = options.framing.name === 'raw'
    this.message = native ? new MarketDataView(options.epoch) : new MessageView()
    this.#latency = new LatencyRecorder(this.#counts, options.state.latency, options.epoch, native)
    const layouts = options.lines.map((line) => line.consumer.layout)
    this.#held = new DataView(new ArrayBuffer(Math.max(...layouts.map((one) => one.slotBytes))))
    const fewestSlots = Math.min(...layouts.map((one) => one.slotCount))
    this.#maxBatch = Math.max(1, Math.min(MAX_BATCH, fewestSlots >> 2))
    this.#batchLimit = this.#maxBatch
  }

  /** Whether the total that was asked for is accounted for. */
  get complete(): boolean {
    return this.#counts[FEED.complete] === 1
  }

  /** Starts a batch with the datagrams of one line, the lines in turn; false if there are none. */
  take(): boolean {
    const lines = this.#lines
    if (this.complete) return false
    for (let i = 0; i < lines.length; i++) {
      this.#line = this.#line + 1 < lines.length ? this.#line + 1 : 0
      const taken = lines[this.#line].consumer.take(this.#batchLimit)
      if (taken > 0) {
        this.#taken = taken
        this.#cursor = 0
        this.#batchStartNs = this.#clock.nowNs()
        this.#tracker.nowNs = this.#batchStartNs
        this.#latency.nowNs = this.#batchStartNs
        return true
      }
    }
    return false
  }

  /** Moves to the next message of the batch; false at its end. The message before counts as delivered. */
  next(): boolean {
    const counts = this.#counts
    if (this.#inHand) {
      counts[this.#deliveredInto] += 1
      this.#inHand = false
    }
    for (;;) {
      while (this.#wanted > 0 && this.#framing.next()) {
        const sequence = this.#nextSequence++
        if (this.#checkEach && !this.#tracker.acceptOne(sequence)) continue
        this.#wanted--
        this.#hand(sequence)
        return true
      }
      if (!this.#nextDatagram()) return false
    }
  }

  /**
   * Does what has to be done although nothing came: gives up old gaps, settles what waits for a
   * witness, and sees whether drops behind the last message complete the total. Cheap, not hot.
   */
  whileIdle(): void {
    const nowNs = this.#clock.nowNs()
    this.#tracker.nowNs = nowNs
    this.#closeGaps(false)
    if (this.#tracker.settleHeld(false) === VERDICT.confirmed) this.#openHeld()
    if (Number.isNaN(this.#total) || this.complete) return
    const quiet = nowNs - this.#counts[FEED.lastMessageNs] > TAIL_QUIET_NS
    if (quiet && this.#tracker.openGaps === 0) {
      const expected = this.#state.tracker[TRACK.expected]
      const tail = this.#tracker.tailEstimate(
        this.#drops.tailKernelDrops(),
        this.#drops.tailRingDrops(),
      )
      if (expected + tail >= this.#total) this.#counts[FEED.complete] = 1
    }
  }

  /** Whether a datagram is open that may have messages left. */
  hasOpen(): boolean {
    return this.#wanted > 0
  }

  /** Whether all rings are empty at this moment. */
  empty(): boolean {
    for (let i = 0; i < this.#lines.length; i++) {
      if (this.#lines[i].consumer.backlog() > 0) return false
    }
    return true
  }

  /** The handler failed with a message in its hands: from now on messages count as undelivered. */
  fail(): void {
    if (this.#inHand) this.#counts[FEED.undelivered] += 1
    this.#inHand = false
    this.#deliveredInto = FEED.undelivered
  }

  /** Continues where a dead thread stopped: its open datagram is not looked at again. */
  takeOver(): void {
    this.fail()
    const openLine = this.#counts[FEED.open] === 1 ? this.#counts[FEED.openLine] : -1
    this.#lines.forEach((line, i) => {
      const counts = this.#lineCounts[i]
      if (i === openLine) counts[FEED_LINE.handled] += 1
      const pending = counts[FEED_LINE.handled] - counts[FEED_LINE.released]
      line.consumer.take(pending)
      for (let nth = 0; nth < pending; nth++) line.consumer.resetStamp(line.consumer.indexAt(nth))
      if (pending > 0) this.#releaseSlots(i, pending)
    })
    this.#counts[FEED.open] = 0
  }

  /**
   * Closes the account, after the receivers have stopped and the rings are empty. What a dead thread
   * had accepted and not delivered is counted as undelivered.
   */
  finish(tookOver: boolean): void {
    while (this.#tracker.settleHeld(true) === VERDICT.confirmed) {
      this.#openHeld()
      while (this.next());
    }
    this.#closeGaps(true)
    this.#tracker.openTail(this.#total, this.#drops.tailKernelDrops(), this.#drops.tailRingDrops())
    this.#closeGaps(true)
    this.#tracker.reconcile()
    if (tookOver) {
      const unaccounted = this.#unaccounted()
      assert(unaccounted >= 0, 'a dead handler left no more than it had accepted')
      this.#counts[FEED.undelivered] += unaccounted
    }
    assert(this.#unaccounted() === 0, `the ledger balances, and not by ${this.#unaccounted()}`)
  }

  /** Messages that are neither delivered nor lost nor in an open gap; 0 between datagrams. */
  #unaccounted(): number {
    const track = this.#state.tracker
    const lost =
      track[TRACK.lost] + track[TRACK.lost + 1] + track[TRACK.lost + 2] + track[TRACK.lost + 3]
    const handed = this.#counts[FEED.delivered] + this.#counts[FEED.undelivered]
    return track[TRACK.expected] - handed - lost - this.#tracker.missing()
  }

  #hand(sequence: number): void {
    const framing = this.#framing
    const bytes = this.#slotOpen ? this.#lines[this.#line].consumer.bytes : this.#held
    this.message.wrap(bytes, framing.messageOffset, framing.messageLength)
    this.#latency.record(bytes, framing.messageOffset)
    this.sequence = sequence
    this.#counts[FEED.currentSequence] = sequence
    this.#inHand = true
  }

  /** Opens the next datagram that has something to deliver; false at the end of the batch. */
  #nextDatagram(): boolean {
    const line = this.#lines[this.#line]
    const consumer = line.consumer
    if (this.#slotOpen) this.#closeSlot(consumer)
    while (this.#cursor < this.#taken) {
      const index = consumer.indexAt(this.#cursor)
      if (this.#tracker.openGaps > 0) this.#closeGaps(false)
      this.#drops.read(this.#line, index)
      this.#latency.receivedNs = this.#drops.receivedNs
      this.#counts[FEED.openLine] = this.#line
      this.#counts[FEED.open] = 1
      this.#slotOpen = true
      if (this.#open(consumer, index)) return true
      if (this.#slotOpen) this.#closeSlot(consumer)
    }
    if (this.#taken > 0) this.#endBatch()
    return false
  }

  /** Shows a datagram to framing and tracker; true if there is something to deliver. */
  #open(consumer: SlotConsumer, index: number): boolean {
    const counts = this.#counts
    const framing = this.#framing
    const truncated = (consumer.flags(index) & MSG_TRUNC) !== 0
    const offset = consumer.slotOffset(index)
    const length = consumer.length(index)
    const kind = truncated ? DATAGRAM.invalid : framing.open(consumer.bytes, offset, length)
    if (kind === DATAGRAM.invalid) {
      counts[FEED.invalidDatagrams] += 1
      this.#tracker.noteInvalid()
      return false
    }
    const count = framing.messageCount
    const verdict = this.#tracker.accept(this.#line, framing.session, framing.sequence, count)
    if (verdict === VERDICT.confirmed) {
      this.#slotOpen = false
      this.#openHeld()
      return true
    }
    if (count === 0) counts[FEED.heartbeats] += 1
    counts[FEED.messages] += count
    if (count > 0) counts[FEED.lastMessageNs] = this.#batchStartNs
    if (verdict === VERDICT.duplicate || count === 0) return false
    if (verdict === VERDICT.hold) {
      this.#hold(consumer, offset, length)
      return false
    }
    const lineCounts = this.#lineCounts[this.#line]
    lineCounts[FEED_LINE.firstToArrive] += 1
    this.#checkEach = verdict === VERDICT.checkEach
    this.#nextSequence = this.#tracker.sequence
    this.#wanted = count
    if (this.#state.tracker[TRACK.expected] >= this.#total) this.#reachTotal()
    return true
  }

  /** The total ends with this datagram, or within it. */
  #reachTotal(): void {
    const track = this.#state.tracker
    const excess = Math.min(this.#wanted, track[TRACK.expected] - this.#total)
    if (excess > 0 && !this.#checkEach) {
      track[TRACK.expected] -= excess
      this.#wanted -= excess
    }
  }

  #hold(consumer: SlotConsumer, offset: number, length: number): void {
    for (let i = 0; i < length; i++) this.#held.setUint8(i, consumer.bytes.getUint8(offset + i))
    this.#heldLength = length
  }

  /** Opens the held datagram, which a second one has confirmed. */
  #openHeld(): void {
    this.#closeGaps(true)
    this.#framing.open(this.#held, 0, this.#heldLength)
    this.#heldLength = 0
    this.#tracker.confirmHeld()
    this.#checkEach = false
    this.#nextSequence = this.#tracker.sequence
    this.#wanted = this.#framing.messageCount
    this.#latency.receivedNs = Number.NaN
  }

  #closeSlot(consumer: SlotConsumer): void {
    const lineCounts = this.#lineCounts[this.#line]
    consumer.resetStamp(consumer.indexAt(this.#cursor))
    lineCounts[FEED_LINE.handled] += 1
    this.#counts[FEED.datagrams] += 1
    this.#counts[FEED.open] = 0
    this.#slotOpen = false
    this.#wanted = 0
    this.#cursor += 1
    if (this.#state.tracker[TRACK.expected] >= this.#total && this.#tracker.openGaps === 0) {
      this.#counts[FEED.complete] = 1
      this.#taken = this.#cursor
    }
  }

  #endBatch(): void {
    const taken = this.#taken
    this.#taken = 0
    this.#releaseSlots(this.#line, taken)
    const perDatagramNs = (this.#clock.nowNs() - this.#batchStartNs) / taken
    if (perDatagramNs > SLOW_NS) this.#batchLimit = 1
    else if (perDatagramNs < FAST_NS) this.#batchLimit = this.#maxBatch
    assert(this.#unaccounted() === 0, 'the ledger balances between batches')
  }

  #releaseSlots(line: number, count: number): void {
    const lineCounts = this.#lineCounts[line]
    lineCounts[FEED_LINE.released] += count
    this.#lines[line].consumer.release(count)
  }

  #closeGaps(always: boolean): void {
    while (this.#tracker.closeGap(always)) {
      if (this.#onGap === undefined) continue
      this.#gap.firstSequence = this.#tracker.closedFirst
      this.#gap.count = this.#tracker.closedCount
      this.#gap.reason = this.#tracker.closedReason
      this.#onGap(this.#gap)
    }
  }
}
