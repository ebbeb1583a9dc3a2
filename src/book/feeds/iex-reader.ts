import type { BookStore } from '../book-store.js'

// Constants of this module: imported ones are none to the compiler.
const NONE = -1
const TWO_POW_32 = 2 ** 32

// Offsets: IEX TOPS 1.6, DEEP 1.0 and DEEP+ agree on these. All little-endian but the symbol.
const CODE = 1
const TIME_LOW = 2
const TIME_HIGH = 6
const SYMBOL = 10
const SYMBOL_END = 18
const TRADE_SIZE = 18
const TRADE_PRICE = 22

const SYSTEM_EVENT = 0x53
const SECURITY_DIRECTORY = 0x44
const TRADING_STATUS = 0x48
const TRADE_REPORT = 0x54
const START_OF_MESSAGES = 0x4f

/** Bits of a price's high half beyond which a double is not exact. */
const EXACT_HIGH_BITS = 20

/** Bytes of the administrative messages and trades that all feeds of IEX have, by type. */
export const IEX_COMMON_LENGTHS: Readonly<Record<string, number>> = {
  ...{ S: 10, D: 31, H: 22, I: 18, O: 18, P: 19, E: 18, T: 38, B: 38, X: 26, A: 80 },
}

/** Prices of all feeds of IEX count ten-thousandths. */
export const IEX_PRICE_SCALE = 10_000

/** A table of lengths by the type's character; 0: no such type. */
export function iexLengths(own: Readonly<Record<string, number>>): Uint8Array {
  const table = new Uint8Array(256)
  for (const [type, length] of Object.entries({ ...IEX_COMMON_LENGTHS, ...own })) {
    table[type.charCodeAt(0)] = length
  }
  return table
}

/** What the feeds of IEX have in common: header fields, prices, administrative messages, trades. */
export class IexReader {
  readonly #store: BookStore

  constructor(store: BookStore) {
    this.#store = store
  }

  /** Takes over the time of a message that is a trade. */
  readTime(bytes: DataView, offset: number): void {
    this.#store.tape.timeLow = bytes.getUint32(offset + TIME_LOW, true)
    this.#store.tape.timeHigh = bytes.getUint32(offset + TIME_HIGH, true)
  }

  /** The instrument of a message; NONE if there is no room for it. */
  instrument(bytes: DataView, offset: number): number {
    const store = this.#store
    const high = bytes.getInt32(offset + SYMBOL)
    const low = bytes.getInt32(offset + SYMBOL + 4)
    const known = store.instruments.find(high, low)
    return known === NONE ? store.open(store.instruments.obtain(high, low)) : known
  }

  /** Takes over a price. @returns false if it is none that a double can keep */
  readPrice(bytes: DataView, at: number): boolean {
    const high = bytes.getInt32(at + 4, true)
    const excess = high >> EXACT_HIGH_BITS
    if (excess !== 0 && excess !== -1) return false
    this.#store.price = high * TWO_POW_32 + bytes.getUint32(at, true)
    return true
  }

  /** A message that touches no book. @returns the instrument if there is something to tell */
  other(type: number, bytes: DataView, offset: number): number {
    const store = this.#store
    if (type === TRADE_REPORT) return this.#trade(bytes, offset)
    if (type === TRADING_STATUS) {
      const instrument = this.instrument(bytes, offset)
      if (instrument === NONE) return NONE
      return store.setStatus(instrument, bytes.getUint8(offset + CODE))
    }
    if (type === SECURITY_DIRECTORY) this.instrument(bytes, offset)
    return NONE
  }

  /** Whether a message says that the publisher's day begins. */
  startsDay(type: number, bytes: DataView, offset: number): boolean {
    return type === SYSTEM_EVENT && bytes.getUint8(offset + CODE) === START_OF_MESSAGES
  }

  /**
   * Counts a message that is too short for its type.
   *
   * @param touchesBook whether a message of this type could have changed a book
   */
  tooShort(
    type: number,
    touchesBook: boolean,
    bytes: DataView,
    offset: number,
    length: number,
  ): number {
    const store = this.#store
    if (!touchesBook && type !== SYSTEM_EVENT) store.faults.unreadable++
    else if (length < SYMBOL_END || type === SYSTEM_EVENT) store.unreadable(NONE)
    else store.unreadable(this.instrument(bytes, offset))
    return NONE
  }

  #trade(bytes: DataView, offset: number): number {
    const store = this.#store
    const instrument = this.instrument(bytes, offset)
    if (instrument === NONE) return NONE
    if (!this.readPrice(bytes, offset + TRADE_PRICE)) {
      store.faults.unreadable++
      return NONE
    }
    this.readTime(bytes, offset)
    store.quantity = bytes.getUint32(offset + TRADE_SIZE, true)
    return store.trade(instrument)
  }
}
