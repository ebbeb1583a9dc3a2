import type { SessionEpoch } from '../foundation/clock.js'
import { TWO_POW_32, ZERO_NS } from '../foundation/units.js'
import { MARKET_DATA_OFFSETS } from './market-data-view.js'

const { timestamp, price, sequence, instrument, quantity, side } = MARKET_DATA_OFFSETS

/**
 * Writes native messages whole: see {@link MarketDataView} for the layout and for what the fields mean.
 *
 * For hot loops. The setters of the view take numbers that are no small integers, and where the engine
 * does not inline such a setter (whether it does depends on what it compiled before) each call makes
 * 16 bytes of garbage. Here the values are fields, and the one call takes only integers. One thread.
 */
export class MarketDataWriter {
  /** Nanoseconds since the session epoch, exact within 104 days of it. */
  sentNs = ZERO_NS
  /** In steps of 1e-9, a whole number. */
  priceMantissa = 0
  /** The low 32 bits are written of this and of the next two. */
  sequence = 0
  instrument = 0
  quantity = 0
  side = 0
  readonly #epochHighNs: number
  readonly #epochLowNs: number

  constructor(epoch: SessionEpoch) {
    this.#epochHighNs = epoch.highNs
    this.#epochLowNs = epoch.lowNs
  }

  /** Writes the fields as one message of 29 bytes. */
  write(bytes: DataView, offset: number): void {
    // In halves before the epoch is added: the sum itself, near 2^61, would be rounded.
    const sentHigh = Math.floor(this.sentNs / TWO_POW_32)
    const sentLow = this.#epochLowNs + (this.sentNs - sentHigh * TWO_POW_32)
    const carry = sentLow >= TWO_POW_32 ? 1 : 0
    bytes.setUint32(offset + timestamp, sentLow, true)
    bytes.setUint32(offset + timestamp + 4, this.#epochHighNs + sentHigh + carry, true)
    // Flooring, not truncating, makes two's complement of a negative: low is never below zero.
    const priceHigh = Math.floor(this.priceMantissa / TWO_POW_32)
    bytes.setUint32(offset + price, this.priceMantissa - priceHigh * TWO_POW_32, true)
    bytes.setInt32(offset + price + 4, priceHigh, true)
    bytes.setUint32(offset + sequence, this.sequence, true)
    bytes.setUint32(offset + instrument, this.instrument, true)
    bytes.setUint32(offset + quantity, this.quantity, true)
    bytes.setUint8(offset + side, this.side)
  }
}
