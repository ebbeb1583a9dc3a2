import { ceilPowerOfTwo } from '../foundation/units.js'
import type { BookChange } from './book-change.js'
import { EntryBlocks, LEVELS_PER_MESSAGE } from './entry-blocks.js'
import type { StateTransfer } from './state-transfer.js'

/** Stands for no level, no order, no instrument. */
export const NONE = -1

/** The sides of a book, as indices. */
export const BOOK_SIDE = { bid: 0, ask: 1 } as const

/** Words of a level's record, 32 bits each; the first four are two doubles. */
const LEVEL_WORDS = 8
const LEVEL_NUMBERS = 4
const KEY = 0
const QUANTITY = 1
const COUNT = 4
const HEAD = 5
const TAIL = 6
const SIDE_OF = 7

/** Words of a side's record. */
const SIDE_WORDS = 4
const START = 0
const LENGTH = 1
const CAPACITY = 2
/** The best level plus 1; 0: none. What most messages are about, so it is kept at hand. */
const BEST = 3

/** Price and quantity of the best bid and the best ask as they were last told. */
const KNOWN_NUMBERS = 4

/** Steps from the best level that a search takes one by one before it halves what is left. */
const NEAR_STEPS = 12
const LEVEL_BYTES = LEVEL_WORDS * 4

/**
 * The price levels of all books of a feed, for order books, price-level books and tops of book alike.
 *
 * A side is a sorted array of entries, each a key and a level's handle. The best is at the end, where
 * almost all changes are, so that inserting and removing move few entries. The key is the price for
 * bids and its negative for asks: the best has the highest key on both sides, and one search serves
 * both.
 *
 * ```
 *   side     (instrument x 2 + side)   start, length, capacity, best + 1    4 words
 *   entries  [ key, level | key, level | key, level = best | .. ]  16 bytes each, see EntryBlocks
 *   level    +--------+----------+-------+------+------+------+
 *            |  key   | quantity | count | head | tail | side |    32 bytes; head and tail of its queue
 *            |  f64   |   f64    |  i32  | i32  | i32  | i32  |
 *            +--------+----------+-------+------+------+------+
 * ```
 *
 * Prices are whole numbers in the feed's unit. `side` below is the index `instrument * 2 + side`.
 * Confined to one thread. Nothing allocates but `reserve` and `reserveSides`.
 */
export class Levels {
  /** Times that memory grew. */
  growths = 0
  /** Of the level to look for or to make: its price, a field so that no call has to box it. */
  price = Number.NaN

  readonly #maxLevels: number
  #numbers: Float64Array
  #words: Int32Array
  #capacity: number
  #free = NONE
  #freeCount: number
  #sides: Int32Array
  /** By instrument: what `bestDiffers` compares with. Only messages that touch a best level look at it. */
  #known: Float64Array
  readonly #entries: EntryBlocks

  /**
   * @param sides how many sides there are room for at first
   * @param capacity levels that there is room for at first
   * @param maxLevels levels beyond which `reserve` refuses
   */
  constructor(sides: number, capacity: number, maxLevels: number) {
    this.#capacity = capacity
    this.#maxLevels = maxLevels
    const buffer = new ArrayBuffer(capacity * LEVEL_BYTES)
    this.#numbers = new Float64Array(buffer)
    this.#words = new Int32Array(buffer)
    this.#freeCount = 0
    this.#release(0, capacity)
    this.#sides = new Int32Array(sides * SIDE_WORDS)
    this.#known = new Float64Array((sides / 2) * KNOWN_NUMBERS)
    this.#entries = new EntryBlocks(capacity * 4, maxLevels * 16)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.#numbers = state.float64(this.#numbers)
    this.#words = new Int32Array(this.#numbers.buffer)
    this.#capacity = state.number(this.#capacity)
    this.#free = state.number(this.#free)
    this.#freeCount = state.number(this.#freeCount)
    this.#sides = state.int32(this.#sides)
    this.#known = state.float64(this.#known)
    this.#entries.transfer(state)
  }

  /** Bytes of memory held. */
  get bytes(): number {
    const sides = this.#sides.byteLength + this.#known.byteLength
    return this.#numbers.byteLength + sides + this.#entries.bytes
  }

  /** Levels that exist. */
  get size(): number {
    return this.#capacity - this.#freeCount
  }

  /** Whether as many levels as one message adds fit without growing. */
  get hasRoom(): boolean {
    return this.#freeCount >= LEVELS_PER_MESSAGE && this.#entries.used <= this.#entries.limit
  }

  /**
   * Makes sure that `count` levels can be added without growing. To be called between messages.
   *
   * @returns false if the bound does not allow it
   */
  reserve(count: number): boolean {
    if (this.#freeCount >= count && this.#entries.hasRoom(count)) return true
    return this.#grow(count)
  }

  /** Makes room for as many sides. */
  reserveSides(sides: number): void {
    if (sides * SIDE_WORDS <= this.#sides.length) return
    const grown = new Int32Array(sides * SIDE_WORDS)
    grown.set(this.#sides)
    this.#sides = grown
    const known = new Float64Array((sides / 2) * KNOWN_NUMBERS)
    known.set(this.#known)
    this.#known = known
  }

  /** The level at `price`, or NONE. */
  find(side: number): number {
    const at = side * SIDE_WORDS
    const start = this.#sides[at + START]
    const key = (side & 1) === BOOK_SIDE.bid ? this.price : -this.price
    const position = this.#seek(start, this.#sides[at + LENGTH], key)
    return this.#levelIfAt(start, position, this.#sides[at + LENGTH], key)
  }

  /** The level at `price`, made if it is not there. There must be room for it. */
  obtain(side: number): number {
    const at = side * SIDE_WORDS
    const length = this.#sides[at + LENGTH]
    const key = (side & 1) === BOOK_SIDE.bid ? this.price : -this.price
    const position = this.#seek(this.#sides[at + START], length, key)
    const there = this.#levelIfAt(this.#sides[at + START], position, length, key)
    if (there !== NONE) return there

    if (length === this.#sides[at + CAPACITY]) this.#widen(at)
    const level = this.#free
    this.#free = this.#words[level * LEVEL_WORDS + HEAD]
    this.#freeCount--
    this.#numbers[level * LEVEL_NUMBERS + KEY] = key
    this.#numbers[level * LEVEL_NUMBERS + QUANTITY] = 0
    const words = this.#words
    words[level * LEVEL_WORDS + COUNT] = 0
    words[level * LEVEL_WORDS + HEAD] = NONE
    words[level * LEVEL_WORDS + TAIL] = NONE
    words[level * LEVEL_WORDS + SIDE_OF] = side

    const { keys, handles } = this.#entries
    const start = this.#sides[at + START]
    const last = start + length
    for (let e = last; e > start + position; e--) {
      keys[2 * e] = keys[2 * e - 2]
      handles[4 * e + 2] = handles[4 * e - 2]
    }
    keys[2 * (start + position)] = key
    handles[4 * (start + position) + 2] = level
    this.#sides[at + LENGTH] = length + 1
    if (position === length) this.#sides[at + BEST] = level + 1
    return level
  }

  /**
   * Sets the quantity at `price`, all in one: most messages of price-level feeds are this, and calls between
   * small methods would cost more than the work.
   *
   * @returns whether the level was or is the best of its side
   */
  put(side: number, quantity: number): boolean {
    const at = side * SIDE_WORDS
    const sides = this.#sides
    const length = sides[at + LENGTH]
    const start = sides[at + START]
    const key = (side & 1) === BOOK_SIDE.bid ? this.price : -this.price
    const { keys, handles } = this.#entries
    let high = length
    const near = length > NEAR_STEPS ? length - NEAR_STEPS : 0
    while (high > near && keys[2 * (start + high - 1)] >= key) high--
    if (high === near && high > 0) high = this.#seekFar(start, high, key)
    if (high < length && keys[2 * (start + high)] === key) {
      const level = handles[4 * (start + high) + 2]
      this.#numbers[level * LEVEL_NUMBERS + QUANTITY] = quantity
      return high === length - 1
    }
    const level = this.obtain(side)
    this.#numbers[level * LEVEL_NUMBERS + QUANTITY] = quantity
    return sides[at + BEST] === level + 1
  }

  /** Takes a level out of its side. */
  remove(level: number): void {
    const at = this.#words[level * LEVEL_WORDS + SIDE_OF] * SIDE_WORDS
    const key = this.#numbers[level * LEVEL_NUMBERS + KEY]
    const start = this.#sides[at + START]
    const length = this.#sides[at + LENGTH] - 1
    const { keys, handles } = this.#entries
    for (let e = start + this.#seek(start, length + 1, key); e < start + length; e++) {
      keys[2 * e] = keys[2 * e + 2]
      handles[4 * e + 2] = handles[4 * e + 6]
    }
    this.#sides[at + LENGTH] = length
    if (this.#sides[at + BEST] === level + 1) {
      this.#sides[at + BEST] = length === 0 ? 0 : handles[4 * (start + length - 1) + 2] + 1
    }
    this.#words[level * LEVEL_WORDS + HEAD] = this.#free
    this.#free = level
    this.#freeCount++
  }

  /** Takes all levels out of a side. */
  clear(side: number): void {
    const at = side * SIDE_WORDS
    const start = this.#sides[at + START]
    for (let i = this.#sides[at + LENGTH] - 1; i >= 0; i--) {
      const level = this.#entries.handles[4 * (start + i) + 2]
      this.#words[level * LEVEL_WORDS + HEAD] = this.#free
      this.#free = level
      this.#freeCount++
    }
    this.#sides[at + LENGTH] = 0
    this.#sides[at + BEST] = 0
  }

  /** How many levels a side has. */
  depth(side: number): number {
    return this.#sides[side * SIDE_WORDS + LENGTH]
  }

  /** A side's level by rank, 0 being the best; it must be below `depth`. */
  nth(side: number, rank: number): number {
    const at = side * SIDE_WORDS
    const entry = this.#sides[at + START] + this.#sides[at + LENGTH] - 1 - rank
    return this.#entries.handles[4 * entry + 2]
  }

  /** Whether a level is the best of its side. */
  isBest(level: number): boolean {
    return this.#sides[this.#words[level * LEVEL_WORDS + SIDE_OF] * SIDE_WORDS + BEST] === level + 1
  }

  /** The best level of a side, or NONE. */
  best(side: number): number {
    return this.#sides[side * SIDE_WORDS + BEST] - 1
  }

  /** Whether the best bid of an instrument is above its best ask. */
  isCrossed(instrument: number): boolean {
    const bid = this.best(instrument * 2)
    const ask = this.best(instrument * 2 + 1)
    if (bid === NONE || ask === NONE) return false
    const numbers = this.#numbers
    return numbers[bid * LEVEL_NUMBERS + KEY] + numbers[ask * LEVEL_NUMBERS + KEY] > 0
  }

  /**
   * Compares the best of both sides with what they were when this was last asked, and notes the latter if
   * they differ.
   */
  bestDiffers(instrument: number, change: BookChange): boolean {
    const numbers = this.#numbers
    const known = this.#known
    const at = instrument * KNOWN_NUMBERS
    const bid = this.best(instrument * 2)
    const ask = this.best(instrument * 2 + 1)
    const bidPrice = bid === NONE ? 0 : numbers[bid * LEVEL_NUMBERS + KEY]
    const bidQuantity = bid === NONE ? 0 : numbers[bid * LEVEL_NUMBERS + QUANTITY]
    const askPrice = ask === NONE ? 0 : 0 - numbers[ask * LEVEL_NUMBERS + KEY]
    const askQuantity = ask === NONE ? 0 : numbers[ask * LEVEL_NUMBERS + QUANTITY]
    if (
      known[at] === bidPrice &&
      known[at + 1] === bidQuantity &&
      known[at + 2] === askPrice &&
      known[at + 3] === askQuantity
    ) {
      return false
    }
    change.previousBid = known[at]
    change.previousBidQuantity = known[at + 1]
    change.previousAsk = known[at + 2]
    change.previousAskQuantity = known[at + 3]
    known[at] = bidPrice
    known[at + 1] = bidQuantity
    known[at + 2] = askPrice
    known[at + 3] = askQuantity
    return true
  }

  /** Notes a level as what a change left of it, which is nothing if it is NONE. */
  noteLevel(level: number, change: BookChange): void {
    change.levelQuantity = level === NONE ? 0 : this.#numbers[level * LEVEL_NUMBERS + QUANTITY]
    change.levelOrders = level === NONE ? 0 : this.#words[level * LEVEL_WORDS + COUNT]
  }

  /** The price of a level. */
  priceOf(level: number): number {
    const key = this.#numbers[level * LEVEL_NUMBERS + KEY]
    // 0 and not -0 for an ask at 0.
    return (this.#words[level * LEVEL_WORDS + SIDE_OF] & 1) === BOOK_SIDE.bid ? key : 0 - key
  }

  /** The quantity at a level. */
  quantityOf(level: number): number {
    return this.#numbers[level * LEVEL_NUMBERS + QUANTITY]
  }

  /** The orders at a level; 0 where the feed has no orders. */
  countOf(level: number): number {
    return this.#words[level * LEVEL_WORDS + COUNT]
  }

  /** The side that a level is on: `instrument * 2 + side`. */
  sideOf(level: number): number {
    return this.#words[level * LEVEL_WORDS + SIDE_OF]
  }

  /** The first order of a level's queue, or NONE. */
  headOf(level: number): number {
    return this.#words[level * LEVEL_WORDS + HEAD]
  }

  /** The last order of a level's queue, or NONE. */
  tailOf(level: number): number {
    return this.#words[level * LEVEL_WORDS + TAIL]
  }

  setQuantity(level: number, quantity: number): void {
    this.#numbers[level * LEVEL_NUMBERS + QUANTITY] = quantity
  }

  addQuantity(level: number, quantity: number): void {
    this.#numbers[level * LEVEL_NUMBERS + QUANTITY] += quantity
  }

  addCount(level: number, count: number): void {
    this.#words[level * LEVEL_WORDS + COUNT] += count
  }

  setHead(level: number, order: number): void {
    this.#words[level * LEVEL_WORDS + HEAD] = order
  }

  setTail(level: number, order: number): void {
    this.#words[level * LEVEL_WORDS + TAIL] = order
  }

  /** How many entries of a side, `start` being its first, have a key below `key`. */
  #seek(start: number, length: number, key: number): number {
    const keys = this.#entries.keys
    let high = length
    const near = length > NEAR_STEPS ? length - NEAR_STEPS : 0
    while (high > near && keys[2 * (start + high - 1)] >= key) high--
    return high > near || high === 0 ? high : this.#seekFar(start, high, key)
  }

  /** The same among entries that are not near the best. */
  #seekFar(start: number, length: number, key: number): number {
    const keys = this.#entries.keys
    let high = length
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[2 * (start + middle)] < key) low = middle + 1
      else high = middle
    }
    return low
  }

  #levelIfAt(start: number, position: number, length: number, key: number): number {
    if (position === length) return NONE
    const entry = start + position
    return this.#entries.keys[2 * entry] === key ? this.#entries.handles[4 * entry + 2] : NONE
  }

  /** Moves a side into a block of twice its capacity. */
  #widen(at: number): void {
    const sides = this.#sides
    const start = this.#entries.exchange(
      sides[at + START],
      sides[at + LENGTH],
      sides[at + CAPACITY],
    )
    sides[at + START] = start
    sides[at + CAPACITY] = this.#entries.capacityOf(sides[at + CAPACITY])
  }

  /** Puts fresh levels on the list of free ones. */
  #release(first: number, end: number): void {
    for (let level = end - 1; level >= first; level--) {
      this.#words[level * LEVEL_WORDS + HEAD] = this.#free
      this.#free = level
    }
    this.#freeCount += end - first
  }

  #grow(count: number): boolean {
    if (!this.#entries.reserve(count)) return false
    if (this.#freeCount >= count) return true
    const needed = ceilPowerOfTwo(this.size + count)
    const capacity = Math.min(this.#maxLevels, Math.max(this.#capacity * 2, needed))
    if (capacity - this.size < count) return false
    const buffer = new ArrayBuffer(capacity * LEVEL_BYTES)
    const words = new Int32Array(buffer)
    words.set(this.#words)
    this.#words = words
    this.#numbers = new Float64Array(buffer)
    this.#release(this.#capacity, capacity)
    this.#capacity = capacity
    this.growths++
    return true
  }
}
