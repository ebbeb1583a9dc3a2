import { ZERO_NS } from '../../foundation/units.js'
import { CLAIM_APART_NS, REORDER_WINDOW } from '../tracker-limits.js'
import { TRACK } from '../tracker-state.js'

const NONE = -1
/** A claim in the tracker's memory: the sequence (-1: none), its line, when it came, and `messages` then. */
const CLAIM = { sequence: 0, line: 1, sinceNs: 2, mark: 3 } as const

/**
 * What a heartbeat, an end of session or a flow setup claims: that more was sent than came. One alone
 * never moves the feed. A second one that says about the same, and is no copy of the first, does, if
 * the stream did not go on between them. Works on the tracker's memory; one thread, no allocation.
 */
export class Claim {
  /** When the heartbeat that is shown arrived, set by the caller. */
  arrivedNs = ZERO_NS
  readonly #state: Float64Array
  readonly #at: number

  /** @param at where it lies in the tracker's memory */
  constructor(state: Float64Array, at: number) {
    this.#state = state
    this.#at = at
  }

  forget(): void {
    this.#state[this.#at + CLAIM.sequence] = NONE
  }

  /** The next sequence that is claimed and not contradicted; -1: none is. What is late contradicts nothing. */
  get sequence(): number {
    const s = this.#state
    const since = s[TRACK.messages] - s[this.#at + CLAIM.mark]
    return since <= REORDER_WINDOW ? s[this.#at + CLAIM.sequence] : NONE
  }

  /** The line that claims it. */
  get line(): number {
    return this.#state[this.#at + CLAIM.line]
  }

  /**
   * A line says that `sequence` is what will be sent next.
   *
   * @returns the sequence that two of them agree on, or -1
   */
  hear(line: number, sequence: number): number {
    const s = this.#state
    const at = this.#at
    const claimed = this.sequence
    const agrees = claimed !== NONE && Math.abs(sequence - claimed) <= REORDER_WINDOW
    const apart =
      sequence !== claimed ||
      line !== this.line ||
      Math.abs(this.arrivedNs - s[at + CLAIM.sinceNs]) >= CLAIM_APART_NS
    if (agrees && !apart) return NONE
    s[at + CLAIM.sequence] = agrees ? Math.max(sequence, claimed) : sequence
    s[at + CLAIM.line] = line
    s[at + CLAIM.sinceNs] = this.arrivedNs
    s[at + CLAIM.mark] = s[TRACK.messages]
    return agrees ? Math.min(sequence, claimed) : NONE
  }
}
