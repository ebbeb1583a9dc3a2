import assert from 'node:assert/strict'
import { LOSS, type LossReason } from '../../src/sequence/gap-table.js'
import { GapTracker } from '../../src/sequence/gap-tracker.js'
import {
  DELIVER_AT_ONCE,
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
  #held = 0

  constructor(
    options: Partial<TrackerOptions> = {},
    state: Float64Array = new Float64Array(TRACKER_DOUBLES),
  ) {
    this.state = state
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
    if (this.tracker.settleHeld(false) === VERDICT.confirmed) this.#deliverHeld()
    this.#check()
    return this
  }

  /** Closes the account. */
  finish(total = Number.NaN, tailKernelDrops = 0, tailRingDrops = 0): this {
    while (this.tracker.settleHeld(true) === VERDICT.confirmed) this.#deliverHeld()
    this.#closeGaps(true)
    this.tracker.openTail(total, tailKernelDrops, tailRingDrops)
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

  get late(): number {
    return this.state[TRACK.late]
  }

  get restarts(): number {
    return this.state[TRACK.restarts]
  }

  /** Messages given up, by reason. */
  get lost(): Losses {
    const at = (reason: number) => this.state[TRACK.lost + reason]
    return {
      ring: at(LOSS.ring),
      invalid: at(LOSS.invalid),
      kernel: at(LOSS.kernel),
      network: at(LOSS.network),
      unrecovered: at(LOSS.unrecovered),
    }
  }

  get lostTotal(): number {
    return Object.values(this.lost).reduce((sum, count) => sum + count, 0)
  }

  #showOne(datagram: Shown): void {
    if (this.tracker.openGaps > 0) this.#closeGaps(false)
    if (datagram.kernelDrops !== undefined) this.tracker.drops.noteKernel(datagram.kernelDrops)
    if (datagram.ringDrops !== undefined) this.tracker.drops.noteRing(datagram.ringDrops)
    for (let i = 0; i < (datagram.invalid ?? 0); i++) this.tracker.drops.noteInvalid()
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
    if (verdict === VERDICT.hold) this.#held = count
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
    this.tracker.confirmHeld()
    this.#deliver(this.tracker.sequence, this.#held)
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
