import type { SessionEpoch } from '../../foundation/clock.js'
import { ZERO_NS } from '../../foundation/units.js'
import { MARKET_DATA_BYTES, MarketDataWriter, SIDE } from '../../wire/index.js'
import type { Messages } from '../datagrams/datagram-writer.js'

/** Mantissa units (1e-9) in one tick of 0.01. */
const TICK = 1e7
const FIRST_PRICE_TICKS = 10_000
const PRICE_STEP_TICKS = 2_500
const MIN_PRICE_TICKS = 100
const MAX_SPREAD_TICKS = 4
const LOT = 100
const MAX_LOTS = 20

/**
 * A market made up by arithmetic: every instrument's price walks at random, and each message is a
 * bid below it, an ask above it or a trade at it. The same seed gives the same messages, apart from
 * the time stamps. One thread; no allocation.
 */
export class Market implements Messages {
  /** Time stamp of the messages to come, since the session epoch. A field: an argument would be boxed. */
  sentNs = ZERO_NS
  readonly #prices: Int32Array
  readonly #writer: MarketDataWriter
  #random: number
  #sequence: number

  /**
   * @param instruments how many, numbered from 0
   * @param seed any whole number
   * @param epoch that `sentNs` counts from
   * @param firstSequence of the first message
   */
  constructor(instruments: number, seed: number, epoch: SessionEpoch, firstSequence: number) {
    this.#prices = Int32Array.from(
      { length: instruments },
      (_, i) => FIRST_PRICE_TICKS + (i % 1000) * PRICE_STEP_TICKS,
    )
    this.#writer = new MarketDataWriter(epoch)
    this.#sequence = firstSequence
    // xorshift has one forbidden state, 0; the multiplication spreads neighbouring seeds.
    this.#random = Math.imul(seed + 1, 0x9e3779b1) || 1
  }

  /** Writes the next message. */
  write(bytes: DataView, offset: number): number {
    const instrument = this.#next() % this.#prices.length
    const step = (this.#next() % 3) - 1
    const price = Math.max(MIN_PRICE_TICKS, this.#prices[instrument] + step)
    this.#prices[instrument] = price
    const side = 1 + (this.#next() % 3)
    const spread = 1 + (this.#next() % MAX_SPREAD_TICKS)
    const away = side === SIDE.bid ? -spread : side === SIDE.ask ? spread : 0
    const writer = this.#writer
    writer.sentNs = this.sentNs
    writer.priceMantissa = (price + away) * TICK
    writer.sequence = this.#sequence
    writer.instrument = instrument
    writer.quantity = LOT * (1 + (this.#next() % MAX_LOTS))
    writer.side = side
    writer.write(bytes, offset)
    this.#sequence += 1
    return MARKET_DATA_BYTES
  }

  /** Marsaglia's xorshift32, shifted to 31 bits so that it stays a small integer. */
  #next(): number {
    let x = this.#random
    x ^= x << 13
    x ^= x >>> 17
    x ^= x << 5
    this.#random = x
    return x >>> 1
  }
}
