import type { StateTransfer } from './state-transfer.js'

const NEVER = Number.NEGATIVE_INFINITY

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

  #prices: Float64Array
  #quantities: Float64Array
  #timesHigh: Uint32Array
  #timesLow: Uint32Array
  #tradeSequences: Float64Array
  #counts: Float64Array
  #volumes: Float64Array
  #statuses: Uint8Array
  #statusSequences: Float64Array

  constructor(capacity: number) {
    this.#prices = new Float64Array(capacity)
    this.#quantities = new Float64Array(capacity)
    this.#timesHigh = new Uint32Array(capacity)
    this.#timesLow = new Uint32Array(capacity)
    this.#tradeSequences = new Float64Array(capacity)
    this.#counts = new Float64Array(capacity)
    this.#volumes = new Float64Array(capacity)
    this.#statuses = new Uint8Array(capacity)
    this.#statusSequences = new Float64Array(capacity)
  }

  /** Carries all of it out or in. */
  transfer(state: StateTransfer): void {
    this.sequence = state.number(this.sequence)
    this.timeHigh = state.number(this.timeHigh)
    this.timeLow = state.number(this.timeLow)
    this.#prices = state.float64(this.#prices)
    this.#quantities = state.float64(this.#quantities)
    this.#timesHigh = state.uint32(this.#timesHigh)
    this.#timesLow = state.uint32(this.#timesLow)
    this.#tradeSequences = state.float64(this.#tradeSequences)
    this.#counts = state.float64(this.#counts)
    this.#volumes = state.float64(this.#volumes)
    this.#statuses = state.uint8(this.#statuses)
    this.#statusSequences = state.float64(this.#statusSequences)
  }

  get bytes(): number {
    return this.#prices.length * (6 * 8 + 2 * 4 + 1)
  }

  reserve(capacity: number): void {
    this.#prices = widened(this.#prices, new Float64Array(capacity))
    this.#quantities = widened(this.#quantities, new Float64Array(capacity))
    this.#timesHigh = widened(this.#timesHigh, new Uint32Array(capacity))
    this.#timesLow = widened(this.#timesLow, new Uint32Array(capacity))
    this.#tradeSequences = widened(this.#tradeSequences, new Float64Array(capacity))
    this.#counts = widened(this.#counts, new Float64Array(capacity))
    this.#volumes = widened(this.#volumes, new Float64Array(capacity))
    this.#statuses = widened(this.#statuses, new Uint8Array(capacity))
    this.#statusSequences = widened(this.#statusSequences, new Float64Array(capacity))
  }

  /** Forgets what is known of an instrument. */
  open(instrument: number): void {
    this.#quantities[instrument] = 0
    this.#tradeSequences[instrument] = NEVER
    this.#counts[instrument] = 0
    this.#volumes[instrument] = 0
    this.#statuses[instrument] = 0
    this.#statusSequences[instrument] = NEVER
  }

  /** Counts a trade of `quantity` at `price`. */
  trade(instrument: number): void {
    this.#counts[instrument]++
    this.#volumes[instrument] += this.quantity
    if (this.sequence < this.#tradeSequences[instrument]) return
    this.#tradeSequences[instrument] = this.sequence
    this.#prices[instrument] = this.price
    this.#quantities[instrument] = this.quantity
    this.#timesHigh[instrument] = this.timeHigh
    this.#timesLow[instrument] = this.timeLow
  }

  /** Counts a trade whose price nobody knows, since the order that it was with is not known. */
  tradeAtUnknownPrice(instrument: number): void {
    this.#counts[instrument]++
    this.#volumes[instrument] += this.quantity
  }

  /** Notes the trading status, one character of the protocol. */
  setStatus(instrument: number, code: number): void {
    if (this.sequence < this.#statusSequences[instrument]) return
    this.#statusSequences[instrument] = this.sequence
    this.#statuses[instrument] = code
  }

  /** Whether a trade with a known price was seen. */
  hasTraded(instrument: number): boolean {
    return this.#tradeSequences[instrument] !== NEVER
  }

  priceOf(instrument: number): number {
    return this.#prices[instrument]
  }

  quantityOf(instrument: number): number {
    return this.#quantities[instrument]
  }

  timeHighOf(instrument: number): number {
    return this.#timesHigh[instrument]
  }

  timeLowOf(instrument: number): number {
    return this.#timesLow[instrument]
  }

  tradesOf(instrument: number): number {
    return this.#counts[instrument]
  }

  volumeOf(instrument: number): number {
    return this.#volumes[instrument]
  }

  /** The character code of the status; 0: not known. */
  statusOf(instrument: number): number {
    return this.#statuses[instrument]
  }
}

function widened<T extends Float64Array | Uint32Array | Uint8Array>(from: T, to: T): T {
  to.set(from)
  return to
}
