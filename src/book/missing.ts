import type { StateTransfer } from './state-transfer.js'

/** Ranges that are told apart; what is missing beyond them, oldest first, can only be missing for good. */
const RANGES = 4096
const NEVER = Number.NEGATIVE_INFINITY

/**
 * Which sequences of a feed are missing: ranges, ascending, that late messages fill in any order.
 *
 * Confined to one thread. Allocates nothing after construction.
 */
export class Missing {
  /** The highest missing sequence; minus infinity: none. What a book must not be older than. */
  last = NEVER
  /** Ranges that are missing. */
  rangeCount = 0

  readonly #firsts = new Float64Array(RANGES)
  /** The sequence after each range. */
  readonly #ends = new Float64Array(RANGES)
  /** What fell out of the table, as one range of which `#lostCount` are missing. */
  #lostFirst = Number.POSITIVE_INFINITY
  #lostLast = NEVER
  #lostCount = 0

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.last = state.number(this.last)
    this.rangeCount = state.number(this.rangeCount)
    state.fill(this.#firsts)
    state.fill(this.#ends)
    this.#lostFirst = state.number(this.#lostFirst)
    this.#lostLast = state.number(this.#lostLast)
    this.#lostCount = state.number(this.#lostCount)
  }

  /** Whether anything is missing. */
  get any(): boolean {
    return this.last !== NEVER
  }

  clear(): void {
    this.rangeCount = 0
    this.#lostFirst = Number.POSITIVE_INFINITY
    this.#lostLast = NEVER
    this.#lostCount = 0
    this.last = NEVER
  }

  /** Notes that `[first, end)` is missing; it must lie behind all that is. */
  add(first: number, end: number): void {
    const top = this.rangeCount - 1
    if (top >= 0 && this.#ends[top] === first) {
      this.#ends[top] = end
    } else {
      if (this.rangeCount === RANGES) this.#forgetOldest()
      this.#firsts[this.rangeCount] = first
      this.#ends[this.rangeCount] = end
      this.rangeCount++
    }
    this.last = end - 1
  }

  /** Notes that the message just came or can never come, `sequence` standing for no message. */
  addForGood(sequence: number): void {
    if (sequence < this.#lostFirst) this.#lostFirst = sequence
    if (sequence > this.#lostLast) this.#lostLast = sequence
    this.#lostCount++
    if (sequence > this.last) this.last = sequence
  }

  /** Takes a sequence out. @returns whether it was missing and could still come */
  fill(sequence: number): boolean {
    const index = this.#rangeOf(sequence)
    if (index < 0) return false
    const first = this.#firsts[index]
    const end = this.#ends[index]
    if (sequence === first && sequence + 1 === end) this.#take(index)
    else if (sequence === first) this.#firsts[index] = sequence + 1
    else if (sequence + 1 === end) this.#ends[index] = sequence
    else this.#split(index, sequence)
    const top = this.rangeCount === 0 ? NEVER : this.#ends[this.rangeCount - 1] - 1
    this.last = top > this.#lostLast ? top : this.#lostLast
    return true
  }

  /** The first missing sequence above `point`; plus infinity if there is none. */
  firstAfter(point: number): number {
    if (this.#lostLast > point) return Math.max(this.#lostFirst, point + 1)
    const index = this.#firstEndingAfter(point + 1)
    if (index === this.rangeCount) return Number.POSITIVE_INFINITY
    return Math.max(this.#firsts[index], point + 1)
  }

  /** How many sequences above `point` are missing; at least, where `point` lies in what was forgotten. */
  countAfter(point: number): number {
    let count = 0
    if (point < this.#lostFirst) count = this.#lostCount
    else if (point < this.#lostLast) count = 1
    for (let i = this.rangeCount - 1; i >= 0 && this.#ends[i] - 1 > point; i--) {
      count += this.#ends[i] - Math.max(this.#firsts[i], point + 1)
    }
    return count
  }

  /** The range that holds a sequence, or -1. */
  #rangeOf(sequence: number): number {
    const index = this.#firstEndingAfter(sequence)
    return index < this.rangeCount && this.#firsts[index] <= sequence ? index : -1
  }

  /** The lowest range whose last sequence is not below `sequence`; the number of ranges if there is none. */
  #firstEndingAfter(sequence: number): number {
    let low = 0
    let high = this.rangeCount
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ends[middle] <= sequence) low = middle + 1
      else high = middle
    }
    return low
  }

  #take(index: number): void {
    this.#firsts.copyWithin(index, index + 1, this.rangeCount)
    this.#ends.copyWithin(index, index + 1, this.rangeCount)
    this.rangeCount--
  }

  #split(index: number, sequence: number): void {
    let at = index
    if (this.rangeCount === RANGES) {
      // The lower half is then the oldest that is known, or falls out with what is older.
      if (at === 0) {
        this.#forget(this.#firsts[0], sequence)
        this.#firsts[0] = sequence + 1
        return
      }
      this.#forgetOldest()
      at--
    }
    this.#firsts.copyWithin(at + 1, at, this.rangeCount)
    this.#ends.copyWithin(at + 1, at, this.rangeCount)
    this.rangeCount++
    this.#ends[at] = sequence
    this.#firsts[at + 1] = sequence + 1
  }

  #forgetOldest(): void {
    this.#forget(this.#firsts[0], this.#ends[0])
    this.#take(0)
  }

  #forget(first: number, end: number): void {
    if (first < this.#lostFirst) this.#lostFirst = first
    if (end - 1 > this.#lostLast) this.#lostLast = end - 1
    this.#lostCount += end - first
  }
}
