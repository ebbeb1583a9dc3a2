/** Why messages are missing, in the order in which losses are explained. */
export const LOSS = { ring: 0, invalid: 1, kernel: 2, network: 3 } as const
export type LossReason = keyof typeof LOSS
export const LOSS_REASONS = ['ring', 'invalid', 'kernel', 'network'] as const
const REASON_COUNT = LOSS_REASONS.length

/** Open gaps at most; when one more opens, the oldest is given up. */
export const MAX_OPEN_GAPS = 64

/**
 * ```
 *  0       1       2          3      4         5        6
 *  +-------+-------+----------+------+---------+--------+---------+
 *  | first | count | openedNs | ring | invalid | kernel | network |   doubles
 *  +-------+-------+----------+------+---------+--------+---------+
 * ```
 * The last four add up to `count`.
 */
const FIRST = 0
const COUNT = 1
const OPENED_NS = 2
const PARTS = 3
const ENTRY = PARTS + REASON_COUNT

/** Doubles that a table takes: its size, then the entries. */
export const GAP_TABLE_DOUBLES = 1 + MAX_OPEN_GAPS * ENTRY

/**
 * The gaps that may still be filled by late datagrams, ascending by sequence, in memory given by the
 * caller. One thread. No allocation.
 */
export class GapTable {
  readonly #cells: Float64Array

  /** @param cells GAP_TABLE_DOUBLES doubles; their content is kept, so a table can be taken over */
  constructor(cells: Float64Array) {
    this.#cells = cells
  }

  get size(): number {
    return this.#cells[0]
  }

  first(row: number): number {
    return this.#cells[1 + row * ENTRY + FIRST]
  }

  count(row: number): number {
    return this.#cells[1 + row * ENTRY + COUNT]
  }

  openedNs(row: number): number {
    return this.#cells[1 + row * ENTRY + OPENED_NS]
  }

  /** How many of the gap's messages are blamed on `reason`, one of LOSS. */
  part(row: number, reason: number): number {
    return this.#cells[1 + row * ENTRY + PARTS + reason]
  }

  /** Messages in all open gaps together. */
  missing(): number {
    let sum = 0
    for (let row = 0; row < this.size; row++) sum += this.count(row)
    return sum
  }

  /** Adds a gap behind all others. There must be room: `size < MAX_OPEN_GAPS`. */
  append(
    first: number,
    ring: number,
    invalid: number,
    kernel: number,
    network: number,
    nowNs: number,
  ): void {
    this.#write(this.size, first, ring, invalid, kernel, network, nowNs)
    this.#cells[0] += 1
  }

  /** Removes the oldest gap. */
  shift(): void {
    this.#cells.copyWithin(1, 1 + ENTRY, 1 + this.size * ENTRY)
    this.#cells[0] -= 1
  }

  /** The row of the gap that holds a sequence, or -1. */
  find(sequence: number): number {
    for (let row = 0; row < this.size; row++) {
      const past = sequence - this.first(row)
      if (past >= 0 && past < this.count(row)) return row
    }
    return -1
  }

  /**
   * Takes one sequence out of the gap in `row`; the gap shrinks, vanishes or splits. A late arrival
   * was not dropped here, so it is taken from the network's part first.
   *
   * @returns false if the gap had to split and there was no room: nothing was changed
   */
  fill(row: number, sequence: number): boolean {
    const first = this.first(row)
    const count = this.count(row)
    const before = sequence - first
    const after = count - before - 1
    if (before > 0 && after > 0) return this.#split(row, before, after)
    this.#takeOne(row)
    if (count === 1) {
      this.#cells.copyWithin(1 + row * ENTRY, 1 + (row + 1) * ENTRY, 1 + this.size * ENTRY)
      this.#cells[0] -= 1
      return true
    }
    if (before === 0) this.#cells[1 + row * ENTRY + FIRST] = first + 1
    return true
  }

  #split(row: number, before: number, after: number): boolean {
    if (this.size === MAX_OPEN_GAPS) return false
    this.#takeOne(row)
    const cells = this.#cells
    const at = 1 + row * ENTRY
    cells.copyWithin(at + ENTRY, at, 1 + this.size * ENTRY)
    cells[0] += 1
    // The left half keeps the first `before` messages' worth of blame, in the order of LOSS.
    let left = before
    for (let reason = 0; reason < REASON_COUNT; reason++) {
      const blamed = cells[at + PARTS + reason]
      const kept = Math.min(blamed, left)
      left -= kept
      cells[at + PARTS + reason] = kept
      cells[at + ENTRY + PARTS + reason] = blamed - kept
    }
    cells[at + COUNT] = before
    cells[at + ENTRY + FIRST] = cells[at + FIRST] + before + 1
    cells[at + ENTRY + COUNT] = after
    return true
  }

  #takeOne(row: number): void {
    const at = 1 + row * ENTRY
    this.#cells[at + COUNT] -= 1
    for (let reason = REASON_COUNT - 1; reason >= 0; reason--) {
      if (this.#cells[at + PARTS + reason] > 0) {
        this.#cells[at + PARTS + reason] -= 1
        return
      }
    }
  }

  #write(
    row: number,
    first: number,
    ring: number,
    invalid: number,
    kernel: number,
    network: number,
    nowNs: number,
  ): void {
    const at = 1 + row * ENTRY
    this.#cells[at + FIRST] = first
    this.#cells[at + COUNT] = ring + invalid + kernel + network
    this.#cells[at + OPENED_NS] = nowNs
    this.#cells[at + PARTS + LOSS.ring] = ring
    this.#cells[at + PARTS + LOSS.invalid] = invalid
    this.#cells[at + PARTS + LOSS.kernel] = kernel
    this.#cells[at + PARTS + LOSS.network] = network
  }
}
