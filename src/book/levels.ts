import { ceilPowerOfTwo } from '../foundation/units.js'
import type { BookChange } from './book-change.js'
import { EntryBlocks, LEVELS_PER_MESSAGE } from './entry-blocks.js'
import type { StateTransfer } from './state-transfer.js'

/** Stands for no level, no order, no instrument. */
export const NONE = -1

/** The sides of a book, as indices. */
export const BOOK_SIDE = { bid: 0, ask: 1 } as const

/**
 * Where a level's record has what. Hot code takes these over as constants of its own module: one that is
 * imported is no constant to the compiler.
 */
export const LEVEL_RECORD = {
  /** Eight words of 32 bits, the first four being two doubles. Shifts: a product is checked for overflow. */
  wordsShift: 3,
  numbersShift: 2,
  /** As doubles. */
  key: 0,
  quantity: 1,
  /** As words. */
  count: 4,
  head: 5,
  tail: 6,
  side: 7,
} as const

const LEVEL_SHIFT = LEVEL_RECORD.wordsShift
const NUMBERS_SHIFT = LEVEL_RECORD.numbersShift
const KEY = LEVEL_RECORD.key
const QUANTITY = LEVEL_RECORD.quantity
const COUNT = LEVEL_RECORD.count
const HEAD = LEVEL_RECORD.head
const TAIL = LEVEL_RECORD.tail
const SIDE_OF = LEVEL_RECORD.side

/** Words of a side's record: 4. */
const SIDE_SHIFT = 2
const START = 0
const LENGTH = 1
const CAPACITY = 2
/** The best level plus 1; 0: none. What most messages are about, so it is kept at hand. */
const BEST = 3

/** Price and quantity of the best bid and the best ask as they were last told. */
const KNOWN_NUMBERS = 4

/** Steps from the best level that a search takes one by one before it halves what is left. */
const NEAR_STEPS = 12
const LEVEL_BYTES = 4 << LEVEL_SHIFT

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

  /**
   * The records of all levels, as doubles and as words: for what else is hot in this folder, since calls of
   * small methods would cost more than the work. Other arrays after a growth.
   */
  numbers: Float64Array
  words: Int32Array

  readonly #maxLevels: number
  #capacity: number
  #free = NONE
  #freeCount: number
  #sides: Int32Array
  /** By instrument: what `bestDiffers` compares with. Only messages that touch a best level look at it. */
  #known: Float64Array
  readonly #entries: EntryBlocks
  /** The key that is looked for: doubles cross calls in fields, and this one is never boxed. */
  readonly #key = new Float64Array(1)

  /**
   * @param sides how many sides there are room for at first
   * @param capacity levels that there is room for at first
   * @param maxLevels levels beyond which `reserve` refuses
   */
  constructor(sides: number, capacity: number, maxLevels: number) {
    this.#capacity = capacity
    this.#maxLevels = maxLevels
    const buffer = new ArrayBuffer(capacity * LEVEL_BYTES)
    this.numbers = new Float64Array(buffer)
    this.words = new Int32Array(buffer)
    this.#freeCount = 0
    this.#release(0, capacity)
    this.#sides = new Int32Array(sides << SIDE_SHIFT)
    this.#known = new Float64Array((sides / 2) * KNOWN_NUMBERS)
    this.#entries = new EntryBlocks(capacity * 4, maxLevels * 16)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.numbers = state.float64(this.numbers)
    this.words = new Int32Array(this.numbers.buffer)
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
    return this.numbers.byteLength + sides + this.#entries.bytes
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
    if (sides << SIDE_SHIFT <= this.#sides.length) return
    const grown = new Int32Array(sides << SIDE_SHIFT)
    grown.set(this.#sides)
    this.#sides = grown
    const known = new Float64Array((sides / 2) * KNOWN_NUMBERS)
    known.set(this.#known)
    this.#known = known
  }

  /** The level at `price`, made if it is not there. There must be room for it. */
  obtain(side: number): number {
    const at = side << SIDE_SHIFT
    const sides = this.#sides
    const start = sides[at | START]
    const length = sides[at | LENGTH]
    // Not chosen by the side: it is as good as random, so that a branch would be guessed wrong half the time.
    const key = this.price * (1 - 2 * (side & 1))
    this.#key[0] = key
    const position = this.#seek(start, length)
    const { keys, handles } = this.#entries
    if (position < length && keys[(start + position) << 1] === key) {
      return handles[((start + position) << 2) | 2]
    }
    return this.#insert(side, position)
  }

  /**
   * Sets the quantity at `price`, all in one: most messages of price-level feeds are this.
   *
   * @returns whether the level was or is the best of its side
   */
  put(side: number, quantity: number): boolean {
    const level = this.obtain(side)
    this.numbers[(level << NUMBERS_SHIFT) | QUANTITY] = quantity
    return this.#sides[(side << SIDE_SHIFT) | BEST] === level + 1
  }

  /**
   * Takes the level at `price` out of its side.
   *
   * @returns 0 if it is not there, 1 if it is, 2 if it is the best
   */
  take(side: number): number {
    const at = side << SIDE_SHIFT
    const sides = this.#sides
    const start = sides[at | START]
    const length = sides[at | LENGTH]
    const key = this.price * (1 - 2 * (side & 1))
    this.#key[0] = key
    const position = this.#seek(start, length)
    if (position === length || this.#entries.keys[(start + position) << 1] !== key) return 0
    this.#removeAt(side, position)
    return position === length - 1 ? 2 : 1
  }

  /** Takes a level out of its side. */
  remove(level: number): void {
    const side = this.words[(level << LEVEL_SHIFT) | SIDE_OF]
    const sides = this.#sides
    const at = side << SIDE_SHIFT
    this.#key[0] = this.numbers[(level << NUMBERS_SHIFT) | KEY]
    this.#removeAt(side, this.#seek(sides[at | START], sides[at | LENGTH]))
  }

  /** Takes all levels out of a side. */
  clear(side: number): void {
    const at = side << SIDE_SHIFT
    const start = this.#sides[at | START]
    for (let i = this.#sides[at | LENGTH] - 1; i >= 0; i--) {
      const level = this.#entries.handles[((start + i) << 2) | 2]
      this.words[(level << LEVEL_SHIFT) | HEAD] = this.#free
      this.#free = level
      this.#freeCount++
    }
    this.#sides[at | LENGTH] = 0
    this.#sides[at | BEST] = 0
  }

  /** How many levels a side has. */
  depth(side: number): number {
    return this.#sides[(side << SIDE_SHIFT) | LENGTH]
  }

  /** A side's level by rank, 0 being the best; it must be below `depth`. */
  nth(side: number, rank: number): number {
    const at = side << SIDE_SHIFT
    const entry = this.#sides[at | START] + this.#sides[at | LENGTH] - 1 - rank
    return this.#entries.handles[(entry << 2) | 2]
  }

  /** Whether a level is the best of its side. */
  isBest(level: number): boolean {
    const side = this.words[(level << LEVEL_SHIFT) | SIDE_OF]
    return this.#sides[(side << SIDE_SHIFT) | BEST] === level + 1
  }

  /** The best level of a side, or NONE. */
  best(side: number): number {
    return this.#sides[(side << SIDE_SHIFT) | BEST] - 1
  }

  /** Whether the best bid of an instrument is above its best ask. */
  isCrossed(instrument: number): boolean {
    const numbers = this.numbers
    const sides = this.#sides
    const bid = sides[(instrument << (SIDE_SHIFT + 1)) | BEST] - 1
    const ask = sides[(((instrument << 1) | 1) << SIDE_SHIFT) | BEST] - 1
    if (bid === NONE || ask === NONE) return false
    return numbers[(bid << NUMBERS_SHIFT) | KEY] + numbers[(ask << NUMBERS_SHIFT) | KEY] > 0
  }

  /**
   * Compares the best of both sides with what they were when this was last asked, and notes the latter if
   * they differ.
   */
  bestDiffers(instrument: number, change: BookChange): boolean {
    const numbers = this.numbers
    const known = this.#known
    const sides = this.#sides
    const at = instrument * KNOWN_NUMBERS
    const bid = sides[(instrument << (SIDE_SHIFT + 1)) | BEST] - 1
    const ask = sides[(((instrument << 1) | 1) << SIDE_SHIFT) | BEST] - 1
    const bidPrice = bid === NONE ? 0 : numbers[(bid << NUMBERS_SHIFT) | KEY]
    const bidQuantity = bid === NONE ? 0 : numbers[(bid << NUMBERS_SHIFT) | QUANTITY]
    const askPrice = ask === NONE ? 0 : 0 - numbers[(ask << NUMBERS_SHIFT) | KEY]
    const askQuantity = ask === NONE ? 0 : numbers[(ask << NUMBERS_SHIFT) | QUANTITY]
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

  /**
   * Notes a level as what a change left of it.
   *
   * @returns whether it is the best of its side
   */
  tell(level: number, change: BookChange): boolean {
    const words = this.words
    const numbers = this.numbers
    const index = words[(level << LEVEL_SHIFT) | SIDE_OF]
    const side = index & 1
    change.side = side
    change.levelChanges++
    // 0 and not -0 for an ask at 0.
    change.levelPrice = numbers[(level << NUMBERS_SHIFT) | KEY] * (1 - 2 * side) + 0
    change.levelQuantity = numbers[(level << NUMBERS_SHIFT) | QUANTITY]
    change.levelOrders = words[(level << LEVEL_SHIFT) | COUNT]
    return this.#sides[(index << SIDE_SHIFT) | BEST] === level + 1
  }

  /** The price of a level. */
  priceOf(level: number): number {
    const side = this.words[(level << LEVEL_SHIFT) | SIDE_OF] & 1
    // 0 and not -0 for an ask at 0.
    return this.numbers[(level << NUMBERS_SHIFT) | KEY] * (1 - 2 * side) + 0
  }

  /** The quantity at a level. */
  quantityOf(level: number): number {
    return this.numbers[(level << NUMBERS_SHIFT) | QUANTITY]
  }

  /** The orders at a level; 0 where the feed has no orders. */
  countOf(level: number): number {
    return this.words[(level << LEVEL_SHIFT) | COUNT]
  }

  /** The side that a level is on: `instrument * 2 + side`. */
  sideOf(level: number): number {
    return this.words[(level << LEVEL_SHIFT) | SIDE_OF]
  }

  /** The first order of a level's queue, or NONE. */
  headOf(level: number): number {
    return this.words[(level << LEVEL_SHIFT) | HEAD]
  }

  /** The last order of a level's queue, or NONE. */
  tailOf(level: number): number {
    return this.words[(level << LEVEL_SHIFT) | TAIL]
  }

  /** Makes a level whose key is in `#key` at a place of its side. */
  #insert(side: number, position: number): number {
    const at = side << SIDE_SHIFT
    const sides = this.#sides
    const length = sides[at | LENGTH]
    if (length === sides[at | CAPACITY]) this.#widen(at)
    const words = this.words
    const numbers = this.numbers
    const key = this.#key[0]
    const level = this.#free
    this.#free = words[(level << LEVEL_SHIFT) | HEAD]
    this.#freeCount--
    numbers[(level << NUMBERS_SHIFT) | KEY] = key
    numbers[(level << NUMBERS_SHIFT) | QUANTITY] = 0
    words[(level << LEVEL_SHIFT) | COUNT] = 0
    words[(level << LEVEL_SHIFT) | HEAD] = NONE
    words[(level << LEVEL_SHIFT) | TAIL] = NONE
    words[(level << LEVEL_SHIFT) | SIDE_OF] = side

    const { keys, handles } = this.#entries
    const start = sides[at | START]
    const place = start + position
    for (let e = start + length; e > place; e--) {
      keys[e << 1] = keys[(e - 1) << 1]
      handles[(e << 2) | 2] = handles[((e - 1) << 2) | 2]
    }
    keys[place << 1] = key
    handles[(place << 2) | 2] = level
    sides[at | LENGTH] = length + 1
    if (position === length) sides[at | BEST] = level + 1
    return level
  }

  /** Takes the level at a place of its side out. */
  #removeAt(side: number, position: number): void {
    const at = side << SIDE_SHIFT
    const sides = this.#sides
    const words = this.words
    const { keys, handles } = this.#entries
    const start = sides[at | START]
    const length = sides[at | LENGTH] - 1
    const last = start + length
    const level = handles[((start + position) << 2) | 2]
    for (let e = start + position; e < last; e++) {
      keys[e << 1] = keys[(e + 1) << 1]
      handles[(e << 2) | 2] = handles[((e + 1) << 2) | 2]
    }
    sides[at | LENGTH] = length
    if (position === length) {
      sides[at | BEST] = length === 0 ? 0 : handles[((last - 1) << 2) | 2] + 1
    }
    words[(level << LEVEL_SHIFT) | HEAD] = this.#free
    this.#free = level
    this.#freeCount++
  }

  /** How many entries of a side, `start` being its first, have a key below the one in `#key`. */
  #seek(start: number, length: number): number {
    const keys = this.#entries.keys
    const key = this.#key[0]
    const near = length > NEAR_STEPS ? length - NEAR_STEPS : 0
    let high = length
    while (high > near && keys[(start + high - 1) << 1] >= key) high--
    return high > near || high === 0 ? high : this.#seekFar(start, high)
  }

  /** The same among entries that are not near the best. */
  #seekFar(start: number, length: number): number {
    const keys = this.#entries.keys
    const key = this.#key[0]
    let high = length
    let low = 0
    while (low < high) {
      const middle = (low + high) >>> 1
      if (keys[(start + middle) << 1] < key) low = middle + 1
      else high = middle
    }
    return low
  }

  /** Moves a side into a block of twice its capacity. */
  #widen(at: number): void {
    const sides = this.#sides
    const start = this.#entries.exchange(
      sides[at | START],
      sides[at | LENGTH],
      sides[at | CAPACITY],
    )
    sides[at | START] = start
    sides[at | CAPACITY] = this.#entries.capacityOf(sides[at | CAPACITY])
  }

  /** Puts fresh levels on the list of free ones. */
  #release(first: number, end: number): void {
    for (let level = end - 1; level >= first; level--) {
      this.words[(level << LEVEL_SHIFT) | HEAD] = this.#free
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
    words.set(this.words)
    this.words = words
    this.numbers = new Float64Array(buffer)
    this.#release(this.#capacity, capacity)
    this.#capacity = capacity
    this.growths++
    return true
  }
}
