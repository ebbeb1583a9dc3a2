import { ZERO_NS } from '../../foundation/units.js'

/** Datagrams that are remembered; a power of two. */
const REMEMBERED = 8192

/**
 * Remembers when datagrams came first and on which line, to tell by how much that line was ahead when
 * another brings the same. One thread; no allocation.
 */
export class LeadTimes {
  /** When the datagram came that is told of next. A field: an argument would be boxed. */
  timeNs = ZERO_NS
  /** The line that was ahead, and by how much; set by `find`. */
  line = 0
  leadNs = ZERO_NS
  readonly #sequences = new Float64Array(REMEMBERED).fill(Number.NaN)
  readonly #times = new Float64Array(REMEMBERED)
  readonly #lines = new Uint8Array(REMEMBERED)

  /** The datagram with this first sequence came for the first time. */
  note(sequence: number, line: number): void {
    const at = sequence & (REMEMBERED - 1)
    this.#sequences[at] = sequence
    this.#times[at] = this.timeNs
    this.#lines[at] = line
  }

  /** Whether another line had brought the datagram first, and not too long ago to remember. */
  find(sequence: number, line: number): boolean {
    const at = sequence & (REMEMBERED - 1)
    if (this.#sequences[at] !== sequence || this.#lines[at] === line) return false
    this.line = this.#lines[at]
    this.leadNs = this.timeNs - this.#times[at]
    return true
  }
}
