import type { BookMemory } from './book-memory.js'
import {
  PREVIOUS_ASK,
  PREVIOUS_ASK_QUANTITY,
  PREVIOUS_BID,
  PREVIOUS_BID_QUANTITY,
  TOLD_ORDERS,
  TOLD_PRICE,
  TOLD_QUANTITY,
  TOLD_SIDE,
} from './memory-layout.js'

/** What an event did to a book, as bits of `BookChange.kinds`. */
export const CHANGE = {
  /** A price level was added, changed or removed. */
  level: 1,
  /** The best bid or ask has another price or quantity than before the event. */
  best: 2,
  /** A trade was reported. */
  trade: 4,
  /** The trading status was reported. */
  status: 8,
  /** The book became valid or suspect, or suspect for another cause; its first event made it so too. */
  state: 16,
  /** The book was emptied. */
  clear: 32,
} as const

/**
 * What the last event did to a book. One object per feed, used again for each event: valid only during
 * the call that it was passed to. What the book is now is in the book. Most of it is read from the books' memory when it
 * is asked for, so it has to be asked: a spread or `JSON.stringify` of the object has only a part.
 *
 * Prices are whole numbers in the feed's unit here (`book.priceScale` of them make 1).
 */
export class BookChange {
  /** The index of the instrument; -1: none. */
  instrument = -1
  /** The bits of CHANGE that apply. */
  kinds = 0
  /** Level changes in the event; a replaced order is two. */
  levelChanges = 0

  readonly #memory: BookMemory

  constructor(memory: BookMemory) {
    this.#memory = memory
  }

  /** Of the last level that changed: 0 bid, 1 ask. */
  get side(): number {
    return this.#memory.words[TOLD_SIDE >> 2]
  }

  /** Of the last level that changed: its price. */
  get levelPrice(): number {
    return this.#memory.numbers[TOLD_PRICE >> 3]
  }

  /** Of the last level that changed: the quantity that is there now; 0: the level is gone. */
  get levelQuantity(): number {
    return this.#memory.numbers[TOLD_QUANTITY >> 3]
  }

  /** Of the last level that changed: its orders; 0 where the feed has no orders. */
  get levelOrders(): number {
    return this.#memory.words[TOLD_ORDERS >> 2]
  }

  /** Where `best` is among the kinds: the best bid before the event. */
  get previousBid(): number {
    return this.#memory.numbers[PREVIOUS_BID >> 3]
  }

  /** The quantity at the best bid before the event; 0: there was none. */
  get previousBidQuantity(): number {
    return this.#memory.numbers[PREVIOUS_BID_QUANTITY >> 3]
  }

  /** The best ask before the event, likewise. */
  get previousAsk(): number {
    return this.#memory.numbers[PREVIOUS_ASK >> 3]
  }

  /** The quantity at the best ask before the event; 0: there was none. */
  get previousAskQuantity(): number {
    return this.#memory.numbers[PREVIOUS_ASK_QUANTITY >> 3]
  }

  has(kind: number): boolean {
    return (this.kinds & kind) !== 0
  }
}
