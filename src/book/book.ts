import { TWO_POW_32 } from '../foundation/units.js'
import type { BookHash } from './book-hash.js'
import { BOOK_SIDE } from './book-memory.js'
import type { BookStore } from './book-store.js'
import type { BookFaults } from './faults.js'
import { NONE } from './memory-layout.js'
import { CAUSE, CAUSE_NAMES, type Suspect, type SuspectCause } from './validity.js'

/** What is known of a book: nothing yet, that it is the publisher's, or that it may be wrong. */
export type BookState = 'empty' | 'valid' | 'suspect'

/** A price level as a plain object. */
export interface BookLevel {
  readonly price: number
  readonly quantity: number
  /** null where the feed has price levels only. */
  readonly orders: number | null
}

/** The last trade of an instrument. */
export interface LastTrade {
  readonly price: number
  readonly quantity: number
  /** The exchange's time of the trade in nanoseconds, from where the feed counts. */
  readonly atNs: string
}

/** Where an order stands in the queue of its level. */
export interface QueuePosition {
  readonly side: 'bid' | 'ask'
  readonly price: number
  /** What is left of the order itself. */
  readonly quantity: number
  readonly ordersAhead: number
  readonly quantityAhead: number
}

/** A book as plain data. */
export interface BookSnapshot {
  readonly instrument: string
  readonly state: BookState
  readonly suspect: Suspect | null
  readonly bids: readonly BookLevel[]
  readonly asks: readonly BookLevel[]
  readonly lastTrade: LastTrade | null
  readonly trades: number
  readonly volume: number
  /** One character of the protocol; null: not known. */
  readonly status: string | null
  readonly faults: BookFaults
  readonly hash: string
}

/** What all books of a feed share. */
export interface BookContext {
  readonly store: BookStore
  readonly hash: BookHash
  readonly priceScale: number
  readonly hasOrders: boolean
}

/**
 * The book of one instrument: a window on the memory of all books, always up to date.
 *
 * Ask it only in the thread that applies the messages. Numbers are read without allocation; whatever
 * returns an object or a string makes one. `side` is 0 for bids and 1 for asks, `rank` counts from the
 * best, which is 0.
 */
export class Book {
  /** The dense index of the instrument: from 0 on, below `Books.instrumentCount`. */
  readonly index: number
  readonly #context: BookContext

  constructor(context: BookContext, index: number) {
    this.#context = context
    this.index = index
  }

  /** The symbol; '' while only a locate code is known. */
  get instrument(): string {
    return this.#context.store.instruments.symbolOf(this.index)
  }

  get state(): BookState {
    const { validity } = this.#context.store
    if (validity.causeOf(this.index) !== 0) return 'suspect'
    return validity.isEmpty(this.index) ? 'empty' : 'valid'
  }

  /** Since when and why it may be wrong; null if it is not suspect. */
  get suspect(): Suspect | null {
    return this.#context.store.validity.suspectOf(this.index)
  }

  /** Why it may be wrong; null if it is not suspect. Allocates nothing, nor do the two that follow. */
  get suspectCause(): SuspectCause | null {
    return CAUSE_NAMES[this.#context.store.validity.causeOf(this.index)] ?? null
  }

  /** The first message that is missing or contradicts it; NaN if it is not suspect. */
  get suspectSince(): number {
    const { validity } = this.#context.store
    return validity.describe(this.index) === CAUSE.none ? Number.NaN : validity.since
  }

  /** How many messages are missing or contradict it. */
  get suspectMessages(): number {
    const { validity } = this.#context.store
    return validity.describe(this.index) === CAUSE.none ? 0 : validity.messages
  }

  /** The best bid; NaN if there is none. */
  get bidPrice(): number {
    return this.#bestPrice(BOOK_SIDE.bid)
  }

  /** The quantity at the best bid; 0 if there is none. */
  get bidQuantity(): number {
    return this.#bestQuantity(BOOK_SIDE.bid)
  }

  /** The best ask; NaN if there is none. */
  get askPrice(): number {
    return this.#bestPrice(BOOK_SIDE.ask)
  }

  /** The quantity at the best ask; 0 if there is none. */
  get askQuantity(): number {
    return this.#bestQuantity(BOOK_SIDE.ask)
  }

  /** Writes bid price, bid quantity, ask price and ask quantity to four places from `at` on. */
  copyBest(into: Float64Array, at: number): void {
    into[at] = this.bidPrice
    into[at + 1] = this.bidQuantity
    into[at + 2] = this.askPrice
    into[at + 3] = this.askQuantity
  }

  /** Writes price and quantity of the last trade (NaN and 0: none), trades and volume, likewise. */
  copyTape(into: Float64Array, at: number): void {
    const { store, priceScale } = this.#context
    const { tape } = store
    const traded = tape.hasTraded(this.index)
    into[at] = traded ? tape.priceOf(this.index) / priceScale : Number.NaN
    into[at + 1] = traded ? tape.quantityOf(this.index) : 0
    into[at + 2] = tape.tradesOf(this.index)
    into[at + 3] = tape.volumeOf(this.index)
  }

  /** How many levels a side has. */
  depth(side: number): number {
    return this.#context.store.memory.depth(this.index * 2 + side)
  }

  /** The price of a level; NaN if there is no such level. */
  priceAt(side: number, rank: number): number {
    const level = this.#level(side, rank)
    if (level === NONE) return Number.NaN
    return this.#context.store.memory.priceOf(level) / this.#context.priceScale
  }

  /** The quantity of a level; 0 if there is no such level. */
  quantityAt(side: number, rank: number): number {
    const level = this.#level(side, rank)
    return level === NONE ? 0 : this.#context.store.memory.quantityOf(level)
  }

  /** The number of orders at a level; 0 if there is no such level, or the feed has no orders. */
  ordersAt(side: number, rank: number): number {
    const level = this.#level(side, rank)
    return level === NONE ? 0 : this.#context.store.memory.countOf(level)
  }

  /** The first order of a level's queue as a handle for `nextOrder`; -1 if there is none. */
  firstOrder(side: number, rank: number): number {
    const level = this.#level(side, rank)
    return level === NONE ? NONE : this.#context.store.memory.headOf(level)
  }

  /** The order behind `order` in its queue; -1: it is the last. Handles are valid until the next message. */
  nextOrder(order: number): number {
    return this.#context.store.memory.nextOrder(order)
  }

  /** What is left of an order. */
  orderQuantity(order: number): number {
    return this.#context.store.memory.orderQuantity(order)
  }

  /** The high half of an order's id, unsigned. */
  orderIdHigh(order: number): number {
    return this.#context.store.memory.orderIdHigh(order) >>> 0
  }

  /** The low half of an order's id, unsigned. */
  orderIdLow(order: number): number {
    return this.#context.store.memory.orderIdLow(order) >>> 0
  }

  /** Price levels of the bids, best first. */
  bids(limit = Number.POSITIVE_INFINITY): BookLevel[] {
    return this.#levels(BOOK_SIDE.bid, limit)
  }

  /** Price levels of the asks, best first. */
  asks(limit = Number.POSITIVE_INFINITY): BookLevel[] {
    return this.#levels(BOOK_SIDE.ask, limit)
  }

  /** Where an order stands; undefined if this book has no such order. Takes as long as its queue is. */
  queuePosition(id: bigint): QueuePosition | undefined {
    const { store, priceScale } = this.#context
    const { memory } = store
    const low = Number(BigInt.asIntN(32, id))
    const high = Number(BigInt.asIntN(32, id >> 32n))
    const order = memory.findOrder(this.index, high, low)
    if (order === NONE) return undefined
    let ordersAhead = 0
    let quantityAhead = 0
    for (let at = memory.previousOrder(order); at !== NONE; at = memory.previousOrder(at)) {
      ordersAhead++
      quantityAhead += memory.orderQuantity(at)
    }
    const level = memory.orderLevel(order)
    return {
      side: (memory.sideOf(level) & 1) === BOOK_SIDE.bid ? 'bid' : 'ask',
      price: memory.priceOf(level) / priceScale,
      quantity: memory.orderQuantity(order),
      ordersAhead,
      quantityAhead,
    }
  }

  get lastTrade(): LastTrade | null {
    const { store, priceScale } = this.#context
    const { tape } = store
    if (!tape.hasTraded(this.index)) return null
    const high = BigInt(tape.timeHighOf(this.index))
    return {
      price: tape.priceOf(this.index) / priceScale,
      quantity: tape.quantityOf(this.index),
      atNs: String(high * BigInt(TWO_POW_32) + BigInt(tape.timeLowOf(this.index))),
    }
  }

  /** Trades that were reported, hidden ones included. */
  get trades(): number {
    return this.#context.store.tape.tradesOf(this.index)
  }

  /** What was executed and is printable, hidden trades included. */
  get volume(): number {
    return this.#context.store.tape.volumeOf(this.index)
  }

  /** The trading status as a character code; 0: not known. */
  get statusCode(): number {
    return this.#context.store.tape.statusOf(this.index)
  }

  /** The trading status, one character of the protocol; null: not known. */
  get status(): string | null {
    const code = this.#context.store.tape.statusOf(this.index)
    return code === 0 ? null : String.fromCharCode(code)
  }

  /** What contradicted this book. */
  get faults(): BookFaults {
    return this.#context.store.faults.of(this.index)
  }

  /** Depends on levels, orders and their queues alone: equal books, equal hashes. */
  get hash(): string {
    const { hash } = this.#context
    hash.clear()
    hash.book(this.index)
    return hash.text
  }

  /** All of it as plain data, `depth` levels a side. */
  toObject(depth = Number.POSITIVE_INFINITY): BookSnapshot {
    return {
      instrument: this.instrument,
      state: this.state,
      suspect: this.suspect,
      bids: this.bids(depth),
      asks: this.asks(depth),
      lastTrade: this.lastTrade,
      trades: this.trades,
      volume: this.volume,
      status: this.status,
      faults: this.faults,
      hash: this.hash,
    }
  }

  #level(side: number, rank: number): number {
    const { memory } = this.#context.store
    const index = this.index * 2 + side
    return rank < memory.depth(index) ? memory.nth(index, rank) : NONE
  }

  #bestPrice(side: number): number {
    const { memory } = this.#context.store
    const level = memory.best(this.index * 2 + side)
    return level === NONE ? Number.NaN : memory.priceOf(level) / this.#context.priceScale
  }

  #bestQuantity(side: number): number {
    const { memory } = this.#context.store
    const level = memory.best(this.index * 2 + side)
    return level === NONE ? 0 : memory.quantityOf(level)
  }

  #levels(side: number, limit: number): BookLevel[] {
    const { store, priceScale, hasOrders } = this.#context
    const { memory } = store
    const count = Math.min(limit, this.depth(side))
    return Array.from({ length: count }, (_, rank) => {
      const level = memory.nth(this.index * 2 + side, rank)
      return {
        price: memory.priceOf(level) / priceScale,
        quantity: memory.quantityOf(level),
        orders: hasOrders ? memory.countOf(level) : null,
      }
    })
  }
}
