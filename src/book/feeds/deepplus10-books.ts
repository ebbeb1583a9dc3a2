import { BOOK_SIDE } from '../book-memory.js'
import type { BookStore } from '../book-store.js'
import { NONE } from '../memory-layout.js'
import type { FeedBooks } from './feed-books.js'
import { IEX_PRICE_SCALE, IexReader, iexLengths } from './iex-reader.js'

const TYPE = {
  addOrder: 0x61,
  orderModify: 0x4d,
  orderDelete: 0x52,
  orderExecuted: 0x4c,
  clearBook: 0x43,
} as const
const LENGTHS = iexLengths({ a: 38, M: 38, R: 26, L: 46, C: 18 })

// Offsets: IEX DEEP+. Little-endian.
const FLAGS = 1
const ORDER_LOW = 18
const ORDER_HIGH = 22
const SIZE = 26
const PRICE = 30

const BUY = 0x38
const KEEPS_PRIORITY = 1

/**
 * Order books from IEX DEEP+.
 *
 * A modified order keeps its place in the queue where the message says so and its price stays. The price
 * of an execution may differ from its order's. Trades of hidden interest touch no book.
 */
export class DeepPlus10Books implements FeedBooks {
  readonly priceScale = IEX_PRICE_SCALE
  readonly hasOrders = true
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
      return this.#iex.tooShort(type, touchesBook(type), bytes, offset, length)
    }
    if (touchesBook(type)) return this.#touch(type, bytes, offset)
    if (this.#iex.startsDay(type, bytes, offset)) store.startDay()
    return this.#iex.other(type, bytes, offset)
  }

  #touch(type: number, bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#iex.instrument(bytes, offset)
    if (instrument === NONE) return NONE
    if (type === TYPE.clearBook) {
      if (!store.begin(instrument)) return instrument
      store.clearBook(instrument)
      return store.end(instrument)
    }
    if (type === TYPE.orderExecuted) this.#iex.readTime(bytes, offset)
    const hasPrice = type !== TYPE.orderDelete
    if (hasPrice) {
      if (!this.#iex.readPrice(bytes, offset + PRICE)) {
        store.unreadable(instrument)
        return instrument
      }
      store.quantity = bytes.getUint32(offset + SIZE, true)
    }
    const idLow = bytes.getInt32(offset + ORDER_LOW, true)
    const idHigh = bytes.getInt32(offset + ORDER_HIGH, true)
    const flags = bytes.getUint8(offset + FLAGS)
    switch (type) {
      case TYPE.addOrder:
        return store.addOrder(
          instrument,
          flags === BUY ? BOOK_SIDE.bid : BOOK_SIDE.ask,
          idHigh,
          idLow,
        )
      case TYPE.orderModify:
        return store.modifyOrder(instrument, idHigh, idLow, (flags & KEEPS_PRIORITY) !== 0)
      case TYPE.orderDelete:
        return store.deleteOrder(instrument, idHigh, idLow)
      default:
        return store.executeOrder(instrument, idHigh, idLow, true, false)
    }
  }
}

function touchesBook(type: number): boolean {
  return (
    type === TYPE.addOrder ||
    type === TYPE.orderModify ||
    type === TYPE.orderDelete ||
    type === TYPE.orderExecuted ||
    type === TYPE.clearBook
  )
}
