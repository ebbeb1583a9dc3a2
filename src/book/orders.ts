import { ceilPowerOfTwo } from '../foundation/units.js'
import { LEVEL_RECORD, type Levels } from './levels.js'
import type { StateTransfer } from './state-transfer.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const LEVEL_SHIFT = LEVEL_RECORD.wordsShift
const LEVEL_NUMBERS_SHIFT = LEVEL_RECORD.numbersShift
const LEVEL_QUANTITY = LEVEL_RECORD.quantity
const COUNT = LEVEL_RECORD.count
const HEAD = LEVEL_RECORD.head
const TAIL = LEVEL_RECORD.tail

/** Words of an order's record, half a cache line: 8, a shift since a product is checked for overflow. */
const SHIFT = 3
const WORDS = 1 << SHIFT
const ID_LOW = 0
const ID_HIGH = 1
const QUANTITY = 2
const LEVEL = 3
const NEXT = 4
const PREVIOUS = 5
const INSTRUMENT = 6

/**
 * The live orders of all books of a feed: found by id, and in the queue of their level.
 *
 * ```
 *   buckets  [ hash, order + 1 | 0, 0 | hash, order + 1 | .. ]   open addressing, at most half full
 *   order    +--------+---------+----------+-------+------+----------+------------+------+
 *            | id low | id high | quantity | level | next | previous | instrument |  --  |
 *            +--------+---------+----------+-------+------+----------+------------+------+   8 words
 * ```
 *
 * An order is identified by its id AND its instrument. So what happens to one book can never depend on
 * another one, whatever was lost: with a key of the id alone, an id that is used again in a second book
 * would take the order out of the first.
 *
 * Neighbouring ids have neighbouring buckets, since publishers count upwards; the rest of the id is
 * mixed, so that ids with a pattern do no harm. Ids are two halves of 32 bits, as signed words.
 *
 * Confined to one thread. Nothing allocates but `reserve`.
 */
export class Orders {
  /** Times that memory grew. */
  growths = 0
  /** Orders that are live. */
  size = 0

  readonly #levels: Levels
  readonly #maxOrders: number
  #records: Int32Array
  #capacity: number
  #free = NONE
  #buckets: Int32Array
  #mask: number
  /** The empty bucket at which the last search ended in vain. */
  #vacant = 0

  constructor(levels: Levels, capacity: number, maxOrders: number) {
    this.#levels = levels
    this.#maxOrders = maxOrders
    this.#capacity = capacity
    this.#records = new Int32Array(capacity * WORDS)
    this.#mask = bucketsFor(capacity) - 1
    this.#buckets = new Int32Array(2 * (this.#mask + 1))
    this.#release(0, capacity)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.size = state.number(this.size)
    this.#records = state.int32(this.#records)
    this.#capacity = state.number(this.#capacity)
    this.#free = state.number(this.#free)
    this.#buckets = state.int32(this.#buckets)
    this.#mask = state.number(this.#mask)
    this.#vacant = state.number(this.#vacant)
  }

  /** Bytes of memory held. */
  get bytes(): number {
    return this.#records.byteLength + this.#buckets.byteLength
  }

  /** Whether an order can be added without growing. */
  get hasRoom(): boolean {
    return this.#free !== NONE
  }

  /** Makes sure that one order can be added. To be called between messages. @returns false at the bound */
  reserve(): boolean {
    return this.#free !== NONE || this.#grow()
  }

  /** The order with this id in the book of an instrument, or NONE. */
  find(instrument: number, idHigh: number, idLow: number): number {
    const buckets = this.#buckets
    const records = this.#records
    const hash = hashOf(idHigh, idLow)
    for (let bucket = hash & this.#mask; ; bucket = (bucket + 1) & this.#mask) {
      const entry = buckets[(bucket << 1) | 1]
      if (entry === 0) {
        this.#vacant = bucket
        return NONE
      }
      if (buckets[bucket << 1] !== hash) continue
      const at = (entry - 1) << SHIFT
      if (
        records[at | ID_LOW] === idLow &&
        records[at | ID_HIGH] === idHigh &&
        records[at | INSTRUMENT] === instrument
      ) {
        return entry - 1
      }
    }
  }

  /** Puts an order that `find` has just not found at the end of a level's queue. There must be room. */
  add(instrument: number, idHigh: number, idLow: number, level: number, quantity: number): void {
    const records = this.#records
    const buckets = this.#buckets
    const order = this.#free
    const at = order << SHIFT
    this.#free = records[at | NEXT]
    this.size++
    const vacant = this.#vacant
    buckets[vacant << 1] = hashOf(idHigh, idLow)
    buckets[(vacant << 1) | 1] = order + 1

    const { words, numbers } = this.#levels
    const levelAt = level << LEVEL_SHIFT
    const tail = words[levelAt | TAIL]
    records[at | ID_LOW] = idLow
    records[at | ID_HIGH] = idHigh
    records[at | QUANTITY] = quantity
    records[at | LEVEL] = level
    records[at | NEXT] = NONE
    records[at | PREVIOUS] = tail
    records[at | INSTRUMENT] = instrument
    words[levelAt | TAIL] = order
    words[levelAt | COUNT]++
    numbers[(level << LEVEL_NUMBERS_SHIFT) | LEVEL_QUANTITY] += quantity
    if (tail === NONE) words[levelAt | HEAD] = order
    else records[(tail << SHIFT) | NEXT] = order
  }

  /** Sets what is left of an order, which keeps its place in the queue. */
  setQuantity(order: number, quantity: number): void {
    const records = this.#records
    const at = order << SHIFT
    const level = records[at | LEVEL]
    const more = quantity - (records[at | QUANTITY] >>> 0)
    records[at | QUANTITY] = quantity
    this.#levels.numbers[(level << LEVEL_NUMBERS_SHIFT) | LEVEL_QUANTITY] += more
  }

  /** Forgets an order, and takes its level out of the book if it was the last one there. */
  remove(order: number): void {
    const records = this.#records
    const levels = this.#levels
    const { words, numbers } = levels
    const at = order << SHIFT
    const level = records[at | LEVEL]
    const levelAt = level << LEVEL_SHIFT
    const next = records[at | NEXT]
    const previous = records[at | PREVIOUS]
    if (previous === NONE) words[levelAt | HEAD] = next
    else records[(previous << SHIFT) | NEXT] = next
    if (next === NONE) words[levelAt | TAIL] = previous
    else records[(next << SHIFT) | PREVIOUS] = previous
    numbers[(level << LEVEL_NUMBERS_SHIFT) | LEVEL_QUANTITY] -= records[at | QUANTITY] >>> 0
    const left = words[levelAt | COUNT] - 1
    words[levelAt | COUNT] = left
    this.#destroy(order)
    if (left === 0) levels.remove(level)
  }

  /** Forgets all orders of a level, which stays as it is: for a book that is cleared. */
  destroyQueue(level: number): void {
    for (let order = this.#levels.headOf(level); order !== NONE; ) {
      const next = this.#records[(order << SHIFT) | NEXT]
      this.#destroy(order)
      order = next
    }
  }

  quantityOf(order: number): number {
    return this.#records[(order << SHIFT) | QUANTITY] >>> 0
  }

  levelOf(order: number): number {
    return this.#records[(order << SHIFT) | LEVEL]
  }

  /** The order behind this one in its level's queue, or NONE. */
  nextOf(order: number): number {
    return this.#records[(order << SHIFT) | NEXT]
  }

  /** The order before this one in its level's queue, or NONE. */
  previousOf(order: number): number {
    return this.#records[(order << SHIFT) | PREVIOUS]
  }

  /** The low half of an order's id, as a signed word. */
  idLowOf(order: number): number {
    return this.#records[(order << SHIFT) | ID_LOW]
  }

  /** The high half of an order's id, as a signed word. */
  idHighOf(order: number): number {
    return this.#records[(order << SHIFT) | ID_HIGH]
  }

  /** Forgets an order that is in no queue. Closes the hole in the buckets: Knuth, vol. 3, 6.4, algorithm R. */
  #destroy(order: number): void {
    const records = this.#records
    const buckets = this.#buckets
    const mask = this.#mask
    const record = order << SHIFT
    let hole = hashOf(records[record | ID_HIGH], records[record | ID_LOW]) & mask
    while (buckets[(hole << 1) | 1] !== order + 1) hole = (hole + 1) & mask
    for (let at = (hole + 1) & mask; buckets[(at << 1) | 1] !== 0; at = (at + 1) & mask) {
      const home = buckets[at << 1] & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      buckets[hole << 1] = buckets[at << 1]
      buckets[(hole << 1) | 1] = buckets[(at << 1) | 1]
      hole = at
    }
    buckets[(hole << 1) | 1] = 0
    records[record | NEXT] = this.#free
    this.#free = order
    this.size--
  }

  #release(first: number, end: number): void {
    for (let order = end - 1; order >= first; order--) {
      this.#records[(order << SHIFT) | NEXT] = this.#free
      this.#free = order
    }
  }

  /** Doubles the memory; only when no order is free, so that every record is a live one. */
  #grow(): boolean {
    const old = this.#capacity
    const capacity = Math.min(this.#maxOrders, old * 2)
    if (capacity === old) return false
    const records = new Int32Array(capacity * WORDS)
    records.set(this.#records)
    this.#records = records
    this.#capacity = capacity
    this.#mask = bucketsFor(capacity) - 1
    const buckets = new Int32Array(2 * (this.#mask + 1))
    this.#buckets = buckets
    for (let order = 0; order < old; order++) {
      const at = order << SHIFT
      const hash = hashOf(records[at | ID_HIGH], records[at | ID_LOW])
      let bucket = hash & this.#mask
      while (buckets[(bucket << 1) | 1] !== 0) bucket = (bucket + 1) & this.#mask
      buckets[bucket << 1] = hash
      buckets[(bucket << 1) | 1] = order + 1
    }
    this.#release(old, capacity)
    this.growths++
    return true
  }
}

function bucketsFor(orders: number): number {
  return ceilPowerOfTwo(2 * orders)
}

/**
 * The low six bits stay: 64 neighbouring ids lie side by side, on few cache lines and in one page. The rest
 * is mixed.
 */
function hashOf(idHigh: number, idLow: number): number {
  let mixed = (idLow >>> 6) ^ Math.imul(idHigh, 0x9e3779b1)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed ^= mixed >>> 13
  return (mixed << 6) | (idLow & 63)
}
