import assert from 'node:assert/strict'
import { type LineTail, NO_TAIL } from '../../src/sequence/arbiter/tail.js'
import { LOSS, type LossReason } from '../../src/sequence/gap-table.js'
import { GapTracker } from '../../src/sequence/gap-tracker.js'
import { LINE_TRACK } from '../../src/sequence/line/line-state.js'
import {
  DELIVER_AT_ONCE,
  lineAt,
  TRACK,
  TRACKER_DOUBLES,
  type TrackerOptions,
  VERDICT,
} from '../../src/sequence/tracker-state.js'

/** A datagram as a tracker is shown it, with what was noted since the one before. */
export interface Shown {
  readonly first: number
  /** Messages; 0: a heartbeat. One if not said. */
  readonly count?: number
  readonly line?: number
  readonly session?: number
  readonly kernelDrops?: number
  readonly ringDrops?: number
  readonly invalid?: number
}

export interface ClosedGap {
  readonly first: number
  readonly count: number
  readonly reason: LossReason
}

type Losses = Readonly<Record<LossReason, number>>

/**
 * Uses a tracker as the reader of a feed does, with a clock that a test sets, and keeps what came out.
 * After every datagram it checks that each message is somewhere.
 */
export class TrackerDriver {
  readonly state: Float64Array
  readonly tracker: GapTracker
  /** Unwrapped sequences, in the order of delivery. */
  readonly delivered: number[] = []
  readonly gaps: ClosedGap[] = []
  readonly verdicts: number[] = []
  readonly #lineCount: number

  constructor(
    options: Partial<TrackerOptions> = {},
    state: Float64Array = new Float64Array(TRACKER_DOUBLES),
  ) {
    this.state = state
    this.#lineCount = options.lineCount ?? 1
    this.tracker = new GapTracker(state, {
      sequenceBits: 53,
      initialSequence: 0,
      lineCount: 1,
      dropsRunAhead: false,
      policy: DELIVER_AT_ONCE,
      ...options,
    })
  }

  /** Shows datagrams, one behind the other. */
  show(...datagrams: readonly Shown[]): this {
    for (const datagram of datagrams) this.#showOne(datagram)
    return this
  }

  /** Lets time pass without a datagram. */
  wait(ns: number): this {
    this.tracker.nowNs += ns
    this.#closeGaps(false)
    this.tracker.dropContradicted()
    this.#check()
    return this
  }

  /** All that there is was shown, and it came from one sender. */
  believeLast(): this {
    while (this.tracker.judgeSuspect(true)) this.#deliverHeld()
    return this
  }

  /** Closes the account. */
  finish(total = Number.NaN, kernelDatagrams = 0, ringMessages = 0): this {
    return this.finishWith(total, [{ ...NO_TAIL, kernelDatagrams, ringMessages }])
  }

  /** The same, with what was dropped at the end of each line. */
  finishWith(total: number, tails: readonly LineTail[], cut = false): this {
    while (this.tracker.judgeSuspect(false)) this.#deliverHeld()
    this.#closeGaps(true)
    this.tracker.openTail(total, tails, cut)
    this.#closeGaps(true)
    this.tracker.reconcile()
    this.#check()
    assert.equal(this.tracker.missing(), 0, 'no gap is left open')
    return this
  }

  get expected(): number {
    return this.state[TRACK.expected]
  }

  get duplicates(): number {
    return this.state[TRACK.duplicates]
  }

  /** A part of a line's account, one of LINE_TRACK. */
  part(name: keyof typeof LINE_TRACK, line = 0): number {
    return this.state[lineAt(line) + LINE_TRACK[name]]
  }

  get late(): number {
    return this.state[TRACK.late]
  }

  get restarts(): number {
    return this.state[TRACK.restarts]
  }

  /** Messages declared lost, by reason. */
  get lost(): Losses {
    const at = (reason: number) => this.state[TRACK.lost + reason]
    return {
      ring: at(LOSS.ring),
      invalid: at(LOSS.invalid),
      kernel: at(LOSS.kernel),
      network: at(LOSS.network),
      cutOff: at(LOSS.cutOff),
      unrecovered: at(LOSS.unrecovered),
    }
  }

  get lostTotal(): number {
    return Object.values(this.lost).reduce((sum, count) => sum + count, 0)
  }

  #showOne(datagram: Shown): void {
    if (this.tracker.openGaps > 0) this.#closeGaps(false)
    const { line = 0, kernelDrops = 0, ringDrops = 0, invalid = 0 } = datagram
    if (kernelDrops > 0) this.tracker.noteKernelDrops(line, kernelDrops)
    if (ringDrops > 0) this.tracker.noteRingDrops(line, ringDrops)
    for (let i = 0; i < invalid; i++) this.tracker.noteInvalid(line)
    this.#accept(datagram)
    this.#check()
  }

  #accept(datagram: Shown): void {
    const { first, count = 1, line = 0, session = 0 } = datagram
    this.tracker.arrivedNs = this.tracker.nowNs
    this.tracker.shownSession = session
    const verdict = this.tracker.accept(line, first, count)
    this.verdicts.push(verdict)
    const sequence = this.tracker.sequence
    if (verdict === VERDICT.deliver) this.#deliver(sequence, count)
    if (verdict === VERDICT.checkEach) {
      for (let i = 0; i < count; i++) {
        if (this.tracker.acceptOne(sequence + i)) this.delivered.push(sequence + i)
      }
    }
    if (verdict === VERDICT.confirmed) {
      this.#deliverHeld()
      this.#accept(datagram)
    }
    if (verdict === VERDICT.restarted) {
      this.#closeGaps(true)
      this.tracker.confirmRestart()
      this.#accept(datagram)
    }
  }

  #deliverHeld(): void {
    this.#closeGaps(true)
    const count = this.tracker.confirmSuspect()
    this.#deliver(this.tracker.sequence, count)
  }

  #deliver(first: number, count: number): void {
    for (let i = 0; i < count; i++) this.delivered.push(first + i)
  }

  #closeGaps(always: boolean): void {
    while (this.tracker.closeGap(always)) {
      this.gaps.push({
        first: this.tracker.closed.first,
        count: this.tracker.closed.count,
        reason: this.tracker.closed.reason,
      })
    }
  }

  #check(): void {
    const placed = this.delivered.length + this.lostTotal + this.tracker.missing()
    assert.equal(this.expected, placed, 'expected = delivered + lost + missing')
    for (const [reason, count] of Object.entries(this.lost)) {
      assert.ok(count >= 0, `${reason} has lost ${count}`)
    }
    for (let line = 0; line < this.#lineCount; line++) {
      assert.equal(this.tracker.unplaced(line), 0, `all that line ${line} brought is somewhere`)
    }
  }
}

/** `count` datagrams of one message each. */
export function inOrder(first: number, count: number): Shown[] {
  return Array.from({ length: count }, (_, i) => ({ first: first + i }))
}

/** The numbers from `first` to `last`. */
export function range(first: number, last: number): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i)
}
