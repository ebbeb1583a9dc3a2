import { assert } from '../foundation/assert.js'
import { Book, type BookContext } from './book.js'
import type { BookChange } from './book-change.js'
import { BookHash } from './book-hash.js'
import { BOOK_SIDE } from './book-memory.js'
import { BOOK_PROTOCOLS, type BookProtocol } from './book-protocols.js'
import { BookStore } from './book-store.js'
import { Deep10Books } from './feeds/deep10-books.js'
import { DeepPlus10Books } from './feeds/deepplus10-books.js'
import type { FeedBooks, FeedBooksMaker } from './feeds/feed-books.js'
import { Itch50Books } from './feeds/itch50-books.js'
import { Tops16Books } from './feeds/tops16-books.js'
import { LEVELS_PER_MESSAGE } from './memory-layout.js'
import { StateReader, type StateTransfer, StateWriter } from './state-transfer.js'
import { CAUSE, type Suspect, type SuspectCause } from './validity.js'

// A constant of this module: an imported one is none to the compiler.
const NONE = -1

const MAKERS = {
  itch50: Itch50Books,
  deep10: Deep10Books,
  deepplus10: DeepPlus10Books,
  tops16: Tops16Books,
} as const satisfies Readonly<Record<BookProtocol, FeedBooksMaker>>

/** Beyond one level per order, so that the last order within the bound finds room before its event. */
const SPARE_LEVELS = 64

/** Options of books; all of them sizes. */
export interface BooksOptions {
  /** The sequence of the first message of a publisher's run: 1, the default, for MoldUDP64 and IEX-TP. */
  readonly firstSequence?: number | undefined
  /** Instruments that there is room for at first, 1,024 by default; doubled as needed. */
  readonly instruments?: number | undefined
  /** The bound, 65,536 by default. Messages about further instruments are counted as `refused`. */
  readonly maxInstruments?: number | undefined
  /** Live orders that there is room for at first, 65,536 by default; doubled as needed. */
  readonly orders?: number | undefined
  /** The bound, 4,194,304 by default. An order beyond it is refused, and its book suspect. */
  readonly maxOrders?: number | undefined
  /** Price levels that there is room for at first, 16,384 by default; doubled as needed, up to `maxOrders`. */
  readonly levels?: number | undefined
}

/** What a run's report says of its books. */
export interface BooksReport {
  readonly instruments: number
  /** Books that are suspect now. */
  readonly suspect: number
  /** Seconds that books have been suspect, added up over the books. */
  readonly suspectSeconds: number
  /** The same, by cause. */
  readonly byCause: Readonly<Record<SuspectCause, number>>
}

/** What contradicted books or could not be applied, over all books. */
export interface BooksFaults {
  readonly unknownOrders: number
  readonly overExecuted: number
  readonly crossed: number
  /** Orders added under an id that was live in the same book. */
  readonly duplicateOrders: number
  /** Messages that came after a later one about the same book. */
  readonly late: number
  /** Messages that came a second time. */
  readonly duplicates: number
  /** Messages too short for their type, or with a price beyond 2^53. */
  readonly unreadable: number
  /** Messages of types that the protocol does not have. */
  readonly unknownTypes: number
  /** What there was no room for within the bounds. */
  readonly refused: number
}

/**
 * The books of all instruments of one feed, which know when they are wrong.
 *
 * Whoever receives the feed drives it: `sequence` and `receivedNs` are set, then `apply` is called, for
 * every message in the order in which the feed delivers them, those that come late included. Messages
 * that are missing show in the sequence by themselves; `gap` is for those that are known to be lost
 * before a later one comes.
 *
 * ```
 *              all messages about it were applied, in order, since it was known
 *   empty ---------------------------------------------------------------------> valid
 *     |                                                                          |   ^
 *     |  something is missing; a message came too late for this book;            v   |  what was missing came
 *     +--------------------------------------------------------------------->  suspect  in order; it is
 *        a contradiction; it is crossed                                              known anew; restart
 * ```
 *
 * Pure: no clock, no I/O. Confined to one thread. After the start nothing allocates but growth, which is
 * counted and happens between messages.
 */
export class Books {
  /** The sequence of the message to apply. */
  sequence = Number.NaN
  /** When it was received, in nanoseconds from any moment; NaN: not known. For suspect time only. */
  receivedNs = Number.NaN
  readonly protocol: BookProtocol
  /** What the last message did; valid until the next one. */
  readonly change: BookChange

  readonly #store: BookStore
  readonly #feed: FeedBooks
  readonly #context: BookContext
  readonly #first: number
  /** One double, since a field would be boxed once it leaves the range of small integers. */
  readonly #next = new Float64Array(1)
  #books: Book[] = []

  constructor(protocol: BookProtocol, options: BooksOptions = {}) {
    const instruments = options.instruments ?? 1024
    const maxInstruments = options.maxInstruments ?? 65_536
    const maxOrders = options.maxOrders ?? 4_194_304
    const orders = Math.min(options.orders ?? 65_536, maxOrders)
    const levels = Math.min(options.levels ?? 16_384, maxOrders)
    for (const size of [instruments, maxInstruments, maxOrders, orders, levels]) {
      assert(Number.isSafeInteger(size) && size > 0, 'sizes of books are whole numbers above 0')
    }
    const hasOrders = protocol === 'itch50' || protocol === 'deepplus10'
    this.protocol = protocol
    this.#store = new BookStore({
      instruments: Math.min(instruments, maxInstruments),
      maxInstruments,
      orders: hasOrders ? orders : 1,
      maxOrders: hasOrders ? maxOrders : 1,
      levels,
      maxLevels: maxOrders + SPARE_LEVELS,
    })
    this.#feed = new MAKERS[protocol](this.#store)
    this.#first = options.firstSequence ?? 1
    this.#store.firstSequence = this.#first
    this.#next[0] = this.#first
    this.change = this.#store.change
    this.#context = {
      store: this.#store,
      hash: new BookHash(this.#store.memory),
      priceScale: this.#feed.priceScale,
      hasOrders: this.#feed.hasOrders,
    }
    this.#makeBooks()
  }

  /**
   * Applies the message at `offset`, whose sequence is in the field. Hot; never throws.
   *
   * @returns the index of the book that an event has changed, with `change` saying how; -1: none has
   */
  apply(bytes: DataView, offset: number, length: number): number {
    const store = this.#store
    const { validity } = store
    const sequence = this.sequence
    if (this.receivedNs > validity.nowNs) validity.nowNs = this.receivedNs
    validity.sequence = sequence
    store.tape.sequence = sequence
    if (sequence === this.#next[0]) {
      this.#next[0] = sequence + 1
    } else if (sequence > this.#next[0]) {
      this.#skipTo(sequence)
      this.#next[0] = sequence + 1
    } else if (!validity.find()) {
      store.faults.duplicates++
      return NONE
    }
    if (!store.hasRoom) this.#grow()
    store.change.kinds = 0
    const changed = this.#feed.apply(bytes, offset, length)
    return store.change.kinds === 0 ? NONE : changed
  }

  /** Says that `count` messages from `first` on are missing. They may still come late. */
  gap(first: number, count: number): void {
    const end = first + count
    if (end > this.#next[0]) {
      this.#skipTo(end)
      this.#next[0] = end
    }
  }

  /** Says that `count` messages from `first` on are about no instrument of these books. */
  passOver(first: number, count: number): void {
    const end = first + count
    if (first > this.#next[0]) this.#skipTo(first)
    if (end > this.#next[0]) this.#next[0] = end
  }

  /** The publisher begins again: another session, or the same one anew. Empties all books. */
  restart(): void {
    this.#feed.forget()
    this.#store.restart()
    this.#next[0] = this.#first
  }

  /** Nothing will come any more: what is left of events that are not complete is forgotten. */
  finish(): void {
    this.#feed.forget()
  }

  /** Whether no event is half told, so that the state can be saved. */
  get isBetweenEvents(): boolean {
    return this.#feed.isBetweenEvents
  }

  /** All that the books know, to go on from with {@link restore}; only between two events. */
  save(): Uint8Array {
    const state = new StateWriter()
    this.#transfer(state)
    return state.bytes()
  }

  /**
   * Takes the place of what was known with what `save` gave, of books of the same protocol.
   *
   * @throws {AssertionError} for bytes that are no such state
   */
  restore(bytes: Uint8Array): void {
    const state = new StateReader(bytes)
    this.#transfer(state)
    assert(state.ended, 'nothing is behind the state of books')
    this.#makeBooks()
  }

  #transfer(state: StateTransfer): void {
    const protocol = BOOK_PROTOCOLS.indexOf(this.protocol)
    assert(state.number(protocol) === protocol, 'the state is of books of this protocol')
    this.#store.transfer(state)
    state.fill(this.#next)
  }

  /** The book of a symbol; undefined if no message has named it. */
  get(symbol: string): Book | undefined {
    const index = this.#store.instruments.findSymbol(symbol)
    return index === NONE ? undefined : this.#books[index]
  }

  /** The book with an index; it must be below `instrumentCount`. Allocates nothing. */
  at(index: number): Book {
    return this.#books[index] as Book
  }

  /** Books that exist. */
  get instrumentCount(): number {
    return this.#store.instruments.count
  }

  /** The highest sequence up to which everything was applied or is known to be missing. */
  get lastSequence(): number {
    return this.#next[0] - 1
  }

  /** Messages that are missing and would make books right again. */
  get missing(): number {
    return this.#store.validity.missing.countAfter(Number.NEGATIVE_INFINITY)
  }

  /** Orders that are live, in all books. */
  get orderCount(): number {
    return this.#store.memory.orderCount
  }

  /** Price levels of all books. */
  get levelCount(): number {
    return this.#store.memory.levelCount
  }

  /** How many units of the feed's prices make 1. */
  get priceScale(): number {
    return this.#feed.priceScale
  }

  /** Memory held now, in bytes. */
  get memoryBytes(): number {
    return this.#store.bytes
  }

  /** Times that memory grew since the start. */
  get growths(): number {
    return this.#store.growths
  }

  /**
   * Another number whenever what is said of any book may have changed for a reason that lies outside of its
   * own messages: something is missing, or came after all; the publisher's day or run began.
   */
  get version(): number {
    return this.#store.validity.version
  }

  /** Another number whenever a symbol came to be known, or to stand for another index. */
  get names(): number {
    return this.#store.instruments.names
  }

  /** What makes the book of an instrument suspect that no message has named; null if nothing does. */
  get suspectUnheard(): Suspect | null {
    return this.#store.validity.suspectUnheard
  }

  /** The hash of a book without levels. */
  get emptyHash(): string {
    const { hash } = this.#context
    hash.clear()
    hash.nothing()
    return hash.text
  }

  /** A hash over all books that are not empty, by symbol: whatever order they came to be known in. */
  get allHash(): string {
    const { hash } = this.#context
    const { instruments, memory } = this.#store
    let high = 0
    let low = 0
    for (let index = 0; index < instruments.count; index++) {
      const depth =
        memory.depth(index * 2 + BOOK_SIDE.bid) + memory.depth(index * 2 + BOOK_SIDE.ask)
      if (depth === 0) continue
      hash.clear()
      hash.word(instruments.highOf(index))
      hash.word(instruments.lowOf(index))
      hash.book(index)
      high = (high + hash.high) | 0
      low = (low + hash.low) | 0
    }
    hash.high = high
    hash.low = low
    return hash.text
  }

  /** What contradicted books or could not be applied, over all books. */
  get faults(): BooksFaults {
    const { faults, instruments } = this.#store
    const sums = { unknownOrders: 0, overExecuted: 0, crossed: 0 }
    for (let index = 0; index < instruments.count; index++) {
      const own = faults.of(index)
      sums.unknownOrders += own.unknownOrders
      sums.overExecuted += own.overExecuted
      sums.crossed += own.crossed
    }
    const { duplicateOrders, late, duplicates, unreadable, unknownTypes, refused } = faults
    return { ...sums, duplicateOrders, late, duplicates, unreadable, unknownTypes, refused }
  }

  /**
   * Writes how many books are suspect now, by cause, to five places from `at` on (`gap`, `late-start`,
   * `unknown-order`, `over-executed`, `crossed`), and for how many nanoseconds books have been to the
   * five behind these. Allocates nothing.
   */
  copySuspects(into: Float64Array, at: number): void {
    const { validity } = this.#store
    validity.addUp()
    for (let cause: number = CAUSE.gap; cause <= CAUSE.crossed; cause++) {
      into[at + cause - CAUSE.gap] = validity.suspectsFor(cause)
      into[at + CAUSE.crossed + cause - CAUSE.gap] = validity.suspectNsFor(cause)
    }
  }

  /** The `books` block of a run's report. */
  report(): BooksReport {
    const { validity } = this.#store
    const byCause = {
      gap: validity.suspectSeconds(CAUSE.gap),
      'late-start': validity.suspectSeconds(CAUSE.lateStart),
      'unknown-order': validity.suspectSeconds(CAUSE.unknownOrder),
      'over-executed': validity.suspectSeconds(CAUSE.overExecuted),
      crossed: validity.suspectSeconds(CAUSE.crossed),
    }
    return {
      instruments: this.instrumentCount,
      suspect: validity.suspects,
      suspectSeconds: Object.values(byCause).reduce((sum, seconds) => sum + seconds),
      byCause,
    }
  }

  /** What lies between the next sequence and this one is missing. */
  #skipTo(sequence: number): void {
    const next = this.#next[0]
    this.#store.validity.lose(next, sequence, next === this.#first)
  }

  #grow(): void {
    this.#store.reserveInstrument()
    this.#store.reserve(LEVELS_PER_MESSAGE)
    this.#makeBooks()
  }

  #makeBooks(): void {
    const { capacity } = this.#store.instruments
    for (let index = this.#books.length; index < capacity; index++) {
      this.#books.push(new Book(this.#context, index))
    }
  }
}
