import { type GapTable, LOSS } from './gap-table.js'
import { EXPLAINED_WINDOW, REORDER_WINDOW, UNASKED_PATIENCE } from './tracker-limits.js'
import { type GapPolicy, TRACK } from './tracker-state.js'

/** Decides when the oldest gap is given up. Works on the tracker's memory; one thread, no allocation. */
export class Patience {
  /** The time to reckon with. */
  nowNs = 0
  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #policy: GapPolicy
  readonly #lineCount: number

  constructor(state: Float64Array, gaps: GapTable, policy: GapPolicy, lineCount: number) {
    this.#state = state
    this.#gaps = gaps
    this.#policy = policy
    this.#lineCount = lineCount
  }

  /** Whether nobody will fill the oldest gap any more; there must be one. */
  isOver(): boolean {
    const { recovering, ordered, waitNs } = this.#policy
    const gaps = this.#gaps
    if (recovering) {
      const attempts = gaps.attempts(0)
      if (attempts > 0 && this.nowNs - gaps.sinceNs(0) > waitNs) return true
      // However old it is by now, who has just asked for it waits for the answer.
      if (attempts === 1) return false
      // While others are answered, who waits for a turn will have it.
      if (this.nowNs - this.#state[TRACK.recoveredNs] <= waitNs) return false
      return this.nowNs - gaps.openedNs(0) > waitNs * UNASKED_PATIENCE
    }
    if (this.nowNs - gaps.openedNs(0) > waitNs) return true
    const end = gaps.first(0) + gaps.count(0)
    if (ordered) return this.#allLinesPassed(end)
    const explained = this.#lineCount === 1 && gaps.part(0, LOSS.network) === 0
    const window = explained ? EXPLAINED_WINDOW : REORDER_WINDOW
    return this.#state[TRACK.next] - end > window
  }

  /** Whether every line is so far beyond a gap that none will bring it any more. */
  #allLinesPassed(end: number): boolean {
    for (let line = 0; line < this.#lineCount; line++) {
      if (this.#state[TRACK.lineNext + line] - end <= REORDER_WINDOW) return false
    }
    return true
  }
}
