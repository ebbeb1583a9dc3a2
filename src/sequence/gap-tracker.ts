import { assert } from '../foundation/assert.js'
import { MAX_LINES } from '../foundation/limits.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { GapTable, LOSS, LOSS_REASONS, type LossReason, MAX_OPEN_GAPS } from './gap-table.js'
import {
  DROP_MEMORY_DATAGRAMS,
  EXPLAINED_WINDOW,
  GAP_PATIENCE_NS,
  PLAUSIBLE_JUMP,
  REORDER_WINDOW,
  RESTART_QUIET_NS,
} from './tracker-limits.js'
import { TRACK, TRACKER_DOUBLES, type TrackerOptions, VERDICT } from './tracker-state.js'

const NONE = -1

/**
 * Finds gaps, duplicates, late datagrams and restarts in the sequences of one feed, and says who lost
 * what. Pure: no I/O, no clock of its own, no allocation. All its state lies in memory given by the
 * caller, so that another thread can take over when the handling thread dies.
 *
 * A gap is explained, in this order: by messages that the receiver threw away for want of a slot, by
 * invalid datagrams, by the kernel's drop counter, and what remains by the network. It stays open for
 * a while, since UDP may reorder; then it is given up.
 */
export class GapTracker {
  /** The time to reckon with, set by the caller before each batch. A field: an argument would be boxed. */
  nowNs = 0
  /** The unwrapped first sequence of the datagram that was accepted last. */
  sequence = 0
  /** The gap that `closeGap` closed. */
  closedFirst = 0
  closedCount = 0
  closedReason: LossReason = 'network'

  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #wraps: boolean
  readonly #initialSequence: number
  readonly #singleLine: boolean
  readonly #dropsRunAhead: boolean

  /** @param state TRACKER_DOUBLES doubles, zeros at first */
  constructor(state: Float64Array, options: TrackerOptions) {
    assert(state.length >= TRACKER_DOUBLES, 'the tracker has the memory that it needs')
    this.#state = state
    this.#gaps = new GapTable(state.subarray(TRACK.table))
    this.#wraps = options.sequenceBits === 32
    this.#initialSequence = options.initialSequence
    this.#singleLine = options.lineCount === 1
    this.#dropsRunAhead = options.dropsRunAhead
    if (state[TRACK.started] === 0) {
      state[TRACK.heldLine] = NONE
      this.#forgetLines()
    }
  }

  get openGaps(): number {
    return this.#gaps.size
  }

  /** Messages that are accounted for beyond a total; negative while some are still to come. */
  beyond(total: number): number {
    return this.#state[TRACK.expected] - this.#state[TRACK.strays] - total
  }

  /** Messages in gaps that are still open. */
  missing(): number {
    return this.#gaps.missing()
  }

  /** The kernel dropped datagrams at one of the lines, before the datagram that is shown next. */
  noteKernelDrops(datagrams: number): void {
    this.#state[TRACK.kernelPool] += datagrams
    this.#state[TRACK.kernelPoolAge] = 0
  }

  /** The receiver threw messages away, before the datagram that is shown next. */
  noteRingDrops(messages: number): void {
    this.#state[TRACK.ringPool] += messages
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

  /** A datagram came that could not be read. */
  noteInvalid(): void {
    this.#state[TRACK.invalidPool] += 1
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
    if (sequence + count > lineNext) s[TRACK.lineNext + line] = sequence + count
    if (sequence === s[TRACK.next] && session === s[TRACK.session]) {
      if (count > 0) this.#advance(count)
      return VERDICT.deliver
    }
    // A line that only now begins, or lags behind another, has not fallen back by itself.
    const quiet = this.nowNs - s[TRACK.lastNs] > RESTART_QUIET_NS
    const fellBack = lineNext - sequence > (quiet ? 0 : REORDER_WINDOW)
    return this.#acceptOutOfOrder(line, session, wireSequence, sequence, count, fellBack)
  }

  /** Of a datagram to be checked message by message: whether this one is new. */
  acceptOne(sequence: number): boolean {
    const s = this.#state
    if (sequence >= s[TRACK.next]) {
      assert(sequence === s[TRACK.next], 'messages of one datagram follow one another')
      this.#advance(1)
      return true
    }
    let row = this.#gaps.find(sequence)
    if (row < 0) {
      s[TRACK.duplicates] += 1
      return false
    }
    if (!this.#gaps.fill(row, sequence)) {
      this.#giveUpOldest()
      row = this.#gaps.find(sequence)
      if (row < 0 || !this.#gaps.fill(row, sequence)) {
        s[TRACK.duplicates] += 1
        return false
      }
    }
    s[TRACK.late] += 1
    return true
  }

  /**
   * Gives up the oldest open gap if its time has come, or in any case if `always`, and describes it in
   * the `closed` fields. Call it until it returns false.
   */
  closeGap(always: boolean): boolean {
    if (this.#gaps.size === 0) return false
    const end = this.#gaps.first(0) + this.#gaps.count(0)
    const explained = this.#singleLine && this.#gaps.part(0, LOSS.network) === 0
    const window = explained ? EXPLAINED_WINDOW : REORDER_WINDOW
    const overtaken = this.#state[TRACK.next] - end > window
    const old = this.nowNs - this.#gaps.openedNs(0) > GAP_PATIENCE_NS
    // The table must have room for the two gaps that one datagram can open or split.
    const crowded = this.#gaps.size > MAX_OPEN_GAPS - 2
    if (!always && !overtaken && !old && !crowded) return false
    this.#giveUpOldest()
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
    if (s[TRACK.heldLine] === NONE) return VERDICT.hold
    if (!final && this.nowNs - s[TRACK.heldSinceNs] < GAP_PATIENCE_NS) return VERDICT.hold
    if (s[TRACK.heldSession] !== s[TRACK.session]) return VERDICT.confirmed
    this.#dropHeld()
    return VERDICT.duplicate
  }

  /**
   * The held datagram was right: the publisher restarted, or a great many messages were lost. All gaps
   * must be closed. The held datagram counts as delivered; its first sequence is in `sequence`.
   */
  confirmHeld(): void {
    const s = this.#state
    const jump = this.#unwrap(s[TRACK.heldFirst]) - s[TRACK.next]
    const sameSession = s[TRACK.heldSession] === s[TRACK.session]
    // A single datagram before the jump is no base: the feed then starts at the held one.
    if (sameSession && jump > 0 && s[TRACK.datagrams] > 1) {
      this.#openGap(s[TRACK.next], jump)
    } else {
      s[TRACK.session] = s[TRACK.heldSession]
      s[TRACK.next] = s[TRACK.heldFirst]
      s[TRACK.restarts] += 1
      this.#forgetLines()
    }
    s[TRACK.heldLine] = NONE
    this.sequence = s[TRACK.next]
    this.#advance(s[TRACK.heldCount])
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
    if (tailKernelDrops > 0) this.noteKernelDrops(tailKernelDrops)
    this.noteRingDrops(tailRingDrops)
    const tail = Number.isNaN(total) ? this.#estimateTail() : Math.max(0, -this.beyond(total))
    if (tail > 0) this.#openGap(s[TRACK.next], tail)
    this.#countStrayInvalid()
  }

  /**
   * The kernel stamps its drop counter when it queues a datagram, which can be a little early or late.
   * Drops that are left at the end therefore explain losses that had no explanation.
   */
  reconcile(): void {
    const s = this.#state
    if (this.#singleLine) {
      const explained = s[TRACK.kernelPool] * Math.max(1, s[TRACK.maxPerDatagram])
      const moved = Math.min(s[TRACK.lost + LOSS.network], explained)
      s[TRACK.lost + LOSS.network] -= moved
      s[TRACK.lost + LOSS.kernel] += moved
    }
    s[TRACK.kernelPool] = 0
  }

  /** Messages that the drops since the last datagram stand for, if nothing else tells. */
  tailEstimate(tailKernelDrops: number, tailRingDrops: number): number {
    const s = this.#state
    return (
      s[TRACK.ringPool] +
      tailRingDrops +
      s[TRACK.invalidPool] +
      Math.round((s[TRACK.kernelPool] + tailKernelDrops) * this.#meanPerDatagram())
    )
  }

  #estimateTail(): number {
    const s = this.#state
    // Drops that fell between datagrams without a gap were not of this feed's tail.
    const kernel = s[TRACK.kernelPoolAge] === 0 ? s[TRACK.kernelPool] : 0
    return s[TRACK.ringPool] + Math.round(kernel * this.#meanPerDatagram())
  }

  #meanPerDatagram(): number {
    const s = this.#state
    return s[TRACK.datagrams] === 0 ? 1 : s[TRACK.messages] / s[TRACK.datagrams]
  }

  #start(session: number, wireSequence: number): void {
    const s = this.#state
    s[TRACK.started] = 1
    s[TRACK.session] = session
    s[TRACK.next] = wireSequence
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
    s[TRACK.ringPool] = 0
    if (s[TRACK.invalidPool] > 0) this.#countStrayInvalid()
    if (s[TRACK.kernelPool] > 0 && !this.#dropsRunAhead) {
      s[TRACK.kernelPoolAge] += 1
      if (s[TRACK.kernelPoolAge] > DROP_MEMORY_DATAGRAMS) s[TRACK.kernelPool] = 0
    }
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
    if (this.#confirmsHeld(line, session, wireSequence)) {
      return VERDICT.confirmed
    }
    const jump = sequence - s[TRACK.next]
    const otherSession = session !== s[TRACK.session]
    const restart = fellBack && wireSequence === this.#initialSequence && jump < 0
    if (otherSession || restart || (jump > PLAUSIBLE_JUMP && !this.#dropsExplain(jump))) {
      if (count === 0) return VERDICT.duplicate
      this.#hold(line, session, wireSequence, count)
      return VERDICT.hold
    }
    if (jump > 0) {
      assert(this.#gaps.size < MAX_OPEN_GAPS, 'closeGap was called between datagrams')
      this.#openGap(s[TRACK.next], jump)
      if (count > 0) this.#advance(count)
      return VERDICT.deliver
    }
    return count === 0 ? VERDICT.deliver : this.#acceptOld(sequence, count)
  }

  /** A datagram that starts before the expected sequence. */
  #acceptOld(sequence: number, count: number): number {
    if (this.#gaps.size === 0 && sequence + count <= this.#state[TRACK.next]) {
      this.#state[TRACK.duplicates] += count
      return VERDICT.duplicate
    }
    return VERDICT.checkEach
  }

  /** Whether the drops that were noted are enough for a gap of this size. */
  #dropsExplain(gap: number): boolean {
    const s = this.#state
    const messages = s[TRACK.kernelPool] * Math.max(1, s[TRACK.maxPerDatagram]) + s[TRACK.ringPool]
    return messages >= gap
  }

  #openGap(first: number, count: number): void {
    const s = this.#state
    const perDatagram = Math.max(1, s[TRACK.maxPerDatagram])
    const ring = Math.min(count, s[TRACK.ringPool])
    const invalid = Math.min(count - ring, s[TRACK.invalidPool] * perDatagram)
    const kernel = Math.min(count - ring - invalid, s[TRACK.kernelPool] * perDatagram)
    s[TRACK.ringPool] = 0
    s[TRACK.invalidPool] -= Math.ceil(invalid / perDatagram)
    s[TRACK.kernelPool] -= Math.ceil(kernel / perDatagram)
    this.#gaps.append(first, ring, invalid, kernel, count - ring - invalid - kernel, this.nowNs)
    s[TRACK.next] += count
    s[TRACK.expected] += count
  }

  #giveUpOldest(): void {
    const s = this.#state
    let largest = 0
    for (let reason = 0; reason < LOSS_REASONS.length; reason++) {
      const part = this.#gaps.part(0, reason)
      s[TRACK.lost + reason] += part
      if (part > this.#gaps.part(0, largest)) largest = reason
    }
    this.closedFirst = this.#gaps.first(0)
    this.closedCount = this.#gaps.count(0)
    this.closedReason = LOSS_REASONS[largest] ?? 'network'
    this.#gaps.shift()
  }

  /** Invalid datagrams that fill no gap are messages of their own that nobody will get. */
  #countStrayInvalid(): void {
    const s = this.#state
    s[TRACK.expected] += s[TRACK.invalidPool]
    s[TRACK.strays] += s[TRACK.invalidPool]
    s[TRACK.lost + LOSS.invalid] += s[TRACK.invalidPool]
    s[TRACK.invalidPool] = 0
  }

  #hold(line: number, session: number, wireSequence: number, count: number): void {
    const s = this.#state
    if (s[TRACK.heldLine] !== NONE) this.#dropHeld()
    s[TRACK.heldLine] = line
    s[TRACK.heldSession] = session
    s[TRACK.heldFirst] = wireSequence
    s[TRACK.heldCount] = count
    s[TRACK.heldNext] = wireSequence + count
    s[TRACK.heldSinceNs] = this.nowNs
  }

  #confirmsHeld(line: number, session: number, wireSequence: number): boolean {
    const s = this.#state
    const wanted = this.#wraps ? s[TRACK.heldNext] % TWO_POW_32 : s[TRACK.heldNext]
    return s[TRACK.heldLine] === line && s[TRACK.heldSession] === session && wanted === wireSequence
  }

  /** A held datagram that nobody confirmed: an old one again, or not of this feed. */
  #dropHeld(): void {
    const s = this.#state
    if (s[TRACK.heldFirst] === this.#initialSequence && s[TRACK.heldSession] === s[TRACK.session]) {
      s[TRACK.duplicates] += s[TRACK.heldCount]
    } else {
      s[TRACK.invalidPool] += 1
    }
    s[TRACK.heldLine] = NONE
  }
}
