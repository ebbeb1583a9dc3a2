import { ZERO_NS } from '../foundation/units.js'

/**
 * Why messages are missing. The first four are in the order in which losses are explained. `cutOff` is
 * what was not delivered because the run ended before it came, or began behind it; messages that were
 * requested and never came are `unrecovered`, whoever lost them first.
 */
export const LOSS = {
  ring: 0,
  invalid: 1,
  kernel: 2,
  network: 3,
  cutOff: 4,
  unrecovered: 5,
} as const
export type LossReason = keyof typeof LOSS
export const LOSS_REASONS = [
  'ring',
  'invalid',
  'kernel',
  'network',
  'cutOff',
  'unrecovered',
] as const
/** Reasons that a gap is divided among while it is open. */
const PART_COUNT = LOSS.unrecovered

/**
 * Open gaps at most; when one more opens, the oldest is declared lost. Enough for a second of 40,000 messages
 * of which a tenth is lost, which a thread finds all at once when it has slept for so long.
 */
export const MAX_OPEN_GAPS = 4096
/** Places for them: with as many to spare, moving the gaps to the front is worth its while. */
const PLACES = 2 * MAX_OPEN_GAPS

/**
 * ```
 *  0      1      2
 *  +------+------+---------+------- - - -
 *  | size | head | missing |  gaps          doubles; the first gap lies at place `head`
 *  +------+------+---------+------- - - -
 *
 *  0       1       2          3         4       5          6       7      8         9        10        11
 *  +-------+-------+----------+---------+-------+----------+-------+------+---------+--------+---------+--------+
 *  | first | count | openedNs | sinceNs | dueNs | attempts | asked | ring | invalid | kernel | network | cutOff |
 *  +-------+-------+----------+---------+-------+----------+-------+------+---------+--------+---------+--------+
 * ```
 * The last five add up to `count`. `sinceNs`: from when on patience is counted. `dueNs`: when it is to
 * be asked for next, after `attempts` requests, the last of which began with the sequence `asked`.
 */
const SIZE = 0
const HEAD = 1
const MISSING = 2
const GAPS = 3
const FIRST = 0
const COUNT = 1
const OPENED_NS = 2
const SINCE_NS = 3
const DUE_NS = 4
const ATTEMPTS = 5
const ASKED = 6
const PARTS = 7
const ENTRY = PARTS + PART_COUNT

/** Doubles that a table takes. */
export const GAP_TABLE_DOUBLES = GAPS + PLACES * ENTRY

/**
 * The gaps that may still be filled, ascending by sequence, in memory given by the caller. One thread.
 * No allocation.
 */
export class GapTable {
  /** The time of what fills a gap, set by the caller. A field: an argument would be boxed. */
  nowNs = ZERO_NS
  readonly #cells: Float64Array

  /** @param cells GAP_TABLE_DOUBLES doubles; their content is kept, so a table can be taken over */
  constructor(cells: Float64Array) {
    this.#cells = cells
  }

  get size(): number {
    return this.#cells[SIZE]
  }

  /** Messages in all gaps together. */
  get missing(): number {
    return this.#cells[MISSING]
  }

  first(row: number): number {
    return this.#cells[this.#at(row) + FIRST]
  }

  count(row: number): number {
    return this.#cells[this.#at(row) + COUNT]
  }

  openedNs(row: number): number {
    return this.#cells[this.#at(row) + OPENED_NS]
  }

  /** When the gap was opened, asked for first, or last filled in part, whichever was last. */
  sinceNs(row: number): number {
    return this.#cells[this.#at(row) + SINCE_NS]
  }

  dueNs(row: number): number {
    return this.#cells[this.#at(row) + DUE_NS]
  }

  /** How often the gap was asked for in vain. */
  attempts(row: number): number {
    return this.#cells[this.#at(row) + ATTEMPTS]
  }

  /** Whether the gap is the rest of what was asked for last: its beginning has come. */
  isRest(row: number): boolean {
    const at = this.#at(row)
    return this.#cells[at + ATTEMPTS] > 0 && this.#cells[at + FIRST] > this.#cells[at + ASKED]
  }

  /** How many of the gap's messages are blamed on `reason`, one of LOSS but `unrecovered`. */
  part(row: number, reason: number): number {
    return this.#cells[this.#at(row) + PARTS + reason]
  }

  /** Adds a gap behind all others. There must be room: `size < MAX_OPEN_GAPS`. */
  append(
    first: number,
    ring: number,
    invalid: number,
    kernel: number,
    network: number,
    nowNs: number,
    cutOff = 0,
  ): void {
    const cells = this.#cells
    this.#makeRoomBehind()
    const at = this.#at(cells[SIZE])
    cells[SIZE] += 1
    cells[at + FIRST] = first
    cells[at + COUNT] = ring + invalid + kernel + network + cutOff
    cells[at + OPENED_NS] = nowNs
    cells[at + SINCE_NS] = nowNs
    cells[at + DUE_NS] = nowNs
    cells[at + ATTEMPTS] = 0
    cells[at + ASKED] = first
    cells[at + PARTS + LOSS.ring] = ring
    cells[at + PARTS + LOSS.invalid] = invalid
    cells[at + PARTS + LOSS.kernel] = kernel
    cells[at + PARTS + LOSS.network] = network
    cells[at + PARTS + LOSS.cutOff] = cutOff
    cells[MISSING] += cells[at + COUNT]
  }

  /** Removes the oldest gap. */
  shift(): void {
    const cells = this.#cells
    cells[MISSING] -= this.count(0)
    cells[SIZE] -= 1
    cells[HEAD] = cells[SIZE] === 0 ? 0 : cells[HEAD] + 1
  }

  /** The row of the gap that holds a sequence, or -1. */
  find(sequence: number): number {
    let low = 0
    let high = this.#cells[SIZE] - 1
    while (low <= high) {
      const row = (low + high) >> 1
      const past = sequence - this.first(row)
      if (past < 0) high = row - 1
      else if (past >= this.count(row)) low = row + 1
      else return row
    }
    return -1
  }

  /** Whether any of `count` messages from `first` on is missing. */
  overlaps(first: number, count: number): boolean {
    let low = 0
    let high = this.#cells[SIZE]
    while (low < high) {
      const row = (low + high) >> 1
      if (this.first(row) + this.count(row) <= first) low = row + 1
      else high = row
    }
    return low < this.#cells[SIZE] && this.first(low) < first + count
  }

  /** The gap was asked for: the next attempt is due at `dueNs`. */
  noteAsked(row: number, nowNs: number, dueNs: number): void {
    const at = this.#at(row)
    if (this.#cells[at + ATTEMPTS] === 0) this.#cells[at + SINCE_NS] = nowNs
    this.#cells[at + ATTEMPTS] += 1
    this.#cells[at + DUE_NS] = dueNs
    this.#cells[at + ASKED] = this.#cells[at + FIRST]
  }

  /** Something of the gap came: what is left gets new patience, and counts as asked for once. */
  noteProgress(row: number, nowNs: number, dueNs: number): void {
    const at = this.#at(row)
    this.#cells[at + SINCE_NS] = nowNs
    this.#cells[at + DUE_NS] = dueNs
    this.#cells[at + ATTEMPTS] = 1
  }

  /**
   * Takes one sequence out of the gap in `row`; the gap shrinks, vanishes or splits. A late arrival
   * was not dropped here, so it is taken from the network's part first. What is left behind the sequence
   * gets new patience, since it may be on its way too; what is left before it was skipped.
   *
   * @returns false if the gap had to split and there was no room: nothing was changed
   */
  fill(row: number, sequence: number): boolean {
    const first = this.first(row)
    const count = this.count(row)
    const before = sequence - first
    const after = count - before - 1
    const within = before > 0 && after > 0
    if (within && !this.divide(row, before)) return false
    const rest = within ? row + 1 : row
    this.#takeOne(rest)
    if (count === 1) this.#remove(rest)
    else if (after > 0) {
      const at = this.#at(rest)
      this.#cells[at + FIRST] = sequence + 1
      this.#cells[at + SINCE_NS] = this.nowNs
    }
    return true
  }

  /**
   * Makes two gaps of the one in `row`, the first with `before` messages, fewer than it has.
   *
   * @returns false if there was no room: nothing was changed
   */
  divide(row: number, before: number): boolean {
    const cells = this.#cells
    if (cells[SIZE] === MAX_OPEN_GAPS) return false
    this.#makeRoomBehind()
    const at = this.#at(row)
    cells.copyWithin(at + ENTRY, at, this.#at(cells[SIZE]))
    cells[SIZE] += 1
    // The left one keeps the first `before` messages' worth of blame, in the order of LOSS.
    let left = before
    for (let reason = 0; reason < PART_COUNT; reason++) {
      const blamed = cells[at + PARTS + reason]
      const kept = Math.min(blamed, left)
      left -= kept
      cells[at + PARTS + reason] = kept
      cells[at + ENTRY + PARTS + reason] = blamed - kept
    }
    cells[at + ENTRY + FIRST] = cells[at + FIRST] + before
    cells[at + ENTRY + COUNT] = cells[at + COUNT] - before
    cells[at + COUNT] = before
    return true
  }

  #at(row: number): number {
    return GAPS + (this.#cells[HEAD] + row) * ENTRY
  }

  /** Moves the gaps before it or those behind it, whichever are fewer: the oldest are filled first. */
  #remove(row: number): void {
    const cells = this.#cells
    const at = this.#at(row)
    if (row >= cells[SIZE] - row) {
      cells.copyWithin(at, at + ENTRY, this.#at(cells[SIZE]))
      cells[SIZE] -= 1
      return
    }
    cells.copyWithin(this.#at(1), this.#at(0), at)
    cells[SIZE] -= 1
    cells[HEAD] = cells[SIZE] === 0 ? 0 : cells[HEAD] + 1
  }

  /** Moves the gaps to the front of the memory if there is no place behind them. */
  #makeRoomBehind(): void {
    const cells = this.#cells
    if (cells[HEAD] + cells[SIZE] < PLACES) return
    cells.copyWithin(GAPS, this.#at(0), this.#at(cells[SIZE]))
    cells[HEAD] = 0
  }

  #takeOne(row: number): void {
    const at = this.#at(row)
    this.#cells[MISSING] -= 1
    this.#cells[at + COUNT] -= 1
    for (let reason = PART_COUNT - 1; reason >= 0; reason--) {
      if (this.#cells[at + PARTS + reason] > 0) {
        this.#cells[at + PARTS + reason] -= 1
        return
      }
    }
  }
}
