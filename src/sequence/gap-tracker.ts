import { assert } from '../foundation/assert.js'
import { MAX_LINES } from '../foundation/limits.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { ClosedGaps } from './closed-gaps.js'
import { DropPools } from './drop-pools.js'
import { GapTable, LOSS, MAX_OPEN_GAPS } from './gap-table.js'
import { Patience } from './patience.js'
import {
  PLAUSIBLE_JUMP,
  REORDER_WINDOW,
  RESTART_BACKFILL,
  RESTART_QUIET_NS,
  START_BACKFILL,
} from './tracker-limits.js'
import {
  type GapPolicy,
  TRACK,
  TRACKER_DOUBLES,
  type TrackerOptions,
  VERDICT,
} from './tracker-state.js'
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
  /**
   * What had come by then in answer to requests has been looked at: later than this no gap is given up,
   * however late it is by now. Set by the caller; Infinity where nobody asks.
   */
  answeredNs = Number.POSITIVE_INFINITY
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
  readonly #patience: Patience
  readonly #wraps: boolean
  readonly #initialSequence: number
  readonly #lineCount: number
  readonly #policy: GapPolicy
  #recovered = false

  /** @param state TRACKER_DOUBLES doubles, zeros at first */
  constructor(state: Float64Array, options: TrackerOptions) {
    assert(state.length >= TRACKER_DOUBLES, 'the tracker has the memory that it needs')
    this.#state = state
    this.gaps = new GapTable(state.subarray(TRACK.table))
    this.#wraps = options.sequenceBits === 32
    this.drops = new DropPools(state, options.dropsRunAhead, options.lineCount)
    this.#witness = new Witness(state, this.#wraps)
    this.#initialSequence = options.initialSequence
    this.#lineCount = options.lineCount
    this.#policy = options.policy
    this.closed = new ClosedGaps(state, this.gaps, options.policy)
    this.#patience = new Patience(state, this.gaps, options.policy, options.lineCount)
    if (state[TRACK.started] === 0) {
      this.#witness.reset()
      this.#forgetLines()
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
   * Shows the tracker a datagram, or a heartbeat (`count` 0, with the next sequence to come).
   *
   * @param wireSequence of its first message, as on the wire
   * @returns one of VERDICT
   */
  accept(line: number, session: number, wireSequence: number, count: number): number {
    const s = this.#state
    if (s[TRACK.started] === 0) this.#start(session, wireSequence)
    const sequence = this.#unwrap(wireSequence)
    this.sequence = sequence
    const lineNext = s[TRACK.lineNext + line]
    if (sequence === s[TRACK.next] && session === s[TRACK.session]) {
      s[TRACK.lineNext + line] = sequence + count
      if (count > 0) this.#advance(count)
      else this.drops.age()
      return VERDICT.deliver
    }
    this.#recovered = false
    // A line that only now begins, or lags behind another, has not fallen back by itself.
    const quiet = this.nowNs - s[TRACK.lastNs] > RESTART_QUIET_NS
    const fellBack = lineNext - sequence > (quiet ? 0 : REORDER_WINDOW)
    const verdict = this.#acceptOutOfOrder(line, session, wireSequence, sequence, count, fellBack)
    const end = sequence + count
    const ofThisFeed = verdict !== VERDICT.hold && session === s[TRACK.session]
    if (ofThisFeed && end > lineNext && end <= s[TRACK.next]) s[TRACK.lineNext + line] = end
    return verdict
  }

  /** The same for the answer to a request, which can only fill gaps. */
  acceptRecovered(session: number, wireSequence: number, count: number): number {
    const s = this.#state
    this.#recovered = true
    const sequence = this.#unwrap(wireSequence)
    this.sequence = sequence
    const foreign = s[TRACK.started] === 0 || session !== s[TRACK.session]
    if (foreign || count === 0 || sequence > s[TRACK.next]) return VERDICT.duplicate
    return this.#isOld(sequence, count) ? this.#countDuplicates(count) : VERDICT.checkEach
  }

  /** Of a datagram to be checked message by message: whether this one is new. */
  acceptOne(sequence: number): boolean {
    const s = this.#state
    this.filled = false
    if (sequence >= s[TRACK.next]) {
      assert(sequence === s[TRACK.next], 'messages of one datagram follow one another')
      this.#advance(1)
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
   * @returns `confirmed` if another session began with it (do as for `accept`), `duplicate` if it is
   * nothing, `hold` if there is none or its time has not come
   */
  settleHeld(final: boolean): number {
    const isDue = final || this.#witness.isOverdue(this.nowNs)
    if (!this.#witness.holding || !isDue) return VERDICT.hold
    if (this.#witness.provenBySilence) return VERDICT.confirmed
    this.#dropHeld()
    return VERDICT.duplicate
  }

  /**
   * The held datagram was right: the publisher restarted, or a great many messages were lost. All gaps
   * must be closed. The held datagram counts as accepted; its first sequence is in `sequence`.
   */
  confirmHeld(): void {
    const s = this.#state
    const jump = this.#unwrap(s[TRACK.heldFirst]) - s[TRACK.next]
    // A single datagram before the jump is no base: the feed then starts at the held one.
    if (s[TRACK.heldSession] === s[TRACK.session] && jump > 0 && s[TRACK.datagrams] > 1) {
      this.#openGap(s[TRACK.next], jump)
    } else {
      this.#begin(s[TRACK.heldSession], s[TRACK.heldFirst])
    }
    this.#witness.letGo()
    this.sequence = s[TRACK.next]
    this.#advance(s[TRACK.heldCount])
  }

  /** The publisher began anew and the old datagrams were new ones. All gaps must be closed. */
  confirmRestart(): void {
    const s = this.#state
    const missed = s[TRACK.streakCounted]
    s[TRACK.duplicates] -= missed
    this.#begin(s[TRACK.session], s[TRACK.streakFirst])
    this.#openGap(s[TRACK.next], missed)
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
    const s = this.#state
    // A drop on one of several lines was no loss, but of what none has brought.
    if (this.#lineCount > 1 && Number.isNaN(total)) this.drops.takeKernel()
    if (tailKernelDrops > 0) this.drops.noteKernel(tailKernelDrops)
    this.drops.noteRing(tailRingDrops)
    const tail = Number.isNaN(total) ? this.drops.estimateTail() : Math.max(0, -this.beyond(total))
    if (tail > 0) this.#openGap(s[TRACK.next], tail)
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

  #start(session: number, wireSequence: number): void {
    const s = this.#state
    s[TRACK.started] = 1
    s[TRACK.session] = session
    s[TRACK.next] = wireSequence
    const { recovering, ordered } = this.#policy
    if (recovering || ordered) this.#missStart(wireSequence, START_BACKFILL)
  }

  /** Another session, or the same one anew, of which `wireSequence` was seen first. */
  #begin(session: number, wireSequence: number): void {
    const s = this.#state
    s[TRACK.session] = session
    s[TRACK.next] = wireSequence
    s[TRACK.restarts] += 1
    this.closed.forget()
    this.#forgetLines()
    if (this.#policy.recovering) this.#missStart(wireSequence, RESTART_BACKFILL)
  }

  /** What a session began with is missing too, if that can be so: up to `most` messages. */
  #missStart(wireSequence: number, most: number): void {
    const first = this.#initialSequence
    if (wireSequence <= first || wireSequence > first + most) return
    this.#state[TRACK.next] = first
    this.#openGap(first, wireSequence - first)
  }

  #forgetLines(): void {
    this.#state.fill(NONE, TRACK.lineNext, TRACK.lineNext + MAX_LINES)
  }

  /** A wire number as the unwrapped sequence nearest to the expected one (RFC 1982). */
  #unwrap(wireSequence: number): number {
    if (!this.#wraps) return wireSequence
    const next = this.#state[TRACK.next]
    return next + ((wireSequence - (next % TWO_POW_32)) | 0)
  }

  #advance(count: number): void {
    const s = this.#state
    s[TRACK.next] += count
    s[TRACK.expected] += count
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.datagrams] += 1
    s[TRACK.messages] += count
    if (count > s[TRACK.maxPerDatagram]) s[TRACK.maxPerDatagram] = count
    this.drops.age()
  }

  #acceptOutOfOrder(
    line: number,
    session: number,
    wireSequence: number,
    sequence: number,
    count: number,
    fellBack: boolean,
  ): number {
    const s = this.#state
    if (this.#witness.confirms(line, session, wireSequence)) return VERDICT.confirmed
    const jump = sequence - s[TRACK.next]
    const otherSession = session !== s[TRACK.session]
    const restart = fellBack && wireSequence === this.#initialSequence && jump < 0
    if (otherSession || restart || (jump > PLAUSIBLE_JUMP && !this.drops.suffice(jump))) {
      if (count === 0) return VERDICT.duplicate
      if (this.#witness.holding) this.#dropHeld()
      this.#witness.hold(line, session, wireSequence, count, this.nowNs)
      return VERDICT.hold
    }
    if (jump > 0) {
      assert(this.gaps.size < MAX_OPEN_GAPS, 'closeGap was called between datagrams')
      this.#openGap(s[TRACK.next], jump)
      if (count > 0) this.#advance(count)
      return VERDICT.deliver
    }
    if (count === 0) return VERDICT.deliver
    if (!this.#isOld(sequence, count)) return VERDICT.checkEach
    if (this.#witness.provesRestart(line, wireSequence, count, fellBack)) return VERDICT.restarted
    return this.#countDuplicates(count)
  }

  /** Whether nothing of a datagram is new, missing, or was given up. */
  #isOld(sequence: number, count: number): boolean {
    return (
      sequence + count <= this.#state[TRACK.next] &&
      !this.gaps.overlaps(sequence, count) &&
      !this.closed.overlaps(sequence, count)
    )
  }

  #countDuplicates(count: number): number {
    this.#state[TRACK.duplicates] += count
    return VERDICT.duplicate
  }

  #openGap(first: number, count: number): void {
    const { drops } = this
    const s = this.#state
    drops.explain(count)
    this.gaps.append(first, drops.ring, drops.invalid, drops.kernel, drops.network, this.nowNs)
    s[TRACK.next] += count
    s[TRACK.expected] += count
    s[TRACK.gaps] += 1
  }

  /** A held datagram that nobody confirmed: an old one again, or not of this feed. */
  #dropHeld(): void {
    const s = this.#state
    if (s[TRACK.heldFirst] === this.#initialSequence && s[TRACK.heldSession] === s[TRACK.session]) {
      s[TRACK.duplicates] += s[TRACK.heldCount]
    } else {
      this.drops.noteInvalid()
    }
    this.#witness.letGo()
  }
}
