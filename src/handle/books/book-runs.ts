import { FEED } from '../../account/feed-counters.js'
import type { Books } from '../../book/index.js'
import { BLOCK_HEADER_BYTES } from '../../wire/blocks.js'
import type { Handler } from '../handler.js'
import type { RunDelivery } from '../loop/run-delivery.js'
import { type OpenRun, SMALL } from '../open-run.js'
import type { BookKeeper } from './book-keeper.js'

/**
 * Delivers each message, then applies it to the books and tells the handler's `onBook` of the book that an
 * event has changed with it. One thread.
 */
export class BookRuns implements RunDelivery {
  readonly #run: OpenRun
  readonly #littleEndian: boolean
  readonly #keeper: BookKeeper
  readonly #inner: RunDelivery | undefined
  readonly #handler: Handler
  readonly #onBook: Handler['onBook']

  /** @param inner what delivers the messages themselves; undefined: nobody wants them */
  constructor(run: OpenRun, keeper: BookKeeper, handler: Handler, inner: RunDelivery | undefined) {
    this.#run = run
    this.#littleEndian = run.blocks === 'little-endian'
    this.#keeper = keeper
    this.#inner = inner
    this.#handler = handler
    this.#onBook = handler.onBook
  }

  deliverRun(count: number): void {
    const run = this.#run
    const books = this.#keeper.booksFor(run.framing)
    if (books === undefined) {
      this.#inner?.deliverRun(count)
      return
    }
    this.#keeper.begin(books, run)
    const first = run.first | 0
    if (first === run.first && first < SMALL) this.#deliverSmall(books, first, first + count)
    else this.#deliverLarge(books, count)
    this.#keeper.end(books)
  }

  /** While sequences are integers for the engine too, which makes them cheap to pass on. */
  #deliverSmall(books: Books, first: number, end: number): void {
    const { bytes } = this.#run
    let { offset } = this.#run
    for (let sequence = first; sequence < end; sequence++) {
      this.#run.first = sequence
      const length = this.#deliver(bytes, offset)
      offset += BLOCK_HEADER_BYTES
      books.sequence = sequence
      const changed = this.#keeper.apply(books, bytes, offset, length)
      offset += length
      if (changed < 0 || this.#onBook === undefined) continue
      this.#onBook.call(this.#handler, books.at(changed), books.change, sequence)
    }
  }

  #deliverLarge(books: Books, count: number): void {
    const { bytes, first } = this.#run
    let { offset } = this.#run
    for (let i = 0; i < count; i++) {
      this.#run.first = first + i
      const length = this.#deliver(bytes, offset)
      offset += BLOCK_HEADER_BYTES
      books.sequence = first + i
      const changed = this.#keeper.apply(books, bytes, offset, length)
      offset += length
      if (changed < 0 || this.#onBook === undefined) continue
      this.#onBook.call(this.#handler, books.at(changed), books.change, first + i)
    }
  }

  /** Delivers the one message behind its length, as a run of its own. @returns its length */
  #deliver(bytes: DataView, offset: number): number {
    const run = this.#run
    if (this.#inner === undefined) {
      run.counts[FEED.currentSequence] = run.first
    } else {
      run.offset = offset
      run.showOne(1)
      this.#inner.deliverRun(1)
    }
    return bytes.getUint16(offset, this.#littleEndian)
  }
}
