import { BOOK_SIDE, type BookMemory } from './book-memory.js'
import { NONE } from './memory-layout.js'

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

  readonly #memory: BookMemory
  readonly #number = new Float64Array(1)
  readonly #words = new Int32Array(this.#number.buffer)

  constructor(memory: BookMemory) {
    this.#memory = memory
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
      const depth = this.#memory.depth(index)
      for (let rank = 0; rank < depth; rank++) this.#level(this.#memory.nth(index, rank))
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
    const memory = this.#memory
    this.#double(memory.priceOf(level))
    this.#double(memory.quantityOf(level))
    this.word(memory.countOf(level))
    for (let order = memory.headOf(level); order !== NONE; order = memory.nextOrder(order)) {
      this.word(memory.orderIdHigh(order))
      this.word(memory.orderIdLow(order))
      this.word(memory.orderQuantity(order))
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
