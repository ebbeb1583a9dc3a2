import { BOOK_SIDE, type Levels, NONE } from './levels.js'
import type { Orders } from './orders.js'

const SEED_HIGH = 0x9e3779b1 | 0
const SEED_LOW = 0x85ebca6b | 0
/** Between the two sides, so that the same levels on the other side are another book. */
const SIDE_MARK = 0x5bd1e995

/**
 * A hash of what is in books, 64 bits wide: equal for equal books, whatever machine, run or line brought
 * them, and in which order.
 *
 * What counts is each level from the best on (price, quantity, number of orders), and each order of its
 * queue in turn (id, quantity). It is for comparing, not against forgery. Allocates only its text.
 */
export class BookHash {
  high = 0
  low = 0

  readonly #levels: Levels
  readonly #orders: Orders
  readonly #number = new Float64Array(1)
  readonly #words = new Int32Array(this.#number.buffer)

  constructor(levels: Levels, orders: Orders) {
    this.#levels = levels
    this.#orders = orders
  }

  /** Starts again. */
  clear(): void {
    this.high = SEED_HIGH
    this.low = SEED_LOW
  }

  /** Adds a word. */
  word(value: number): void {
    this.low = Math.imul(this.low ^ value, 0x01000193)
    this.low ^= this.low >>> 15
    this.high = Math.imul((this.high ^ value) + (this.low | 0), 0x27d4eb2f)
    this.high ^= this.high >>> 13
  }

  /** Adds both sides of a book. */
  book(instrument: number): void {
    for (let side: number = BOOK_SIDE.bid; side <= BOOK_SIDE.ask; side++) {
      this.word(SIDE_MARK)
      const index = instrument * 2 + side
      const depth = this.#levels.depth(index)
      for (let rank = 0; rank < depth; rank++) this.#level(this.#levels.nth(index, rank))
    }
  }

  /** Adds both sides of a book that has no levels. */
  nothing(): void {
    this.word(SIDE_MARK)
    this.word(SIDE_MARK)
  }

  /** Sixteen hexadecimal digits. */
  get text(): string {
    return hex(this.high) + hex(this.low)
  }

  #level(level: number): void {
    const levels = this.#levels
    const orders = this.#orders
    this.#double(levels.priceOf(level))
    this.#double(levels.quantityOf(level))
    this.word(levels.countOf(level))
    for (let order = levels.headOf(level); order !== NONE; order = orders.nextOf(order)) {
      this.word(orders.idHighOf(order))
      this.word(orders.idLowOf(order))
      this.word(orders.quantityOf(order))
    }
  }

  #double(value: number): void {
    this.#number[0] = value
    this.word(this.#words[0])
    this.word(this.#words[1])
  }
}

function hex(word: number): string {
  return (word >>> 0).toString(16).padStart(8, '0')
}
