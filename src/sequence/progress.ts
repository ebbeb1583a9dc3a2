import { MAX_LINES } from '../foundation/limits.js'
import { TWO_POW_32 } from '../foundation/units.js'
import type { ClosedGaps } from './closed-gaps.js'
import type { DropPools } from './drop-pools.js'
import type { FormerStreams } from './former-streams.js'
import type { GapTable } from './gap-table.js'
import { RESTART_BACKFILL, START_BACKFILL } from './tracker-limits.js'
import { TRACK, type TrackerOptions } from './tracker-state.js'

const NONE = -1

/** What a feed's progress is counted with. */
export interface ProgressParts {
  readonly gaps: GapTable
  readonly closed: ClosedGaps
  readonly drops: DropPools
  readonly former: FormerStreams
}

/**
 * How far a feed has come: which sequence is next, what was passed over on the way there, and what
 * turned out to be old. Works on the tracker's memory; one thread, no allocation.
 */
export class Progress {
  /** The time to reckon with, and when the datagram that is dealt with arrived. */
  nowNs = 0
  arrivedNs = 0
  /** As of the last `measureSilence`. A field: a result would be boxed. */
  silenceNs = 0
  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #closed: ClosedGaps
  readonly #drops: DropPools
  readonly #former: FormerStreams
  readonly #wraps: boolean
  readonly #initialSequence: number
  readonly #recovering: boolean
  readonly #ordered: boolean

  constructor(state: Float64Array, parts: ProgressParts, options: TrackerOptions) {
    this.#state = state
    this.#gaps = parts.gaps
    this.#closed = parts.closed
    this.#drops = parts.drops
    this.#former = parts.former
    this.#wraps = options.sequenceBits === 32
    this.#initialSequence = options.initialSequence
    this.#recovering = options.policy.recovering
    this.#ordered = options.policy.ordered
  }

  /** The first datagram of all. */
  start(session: number, wireSequence: number): void {
    const s = this.#state
    s[TRACK.started] = 1
    s[TRACK.session] = session
    const missed = wireSequence - this.#initialSequence
    const fillable = this.#recovering || this.#ordered
    const backfill = fillable && missed > 0 && missed <= START_BACKFILL
    s[TRACK.next] = backfill ? this.#initialSequence : wireSequence
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.lastArrivedNs] = this.arrivedNs
  }

  /** Another session, or the same one anew, of which `wireSequence` was seen first. */
  begin(session: number, wireSequence: number): void {
    const s = this.#state
    const resumed = this.#former.find(session) ? wireSequence - this.#former.end : NONE
    this.#former.nowNs = this.nowNs
    this.#former.leave()
    s[TRACK.session] = session
    s[TRACK.next] = wireSequence
    s[TRACK.restarts] += 1
    this.#closed.forget()
    this.forgetLines()
    if (resumed >= 0 && resumed <= RESTART_BACKFILL) this.#goBackBy(resumed)
    else if (this.#recovering) {
      const missed = wireSequence - this.#initialSequence
      if (missed <= RESTART_BACKFILL) this.#goBackBy(missed)
    }
  }

  forgetLines(): void {
    this.#state.fill(NONE, TRACK.lineNext, TRACK.lineNext + MAX_LINES)
  }

  /** A wire number as the unwrapped sequence nearest to the expected one (RFC 1982). */
  unwrap(wireSequence: number): number {
    if (!this.#wraps) return wireSequence
    const next = this.#state[TRACK.next]
    return next + ((wireSequence - (next % TWO_POW_32)) | 0)
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
    const s = this.#state
    s[TRACK.next] += count
    s[TRACK.expected] += count
    s[TRACK.lastNs] = this.nowNs
    s[TRACK.lastArrivedNs] = this.arrivedNs
    s[TRACK.datagrams] += 1
    s[TRACK.messages] += count
    if (count > s[TRACK.maxPerDatagram]) s[TRACK.maxPerDatagram] = count
    this.#drops.age()
  }

  /** The next `count` messages, more than none, are missing. The table must have room. */
  passOver(count: number): void {
    const s = this.#state
    const drops = this.#drops
    drops.explain(count)
    const { ring, invalid, kernel, network } = drops
    this.#gaps.append(s[TRACK.next], ring, invalid, kernel, network, this.nowNs)
    s[TRACK.next] += count
    s[TRACK.expected] += count
    s[TRACK.gaps] += 1
  }

  /** Whether nothing of a datagram is new, missing, or was given up. */
  isOld(sequence: number, count: number): boolean {
    return (
      sequence + count <= this.#state[TRACK.next] &&
      !this.#gaps.overlaps(sequence, count) &&
      !this.#closed.overlaps(sequence, count)
    )
  }

  /** Counts messages none of which is taken; returns how many of them are duplicates. */
  countEach(first: number, count: number): number {
    const s = this.#state
    let tooLate = 0
    for (let sequence = first; sequence < first + count; sequence++) {
      if (this.#gaps.find(sequence) >= 0 || this.#closed.overlaps(sequence, 1)) tooLate++
    }
    s[TRACK.tooLate] += tooLate
    s[TRACK.duplicates] += count - tooLate
    return count - tooLate
  }

  #goBackBy(missed: number): void {
    if (missed <= 0) return
    this.#state[TRACK.next] -= missed
    this.passOver(missed)
  }
}
