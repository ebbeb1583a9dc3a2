import { MAX_LINES } from '../../foundation/limits.js'
import { ZERO_NS } from '../../foundation/units.js'
import { LINE_TRACK } from '../line/line-state.js'
import { FORMER_REACH, FORMER_RECENT_NS, REORDER_WINDOW } from '../tracker-limits.js'
import { FORMER_STREAMS, lineAt, TRACK } from '../tracker-state.js'

const NONE = -1

/**
 * The streams that were received before the present one, so that what a slower line still brings of
 * them is known for what it is, and not taken for the present one's future or for yet another session.
 * Works on the tracker's memory; one thread, no allocation.
 */
export class FormerStreams {
  /** The stream that `find` found ended before this sequence, as far as it was seen. */
  end = NONE
  /** The time to reckon with, set by the caller. */
  nowNs = ZERO_NS
  readonly #state: Float64Array

  constructor(state: Float64Array) {
    this.#state = state
  }

  /** Before the first datagram. */
  reset(): void {
    const s = this.#state
    s.fill(Number.NaN, TRACK.formerSession, TRACK.formerSession + FORMER_STREAMS)
    s.fill(NONE, TRACK.formerLineNext, TRACK.formerLineNext + MAX_LINES)
    s[TRACK.formerSinceNs] = Number.NEGATIVE_INFINITY
  }

  /** The present stream is left for another, which may have the same session. */
  leave(): void {
    const s = this.#state
    s.copyWithin(
      TRACK.formerSession + 1,
      TRACK.formerSession,
      TRACK.formerSession + FORMER_STREAMS - 1,
    )
    s.copyWithin(TRACK.formerEnd + 1, TRACK.formerEnd, TRACK.formerEnd + FORMER_STREAMS - 1)
    s[TRACK.formerSession] = s[TRACK.session]
    s[TRACK.formerEnd] = s[TRACK.next]
    for (let line = 0; line < MAX_LINES; line++) {
      s[TRACK.formerLineNext + line] = s[lineAt(line) + LINE_TRACK.next]
    }
    s[TRACK.formerSinceNs] = this.nowNs
  }

  /** Whether that session was left, and for another one. */
  find(session: number): boolean {
    const s = this.#state
    if (session === s[TRACK.session]) return false
    for (let i = 0; i < FORMER_STREAMS; i++) {
      if (s[TRACK.formerSession + i] !== session) continue
      this.end = s[TRACK.formerEnd + i]
      return true
    }
    return false
  }

  /**
   * Whether a sequence ahead of the present stream is rather of the former one with the same session:
   * the publisher has restarted a short time ago, and this is where it had been.
   */
  reaches(sequence: number): boolean {
    const s = this.#state
    this.end = s[TRACK.formerEnd]
    return (
      s[TRACK.formerSession] === s[TRACK.session] &&
      this.nowNs - s[TRACK.formerSinceNs] < FORMER_RECENT_NS &&
      sequence - s[TRACK.next] > REORDER_WINDOW &&
      sequence < this.end + FORMER_REACH
    )
  }

  /** Whether a sequence that `reaches` there is one that its line has yet to bring of that stream. */
  isStillOn(line: number, sequence: number): boolean {
    const s = this.#state
    const formerNext = s[TRACK.formerLineNext + line]
    if (s[lineAt(line) + LINE_TRACK.next] !== NONE || formerNext === NONE) return false
    return formerNext - sequence <= REORDER_WINDOW
  }
}
