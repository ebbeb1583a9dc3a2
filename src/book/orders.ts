import { ceilPowerOfTwo } from '../foundation/units.js'
import { type Levels, NONE } from './levels.js'
import type { StateTransfer } from './state-transfer.js'

/** Words of an order's record: half a cache line. */
const WORDS = 8
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
      const entry = buckets[2 * bucket + 1]
      if (entry === 0) {
        this.#vacant = bucket
        return NONE
      }
      if (buckets[2 * bucket] !== hash) continue
      const at = (entry - 1) * WORDS
      if (
        records[at + ID_LOW] === idLow &&
        records[at + ID_HIGH] === idHigh &&
        records[at + INSTRUMENT] === instrument
      ) {
        return entry - 1
      }
    }
  }

  /** Makes an order that `find` has just not found, in no queue yet. There must be room. */
  create(instrument: number, idHigh: number, idLow: number): number {
    const order = this.#free
    const at = order * WORDS
    const records = this.#records
    this.#free = records[at + NEXT]
    records[at + ID_LOW] = idLow
    records[at + ID_HIGH] = idHigh
    records[at + INSTRUMENT] = instrument
    records[at + LEVEL] = NONE
    this.size++
    this.#buckets[2 * this.#vacant] = hashOf(idHigh, idLow)
    this.#buckets[2 * this.#vacant + 1] = order + 1
    return order
  }

  /** Puts an order that is in no queue at the end of a level's. */
  append(order: number, level: number, quantity: number): void {
    const at = order * WORDS
    const records = this.#records
    const levels = this.#levels
    const tail = levels.tailOf(level)
    records[at + QUANTITY] = quantity
    records[at + LEVEL] = level
    records[at + NEXT] = NONE
    records[at + PREVIOUS] = tail
    if (tail === NONE) levels.setHead(level, order)
    else records[tail * WORDS + NEXT] = order
    levels.setTail(level, order)
    levels.addQuantity(level, quantity)
    levels.addCount(level, 1)
  }

  /** Sets what is left of an order, which keeps its place in the queue. */
  setQuantity(order: number, quantity: number): void {
    const at = order * WORDS + QUANTITY
    const before = this.#records[at] >>> 0
    this.#records[at] = quantity
    this.#levels.addQuantity(this.#records[order * WORDS + LEVEL], quantity - before)
  }

  /** Takes an order out of its queue, and its level out of the book if it was the last one there. */
  unlink(order: number): void {
    const at = order * WORDS
    const records = this.#records
    const levels = this.#levels
    const level = records[at + LEVEL]
    const next = records[at + NEXT]
    const previous = records[at + PREVIOUS]
    if (previous === NONE) levels.setHead(level, next)
    else records[previous * WORDS + NEXT] = next
    if (next === NONE) levels.setTail(level, previous)
    else records[next * WORDS + PREVIOUS] = previous
    levels.addQuantity(level, -(records[at + QUANTITY] >>> 0))
    levels.addCount(level, -1)
    if (previous === NONE && next === NONE) levels.remove(level)
  }

  /** Forgets an order that is in no queue any more. */
  destroy(order: number): void {
    const records = this.#records
    const at = order * WORDS
    this.#vacate(order, hashOf(records[at + ID_HIGH], records[at + ID_LOW]))
    records[at + NEXT] = this.#free
    this.#free = order
    this.size--
  }

  /** Forgets all orders of a level, which stays as it is: for a book that is cleared. */
  destroyQueue(level: number): void {
    for (let order = this.#levels.headOf(level); order !== NONE; ) {
      const next = this.#records[order * WORDS + NEXT]
      this.destroy(order)
      order = next
    }
  }

  quantityOf(order: number): number {
    return this.#records[order * WORDS + QUANTITY] >>> 0
  }

  levelOf(order: number): number {
    return this.#records[order * WORDS + LEVEL]
  }

  /** The order behind this one in its level's queue, or NONE. */
  nextOf(order: number): number {
    return this.#records[order * WORDS + NEXT]
  }

  /** The order before this one in its level's queue, or NONE. */
  previousOf(order: number): number {
    return this.#records[order * WORDS + PREVIOUS]
  }

  /** The low half of an order's id, as a signed word. */
  idLowOf(order: number): number {
    return this.#records[order * WORDS + ID_LOW]
  }

  /** The high half of an order's id, as a signed word. */
  idHighOf(order: number): number {
    return this.#records[order * WORDS + ID_HIGH]
  }

  /** Empties an order's bucket and closes the hole: Knuth, vol. 3, 6.4, algorithm R. */
  #vacate(order: number, hash: number): void {
    const buckets = this.#buckets
    const mask = this.#mask
    let hole = hash & mask
    while (buckets[2 * hole + 1] !== order + 1) hole = (hole + 1) & mask
    for (let at = (hole + 1) & mask; buckets[2 * at + 1] !== 0; at = (at + 1) & mask) {
      const home = buckets[2 * at] & mask
      if (((at - home) & mask) < ((at - hole) & mask)) continue
      buckets[2 * hole] = buckets[2 * at]
      buckets[2 * hole + 1] = buckets[2 * at + 1]
      hole = at
    }
    buckets[2 * hole + 1] = 0
  }

  #release(first: number, end: number): void {
    for (let order = end - 1; order >= first; order--) {
      this.#records[order * WORDS + NEXT] = this.#free
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
      const at = order * WORDS
      const hash = hashOf(records[at + ID_HIGH], records[at + ID_LOW])
      let bucket = hash & this.#mask
      while (buckets[2 * bucket + 1] !== 0) bucket = (bucket + 1) & this.#mask
      buckets[2 * bucket] = hash
      buckets[2 * bucket + 1] = order + 1
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
