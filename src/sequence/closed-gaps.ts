import { type GapTable, LOSS, LOSS_REASONS, type LossReason } from './gap-table.js'
import { REMEMBERED_GAPS } from './tracker-limits.js'
import { type GapPolicy, TRACK } from './tracker-state.js'

/**
 * Gives gaps up, and remembers the last ones, so that what comes too late is not called a duplicate.
 * One thread, no allocation.
 */
export class ClosedGaps {
  /** The gap that was declared lost last. */
  first = 0
  count = 0
  /** Who lost most of it. */
  reason: LossReason = 'network'
  /** How it is divided, in the places that LOSS has. */
  readonly parts = new Float64Array(LOSS_REASONS.length)
  /** How many of its `cutOff` messages somebody else had asked for in vain; for one gap. */
  askedElsewhere = 0
  readonly #state: Float64Array
  readonly #gaps: GapTable
  readonly #policy: GapPolicy
  readonly #firsts = new Float64Array(REMEMBERED_GAPS).fill(Number.NaN)
  readonly #ends = new Float64Array(REMEMBERED_GAPS).fill(Number.NaN)
  #next = 0
  /** Above all of them: most of what is asked about is newer than any gap. */
  #highestEnd = Number.NEGATIVE_INFINITY

  constructor(state: Float64Array, gaps: GapTable, policy: GapPolicy) {
    this.#state = state
    this.#gaps = gaps
    this.#policy = policy
  }

  /** Takes the oldest gap from the table, and counts its messages as lost. */
  giveUpOldest(): void {
    const gaps = this.#gaps
    const { parts } = this
    this.first = gaps.first(0)
    this.count = gaps.count(0)
    parts.fill(0)
    if (this.#policy.recovering && gaps.attempts(0) > 0) {
      parts[LOSS.unrecovered] = this.count
    } else {
      for (let reason = 0; reason < LOSS.unrecovered; reason++) parts[reason] = gaps.part(0, reason)
      parts[LOSS.cutOff] -= this.askedElsewhere
      parts[LOSS.unrecovered] = this.askedElsewhere
    }
    this.askedElsewhere = 0
    // First, so that a thread that looks in between finds the gap in neither, and not in both.
    gaps.shift()
    let largest = 0
    for (let reason = 0; reason <= LOSS.unrecovered; reason++) {
      this.#state[TRACK.lost + reason] += parts[reason]
      if (parts[reason] > parts[largest]) largest = reason
    }
    this.reason = LOSS_REASONS[largest] ?? 'network'
    this.#remember()
  }

  /** Parts of a gap that was asked for in several requests are one again. */
  #remember(): void {
    const last = (this.#next + REMEMBERED_GAPS - 1) % REMEMBERED_GAPS
    const end = this.first + this.count
    this.#highestEnd = Math.max(this.#highestEnd, end)
    if (this.#ends[last] === this.first) {
      this.#ends[last] = end
      return
    }
    this.#firsts[this.#next] = this.first
    this.#ends[this.#next] = end
    this.#next = (this.#next + 1) % REMEMBERED_GAPS
  }

  /** After a restart the numbers mean other messages. */
  forget(): void {
    this.#firsts.fill(Number.NaN)
    this.#ends.fill(Number.NaN)
    this.#highestEnd = Number.NEGATIVE_INFINITY
  }

  /** Whether any of `count` messages from `first` on was declared lost. */
  overlaps(first: number, count: number): boolean {
    if (first >= this.#highestEnd) return false
    for (let i = 0; i < REMEMBERED_GAPS; i++) {
      if (this.#firsts[i] < first + count && this.#ends[i] > first) return true
    }
    return false
  }
}
