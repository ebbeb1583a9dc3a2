import { FEED, FEED_LINE, feedLineCounters } from '../account/feed-counters.js'
import { assert } from '../foundation/assert.js'
import type { Clock } from '../foundation/clock.js'
import { GapTracker } from '../sequence/gap-tracker.js'
import { DELIVER_AT_ONCE, TRACK, VERDICT } from '../sequence/tracker-state.js'
import { DATAGRAM, type Framing } from '../wire/framing.js'
import { MarketDataView } from '../wire/market-data-view.js'
import { MessageView } from '../wire/message-view.js'
import { BatchSize } from './batch-size.js'
import { DropWatch, type ReaderLine } from './drop-watch.js'
import type { FeedReaderOptions } from './feed-reader-options.js'
import type { FeedState } from './feed-state.js'
import { GapReporter } from './gap-reporter.js'
import type { AnyMessageView } from './handler.js'
import { HeldDatagram } from './held-datagram.js'
import { LatencyRecorder } from './latency-recorder.js'

/** Quiet time after which drops behind the last message count towards the total. */
const TAIL_QUIET_NS = 50e6

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
  readonly #gaps: GapReporter
  readonly #held: HeldDatagram
  readonly #batchSize: BatchSize
  #line = 0
  #taken = 0
  #cursor = 0
  #slotOpen = false
  /** The datagrams of the open slot that are still to be opened: one, or those of a train. */
  #segmentOffset = 0
  #segmentsLeft = 0
  /** Datagrams in the open slot; more than one: a train. */
  #segments = 1
  #trainMessages = 0
  /** Whether the open train is read as one long datagram, which is much faster. */
  #glued = false
  readonly #canGlue: boolean
  /** What the framing reads from: the source's memory, or the held datagram. */
  #bytes: DataView
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
      dropsRunAhead: options.lines.some(({ source }) => source.dropsRunAhead),
      policy: DELIVER_AT_ONCE,
    })
    this.#drops = new DropWatch(options.lines, this.#lineCounts, this.#tracker)
    this.#clock = options.clock
    this.#total = options.total
    this.#gaps = new GapReporter(this.#tracker, options.onGap)
    const native = options.framing.name === 'raw'
    // Raw datagrams that follow one another are a raw datagram.
    this.#canGlue = native
    this.message = native ? new MarketDataView(options.epoch) : new MessageView()
    this.#latency = new LatencyRecorder(options, native)
    const sources = options.lines.map((line) => line.source)
    this.#held = new HeldDatagram(Math.max(...sources.map((one) => one.maxBytes)))
    this.#bytes = this.#held.bytes
    this.#batchSize = new BatchSize(Math.min(...sources.map((one) => one.capacity)))
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
      const taken = lines[this.#line].source.take(this.#batchSize.limit)
      if (taken > 0) {
        this.#taken = taken
        this.#cursor = 0
        this.#clock.read()
        this.#batchStartNs = this.#clock.ns
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
    this.#clock.read()
    const nowNs = this.#clock.ns
    this.#tracker.nowNs = nowNs
    this.#gaps.close(false)
    if (this.#tracker.settleHeld(false) === VERDICT.confirmed) this.#openHeld()
    if (Number.isNaN(this.#total) || this.complete) return
    const quiet = nowNs - this.#counts[FEED.lastMessageNs] > TAIL_QUIET_NS
    if (quiet && this.#tracker.openGaps === 0) {
      const tail = this.#tracker.tailEstimate(
        this.#drops.tailKernelDrops(),
        this.#drops.tailRingDrops(),
      )
      if (this.#tracker.beyond(this.#total) + tail >= 0) this.#counts[FEED.complete] = 1
    }
  }

  /** Whether a datagram is open that may have messages left. */
  hasOpen(): boolean {
    return this.#wanted > 0
  }

  /** What the handler's onGap threw, if it did. */
  get gapProblem(): unknown {
    return this.#gaps.problem
  }

  /** Whether all rings are empty at this moment. */
  empty(): boolean {
    for (let i = 0; i < this.#lines.length; i++) {
      if (!this.#lines[i].source.isEmpty()) return false
    }
    return true
  }

  /** The handler failed with a message in its hands: from now on messages count as undelivered. */
  fail(): void {
    if (this.#inHand) this.#counts[FEED.undelivered] += 1
    this.#inHand = false
    this.#deliveredInto = FEED.undelivered
  }

  /**
   * Continues where a dead thread stopped: its open datagram is not looked at again.
   *
   * @param sameMemory whether the sources are those that the dead thread read from
   */
  takeOver(sameMemory: boolean): void {
    this.fail()
    // What the dead thread had accepted and not delivered.
    const left = this.#unaccounted()
    assert(left >= 0, 'a dead handler left no more than it had accepted')
    this.#counts[FEED.undelivered] += left
    if (!sameMemory) return
    const openLine = this.#counts[FEED.open] === 1 ? this.#counts[FEED.openLine] : -1
    this.#lines.forEach((line, i) => {
      const counts = this.#lineCounts[i]
      if (i === openLine) counts[FEED_LINE.handled] += 1
      const pending = counts[FEED_LINE.handled] - counts[FEED_LINE.released]
      line.source.take(pending)
      for (let nth = 0; nth < pending; nth++) line.source.close(nth)
      if (pending > 0) this.#releaseSlots(i, pending)
    })
    this.#counts[FEED.open] = 0
  }

  /** Closes the account, once, after the receivers have stopped and the rings are empty. */
  finish(): void {
    if (this.#counts[FEED.finished] === 1) return
    this.#counts[FEED.finished] = 1
    while (this.#tracker.settleHeld(true) === VERDICT.confirmed) {
      this.#openHeld()
      while (this.next());
    }
    this.#gaps.close(true)
    this.#tracker.openTail(this.#total, this.#drops.tailKernelDrops(), this.#drops.tailRingDrops())
    this.#gaps.close(true)
    this.#tracker.reconcile()
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
    const { messageOffset, messageLength } = this.#framing
    this.message.wrap(this.#bytes, messageOffset, messageLength)
    this.#latency.record(this.#bytes, messageOffset)
    this.sequence = sequence
    this.#counts[FEED.currentSequence] = sequence
    this.#inHand = true
  }

  /** Opens the next datagram that has something to deliver; false at the end of the batch. */
  #nextDatagram(): boolean {
    for (;;) {
      if (this.#segmentsLeft === 0) {
        if (this.#slotOpen) this.#closeSlot()
        if (this.#cursor >= this.#taken) break
        this.#openSlot()
      }
      if (this.#tracker.openGaps > 0) this.#gaps.close(false)
      if (this.#openDatagram()) return true
    }
    if (this.#taken > 0) this.#endBatch()
    return false
  }

  /** Opens the next slot: a datagram, or a train of them. */
  #openSlot(): void {
    const source = this.#lines[this.#line].source
    source.open(this.#cursor)
    this.#drops.read(this.#line)
    this.#latency.receivedNs = source.receivedNs
    this.#counts[FEED.openLine] = this.#line
    this.#counts[FEED.open] = 1
    this.#slotOpen = true
    this.#segmentOffset = source.offset
    this.#segments = 1
    if (source.segmentBytes > 0 && source.segmentBytes < source.length) {
      this.#segments = Math.ceil(source.length / source.segmentBytes)
      this.#trainMessages = 0
    }
    this.#glued = this.#canGlue && this.#segments > 1
    this.#segmentsLeft = this.#segments
  }

  /** Shows the next datagram to framing and tracker; true if there is something to deliver. */
  #openDatagram(): boolean {
    const source = this.#lines[this.#line].source
    const offset = this.#segmentOffset
    const rest = source.offset + source.length - offset
    const length = this.#glued || this.#segmentsLeft === 1 ? rest : source.segmentBytes
    const framing = this.#framing
    this.#bytes = source.bytes
    const kind = source.damaged ? DATAGRAM.invalid : framing.open(source.bytes, offset, length)
    if (this.#glued && kind === DATAGRAM.invalid) {
      // Something within is broken: look at each.
      this.#glued = false
      return false
    }
    const count = kind === DATAGRAM.invalid ? 0 : framing.messageCount
    let verdict: number = VERDICT.duplicate
    if (kind === DATAGRAM.invalid) this.#noteInvalid()
    else verdict = this.#tracker.accept(this.#line, framing.session, framing.sequence, count)
    if (verdict === VERDICT.confirmed) {
      // The held datagram comes first; this one will be shown again.
      this.#openHeld()
      return true
    }
    const datagrams = this.#glued ? this.#segments : 1
    this.#segmentOffset += length
    this.#segmentsLeft -= datagrams
    this.#counts[FEED.datagrams] += datagrams
    if (kind === DATAGRAM.invalid) return false
    return this.#acceptDatagram(verdict, datagrams, offset, length)
  }

  #noteInvalid(): void {
    this.#counts[FEED.invalidDatagrams] += 1
    this.#tracker.noteInvalid()
  }

  #acceptDatagram(verdict: number, datagrams: number, offset: number, length: number): boolean {
    const counts = this.#counts
    const count = this.#framing.messageCount
    if (count === 0) {
      counts[FEED.heartbeats] += 1
      return false
    }
    counts[FEED.messages] += count
    this.#trainMessages += count
    counts[FEED.lastMessageNs] = this.#batchStartNs
    if (verdict === VERDICT.duplicate) return false
    if (verdict === VERDICT.hold) {
      this.#held.keep(this.#bytes, offset, length)
      return false
    }
    this.#lineCounts[this.#line][FEED_LINE.firstToArrive] += datagrams
    this.#checkEach = verdict === VERDICT.checkEach
    this.#nextSequence = this.#tracker.sequence
    this.#wanted = count
    if (this.#tracker.beyond(this.#total) >= 0) this.#reachTotal()
    return true
  }

  /** The total ends with this datagram, or within it. */
  #reachTotal(): void {
    const track = this.#state.tracker
    const excess = Math.min(this.#wanted, this.#tracker.beyond(this.#total))
    if (excess > 0 && !this.#checkEach) {
      track[TRACK.expected] -= excess
      this.#wanted -= excess
    }
  }

  /** Opens the held datagram, which a second one has confirmed. */
  #openHeld(): void {
    this.#gaps.close(true)
    this.#bytes = this.#held.bytes
    this.#framing.open(this.#bytes, 0, this.#held.length)
    this.#held.length = 0
    this.#tracker.confirmHeld()
    // The copy may have gone with a thread that died.
    if (this.#framing.messageCount === 0) {
      this.#counts[FEED.undelivered] += this.#state.tracker[TRACK.heldCount]
    }
    this.#checkEach = false
    this.#nextSequence = this.#tracker.sequence
    this.#wanted = this.#framing.messageCount
    this.#latency.receivedNs = Number.NaN
  }

  #closeSlot(): void {
    const lineCounts = this.#lineCounts[this.#line]
    this.#lines[this.#line].source.close(this.#cursor)
    lineCounts[FEED_LINE.handled] += 1
    this.#counts[FEED.open] = 0
    this.#slotOpen = false
    this.#wanted = 0
    if (this.#segments > 1 && !this.#glued) {
      this.#tracker.noteTrain(this.#segments, this.#trainMessages)
    }
    this.#cursor += 1
    if (this.#tracker.beyond(this.#total) >= 0 && this.#tracker.openGaps === 0) {
      this.#counts[FEED.complete] = 1
      this.#taken = this.#cursor
    }
  }

  #endBatch(): void {
    const taken = this.#taken
    this.#taken = 0
    this.#releaseSlots(this.#line, taken)
    this.#clock.read()
    const perDatagramNs = (this.#clock.ns - this.#batchStartNs) / taken
    this.#batchSize.adapt(perDatagramNs)
    assert(this.#unaccounted() === 0, 'the ledger balances between batches')
  }

  #releaseSlots(line: number, count: number): void {
    const lineCounts = this.#lineCounts[line]
    lineCounts[FEED_LINE.released] += count
    this.#lines[line].source.release(count)
  }
}
