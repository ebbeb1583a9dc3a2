import type { StateTransfer } from './state-transfer.js'

const NEVER = Number.NEGATIVE_INFINITY

// Doubles of an instrument's record: a cache line.
const NUMBERS_SHIFT = 3
const NUMBERS = 1 << NUMBERS_SHIFT
const TRADE_SEQUENCE = 0
const PRICE = 1
const QUANTITY = 2
const TRADES = 3
const VOLUME = 4
const STATUS = 5
const STATUS_SEQUENCE = 6
// The time of the last trade, as two words in the place of the eighth double.
const WORDS_SHIFT = 4
const TIME_LOW = 14

/**
 * Last trade, volume and trading status of each instrument of a feed.
 *
 * None of it depends on the order in which messages are applied: volumes add up, and the last trade and
 * the status are those with the highest sequence. So late messages are always applied here.
 *
 * Confined to one thread. Nothing allocates but `reserve`.
 */
export class Tape {
  /** Of the message that is being applied. */
  sequence = NEVER
  price = Number.NaN
  quantity = 0
  /** The exchange's time of the message, nanoseconds, as two unsigned halves. */
  timeHigh = 0
  timeLow = 0

  #numbers: Float64Array
  /** The same memory. */
  #words: Uint32Array

  constructor(capacity: number) {
    this.#numbers = new Float64Array(capacity << NUMBERS_SHIFT)
    this.#words = new Uint32Array(this.#numbers.buffer)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.sequence = state.number(this.sequence)
    this.timeHigh = state.number(this.timeHigh)
    this.timeLow = state.number(this.timeLow)
    this.#numbers = state.float64(this.#numbers)
    this.#words = new Uint32Array(this.#numbers.buffer)
  }

  get bytes(): number {
    return this.#numbers.byteLength
  }

  reserve(capacity: number): void {
    const words = new Uint32Array(capacity << WORDS_SHIFT)
    // Words and not doubles: a copy of doubles may change what is no number.
    words.set(this.#words)
    this.#words = words
    this.#numbers = new Float64Array(words.buffer)
  }

  /** Forgets what is known of an instrument. */
  open(instrument: number): void {
    const at = instrument << NUMBERS_SHIFT
    this.#numbers.fill(0, at, at + NUMBERS)
    this.#numbers[at | TRADE_SEQUENCE] = NEVER
    this.#numbers[at | STATUS_SEQUENCE] = NEVER
  }

  /** Counts a trade of `quantity` at `price`. */
  trade(instrument: number): void {
    const numbers = this.#numbers
    const at = instrument << NUMBERS_SHIFT
    numbers[at | TRADES]++
    numbers[at | VOLUME] += this.quantity
    if (this.sequence < numbers[at | TRADE_SEQUENCE]) return
    numbers[at | TRADE_SEQUENCE] = this.sequence
    numbers[at | PRICE] = this.price
    numbers[at | QUANTITY] = this.quantity
    const words = this.#words
    const timeAt = (instrument << WORDS_SHIFT) | TIME_LOW
    words[timeAt] = this.timeLow
    words[timeAt | 1] = this.timeHigh
  }

  /** Counts a trade whose price nobody knows, since the order that it was with is not known. */
  tradeAtUnknownPrice(instrument: number): void {
    const at = instrument << NUMBERS_SHIFT
    this.#numbers[at | TRADES]++
    this.#numbers[at | VOLUME] += this.quantity
  }

  /** Notes the trading status, one character of the protocol. */
  setStatus(instrument: number, code: number): void {
    const at = instrument << NUMBERS_SHIFT
    if (this.sequence < this.#numbers[at | STATUS_SEQUENCE]) return
    this.#numbers[at | STATUS_SEQUENCE] = this.sequence
    this.#numbers[at | STATUS] = code
  }

  /** Whether a trade with a known price was seen. */
  hasTraded(instrument: number): boolean {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | TRADE_SEQUENCE] !== NEVER
  }

  priceOf(instrument: number): number {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | PRICE]
  }

  quantityOf(instrument: number): number {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | QUANTITY]
  }

  timeHighOf(instrument: number): number {
    return this.#words[(instrument << WORDS_SHIFT) | TIME_LOW | 1]
  }

  timeLowOf(instrument: number): number {
    return this.#words[(instrument << WORDS_SHIFT) | TIME_LOW]
  }

  tradesOf(instrument: number): number {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | TRADES]
  }

  volumeOf(instrument: number): number {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | VOLUME]
  }

  /** The character code of the status; 0: not known. */
  statusOf(instrument: number): number {
    return this.#numbers[(instrument << NUMBERS_SHIFT) | STATUS]
  }
}
