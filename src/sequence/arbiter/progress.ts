import { ZERO_NS } from '../../foundation/units.js'
import type { ClosedGaps } from '../closed-gaps.js'
import { type GapTable, LOSS } from '../gap-table.js'
import type { LineDrops } from '../line/line-drops.js'
import { LINE_TRACK } from '../line/line-state.js'
import type { LineTracker } from '../line/line-tracker.js'
import { RESTART_BACKFILL, START_BACKFILL } from '../tracker-limits.js'
import { type ResumePoint, TRACK, type TrackerOptions } from '../tracker-state.js'
import type { FormerStreams } from './former-streams.js'

const NONE = -1
/** Answers are under way for so long at most: as long as they are looked for. */
const ANSWER_NS = 200e6

/** What a feed's progress is counted with. */
export interface ProgressParts {
  readonly gaps: GapTable
  readonly closed: ClosedGaps
  readonly former: FormerStreams
  readonly lines: readonly LineTracker[]
}

/**
 * How far a feed has come: which sequence is next, what was skipped on the way there, and what
 * turned out to be old. Only the arbiter moves it. Works on the tracker's memory; one thread, no
 * allocation.
 */
export class Progress {
  /** The time to reckon with, and when the datagram that is dealt with arrived. */
  nowNs = ZERO_NS
  arrivedNs = ZERO_NS
  /** As of the last `measureSilence`. A field: a result would be boxed. */
  silenceNs = ZERO_NS
  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #closed: ClosedGaps
  readonly #former: FormerStreams
  readonly #lines: readonly LineTracker[]
  readonly #wraps: boolean
  readonly #initialSequence: number
  readonly #recovering: boolean
  readonly #ordered: boolean
  readonly #resume: ResumePoint | undefined

  constructor(state: Float64Array, parts: ProgressParts, options: TrackerOptions) {
    this.#state = state
    this.#gaps = parts.gaps
    this.#closed = parts.closed
    this.#former = parts.former
    this.#lines = parts.lines
    this.#wraps = options.sequenceBits === 32
    this.#initialSequence = options.initialSequence
    this.#recovering = options.policy.recovering
    this.#ordered = options.policy.ordered
    this.#resume = options.resume
  }

  /** The first datagram of all. */
  start(session: number, wireSequence: number): void {
    const s = this.#state
    s[TRACK.started] = 1
    s[TRACK.session] = session
    const missed = wireSequence - this.#initialSequence
    const fillable = this.#recovering || this.#ordered
    if (this.#resume?.session === session && this.#goOn(this.#resume.next, wireSequence)) return
    const backfill = fillable && missed > 0 && missed <= START_BACKFILL
    s[TRACK.next] = backfill ? this.#initialSequence : wireSequence
    s[TRACK.joinedAt] = missed > 0 && !backfill ? wireSequence : Number.NaN
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.lastArrivedNs] = this.arrivedNs
    s[TRACK.startNs] = this.nowNs
  }

  /** What came while nobody listened is missing, and nobody lost it but we. */
  #goOn(next: number, wireSequence: number): boolean {
    const missed = this.#wraps ? (wireSequence - next) | 0 : wireSequence - next
    if (missed < 0) return false
    const s = this.#state
    s[TRACK.next] = next
    s[TRACK.joinedAt] = Number.NaN
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.lastArrivedNs] = this.arrivedNs
    s[TRACK.startNs] = this.nowNs
    if (missed > 0) this.openGap(0, 0, 0, 0, missed)
    return true
  }

  /** Another session, or the same one anew, of which `wireSequence` was seen first. */
  begin(session: number, wireSequence: number, drops: LineDrops): void {
    const s = this.#state
    const resumed = this.#former.find(session) ? wireSequence - this.#former.end : NONE
    this.#former.nowNs = this.nowNs
    this.#former.leave()
    // What is still on its way in answer to requests is of the run before, and looks like this one's.
    if (session === s[TRACK.session]) s[TRACK.deafUntilNs] = s[TRACK.lastRequestNs] + ANSWER_NS
    s[TRACK.session] = session
    s[TRACK.next] = wireSequence
    s[TRACK.restarts] += 1
    s[TRACK.startNs] = this.nowNs
    s[TRACK.startMessages] = s[TRACK.messages]
    s[TRACK.endedAt] = NONE
    s[TRACK.claim] = NONE
    s[TRACK.farClaim] = NONE
    this.#closed.forget()
    for (const line of this.#lines) line.forgetPosition()
    if (resumed >= 0 && resumed <= RESTART_BACKFILL) this.#goBackBy(resumed, drops)
    else if (this.#recovering) {
      const missed = wireSequence - this.#initialSequence
      if (missed <= RESTART_BACKFILL) this.#goBackBy(missed, drops)
    }
  }

  /** A wire number as the unwrapped sequence nearest to the expected one (RFC 1982). */
  unwrap(wireSequence: number): number {
    if (!this.#wraps) return wireSequence
    const next = this.#state[TRACK.next]
    // Bits are those of the difference modulo 2^32; a remainder of doubles would take as long as the rest.
    return next + ((wireSequence - next) | 0)
  }

  /**
   * Sets `silenceNs`, for which nothing new had come: neither arrived, which a thread that slept can tell, nor
   * been seen, which a clock that was set cannot change.
   */
  measureSilence(): void {
    const s = this.#state
    const unseenNs = this.nowNs - s[TRACK.lastNs]
    this.silenceNs = Math.min(this.arrivedNs - s[TRACK.lastArrivedNs], unseenNs)
  }

  /** The next `count` messages have come. Hot. */
  advance(count: number): void {
    this.advanceBy(1, count, count)
  }

  /** The next messages have come in so many datagrams, of which one had `most`. Hot. */
  advanceBy(datagrams: number, count: number, most: number): void {
    const s = this.#state
    s[TRACK.next] += count
    s[TRACK.expected] += count
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.lastArrivedNs] = this.arrivedNs
    s[TRACK.datagrams] += datagrams
    s[TRACK.messages] += count
    if (most > s[TRACK.maxPerDatagram]) s[TRACK.maxPerDatagram] = most
  }

  /** The next `count` messages, more than none, are missing. The table must have room. */
  passOver(count: number, drops: LineDrops): void {
    drops.explain(count)
    this.openGap(drops.ring, drops.invalid, drops.kernel, drops.network, 0)
  }

  /** So many messages are missing before a datagram that came without its end, and so many in it. */
  passOverCut(before: number, count: number, drops: LineDrops): void {
    drops.explain(before)
    this.openGap(drops.ring, drops.invalid + count, drops.kernel, drops.network, 0)
  }

  /** The same where it is known who lost how much; `cutOff` is what was not waited for. */
  openGap(ring: number, invalid: number, kernel: number, network: number, cutOff: number): void {
    const s = this.#state
    const count = ring + invalid + kernel + network + cutOff
    // First, so that a thread that looks in between finds none of it accounted for before it is expected.
    s[TRACK.expected] += count
    this.#gaps.append(s[TRACK.next], ring, invalid, kernel, network, this.nowNs, cutOff)
    s[TRACK.next] += count
    s[TRACK.gaps] += 1
  }

  /**
   * The next messages are missing for causes that are known, as `parts` has them in the places of LOSS.
   * No gap may be open.
   */
  missKnown(count: number, parts: Float64Array): void {
    const ring = parts[LOSS.ring]
    const invalid = parts[LOSS.invalid]
    const kernel = parts[LOSS.kernel]
    // An open gap has no part for what was asked for in vain: see `ClosedGaps.askedElsewhere`.
    const cutOff = parts[LOSS.cutOff] + parts[LOSS.unrecovered]
    this.openGap(ring, invalid, kernel, count - ring - invalid - kernel - cutOff, cutOff)
  }

  /** The next messages are skipped, and nobody lost them. */
  skip(count: number): void {
    this.#state[TRACK.next] += count
    this.#state[TRACK.expected] += count
  }

  /** Invalid datagrams that filled no gap are messages of their own that nobody will get. */
  countStrays(invalid: number): void {
    const s = this.#state
    s[TRACK.expected] += invalid
    s[TRACK.strays] += invalid
    s[TRACK.lost + LOSS.invalid] += invalid
  }

  /** Whether nothing of a datagram is new, missing, or was declared lost. */
  isOld(sequence: number, count: number): boolean {
    return (
      sequence + count <= this.#state[TRACK.next] &&
      !this.#gaps.overlaps(sequence, count) &&
      !this.#closed.overlaps(sequence, count)
    )
  }

  /** Counts messages none of which is taken; returns how many of them are duplicates. */
  countEach(first: number, count: number, line: LineTracker): number {
    const s = this.#state
    let tooLate = 0
    for (let sequence = first; sequence < first + count; sequence++) {
      if (this.#gaps.find(sequence) >= 0 || this.#closed.overlaps(sequence, 1)) tooLate++
    }
    s[TRACK.tooLate] += tooLate
    s[TRACK.duplicates] += count - tooLate
    line.count(LINE_TRACK.tooLate, tooLate)
    line.count(LINE_TRACK.duplicates, count - tooLate)
    return count - tooLate
  }

  #goBackBy(missed: number, drops: LineDrops): void {
    if (missed <= 0) return
    this.#state[TRACK.next] -= missed
    this.passOver(missed, drops)
  }
}
