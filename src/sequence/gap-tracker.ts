import { assert } from '../foundation/assert.js'
import { ClosedGaps } from './closed-gaps.js'
import { DropPools } from './drop-pools.js'
import { FormerStreams } from './former-streams.js'
import { GapTable, LOSS, MAX_OPEN_GAPS } from './gap-table.js'
import { Patience } from './patience.js'
import { Progress } from './progress.js'
import {
  PLAUSIBLE_JUMP,
  REORDER_WINDOW,
  RESTART_PAUSE_NS,
  RESTART_QUIET_NS,
  RESTART_STREAK,
} from './tracker-limits.js'
import { TRACK, TRACKER_DOUBLES, type TrackerOptions, VERDICT } from './tracker-state.js'
import { Witness } from './witness.js'

const NONE = -1

/**
 * Finds gaps, duplicates, late datagrams and restarts in the sequences of one feed, and says who lost
 * what. Pure: no I/O, no clock of its own, no allocation. All its state lies in memory given by the
 * caller, so that another thread can take over when the handling thread dies.
 *
 * A gap is explained, in this order: by messages that the receiver threw away for want of a slot, by
 * invalid datagrams, by the kernel's drop counter, and what remains by the network. It stays open for
 * as long as the policy says, since UDP may reorder, another line may bring it, or it may be asked for;
 * then it is given up.
 */
export class GapTracker {
  /** The time to reckon with, set by the caller before each batch. A field: an argument would be boxed. */
  nowNs = 0
  /** When the datagram that is shown next arrived, by the same clock; set by the caller. */
  arrivedNs = 0
  /**
   * What had come by then in answer to requests has been looked at: later than this no gap is given up,
   * however late it is by now. Set by the caller; Infinity where nobody asks.
   */
  answeredNs = Number.POSITIVE_INFINITY
  /** The session of the datagram that is shown next. A field: names are numbers above 2^31. */
  shownSession = 0
  /** The unwrapped first sequence of the datagram that was accepted last. */
  sequence = 0
  /** Whether the message that `acceptOne` took last came late, to fill a gap; when that was opened. */
  filled = false
  openedNs = 0

  readonly gaps: GapTable
  /** Drops before the datagram that is shown next; to be told of them. */
  readonly drops: DropPools
  /** Of which `closeGap` gave up the last. */
  readonly closed: ClosedGaps
  readonly #state: Float64Array
  readonly #witness: Witness
  readonly #former: FormerStreams
  readonly #progress: Progress
  readonly #patience: Patience
  readonly #initialSequence: number
  readonly #lineCount: number
  #recovered = false

  /** @param state TRACKER_DOUBLES doubles, zeros at first */
  constructor(state: Float64Array, options: TrackerOptions) {
    assert(state.length >= TRACKER_DOUBLES, 'the tracker has the memory that it needs')
    this.#state = state
    this.gaps = new GapTable(state.subarray(TRACK.table))
    this.drops = new DropPools(state, options.dropsRunAhead, options.lineCount)
    this.#witness = new Witness(state, options.sequenceBits === 32)
    this.#former = new FormerStreams(state)
    this.#initialSequence = options.initialSequence
    this.#lineCount = options.lineCount
    this.closed = new ClosedGaps(state, this.gaps, options.policy)
    const { gaps, closed, drops } = this
    this.#progress = new Progress(state, { gaps, closed, drops, former: this.#former }, options)
    this.#patience = new Patience(state, this.gaps, options.policy, options.lineCount)
    if (state[TRACK.started] === 0) {
      this.#witness.reset()
      this.#former.reset()
      this.#progress.forgetLines()
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

  /** Times that the publisher began anew. */
  get restarts(): number {
    return this.#state[TRACK.restarts]
  }

  /** The session that is being received. */
  get session(): number {
    return this.#state[TRACK.session]
  }

  /** Messages that are accounted for beyond a total; negative while some are still to come. */
  beyond(total: number): number {
    return this.#state[TRACK.expected] - this.#state[TRACK.strays] - total
  }

  /** Messages in gaps that are still open. */
  missing(): number {
    return this.gaps.missing
  }

  /** By how many messages a line is behind what the feed has seen; NaN before its first datagram. */
  lag(line: number): number {
    const lineNext = this.#state[TRACK.lineNext + line]
    return lineNext === NONE ? Number.NaN : this.#state[TRACK.next] - lineNext
  }

  /**
   * The datagrams that were just shown came glued together: what is dropped next is a train too, so a
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
    this.#progress.nowNs = this.nowNs
    this.#progress.arrivedNs = this.arrivedNs
    if (s[TRACK.started] === 0) this.#progress.start(session, wireSequence)
    const sequence = this.#progress.unwrap(wireSequence)
    this.sequence = sequence
    const lineNext = s[TRACK.lineNext + line]
    if (sequence === s[TRACK.next] && session === s[TRACK.session]) {
      s[TRACK.lineNext + line] = sequence + count
      s[TRACK.alive] = 1
      if (count > 0) this.#progress.advance(count)
      else this.drops.age()
      return VERDICT.deliver
    }
    this.#recovered = false
    // A line that only now begins, or lags behind another, has not fallen back by itself.
    this.#progress.measureSilence()
    this.#former.nowNs = this.nowNs
    const quiet = this.#progress.silenceNs > RESTART_QUIET_NS
    const fellBack = lineNext - sequence > (quiet ? 0 : REORDER_WINDOW)
    const verdict = this.#acceptOutOfOrder(line, wireSequence, sequence, count, fellBack)
    const end = sequence + count
    const ofThisFeed = verdict !== VERDICT.hold && session === s[TRACK.session]
    if (ofThisFeed && end > lineNext && end <= s[TRACK.next]) s[TRACK.lineNext + line] = end
    return verdict
  }

  /** The same for the answer to a request, which can only fill gaps. */
  acceptRecovered(session: number, wireSequence: number, count: number): number {
    const s = this.#state
    this.#recovered = true
    const sequence = this.#progress.unwrap(wireSequence)
    this.sequence = sequence
    const foreign = s[TRACK.started] === 0 || session !== s[TRACK.session]
    if (foreign || count === 0 || sequence > s[TRACK.next]) return VERDICT.duplicate
    return this.#progress.isOld(sequence, count) ? this.#countDuplicates(count) : VERDICT.checkEach
  }

  /** Of a datagram to be checked message by message: whether this one is new. */
  acceptOne(sequence: number): boolean {
    const s = this.#state
    this.filled = false
    if (sequence >= s[TRACK.next]) {
      assert(sequence === s[TRACK.next], 'messages of one datagram follow one another')
      this.#progress.advance(1)
      return true
    }
    let row = this.gaps.find(sequence)
    if (row >= 0) this.openedNs = this.gaps.openedNs(row)
    if (row >= 0 && !this.gaps.fill(row, sequence)) {
      this.closed.giveUpOldest()
      row = this.gaps.find(sequence)
      if (row >= 0 && !this.gaps.fill(row, sequence)) row = NONE
    }
    if (row < 0) {
      s[this.closed.overlaps(sequence, 1) ? TRACK.tooLate : TRACK.duplicates] += 1
      return false
    }
    s[this.#recovered ? TRACK.recovered : TRACK.late] += 1
    if (this.#recovered) s[TRACK.recoveredNs] = this.nowNs
    this.filled = true
    return true
  }

  /**
   * Gives up the oldest open gap if its time has come, or in any case if `always`, and describes it in
   * the fields of `closed`. Call it until it returns false.
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

  /**
   * The held datagram has waited alone for long enough.
   *
   * @returns `confirmed` if it is the start of another session (do as for `accept`), `duplicate` if it
   * is nothing, `hold` if there is none or its time has not come
   */
  settleHeld(final: boolean): number {
    const s = this.#state
    const witness = this.#witness
    if (!witness.holding) return VERDICT.hold
    const contradicted = witness.isContradicted() && (final || witness.isOverdue(this.nowNs))
    const otherSession = s[TRACK.heldSession] !== s[TRACK.session]
    if (otherSession && !witness.isContradicted()) {
      const believed = final || witness.isUnopposed(this.nowNs)
      return believed ? VERDICT.confirmed : VERDICT.hold
    }
    if (!final && !contradicted) return VERDICT.hold
    this.#dropHeld()
    return VERDICT.duplicate
  }

  /**
   * The held datagram was right: the publisher restarted, or a great many messages were lost. All gaps
   * must be closed. The held datagram counts as accepted; its first sequence is in `sequence`.
   */
  confirmHeld(): void {
    const s = this.#state
    this.#progress.nowNs = this.nowNs
    const jump = this.#progress.unwrap(s[TRACK.heldFirst]) - s[TRACK.next]
    const sameSession = s[TRACK.heldSession] === s[TRACK.session]
    // A single datagram before the jump is no base: the feed then starts at the held one.
    if (sameSession && jump > 0 && s[TRACK.datagrams] > 1) {
      this.#progress.passOver(jump)
    } else {
      this.#progress.begin(s[TRACK.heldSession], s[TRACK.heldFirst])
    }
    this.#witness.letGo()
    this.sequence = s[TRACK.next]
    this.#progress.advance(s[TRACK.heldCount])
  }

  /** The publisher began anew and the old datagrams were new ones. All gaps must be closed. */
  confirmRestart(): void {
    const s = this.#state
    this.#progress.nowNs = this.nowNs
    s[TRACK.duplicates] -= s[TRACK.streakCounted]
    const missed = this.#witness.streakLength
    this.#progress.begin(s[TRACK.session], s[TRACK.streakFirst])
    this.#progress.passOver(missed)
  }

  /**
   * Opens the gap behind the last message, now that nothing more will come. Close all gaps after it,
   * then call `reconcile`.
   *
   * @param total messages that were sent, NaN if nobody knows
   * @param tailKernelDrops datagrams that the kernel dropped after the last one that arrived
   * @param tailRingDrops messages that the receiver threw away after the last published datagram
   */
  openTail(total: number, tailKernelDrops: number, tailRingDrops: number): void {
    // A drop on one of several lines was no loss, but of what none has brought.
    if (this.#lineCount > 1 && Number.isNaN(total)) this.drops.takeKernel()
    if (tailKernelDrops > 0) this.drops.noteKernel(tailKernelDrops)
    this.drops.noteRing(tailRingDrops)
    const tail = Number.isNaN(total) ? this.drops.estimateTail() : Math.max(0, -this.beyond(total))
    if (tail > 0) this.#progress.passOver(tail)
    this.drops.countStrays()
  }

  /**
   * The kernel stamps its drop counter when it queues a datagram, which can be a little early or late.
   * Drops that are left at the end therefore explain losses that had no explanation.
   */
  reconcile(): void {
    const s = this.#state
    const explained = this.drops.takeKernel()
    if (this.#lineCount > 1) return
    const moved = Math.min(s[TRACK.lost + LOSS.network], explained)
    s[TRACK.lost + LOSS.network] -= moved
    s[TRACK.lost + LOSS.kernel] += moved
  }

  #acceptOutOfOrder(
    line: number,
    wireSequence: number,
    sequence: number,
    count: number,
    fellBack: boolean,
  ): number {
    const s = this.#state
    const session = this.shownSession
    const { holding } = this.#witness
    if (holding && this.#witness.confirms(line, session, wireSequence, fellBack, this.nowNs)) {
      return VERDICT.confirmed
    }
    const jump = sequence - s[TRACK.next]
    const otherSession = session !== s[TRACK.session]
    if (this.#isStale(line, sequence)) return this.#countStale(sequence + count, count)
    const old = this.#progress.isOld(sequence, count)
    // What fills a gap may be of a publisher begun anew only if nothing came for a while before it.
    const paused = this.#progress.silenceNs > RESTART_PAUSE_NS
    const early = wireSequence - this.#initialSequence
    const doubtful =
      fellBack && (old || (paused && early < RESTART_STREAK * s[TRACK.maxPerDatagram]))
    const restart = doubtful && early === 0 && jump < 0
    if (otherSession || restart || this.#isFar(sequence, jump)) {
      if (count === 0) return VERDICT.duplicate
      if (this.#witness.holding) this.#dropHeld()
      this.#witness.hold(line, session, wireSequence, count, this.nowNs)
      return VERDICT.hold
    }
    if (jump > 0) {
      s[TRACK.alive] = 1
      assert(this.gaps.size < MAX_OPEN_GAPS, 'closeGap was called between datagrams')
      this.#progress.passOver(jump)
      if (count > 0) this.#progress.advance(count)
      return VERDICT.deliver
    }
    if (count === 0) return VERDICT.deliver
    if (!old && !doubtful) return VERDICT.checkEach
    const counted = old ? count : this.#progress.countEach(sequence, count)
    if (this.#witness.provesRestart(line, wireSequence, count, counted, fellBack)) {
      return VERDICT.restarted
    }
    if (old) this.#countDuplicates(count)
    return VERDICT.duplicate
  }

  /** Whether a jump ahead is too far, or leads to where a former stream was, to be believed alone. */
  #isFar(sequence: number, jump: number): boolean {
    if (jump > PLAUSIBLE_JUMP) return !this.drops.suffice(jump)
    return jump > 0 && this.#former.reaches(sequence)
  }

  /** Whether a slower line still brings what is of a stream that was left. */
  #isStale(line: number, sequence: number): boolean {
    const s = this.#state
    const session = this.shownSession
    if (session === s[TRACK.session]) {
      return this.#former.reaches(sequence) && this.#former.isStillOn(line, sequence)
    }
    if (!this.#former.find(session)) return false
    // Gone back to, after some silence, it goes on where it was left.
    return this.#progress.silenceNs <= RESTART_QUIET_NS || sequence < this.#former.end
  }

  #countStale(end: number, count: number): number {
    this.#state[end <= this.#former.end ? TRACK.duplicates : TRACK.tooLate] += count
    return VERDICT.duplicate
  }

  #countDuplicates(count: number): number {
    this.#state[TRACK.duplicates] += count
    return VERDICT.duplicate
  }

  /** A held datagram that nobody confirmed: an old one again, or not of this feed. */
  #dropHeld(): void {
    const s = this.#state
    if (s[TRACK.heldFirst] === this.#initialSequence && s[TRACK.heldSession] === s[TRACK.session]) {
      this.#progress.countEach(this.#progress.unwrap(this.#initialSequence), s[TRACK.heldCount])
    } else {
      this.drops.noteInvalid()
    }
    this.#witness.letGo()
  }
}
