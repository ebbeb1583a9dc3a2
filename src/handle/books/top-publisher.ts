import { SUSPECT_CAUSES } from '../../account/book-counters.js'
import { TOP, type TopWriter } from '../../account/top-section.js'
import type { Book, Books } from '../../book/index.js'

const STATE = { empty: 0, valid: 1, suspect: 2 } as const
const UNKNOWN = -1

/** A chosen instrument, and where the top of its book is published. */
export interface PublishedTop {
  readonly symbol: string
  readonly writer: TopWriter
}

/**
 * Publishes the tops of chosen books for those who look on. One thread, that of the books; hot, allocates
 * nothing but when a symbol comes to be known.
 */
export class TopPublisher {
  readonly #books: Books
  readonly #tops: readonly PublishedTop[]
  /** Per top the index of its book; -1: no message has named it. */
  readonly #indices: Int32Array
  #names = UNKNOWN
  #version = UNKNOWN

  constructor(books: Books, tops: readonly PublishedTop[]) {
    this.#books = books
    this.#tops = tops
    this.#indices = new Int32Array(tops.length).fill(UNKNOWN)
  }

  /**
   * Publishes what the message that was applied last has changed.
   *
   * @param changed the index of the book that it has changed; -1: none
   */
  update(changed: number): void {
    const books = this.#books
    if (books.names !== this.#names) this.#findAll()
    const all = books.version !== this.#version
    this.#version = books.version
    for (let i = 0; i < this.#tops.length; i++) {
      const index = this.#indices[i]
      if (all || (index === changed && index !== UNKNOWN))
        this.#publish(this.#tops[i].writer, index)
    }
  }

  #findAll(): void {
    this.#names = this.#books.names
    // Whatever was published of a symbol may be another book now.
    this.#version = UNKNOWN
    for (let i = 0; i < this.#tops.length; i++) {
      this.#indices[i] = this.#books.get(this.#tops[i].symbol)?.index ?? UNKNOWN
    }
  }

  #publish(writer: TopWriter, index: number): void {
    writer.begin()
    if (index === UNKNOWN) this.#writeUnheard(writer.values)
    else writeTop(writer.values, this.#books.at(index))
    writer.values[TOP.sequence] = this.#books.lastSequence
    writer.values[TOP.receivedNs] = this.#books.receivedNs
    writer.end()
  }

  /** Of an instrument that nobody has named it is only known whether messages are missing. */
  #writeUnheard(values: Float64Array): void {
    const suspect = this.#books.suspectUnheard
    values.fill(0, TOP.state)
    values[TOP.state] = suspect === null ? STATE.empty : STATE.suspect
    values[TOP.cause] = suspect === null ? 0 : 1 + SUSPECT_CAUSES.indexOf(suspect.cause)
    values[TOP.since] = suspect === null ? Number.NaN : suspect.sinceSequence
    values[TOP.messages] = suspect === null ? 0 : suspect.messages
    values[TOP.bidPrice] = Number.NaN
    values[TOP.askPrice] = Number.NaN
    values[TOP.lastPrice] = Number.NaN
  }
}

/** Writes what a book itself says of its top, by the indices of TOP. Allocates nothing. */
export function writeTop(values: Float64Array, book: Book): void {
  values[TOP.state] = STATE[book.state]
  const cause = book.suspectCause
  values[TOP.cause] = cause === null ? 0 : 1 + SUSPECT_CAUSES.indexOf(cause)
  values[TOP.since] = book.suspectSince
  values[TOP.messages] = book.suspectMessages
  book.copyBest(values, TOP.bidPrice)
  book.copyTape(values, TOP.lastPrice)
  values[TOP.status] = book.statusCode
}
