import { ZERO_NS } from '../foundation/units.js'
import { type GapTable, LOSS } from './gap-table.js'
import type { LineTracker } from './line/line-tracker.js'
import { EXPLAINED_WINDOW, REORDER_WINDOW, UNASKED_PATIENCE } from './tracker-limits.js'
import { type GapPolicy, TRACK } from './tracker-state.js'

/** Decides when the oldest gap is declared lost. Works on the tracker's memory; one thread, no allocation. */
export class Patience {
  /** The time to reckon with. */
  nowNs = ZERO_NS
  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #policy: GapPolicy
  readonly #lines: readonly LineTracker[]

  constructor(
    state: Float64Array,
    gaps: GapTable,
    policy: GapPolicy,
    lines: readonly LineTracker[],
  ) {
    this.#state = state
    this.#gaps = gaps
    this.#policy = policy
    this.#lines = lines
  }

  /** Whether nobody will fill the oldest gap any more; there must be one. */
  isOver(): boolean {
    const { recovering, ordered, waitNs } = this.#policy
    const gaps = this.#gaps
    if (recovering) {
      const attempts = gaps.attempts(0)
      if (attempts > 0 && this.nowNs - gaps.sinceNs(0) > waitNs) return true
      if (this.#isUnanswered()) return true
      // However old it is by now, who has just asked for it waits for the answer.
      if (attempts === 1) return false
      // While others are answered, who waits for a turn will have it.
      if (this.nowNs - this.#state[TRACK.recoveredNs] <= waitNs) return false
      return this.nowNs - gaps.openedNs(0) > waitNs * UNASKED_PATIENCE
    }
    if (this.nowNs - gaps.sinceNs(0) > waitNs) return true
    const end = gaps.first(0) + gaps.count(0)
    if (ordered) return this.#passedBy(end, REORDER_WINDOW) === this.#lines.length
    const explained = this.#lines.length === 1 && gaps.part(0, LOSS.network) === 0
    return this.#passedBy(end, explained ? EXPLAINED_WINDOW : REORDER_WINDOW) > 0
  }

  /**
   * Whether nobody has answered for so long, however many requests there were. A long gap is asked for in parts,
   * one after the other, and a server that is gone must not cost the wait for each.
   */
  #isUnanswered(): boolean {
    const s = this.#state
    const mostNs = this.#policy.waitNs * UNASKED_PATIENCE
    const unanswered = s[TRACK.recoveredNs] < s[TRACK.unansweredNs]
    const sinceNs = Math.max(s[TRACK.unansweredNs], this.#gaps.openedNs(0))
    return unanswered && this.nowNs - sinceNs > mostNs
  }

  /** How many lines are more than `window` sequences beyond a gap, so that they will not bring it. */
  #passedBy(end: number, window: number): number {
    let passed = 0
    for (const line of this.#lines) if (line.next - end > window) passed++
    return passed
  }
}
