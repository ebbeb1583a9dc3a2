import { BOOK_SIDE } from '../book-memory.js'
import type { BookStore } from '../book-store.js'
import { NONE } from '../memory-layout.js'
import type { FeedBooks } from './feed-books.js'
import { IEX_PRICE_SCALE, IexReader, iexLengths } from './iex-reader.js'

const QUOTE_UPDATE = 0x51
const LENGTHS = iexLengths({ Q: 42 })

// Offsets of a quote update: IEX TOPS 1.6.
const BID_SIZE = 18
const BID_PRICE = 22
const ASK_PRICE = 30
const ASK_SIZE = 38

/**
 * Tops of book from IEX TOPS 1.6.
 *
 * A quote says both sides anew, so whatever was missed before it no longer matters to its book.
 */
export class Tops16Books implements FeedBooks {
  readonly priceScale = IEX_PRICE_SCALE
  readonly hasOrders = false
  readonly isBetweenEvents = true
  readonly #store: BookStore
  readonly #iex: IexReader

  constructor(store: BookStore) {
    this.#store = store
    this.#iex = new IexReader(store)
  }

  forget(): void {}

  apply(bytes: DataView, offset: number, length: number): number {
    const store = this.#store
    const type = length === 0 ? 0 : bytes.getUint8(offset)
    const needed = LENGTHS[type]
    if (needed === 0) {
      store.faults.unknownTypes++
      return NONE
    }
    if (length < needed) {
      return this.#iex.tooShort(type, type === QUOTE_UPDATE, bytes, offset, length)
    }
    if (type === QUOTE_UPDATE) return this.#quote(bytes, offset)
    if (this.#iex.startsDay(type, bytes, offset)) store.startDay()
    return this.#iex.other(type, bytes, offset)
  }

  #quote(bytes: DataView, offset: number): number {
    const store = this.#store
    const iex = this.#iex
    const instrument = iex.instrument(bytes, offset)
    if (instrument === NONE) return NONE
    if (!iex.readPrice(bytes, offset + BID_PRICE) || !iex.readPrice(bytes, offset + ASK_PRICE)) {
      store.unreadable(instrument)
      return instrument
    }
    if (!store.begin(instrument)) return instrument
    store.quantity = bytes.getUint32(offset + ASK_SIZE, true)
    store.setBest(instrument, BOOK_SIDE.ask)
    iex.readPrice(bytes, offset + BID_PRICE)
    store.quantity = bytes.getUint32(offset + BID_SIZE, true)
    store.setBest(instrument, BOOK_SIDE.bid)
    store.validity.know(instrument)
    return store.end(instrument)
  }
}
