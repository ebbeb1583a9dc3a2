import type { BookStore } from '../book-store.js'
import type { FeedBooks } from './feed-books.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const BID = 0
const ASK = 1

/** Types, by their character. */
const TYPE = {
  addOrder: 0x41,
  addOrderWithMpid: 0x46,
  orderExecuted: 0x45,
  orderExecutedWithPrice: 0x43,
  orderCancel: 0x58,
  orderDelete: 0x44,
  orderReplace: 0x55,
  trade: 0x50,
  crossTrade: 0x51,
  systemEvent: 0x53,
  stockTradingAction: 0x48,
} as const

/** Bytes of each type; 0: no type of this protocol. */
const LENGTHS = lengths({
  ...{ S: 12, R: 39, H: 25, Y: 20, L: 26, V: 35, W: 12, K: 28, J: 35, h: 21, A: 36, F: 40 },
  ...{ E: 31, C: 36, X: 23, D: 19, U: 35, P: 44, Q: 40, B: 19, I: 50, N: 20, O: 48 },
})
/** Where a type has the symbol; 0: nowhere. Such a message tells what its locate code stands for. */
const SYMBOL_AT = lengths({
  ...{ R: 11, H: 11, Y: 11, L: 15, K: 11, J: 11, h: 11, A: 24, F: 24, P: 24, Q: 19 },
  ...{ I: 28, N: 11, O: 11 },
})

// Offsets: NASDAQ TotalView-ITCH 5.0. All big-endian.
const LOCATE = 1
const LOCATE_END = 3
const TIME_HIGH = 5
const TIME_LOW = 7
const EVENT = 11
const ORDER = 11
const NEW_ORDER = 19
const SIDE = 19
const ADDED_SHARES = 20
const ADDED_PRICE = 32
const TAKEN_SHARES = 19
const PRINTABLE = 31
const EXECUTION_PRICE = 32
const REPLACED_SHARES = 27
const REPLACED_PRICE = 31
const CROSS_SHARES = 11
const CROSS_PRICE = 27
const STATE = 19

const BUY = 0x42
const NOT_PRINTABLE = 0x4e
const START_OF_MESSAGES = 0x4f

/**
 * Order books from NASDAQ TotalView-ITCH 5.0.
 *
 * An instrument is its stock locate. Executions and cancels name the order and act on it, wherever it is
 * in its queue. A replace takes over side and instrument, and goes to the end of its queue. Trades of
 * hidden interest and crosses touch no book. Executions that are not printable are no volume, since the
 * cross that they belong to is reported on its own.
 */
export class Itch50Books implements FeedBooks {
  readonly priceScale = 10_000
  readonly hasOrders = true
  readonly isBetweenEvents = true
  readonly #store: BookStore

  constructor(store: BookStore) {
    this.#store = store
  }

  forget(): void {}

  apply(bytes: DataView, offset: number, length: number): number {
    if (length === 0) return this.#unknown()
    const type = bytes.getUint8(offset)
    const needed = LENGTHS[type]
    if (needed === 0) return this.#unknown()
    if (length < needed) return this.#unreadable(type, bytes, offset, length)
    switch (type) {
      case TYPE.addOrder:
      case TYPE.addOrderWithMpid:
        return this.#add(type, bytes, offset)
      case TYPE.orderExecuted:
      case TYPE.orderExecutedWithPrice:
        return this.#execute(type === TYPE.orderExecuted, bytes, offset)
      case TYPE.orderCancel:
      case TYPE.orderDelete:
        return this.#take(type === TYPE.orderDelete, bytes, offset)
      case TYPE.orderReplace:
        return this.#replace(bytes, offset)
      default:
        return this.#other(type, bytes, offset)
    }
  }

  #add(type: number, bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#learn(type, bytes, offset)
    if (instrument === NONE) return NONE
    store.price = bytes.getUint32(offset + ADDED_PRICE)
    store.quantity = bytes.getUint32(offset + ADDED_SHARES)
    const side = bytes.getUint8(offset + SIDE) === BUY ? BID : ASK
    return store.addOrder(
      instrument,
      side,
      bytes.getInt32(offset + ORDER),
      bytes.getInt32(offset + ORDER + 4),
    )
  }

  #execute(ownPrice: boolean, bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#located(bytes, offset)
    if (instrument === NONE) return NONE
    this.#readTime(bytes, offset)
    store.quantity = bytes.getUint32(offset + TAKEN_SHARES)
    let printable = true
    if (!ownPrice) {
      store.price = bytes.getUint32(offset + EXECUTION_PRICE)
      printable = bytes.getUint8(offset + PRINTABLE) !== NOT_PRINTABLE
    }
    const idHigh = bytes.getInt32(offset + ORDER)
    const idLow = bytes.getInt32(offset + ORDER + 4)
    return store.executeOrder(instrument, idHigh, idLow, printable, ownPrice)
  }

  #take(whole: boolean, bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#located(bytes, offset)
    if (instrument === NONE) return NONE
    const idHigh = bytes.getInt32(offset + ORDER)
    const idLow = bytes.getInt32(offset + ORDER + 4)
    if (whole) return store.deleteOrder(instrument, idHigh, idLow)
    store.quantity = bytes.getUint32(offset + TAKEN_SHARES)
    return store.cancelOrder(instrument, idHigh, idLow)
  }

  #replace(bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.#located(bytes, offset)
    if (instrument === NONE) return NONE
    store.price = bytes.getUint32(offset + REPLACED_PRICE)
    store.quantity = bytes.getUint32(offset + REPLACED_SHARES)
    return store.replaceOrder(
      instrument,
      bytes.getInt32(offset + ORDER),
      bytes.getInt32(offset + ORDER + 4),
      bytes.getInt32(offset + NEW_ORDER),
      bytes.getInt32(offset + NEW_ORDER + 4),
    )
  }

  #other(type: number, bytes: DataView, offset: number): number {
    const store = this.#store
    if (type === TYPE.systemEvent) {
      if (bytes.getUint8(offset + EVENT) === START_OF_MESSAGES) store.startDay()
      return NONE
    }
    if (SYMBOL_AT[type] === 0) return NONE
    const instrument = this.#learn(type, bytes, offset)
    if (instrument === NONE) return NONE
    if (type === TYPE.trade) {
      this.#readTime(bytes, offset)
      store.price = bytes.getUint32(offset + ADDED_PRICE)
      store.quantity = bytes.getUint32(offset + ADDED_SHARES)
      return store.trade(instrument)
    }
    if (type === TYPE.crossTrade) return this.#cross(instrument, bytes, offset)
    if (type !== TYPE.stockTradingAction) return NONE
    return store.setStatus(instrument, bytes.getUint8(offset + STATE))
  }

  #cross(instrument: number, bytes: DataView, offset: number): number {
    const store = this.#store
    const high = bytes.getUint32(offset + CROSS_SHARES)
    store.quantity = high * 2 ** 32 + bytes.getUint32(offset + CROSS_SHARES + 4)
    // A cross in which nothing was matched is reported too.
    if (store.quantity === 0) return NONE
    store.price = bytes.getUint32(offset + CROSS_PRICE)
    this.#readTime(bytes, offset)
    return store.trade(instrument)
  }

  /** Takes over the time of a message that may be a trade. */
  #readTime(bytes: DataView, offset: number): void {
    const { tape } = this.#store
    tape.timeHigh = bytes.getUint16(offset + TIME_HIGH)
    tape.timeLow = bytes.getUint32(offset + TIME_LOW)
  }

  /** The instrument of a message that has a locate code only. */
  #located(bytes: DataView, offset: number): number {
    const store = this.#store
    const locate = bytes.getUint16(offset + LOCATE)
    const known = store.instruments.indexOfLocate(locate)
    return known === NONE ? store.open(store.instruments.obtainLocate(locate)) : known
  }

  /** The instrument of a message that has a locate code and a symbol. */
  #learn(type: number, bytes: DataView, offset: number): number {
    const store = this.#store
    const { instruments } = store
    const locate = bytes.getUint16(offset + LOCATE)
    const high = bytes.getInt32(offset + SYMBOL_AT[type])
    const low = bytes.getInt32(offset + SYMBOL_AT[type] + 4)
    const known = instruments.indexOfNamed(locate, high, low)
    return known === NONE ? store.rename(locate, high, low) : known
  }

  #unreadable(type: number, bytes: DataView, offset: number, length: number): number {
    const store = this.#store
    const touchesBook = SYMBOL_AT[type] === 0 || SYMBOL_AT[type] === SYMBOL_AT[TYPE.addOrder]
    if (!touchesBook) store.faults.unreadable++
    else if (length < LOCATE_END || type === TYPE.systemEvent) store.unreadable(NONE)
    else store.unreadable(this.#named(bytes.getUint16(offset + LOCATE)))
    return NONE
  }

  /** The instrument of a locate code; NONE if it could be any, since nothing has told its symbol. */
  #named(locate: number): number {
    const { instruments } = this.#store
    const instrument = instruments.indexOfLocate(locate)
    return instrument !== NONE && instruments.hasName(instrument) ? instrument : NONE
  }

  #unknown(): number {
    this.#store.faults.unknownTypes++
    return NONE
  }
}

/** A table by type's character. */
function lengths(of: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(256)
  for (const [type, length] of Object.entries(of)) table[type.charCodeAt(0)] = length
  return table
}
