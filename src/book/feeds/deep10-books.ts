import type { BookStore } from '../book-store.js'
import { LEVELS_PER_MESSAGE } from '../memory-layout.js'
import { EventParts } from './event-parts.js'
import type { FeedBooks } from './feed-books.js'
import { IEX_PRICE_SCALE, IexReader, iexLengths } from './iex-reader.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const BID = 0
const ASK = 1

const BUY_UPDATE = 0x38
const SELL_UPDATE = 0x35
const LENGTHS = iexLengths({ 8: 30, 5: 30 })

// Offsets of a price level update: IEX DEEP 1.0. Little-endian.
const FLAGS = 1
const SIZE = 18
const PRICE = 22

const EVENT_COMPLETE = 1

/**
 * Price-level books from IEX DEEP 1.0.
 *
 * One event may change several levels, a message each; the last one says that the event is complete. A
 * book changes then, by all of them at once, so that nobody ever sees the half of an event.
 */
export class Deep10Books implements FeedBooks {
  readonly priceScale = IEX_PRICE_SCALE
  readonly hasOrders = false
  readonly #store: BookStore
  readonly #iex: IexReader
  readonly #parts = new EventParts()

  constructor(store: BookStore) {
    this.#store = store
    this.#iex = new IexReader(store)
  }

  get isBetweenEvents(): boolean {
    return this.#parts.count === 0
  }

  forget(): void {
    this.#parts.clear()
  }

  apply(bytes: DataView, offset: number, length: number): number {
    const store = this.#store
    const type = length === 0 ? 0 : bytes.getUint8(offset)
    const needed = LENGTHS[type]
    if (needed === 0) {
      store.faults.unknownTypes++
      return NONE
    }
    const isLevel = type === BUY_UPDATE || type === SELL_UPDATE
    if (length < needed) return this.#iex.tooShort(type, isLevel, bytes, offset, length)
    if (isLevel) {
      return this.#level(type === BUY_UPDATE ? BID : ASK, bytes, offset)
    }
    if (this.#iex.startsDay(type, bytes, offset)) this.#startDay()
    return this.#iex.other(type, bytes, offset)
  }

  /** What events of books that are emptied have said so far is forgotten; nothing of the others. */
  #startDay(): void {
    const { validity } = this.#store
    this.#store.startDay()
    for (let i = this.#parts.count - 1; i >= 0; i--) {
      const instrument = this.#parts.instrumentOf(i)
      if (validity.knownFromOf(instrument) !== validity.sequence) continue
      this.#parts.remove(instrument)
      i = this.#parts.count
    }
  }

  #level(side: number, bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#iex.instrument(bytes, offset)
    if (instrument === NONE) return NONE
    if (!this.#iex.readPrice(bytes, offset + PRICE)) {
      store.unreadable(instrument)
      return instrument
    }
    const quantity = bytes.getUint32(offset + SIZE, true)
    if ((bytes.getUint8(offset + FLAGS) & EVENT_COMPLETE) === 0) {
      return this.#addPart(instrument, side, quantity)
    }
    if (this.#parts.count === 0) {
      store.quantity = quantity
      return store.setOneLevel(instrument, side)
    }
    if (!store.begin(instrument)) return instrument
    this.#applyParts(instrument, bytes, offset)
    store.quantity = quantity
    store.setLevel(instrument, side)
    return store.end(instrument)
  }

  #addPart(instrument: number, side: number, quantity: number): number {
    const store = this.#store
    if (!store.begin(instrument)) return instrument
    this.#parts.price = store.price
    this.#parts.quantity = quantity
    if (!this.#parts.add(instrument, side)) store.unreadable(instrument)
    // It is empty no more, although there is no event to tell of yet.
    if (store.wasEmpty) store.validity.noteChange()
    return NONE
  }

  /** Applies what the event has said so far of an instrument. */
  #applyParts(instrument: number, bytes: DataView, offset: number): void {
    const store = this.#store
    const parts = this.#parts
    if (parts.count >= LEVELS_PER_MESSAGE) store.reserve(parts.count + 1)
    for (let i = 0; i < parts.count; i++) {
      if (parts.instrumentOf(i) !== instrument) continue
      parts.read(i)
      store.price = parts.price
      store.quantity = parts.quantity
      store.setLevel(instrument, parts.sideOf(i))
    }
    parts.remove(instrument)
    this.#iex.readPrice(bytes, offset + PRICE)
  }
}
