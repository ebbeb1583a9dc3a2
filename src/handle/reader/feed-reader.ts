import { deliveredSoFar, FEED, FEED_LINE, feedLineCounters } from '../../account/feed-counters.js'
import type { ProfileRecorder } from '../../account/profile/profile-recorder.js'
import { assert } from '../../foundation/assert.js'
import type { GapTracker } from '../../sequence/gap-tracker.js'
import { BridgedFraming } from '../../wire/bridged/bridged-framing.js'
import type { Left, MessageReader } from '../message-reader.js'
import { ALL_MESSAGES, OpenRun } from '../open-run.js'
import type { FeedState } from '../state/feed-state.js'
import { LatencyRecorder } from '../state/latency-recorder.js'
import { unaccounted } from '../state/unaccounted.js'
import type { Recovery } from '../upstream/recovery.js'
import { BatchClock } from './batch-clock.js'
import { BatchSize } from './batch-size.js'
import { releaseDeadSlots } from './dead-slots.js'
import { DropWatch, type ReaderLine } from './drop-reading.js'
import type { FeedReaderOptions } from './feed-reader-options.js'
import { countDeadStretch, InOrder } from './in-order.js'
import { Intake } from './intake.js'

// At hand: the engine looks an imported constant up each time, and folds one of the module's own.
const CURRENT_SEQUENCE = FEED.currentSequence
const RUN_FIRST = FEED.runFirst
const RUN_COUNT = FEED.runCount
const DELIVERED = FEED.delivered

/** Nobody counts for the line of the answers. */
const NO_COUNTERS = new Float64Array(0)
/** Quiet time after which drops behind the last message count towards the total. */
const TAIL_QUIET_NS = 50e6
/** A run that is stopped so soon after a message is cut off: what is missing at its end was not lost. */
const CUT_OFF_NS = 200e6
/** A batch of so many runs may take the handler long: gaps are requested all the same. */
const RUNS_PER_LOOK = 64

/**
 * Takes datagrams from the rings of a feed's lines and hands out their messages in runs, each message
 * once, keeping the account of all of them in shared memory. The only reader of those rings; one thread.
 *
 * A run lies in the ring, or in the memory of a copy, until the following one is opened. It is counted
 * once, when it is done with; what has been delivered of one that was not finished, `CURRENT_SEQUENCE`
 * tells. No allocation per run.
 */
export class FeedReader implements MessageReader {
  readonly run: OpenRun
  /** Whether batches tell how fast the handler is; not those that are drawn. */
  pacing = true

  readonly #lines: readonly ReaderLine[]
  readonly #lineCounts: readonly Float64Array[]
  readonly #state: FeedState
  readonly #counts: Float64Array
  readonly #tracker: GapTracker
  readonly #drops: DropWatch
  readonly #clock: BatchClock
  readonly #total: number
  readonly #bridged: boolean
  readonly #latency: LatencyRecorder
  readonly #intake: Intake
  readonly #inOrder: InOrder
  readonly #recovery: Recovery | undefined
  readonly #batchSize: BatchSize
  #profile: ProfileRecorder | undefined
  /** Whether each message is a run of its own, since the time is noted for each. */
  readonly #stepwise: boolean
  /** Lines without that of the answers, which is behind them. */
  readonly #lineCount: number
  #line = 0
  #nextLine = 0
  #taken = 0
  #index = 0
  /** Datagrams that were dealt with before the batch. */
  #batchDatagrams = Number.NaN
  #slotOpen = false
  /** Whether the open slot is one that came in order; whether its source has it open, and nobody else. */
  #inOrderOpen = false
  #sourceOpen = false
  /** Runs since the clock was read. */
  #runs = 0
  /** Messages of the run that the handler has; 0: it has none. */
  #inHand = 0
  #failed = false

  constructor(options: FeedReaderOptions) {
    const { framing, recovery } = options
    this.#lineCount = options.lines.length
    this.#lines =
      recovery === undefined
        ? options.lines
        : [...options.lines, { source: recovery.source, counters: NO_COUNTERS }]
    this.#state = options.state
    this.#counts = options.state.counters
    this.#lineCounts = this.#lines.map((_, i) => feedLineCounters(this.#counts, i))
    this.#clock = new BatchClock(options.clock)
    this.#total = options.total
    const native = framing.name === 'raw'
    this.#bridged = framing instanceof BridgedFraming
    const own = framing instanceof BridgedFraming ? framing.inner : framing
    this.#stepwise = options.stages
    this.#latency = new LatencyRecorder(options, native)
    this.#profile = options.profile
    const sources = this.#lines.map((line) => line.source)
    const memories = [options.holdBytes, ...sources.map(({ bytes }) => bytes.byteLength)]
    this.run = new OpenRun(own, options.epoch, this.#counts, Math.max(...memories))
    const maxBytes = Math.max(...sources.map((one) => one.maxBytes))
    this.#intake = new Intake(options, this.run, this.#latency, this.#lineCounts, maxBytes)
    this.#tracker = this.#intake.tracker
    this.#recovery = this.#intake.recovery
    this.#inOrder = new InOrder(
      options,
      this.run,
      this.#tracker,
      this.#latency,
      this.#lineCounts[0],
      this.#intake.seen,
    )
    this.#drops = new DropWatch(options.lines, this.#lineCounts, this.#tracker, options.total)
    this.#batchSize = new BatchSize(Math.min(...sources.map((one) => one.capacity)))
  }

  /** Whether the total that was asked for is accounted for. */
  get complete(): boolean {
    return this.#counts[FEED.complete] === 1
  }

  left(): Left {
    if (this.complete) return 'nothing'
    for (let i = 0; i < this.#lineCount; i++) {
      if (!this.#lines[i].source.isEmpty()) return 'messages'
    }
    return this.#intake.isWaiting ? 'gaps' : 'nothing'
  }

  /** Of which line the open batch is, that of the answers being behind the others; how many slots it has. */
  get line(): number {
    return this.#line
  }

  get taken(): number {
    return this.#taken
  }

  /** How many slots a batch has at most, at the handler's pace. */
  get batchLimit(): number {
    return this.#batchSize.limit
  }

  /** Whether a line has more than `limit` slots that were not given back, those of an open batch too. */
  holdsMoreThan(line: number, limit: number): boolean {
    return this.#lines[line].source.holdsMoreThan(limit)
  }

  /**
   * Starts a batch with at most `limit` slots of one line, the lines in turn, or goes on with one that
   * was left open; false if there is nothing.
   */
  take(limit = this.#batchSize.limit): boolean {
    if (this.#taken > 0) return true
    if (this.complete) return false
    if (this.#counts[FEED.readSinceNs] === 0) this.#noteFirstLook()
    // In turn with the lines: many answers must not keep the live feed waiting.
    const lastWereAnswers = this.#line === this.#lineCount
    if (!lastWereAnswers && this.#takeAnswers(limit)) return true
    for (let i = 0; i < this.#lineCount; i++) {
      this.#nextLine = this.#nextLine + 1 < this.#lineCount ? this.#nextLine + 1 : 0
      const taken = this.#lines[this.#nextLine].source.take(limit)
      if (this.#startBatch(this.#nextLine, taken)) return true
    }
    return lastWereAnswers && this.#takeAnswers(limit)
  }

  nextRun(limit: number): number {
    if (this.#inOrderOpen && this.#inHand > 0) {
      this.#closeInOrder()
      const more = this.#openInOrder(limit)
      if (more > 0) return this.#extend(more)
    }
    const count = this.drawRun(this.#stepwise ? 1 : limit)
    if (count === 0) return 0
    const { run } = this
    const counts = this.#counts
    this.#latency.recordRun(run)
    counts[CURRENT_SEQUENCE] = run.first
    counts[RUN_FIRST] = run.first
    counts[RUN_COUNT] = count
    this.#inHand = count
    return count
  }

  /** What comes in order behind the run in hand makes one with it, as far as the account goes. */
  #extend(count: number): number {
    const { run } = this
    const counts = this.#counts
    this.#latency.recordRun(run)
    this.#inHand += count
    counts[CURRENT_SEQUENCE] = run.first
    counts[RUN_COUNT] = this.#inHand
    return count
  }

  /** The same, but nobody gets the messages: the caller counts at once what becomes of them. */
  drawRun(limit: number): number {
    this.countDelivered()
    if (this.#inOrderOpen) this.#closeInOrder()
    for (;;) {
      const count = this.#inOrder.active ? this.#openInOrder(limit) : this.#openJudged(limit)
      if (count > 0) return count
      if (!this.#nextSlot()) return 0
    }
  }

  /** Counts the run in the handler's hands, if there is one, as delivered. */
  countDelivered(): void {
    if (this.#inHand === 0) return
    const counts = this.#counts
    // In this order, so that whoever looks in between finds the run in neither, and not in both.
    counts[RUN_COUNT] = 0
    counts[this.#failed ? FEED.undelivered : DELIVERED] += this.#inHand
    this.#inHand = 0
  }

  /**
   * Declares old gaps lost, asks again, settles what waits for a witness, and sees whether drops behind the
   * last message complete the total. Cheap, not hot.
   */
  whileIdle(due: boolean): boolean {
    const intake = this.#intake
    if (!due && !intake.isWaiting) return false
    this.#readClock()
    if (intake.whileIdle()) return true
    if (Number.isNaN(this.#total) || this.complete || intake.isHoldingBack) return false
    const quiet = this.#clock.steadyNs - this.#counts[FEED.lastMessageNs] > TAIL_QUIET_NS
    if (quiet && this.#tracker.isTailLost(this.#total, this.#drops.tails())) {
      this.#counts[FEED.complete] = 1
    }
    return false
  }

  giveUpGaps(): void {
    this.#intake.flush()
  }

  believeLast(): boolean {
    return this.#intake.judgeLast(true)
  }

  get problem(): unknown {
    return this.#intake.problem
  }

  /** The handler failed with a message in its hands: from that one on messages count as undelivered. */
  fail(): void {
    const counts = this.#counts
    counts[RUN_COUNT] = 0
    if (this.#inHand > 0) {
      const done = this.#failed ? 0 : counts[CURRENT_SEQUENCE] - counts[RUN_FIRST]
      counts[DELIVERED] += done
      counts[FEED.undelivered] += this.#inHand - done
    }
    this.#inHand = 0
    this.#failed = true
    this.#inOrder.count()
    // What follows is not the handler's service.
    this.#profile = undefined
  }

  /**
   * Continues where a dead thread stopped: its open datagram is not looked at again.
   *
   * @param sameMemory whether the sources are those that the dead thread read from
   */
  takeOver(sameMemory: boolean): void {
    const counts = this.#counts
    counts[DELIVERED] = deliveredSoFar(counts)
    countDeadStretch(counts, this.#lineCounts[0], this.#tracker)
    this.fail()
    // What the dead thread had accepted and not delivered.
    this.#tracker.takeOver()
    const left = this.#unaccounted()
    assert(left >= 0, 'a dead handler left no more than it had accepted')
    counts[FEED.undelivered] += left + counts[FEED.pending]
    counts[FEED.pending] = 0
    if (!sameMemory) return
    releaseDeadSlots(this.#lines.slice(0, this.#lineCount), this.#lineCounts, counts)
  }

  /** Closes the account, once, after the receivers have stopped and the rings are empty. */
  finish(): void {
    if (this.#counts[FEED.finished] === 1) return
    this.#counts[FEED.finished] = 1
    const intake = this.#intake
    intake.flush()
    this.#readOn()
    while (intake.judgeLast(false)) this.#readOn()
    intake.finish(this.#drops.tails(), this.#isCutOff())
    assert(this.#unaccounted() === 0, `the ledger balances, and not by ${this.#unaccounted()}`)
    assert(this.#unplaced() === 0, 'each message that a line brought is somewhere in its account')
  }

  /** Hands out all that is open, to nobody in particular. */
  #readOn(): void {
    while (this.nextRun(ALL_MESSAGES) > 0);
  }

  #unaccounted(): number {
    return unaccounted(this.#state, this.#tracker.missing() + this.#intake.heldBack)
  }

  /** Whether the run was ended from here while messages still came, so that the rest was not lost. */
  #isCutOff(): boolean {
    this.#readClock()
    return !this.complete && this.#clock.steadyNs - this.#counts[FEED.lastMessageNs] < CUT_OFF_NS
  }

  /** Messages that lines brought and that are nowhere in their account. */
  #unplaced(): number {
    let unplaced = 0
    for (let i = 0; i < this.#lineCount; i++) unplaced += Math.abs(this.#tracker.unplaced(i))
    return unplaced
  }

  #takeAnswers(limit: number): boolean {
    const recovery = this.#recovery
    if (recovery?.active !== true) return false
    return this.#startBatch(this.#lineCount, recovery.take(limit))
  }

  /** Starts a batch of so many datagrams of a line; false if there are none. */
  #startBatch(line: number, taken: number): boolean {
    if (taken === 0) return false
    this.#line = line
    this.#taken = taken
    this.#index = 0
    this.#batchDatagrams = this.#counts[FEED.datagrams]
    this.#readClock()
    this.#intake.beginBatch()
    this.#inOrder.begin(line, this.#intake.isBusy)
    return true
  }

  #noteFirstLook(): void {
    this.#readClock()
    // What a bridge keeps is older than whoever reads it, and comes when it is asked for.
    this.#counts[FEED.readSinceNs] = this.#bridged ? Number.NEGATIVE_INFINITY : this.#clock.startNs
  }

  #readClock(): void {
    this.#runs = 0
    this.#clock.start()
    this.#tracker.nowNs = this.#clock.steadyNs
    this.#latency.nowNs = this.#clock.startNs
  }

  /** Opens the next slot if it came in order; otherwise the intake judges it, and 0 is returned. */
  #openInOrder(limit: number): number {
    if (this.#index === this.#taken) return 0
    const count = this.#inOrder.open(this.#index, this.#taken - this.#index, limit)
    this.#inOrderOpen = count > 0
    if (count > 0) return count
    this.#inOrder.count()
    this.#inOrder.active = false
    this.#sourceOpen = true
    return 0
  }

  #closeInOrder(): void {
    this.#index += this.#inOrder.close(this.#index)
    this.#inOrderOpen = false
  }

  /** Opens the next run of the open slot, or of what was held back, as the intake judges. */
  #openJudged(limit: number): number {
    const count = this.#intake.nextRun(limit)
    if (count > 0 && this.#recovery !== undefined) {
      this.#runs += 1
      if (this.#runs === RUNS_PER_LOOK) {
        this.#readClock()
        this.#recovery.ask()
      }
    }
    return count
  }

  /** Goes on to the next slot; false at the end of the batch. */
  #nextSlot(): boolean {
    if (this.#slotOpen) {
      this.#closeSlot()
      this.#inOrder.begin(this.#line, this.#intake.isBusy)
    }
    if (this.#index >= this.#taken) {
      if (this.#taken > 0) this.#endBatch()
      return false
    }
    if (!this.#inOrder.active) this.#openSlot()
    return true
  }

  #openSlot(): void {
    const { source } = this.#lines[this.#line]
    if (!this.#sourceOpen) source.open(this.#index)
    this.#sourceOpen = false
    if (this.#line < this.#lineCount) this.#drops.read(this.#line)
    if (!source.foreign) this.#lineCounts[this.#line][FEED_LINE.lastNs] = this.#clock.steadyNs
    this.#counts[FEED.openLine] = this.#line
    this.#counts[FEED.open] = 1
    this.#slotOpen = true
    this.#intake.showSlot(this.#line, source)
  }

  #closeSlot(): void {
    const lineCounts = this.#lineCounts[this.#line]
    if (this.#profile !== undefined) this.#noteSlot(this.#profile)
    this.#lines[this.#line].source.close(this.#index, 1)
    lineCounts[FEED_LINE.handled] += 1
    this.#counts[FEED.open] = 0
    this.#slotOpen = false
    this.#intake.closeSlot()
    this.#index += 1
    if (this.#tracker.beyond(this.#total) >= 0 && !this.#intake.isHoldingBack) {
      this.#counts[FEED.complete] = 1
      this.#taken = this.#index
    }
  }

  #endBatch(): void {
    this.#inOrder.count()
    this.#inOrder.active = false
    const taken = this.#taken
    this.#taken = 0
    this.#releaseSlots(this.#line, taken)
    this.#clock.end()
    const datagrams = Math.max(taken, this.#counts[FEED.datagrams] - this.#batchDatagrams)
    if (this.pacing) {
      this.#batchSize.tookNs = this.#clock.endNs - this.#clock.startNs
      this.#batchSize.adapt(taken, datagrams)
    }
    if (this.#profile !== undefined) {
      this.#profile.releasedNs = this.#clock.endNs
      this.#profile.release()
    }
    this.#intake.endBatch()
    assert(this.#unaccounted() === 0, 'the ledger balances between batches')
    assert(this.#unplaced() === 0, 'each message of a batch is somewhere in its line’s account')
  }

  /** Notes the open slot, which is about to be closed. */
  #noteSlot(profile: ProfileRecorder): void {
    if (this.#line === this.#lineCount) return
    const { source } = this.#lines[this.#line]
    source.readPushed(this.#index)
    profile.arrivedNs = source.receivedNs
    profile.pushedNs = source.pushedNs
    const { slotMessages, slotDatagrams } = this.#intake
    profile.note(slotMessages, source.length, slotDatagrams, this.#line)
  }

  #releaseSlots(line: number, count: number): void {
    const lineCounts = this.#lineCounts[line]
    lineCounts[FEED_LINE.released] += count
    this.#lines[line].source.release(count)
  }
}
