import { ceilPowerOfTwo } from '../foundation/units.js'
import type { StateTransfer } from './state-transfer.js'

/** Entries of the smallest block. */
const SMALLEST = 4
const CLASSES = 32
const NONE = -1
/** No message adds more levels; an event of several messages makes room for itself. */
export const LEVELS_PER_MESSAGE = 2
const ENTRY_BYTES = 16

/**
 * Memory for the sorted arrays of all sides: blocks of 4, 8, 16, … entries in one piece of memory.
 *
 * ```
 *   entry  +---------+--------+------+
 *          |   key   | handle |  --  |   keys[2 * entry], handles[4 * entry + 2]
 *          |   f64   |  i32   |  i32 |
 *          +---------+--------+------+
 * ```
 *
 * A block that is given back is kept for the next side that needs one of its size: no block is ever cut
 * or joined, so taking one is a matter of a few instructions.
 */
export class EntryBlocks {
  keys: Float64Array
  /** The same memory as words. */
  handles: Int32Array

  /** Entries that blocks have been made of. */
  used = 0
  /** Up to this many, what one message adds has room whatever it is. */
  limit: number

  readonly #maxEntries: number
  #capacity: number
  #largest = SMALLEST
  /** The first free block of each size; the next one is in its first entry's handle. */
  readonly #free = new Int32Array(CLASSES).fill(NONE)

  constructor(capacity: number, maxEntries: number) {
    this.#capacity = capacity
    this.#maxEntries = maxEntries
    const buffer = new ArrayBuffer(capacity * ENTRY_BYTES)
    this.keys = new Float64Array(buffer)
    this.handles = new Int32Array(buffer)
    this.limit = capacity - this.#worstCase(LEVELS_PER_MESSAGE)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.keys = state.float64(this.keys)
    this.handles = new Int32Array(this.keys.buffer)
    this.used = state.number(this.used)
    this.limit = state.number(this.limit)
    this.#capacity = state.number(this.#capacity)
    this.#largest = state.number(this.#largest)
    state.fill(this.#free)
  }

  get bytes(): number {
    return this.keys.byteLength
  }

  /** What the capacity is after an `exchange`. */
  capacityOf(capacity: number): number {
    return capacity === 0 ? SMALLEST : capacity * 2
  }

  /** Whether `count` entries, all on the two sides of one instrument, fit whatever the sides' sizes. */
  hasRoom(count: number): boolean {
    return this.#capacity - this.used >= this.#worstCase(count)
  }

  /** Grows until `hasRoom(count)`. @returns false if the bound does not allow it */
  reserve(count: number): boolean {
    if (this.hasRoom(count)) return true
    const wanted = ceilPowerOfTwo(this.used + this.#worstCase(count))
    const capacity = Math.min(this.#maxEntries, Math.max(this.#capacity * 2, wanted))
    if (capacity - this.used < this.#worstCase(count)) return false
    const buffer = new ArrayBuffer(capacity * ENTRY_BYTES)
    // Words and not doubles: a copy of doubles may change what is no number.
    const handles = new Int32Array(buffer)
    handles.set(this.handles)
    this.handles = handles
    this.keys = new Float64Array(buffer)
    this.#capacity = capacity
    this.limit = capacity - this.#worstCase(LEVELS_PER_MESSAGE)
    return true
  }

  /** Copies a full block's entries into one of twice the size, gives the old one back. @returns its start */
  exchange(start: number, length: number, capacity: number): number {
    const grown = this.#take(this.capacityOf(capacity))
    for (let i = 0; i < length; i++) {
      this.keys[2 * (grown + i)] = this.keys[2 * (start + i)]
      this.handles[4 * (grown + i) + 2] = this.handles[4 * (start + i) + 2]
    }
    if (capacity > 0) {
      const size = 31 - Math.clz32(capacity)
      this.handles[4 * start + 2] = this.#free[size]
      this.#free[size] = start
    }
    return grown
  }

  #take(capacity: number): number {
    const size = 31 - Math.clz32(capacity)
    const free = this.#free[size]
    if (free !== NONE) {
      this.#free[size] = this.handles[4 * free + 2]
      return free
    }
    const start = this.used
    this.used += capacity
    if (capacity > this.#largest) {
      this.#largest = capacity
      this.limit = this.#capacity - this.#worstCase(LEVELS_PER_MESSAGE)
    }
    return start
  }

  /** Both sides may double until they hold `count` more, each block being taken anew. */
  #worstCase(count: number): number {
    return 8 * (this.#largest + count)
  }
}
