import { type BookTop, bookTop, TOP, TOP_DOUBLES } from '../account/top-section.js'
import { type Books, CHANGE } from '../book/index.js'
import type { BookKeeper } from '../handle/books/book-keeper.js'
import { writeTop } from '../handle/books/top-publisher.js'
import { BLOCK_HEADER_BYTES } from '../wire/blocks.js'
import type { MessageRun } from './batch-maker.js'

const OF_TOP = CHANGE.best | CHANGE.trade | CHANGE.status | CHANGE.state | CHANGE.clear
const UNKNOWN = -1

/**
 * The books of a feed that is published, and which of their tops have changed since they were taken last. What
 * makes all books suspect at once, or whole again, has changed all tops. One thread: that of the publisher, so
 * that nobody who receives waits for books.
 */
export class BookTops {
  readonly #keeper: BookKeeper
  readonly #littleEndian: boolean
  /** Indices of books whose tops may have changed. */
  readonly #changed = new Set<number>()
  /** What was taken last of each book, by its index. */
  readonly #taken = new Map<number, string>()
  readonly #values = new Float64Array(TOP_DOUBLES)
  #version = UNKNOWN

  /** @param littleEndian whether the lengths before messages are */
  constructor(keeper: BookKeeper, littleEndian: boolean) {
    this.#keeper = keeper
    this.#littleEndian = littleEndian
  }

  /** Messages of the feed. @param receivedNs since the session epoch; NaN: not known */
  note({ bytes, offset, first, count, protocol }: MessageRun, receivedNs: number): void {
    const books = this.#keeper.booksOf(protocol)
    if (books === undefined) return
    books.receivedNs = receivedNs
    let at = offset
    for (let i = 0; i < count; i++) {
      const length = bytes.getUint16(at, this.#littleEndian)
      at += BLOCK_HEADER_BYTES
      books.sequence = first + i
      const changed = this.#keeper.apply(books, bytes, at, length)
      if (changed >= 0 && books.change.has(OF_TOP)) this.#changed.add(changed)
      at += length
    }
    this.#keeper.end(books)
  }

  /** Messages that will not come. */
  lose(first: number, count: number): void {
    this.#keeper.lose(first, count)
  }

  /** The publisher begins again: nothing is known of any book. */
  restart(): void {
    this.#keeper.restart()
    this.forget()
  }

  /** No more messages come. */
  finish(): void {
    this.#keeper.finish()
  }

  /** Nothing counts as taken any more. */
  forget(): void {
    this.#taken.clear()
    this.#version = UNKNOWN
  }

  /** Gives back what was taken and could not be kept. */
  giveBack(tops: readonly TakenTop[]): void {
    for (const { index } of tops) {
      this.#taken.delete(index)
      this.#changed.add(index)
    }
  }

  /** The tops that have changed since they were taken last, as they are now. */
  take(): TakenTop[] {
    const { books } = this.#keeper
    if (books === undefined) return []
    if (books.version !== this.#version) this.#markAll(books)
    const tops: TakenTop[] = []
    for (const index of this.#changed) {
      const top = this.#topOf(books, index)
      // Only its locate code is known: nobody could ask for it.
      if (top.instrument === '') continue
      this.#changed.delete(index)
      const told = contentOf(top)
      if (this.#taken.get(index) === told) continue
      this.#taken.set(index, told)
      tops.push({ index, top })
    }
    return tops
  }

  #markAll(books: Books): void {
    this.#version = books.version
    for (let index = 0; index < books.instrumentCount; index++) this.#changed.add(index)
  }

  #topOf(books: Books, index: number): BookTop {
    const book = books.at(index)
    const values = this.#values
    writeTop(values, book)
    values[TOP.sequence] = books.lastSequence
    values[TOP.receivedNs] = books.receivedNs
    return bookTop(book.instrument, values)
  }
}

/** The top of the book with an index. */
export interface TakenTop {
  readonly index: number
  readonly top: BookTop
}

/** Whatever makes another top of it. How many messages are missing changes with each, for all books at once. */
function contentOf({ suspect, sequence: _, receivedNs: __, ...top }: BookTop): string {
  return JSON.stringify([top, suspect?.cause])
}
