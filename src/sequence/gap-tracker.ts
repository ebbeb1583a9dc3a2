import { assert } from '../foundation/assert.js'
import { ZERO_NS } from '../foundation/units.js'
import { Arbiter } from './arbiter/arbiter.js'
import type { Progress } from './arbiter/progress.js'
import { type LineTail, Tail } from './arbiter/tail.js'
import { ClosedGaps } from './closed-gaps.js'
import { GapTable, LOSS, MAX_OPEN_GAPS } from './gap-table.js'
import { LINE_TRACK } from './line/line-state.js'
import { LineTracker } from './line/line-tracker.js'
import { Patience } from './patience.js'
import { lineAt, TRACK, TRACKER_DOUBLES, type TrackerOptions, VERDICT } from './tracker-state.js'

const NONE = -1

/**
 * Finds gaps, duplicates, late datagrams and restarts in the sequences of one feed, and says who lost
 * what. Pure: no I/O, no clock of its own, no allocation. All its state lies in memory given by the
 * caller, so that another thread can take over when the handling thread dies.
 *
 * What comes in order is dealt with here. For the rest each line keeps what it has brought
 * (`line/`), and the arbiter (`arbiter/`) alone decides what that does to the feed.
 *
 * A gap is explained, in this order: by messages that the receiver discarded for want of a slot, by
 * invalid datagrams, by the kernel's drop counter, and what remains by the network. It stays open for
 * as long as the policy says, since UDP may reorder, another line may bring it, or it may be requested;
 * then it is declared lost.
 */
export class GapTracker {
  /** The time to reckon with, set by the caller before each batch. A field: an argument would be boxed. */
  nowNs = ZERO_NS
  /** When the datagram that is shown next arrived, by the same clock; set by the caller. */
  arrivedNs = ZERO_NS
  /**
   * What had come by then in answer to requests has been looked at: later than this no gap is declared
   * lost, however late it is by now. Set by the caller; Infinity where nobody asks.
   */
  answeredNs = Number.POSITIVE_INFINITY
  /** The session of the datagram that is shown next. A field: names are numbers above 2^31. */
  shownSession = 0
  /** The unwrapped first sequence of the datagram that was accepted last. */
  sequence = 0
  /** Whether the message that `acceptOne` took last came late, to fill a gap; when that was opened. */
  filled = false
  openedNs = ZERO_NS

  readonly gaps: GapTable
  /** The gap that `closeGap` declared lost last. */
  readonly closed: ClosedGaps
  readonly #state: Float64Array
  readonly #lines: readonly LineTracker[]
  readonly #arbiter: Arbiter
  readonly #progress: Progress
  readonly #patience: Patience
  readonly #tail: Tail
  readonly #initialSequence: number
  #line: number
  #recovered = false
  /** Messages of the tail that were sent before the feed was joined: they come on top of its last number. */
  #unseen = 0

  /** @param state TRACKER_DOUBLES doubles, zeros at first */
  constructor(state: Float64Array, options: TrackerOptions) {
    assert(state.length >= TRACKER_DOUBLES, 'the tracker has the memory that it needs')
    this.#state = state
    this.#initialSequence = options.initialSequence
    this.gaps = new GapTable(state.subarray(TRACK.table))
    this.closed = new ClosedGaps(state, this.gaps, options.policy)
    const wraps = options.sequenceBits === 32
    this.#lines = Array.from(
      { length: options.lineCount },
      (_, line) => new LineTracker(state, line, wraps, options.dropsRunAhead),
    )
    this.#line = 0
    this.#arbiter = new Arbiter(state, this.#lines, this.gaps, this.closed, options)
    this.#progress = this.#arbiter.progress
    this.#patience = new Patience(state, this.gaps, options.policy, this.#lines)
    this.#tail = new Tail(state, this.#progress, this.#lines)
    if (state[TRACK.started] === 0) {
      this.#arbiter.reset()
      state[TRACK.endedAt] = NONE
      state[TRACK.joinedAt] = Number.NaN
      state[TRACK.lastRequestNs] = Number.NEGATIVE_INFINITY
    }
  }

  get openGaps(): number {
    return this.gaps.size
  }

  /** Gaps that were ever opened. */
  get gapsOpened(): number {
    return this.#state[TRACK.gaps]
  }

  /** The next sequence that is expected, unwrapped. */
  get next(): number {
    return this.#state[TRACK.next]
  }

  /** Times that the publisher restarted. */
  get restarts(): number {
    return this.#state[TRACK.restarts]
  }

  /** The session that is being received. */
  get session(): number {
    return this.#state[TRACK.session]
  }

  /** The line whose suspect `confirmSuspect` believes. */
  get confirmedLine(): number {
    return this.#arbiter.confirmed
  }

  /** Whether a second stream alternates with the feed's own, and on which line it came last. */
  get hasRival(): boolean {
    return this.#arbiter.rival.isThere(this.nowNs)
  }

  get rivalLine(): number {
    return this.#state[TRACK.rivalLine]
  }

  /** Odd datagrams so far: of other streams, or copies that say something else. */
  get oddDatagrams(): number {
    return this.#state[TRACK.oddDatagrams]
  }

  /** A datagram of another stream came, of which the framing has told. */
  noteRival(line: number): void {
    const { rival } = this.#arbiter
    rival.nowNs = this.nowNs
    rival.session = this.#state[TRACK.session]
    rival.note(line)
  }

  /** Messages that are accounted for beyond a total; negative while some are still to come. */
  beyond(total: number): number {
    return this.accounted - total
  }

  /** Messages that are accounted for. */
  get accounted(): number {
    return this.#state[TRACK.expected] - this.#state[TRACK.strays]
  }

  /** So many messages at the end of a datagram that was accepted lie beyond the total: they do not count. */
  cutBeyond(line: number, count: number): void {
    this.#state[TRACK.expected] -= count
    this.#lines[line].recount(LINE_TRACK.first, LINE_TRACK.held, count)
  }

  /** Messages of the datagram that was shown last had come before, and were compared. */
  noteCompared(line: number): void {
    this.#arbiter.countCompared(line)
  }

  /** Messages in gaps that are still open. */
  missing(): number {
    return this.gaps.missing
  }

  /** By how many messages a line is behind what the feed has seen; NaN before its first datagram. */
  lag(line: number): number {
    const { next, carries } = this.#lines[line]
    return carries ? this.#state[TRACK.next] - next : Number.NaN
  }

  /** The kernel dropped so many datagrams before the one that the line shows next. */
  noteKernelDrops(line: number, datagrams: number): void {
    this.#lines[line].drops.noteKernel(datagrams)
  }

  /** The line's receiver discarded so many messages before the datagram that it shows next. */
  noteRingDrops(line: number, messages: number): void {
    this.#lines[line].drops.noteRing(messages)
  }

  /** A datagram of the line could not be read. */
  noteInvalid(line: number): void {
    this.#lines[line].drops.noteInvalid()
  }

  /** The heartbeat that was shown last said that the present session is over; believed once that is reached. */
  noteEnd(): void {
    this.#state[TRACK.endedAt] = this.sequence
  }

  /** The sequence that the last end of the present session named; -1: none was said. */
  get endedAt(): number {
    return this.#state[TRACK.endedAt]
  }

  /** Whether an end of the present session was said, and nothing is left before it. */
  get hasEnded(): boolean {
    return this.#state[TRACK.endedAt] === this.#state[TRACK.next] - this.#unseen
  }

  /** A request for missing messages was sent. */
  noteRequest(): void {
    const s = this.#state
    s[TRACK.lastRequestNs] = this.nowNs
    if (s[TRACK.recoveredNs] >= s[TRACK.unansweredNs]) s[TRACK.unansweredNs] = this.nowNs
  }

  /** Whether what comes in answer to requests may be of the run before a restart, so that it is not looked at. */
  isDeaf(): boolean {
    return this.nowNs < this.#state[TRACK.deafUntilNs]
  }

  /**
   * The datagrams that were just shown came as one: what is dropped next is a train too, so a
   * train is what one drop stands for.
   */
  noteTrain(datagrams: number, messages: number): void {
    const s = this.#state
    s[TRACK.datagrams] -= datagrams - 1
    s[TRACK.maxPerDatagram] = Math.max(s[TRACK.maxPerDatagram], messages)
  }

  /**
   * Shows the tracker a datagram of `shownSession`, or a heartbeat (`count` 0, with the next sequence to
   * come).
   *
   * @param wireSequence of its first message, as on the wire
   * @returns one of VERDICT
   */
  accept(line: number, wireSequence: number, count: number): number {
    const s = this.#state
    const session = this.shownSession
    const progress = this.#progress
    const lane = this.#lines[line]
    progress.nowNs = this.nowNs
    progress.arrivedNs = this.arrivedNs
    if (s[TRACK.started] === 0) progress.start(session, wireSequence)
    const sequence = progress.unwrap(wireSequence)
    const at = lineAt(line)
    this.sequence = sequence
    s[at + LINE_TRACK.seen] += count
    if (sequence === s[TRACK.next] && session === s[TRACK.session]) {
      if (count > 0) {
        s[at + LINE_TRACK.next] = sequence + count
        s[at + LINE_TRACK.first] += count
        progress.advance(count)
      } else {
        s[at + LINE_TRACK.beats] += 1
        s[TRACK.datagrams] += 1
      }
      lane.drops.age()
      if (s[at + LINE_TRACK.invalidPool] > 0) progress.countStrays(lane.drops.takeInvalid())
      return VERDICT.deliver
    }
    return this.#judge(line, wireSequence, sequence, count)
  }

  /**
   * Somebody who knows says that the feed is at `next` of another run, whose number is `shownSession`: no
   * evidence is needed. All gaps must be closed.
   */
  beginTold(next: number): void {
    this.#progress.nowNs = this.nowNs
    this.#progress.begin(this.shownSession, next, this.#lines[0].drops)
  }

  /** The same of messages that are missing: `count` from the next one on. Close the gap behind this. */
  missTold(count: number, parts: Float64Array): void {
    this.#progress.nowNs = this.nowNs
    this.#progress.missKnown(count, parts)
    this.closed.askedElsewhere = parts[LOSS.unrecovered]
  }

  /** The same of messages that newer ones have replaced. */
  skipTold(count: number): void {
    this.#progress.skip(count)
  }

  /** Whether anything has come. */
  get started(): boolean {
    return this.#state[TRACK.started] === 1
  }

  /** Whether a datagram that begins with `next` needs no judging: nothing is missing, nothing unexplained. */
  isCalm(line: number): boolean {
    const calm = this.#state[TRACK.started] === 1 && this.gaps.size === 0
    return calm && this.#lines[line].drops.isEmpty
  }

  /**
   * Accepts datagrams that came one behind the other, each with messages and in order, since `isCalm` was
   * true: what `accept` would have done with each.
   *
   * @param most messages that one of them had
   */
  acceptInOrder(line: number, datagrams: number, messages: number, most: number): void {
    const s = this.#state
    const at = lineAt(line)
    this.#progress.nowNs = this.nowNs
    this.#progress.arrivedNs = this.arrivedNs
    this.#progress.advanceBy(datagrams, messages, most)
    s[at + LINE_TRACK.seen] += messages
    s[at + LINE_TRACK.first] += messages
    s[at + LINE_TRACK.next] = s[TRACK.next]
  }

  /**
   * A datagram of `shownSession` came without its end: its messages are missing, unless they were there.
   *
   * @param exact whether it had no more than `count`
   * @returns false if it is not known for a part of the present stream: then it is one that was invalid
   */
  missCut(line: number, wireSequence: number, count: number, exact: boolean): boolean {
    const s = this.#state
    const progress = this.#progress
    progress.nowNs = this.nowNs
    progress.arrivedNs = this.arrivedNs
    if (s[TRACK.started] === 0) progress.start(this.shownSession, wireSequence)
    if (this.shownSession !== s[TRACK.session]) return false
    const sequence = progress.unwrap(wireSequence)
    const jump = sequence - s[TRACK.next]
    const lane = this.#lines[line]
    progress.measureSilence()
    if (jump > 0 && !this.#arbiter.isPlausible(lane, jump)) return false
    const ahead = sequence + count - s[TRACK.next]
    if (ahead <= 0) return true
    progress.passOverCut(Math.max(0, jump), Math.min(ahead, count), lane.drops)
    if (!exact) lane.drops.noteCut()
    return true
  }

  /** The same for the answer to a request, which can only fill gaps. */
  acceptRecovered(session: number, wireSequence: number, count: number): number {
    const s = this.#state
    this.#recovered = true
    const sequence = this.#progress.unwrap(wireSequence)
    this.sequence = sequence
    const other = s[TRACK.started] === 0 || session !== s[TRACK.session]
    if (other || count === 0 || this.isDeaf()) return VERDICT.duplicate
    if (this.gaps.overlaps(sequence, count) || this.closed.overlaps(sequence, count)) {
      return VERDICT.checkEach
    }
    if (sequence + count <= s[TRACK.next]) s[TRACK.duplicates] += count
    return VERDICT.duplicate
  }

  /** Of a datagram to be checked message by message: whether this one is new. */
  acceptOne(sequence: number): boolean {
    const s = this.#state
    this.filled = false
    if (sequence >= s[TRACK.next]) {
      // An answer fills gaps and nothing else.
      if (this.#recovered) return false
      assert(sequence === s[TRACK.next], 'messages of one datagram follow one another')
      this.#progress.advance(1)
      this.#lines[this.#line].count(LINE_TRACK.first, 1)
      return true
    }
    let row = this.gaps.find(sequence)
    // Only of what was asked for: the number is boxed on its way.
    if (row >= 0 && this.#recovered) this.openedNs = this.gaps.openedNs(row)
    this.gaps.nowNs = this.nowNs
    if (row >= 0 && !this.gaps.fill(row, sequence)) {
      this.closed.giveUpOldest()
      row = this.gaps.find(sequence)
      if (row >= 0 && !this.gaps.fill(row, sequence)) row = NONE
    }
    if (row < 0) {
      this.#countOld(sequence)
      return false
    }
    this.filled = true
    if (this.#recovered) {
      s[TRACK.recovered] += 1
      s[TRACK.recoveredNs] = this.nowNs
    } else {
      s[TRACK.late] += 1
      const line = this.#lines[this.#line]
      line.count(LINE_TRACK.late, 1)
      line.fallen.forget()
    }
    return true
  }

  /**
   * Declares the oldest open gap lost if its time has come, or in any case if `always`, and describes it
   * in the fields of `closed`. Call it until it returns false.
   */
  closeGap(always: boolean): boolean {
    if (this.gaps.size === 0) return false
    // The table must have room for the two gaps that one datagram can open or split.
    if (!always && this.gaps.size <= MAX_OPEN_GAPS - 2) {
      this.#patience.nowNs = Math.min(this.nowNs, this.answeredNs)
      if (!this.#patience.isOver()) return false
    }
    this.closed.giveUpOldest()
    return true
  }

  /** Time passed without a datagram: what was contradicted does not wait for a witness any more. */
  dropContradicted(): void {
    this.#arbiter.nowNs = this.nowNs
    this.#arbiter.dropContradicted()
  }

  /**
   * What the end does to datagrams that wait for a witness.
   *
   * @param whole whether all that there is was shown, and each line had one sender
   * @returns whether one is believed: do as for the verdict `confirmed`, and call it again
   */
  judgeSuspect(whole: boolean): boolean {
    this.#arbiter.nowNs = this.nowNs
    return this.#arbiter.settle(whole)
  }

  /**
   * The suspect of `confirmedLine` was right: the publisher restarted, or a great many messages were
   * lost. All gaps must be closed. It counts as accepted; its first sequence is in `sequence`.
   *
   * @returns how many messages it has
   */
  confirmSuspect(): number {
    this.#arbiter.nowNs = this.nowNs
    const { count } = this.#lines[this.#arbiter.confirmed].suspect
    this.sequence = this.#arbiter.confirmSuspect()
    return count
  }

  /** The publisher restarted and the old datagrams were new ones. All gaps must be closed. */
  confirmRestart(): void {
    this.#arbiter.nowNs = this.nowNs
    this.#arbiter.confirmRestart()
  }

  /** Whether every line lost so much behind its last datagram that nothing more can come of a total. */
  isTailLost(total: number, tails: readonly LineTail[]): boolean {
    return this.beyond(total) + this.#tail.lostByAll(tails) >= 0
  }

  /**
   * Opens the gap behind the last message, now that nothing more will come. Close all gaps after it,
   * then call `reconcile`.
   *
   * @param total messages that were sent, NaN if nobody knows
   * @param tails what was dropped on each line behind the last datagram that it showed
   * @param cut whether the run was ended from here, and not by what came
   */
  openTail(total: number, tails: readonly LineTail[], cut: boolean): void {
    const s = this.#state
    this.#progress.nowNs = this.nowNs
    const { claim } = this.#arbiter
    const claimed = claim.sequence - s[TRACK.next]
    const plausible = claimed > 0 && this.#arbiter.isPlausible(this.#lines[0], claimed)
    const ended = this.hasEnded || (plausible && s[TRACK.endedAt] === claim.sequence)
    const known = this.#tail.known(tails, plausible ? claimed : 0, claim.line, ended)
    const tail = Number.isNaN(total) ? known : -this.beyond(total)
    if (tail > 0) {
      const parts = this.#tail
      // A feed that was joined farther on than the total reaches counts from another beginning.
      const before = s[TRACK.joinedAt] - this.#initialSequence
      this.#unseen = before <= total ? before : 0
      parts.divide(tail, tails, this.#unseen, cut)
      this.#progress.openGap(parts.ring, parts.invalid, parts.kernel, parts.network, parts.cutOff)
    }
    for (const { drops } of this.#lines) this.#progress.countStrays(drops.takeInvalid())
  }

  /**
   * The kernel stamps its drop counter when it queues a datagram, which can be a little early or late.
   * Drops that are left at the end therefore explain losses that had no explanation. With several lines
   * a drop on one need not be a loss.
   */
  reconcile(): void {
    const s = this.#state
    if (this.#lines.length > 1) return
    const explained = this.#lines[0].drops.takeKernel()
    const moved = Math.min(s[TRACK.lost + LOSS.network], explained)
    s[TRACK.lost + LOSS.network] -= moved
    s[TRACK.lost + LOSS.kernel] += moved
  }

  /**
   * Messages that a line has brought beyond those that the parts of its account add up to; 0 between
   * datagrams.
   */
  unplaced(line: number): number {
    const s = this.#state
    const at = lineAt(line)
    return (
      s[at + LINE_TRACK.seen] -
      s[at + LINE_TRACK.first] -
      s[at + LINE_TRACK.duplicates] -
      s[at + LINE_TRACK.late] -
      s[at + LINE_TRACK.tooLate] -
      s[at + LINE_TRACK.held] -
      s[at + LINE_TRACK.foreign]
    )
  }

  /** What a dead thread had begun to judge and not finished counts as held: nobody will deliver it. */
  takeOver(): void {
    for (let i = 0; i < this.#lines.length; i++) {
      this.#lines[i].count(LINE_TRACK.held, this.unplaced(i))
    }
  }

  #judge(line: number, wireSequence: number, sequence: number, count: number): number {
    this.#recovered = false
    this.#line = line
    const arbiter = this.#arbiter
    arbiter.nowNs = this.nowNs
    arbiter.arrivedNs = this.arrivedNs
    arbiter.session = this.shownSession
    const verdict = arbiter.judge(line, wireSequence, sequence, count)
    // It will be shown once more.
    if (verdict >= VERDICT.confirmed) this.#state[lineAt(line) + LINE_TRACK.seen] -= count
    return verdict
  }

  /** A message that is not missing any more. */
  #countOld(sequence: number): void {
    const tooLate = this.closed.overlaps(sequence, 1)
    this.#state[tooLate ? TRACK.tooLate : TRACK.duplicates] += 1
    if (this.#recovered) return
    const part = tooLate ? LINE_TRACK.tooLate : LINE_TRACK.duplicates
    this.#lines[this.#line].count(part, 1)
  }
}
