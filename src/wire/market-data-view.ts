import { type SessionEpoch, sinceEpochNs } from '../foundation/clock.js'
import { TWO_POW_32 } from '../foundation/units.js'
import { MessageView } from './message-view.js'

/** Bytes of a native message: packed, without padding at its end. */
export const MARKET_DATA_BYTES = 29

/** Where each field of a native message starts, in bytes. */
export const MARKET_DATA_OFFSETS = {
  timestamp: 0,
  price: 8,
  sequence: 16,
  instrument: 20,
  quantity: 24,
  side: 28,
} as const

/** What an event is about. The wire may hold any other byte: {@link MarketDataView.side}. */
export const SIDE = { none: 0, bid: 1, ask: 2, trade: 3 } as const

/** One of the values of {@link SIDE}. */
export type Side = (typeof SIDE)[keyof typeof SIDE]

/** Mantissa steps in a price of 1: prices have nine decimal places. */
const PRICE_SCALE = 1e9

const TIMESTAMP = MARKET_DATA_OFFSETS.timestamp
const PRICE = MARKET_DATA_OFFSETS.price
const SEQUENCE = MARKET_DATA_OFFSETS.sequence
const INSTRUMENT = MARKET_DATA_OFFSETS.instrument
const QUANTITY = MARKET_DATA_OFFSETS.quantity
const SIDE_OFFSET = MARKET_DATA_OFFSETS.side

/**
 * Reads and writes the native message in place.
 *
 * ```
 *   byte    0       4       8       12      16      20      24      28
 *           +-------+-------+-------+-------+-------+-------+-------+--+
 *           |   timestamp   |     price     |  seq. | instr.| quant.|sd|
 *           |  u64 ns, Unix |   i64, 1e-9   |  u32  |  u32  |  u32  |u8|
 *           +-------+-------+-------+-------+-------+-------+-------+--+
 *                                                     little-endian, 29
 * ```
 *
 * The accessors check nothing: {@link wrap} wants at least {@link MARKET_DATA_BYTES} bytes, which
 * `RawFraming.open` has proven. 64-bit fields are read as two halves, so that no accessor but the
 * `timestampNs` pair touches a BigInt. Setters of unsigned fields keep the low bits of what they
 * are given, which lets a sender count its sequence past 2^32 and have it wrap. A getter's result
 * costs no memory where the engine inlines the getter, as it does in a handler that runs hot.
 *
 * Confined to one thread; valid only as long as the memory below it, see {@link MessageView}.
 */
export class MarketDataView extends MessageView {
  private readonly epoch: SessionEpoch

  /** @param epoch the moment that {@link sentNs} counts from. */
  constructor(epoch: SessionEpoch) {
    super()
    this.epoch = epoch
  }

  /** Position in the feed, 0 to 2^32 - 1. Wraps: compare by serial-number arithmetic. */
  get sequence(): number {
    return this.bytes.getUint32(this.offset + SEQUENCE, true)
  }

  set sequence(sequence: number) {
    this.bytes.setUint32(this.offset + SEQUENCE, sequence, true)
  }

  /** The publisher's number for what is traded, a u32. */
  get instrument(): number {
    return this.bytes.getUint32(this.offset + INSTRUMENT, true)
  }

  set instrument(instrument: number) {
    this.bytes.setUint32(this.offset + INSTRUMENT, instrument, true)
  }

  /** Units offered, asked for or traded, a u32. */
  get quantity(): number {
    return this.bytes.getUint32(this.offset + QUANTITY, true)
  }

  set quantity(quantity: number) {
    this.bytes.setUint32(this.offset + QUANTITY, quantity, true)
  }

  /** The byte on the wire as it is: one of {@link SIDE}, or whatever else a publisher sent. */
  get side(): number {
    return this.bytes.getUint8(this.offset + SIDE_OFFSET)
  }

  set side(side: number) {
    this.bytes.setUint8(this.offset + SIDE_OFFSET, side)
  }

  /**
   * The price in whole units, as the nearest `number`. Setting it takes the nearest of the 1e-9
   * steps; a price that was read comes back to the same mantissa while that is below 2^51 (about
   * 2.25 million units). Sums belong in {@link priceMantissa}, which does not round.
   */
  get price(): number {
    return this.priceMantissa / PRICE_SCALE
  }

  set price(price: number) {
    this.priceMantissa = Math.round(price * PRICE_SCALE)
  }

  /**
   * The price in steps of 1e-9, an integer that may be negative. Exact to 2^53 either way (about
   * 9 million units); beyond that the nearest `number`.
   */
  get priceMantissa(): number {
    const low = this.bytes.getUint32(this.offset + PRICE, true)
    return this.bytes.getInt32(this.offset + PRICE + 4, true) * TWO_POW_32 + low
  }

  set priceMantissa(mantissa: number) {
    // Flooring, not truncating, makes two's complement of a negative: low is never below zero.
    const high = Math.floor(mantissa / TWO_POW_32)
    this.bytes.setUint32(this.offset + PRICE, mantissa - high * TWO_POW_32, true)
    this.bytes.setInt32(this.offset + PRICE + 4, high, true)
  }

  /** When it was sent, in nanoseconds since 1970. Allocates: never on a hot path. */
  get timestampNs(): bigint {
    return this.bytes.getBigUint64(this.offset + TIMESTAMP, true)
  }

  set timestampNs(timestampNs: bigint) {
    this.bytes.setBigUint64(this.offset + TIMESTAMP, timestampNs, true)
  }

  /**
   * When it was sent, in whole nanoseconds since the session epoch: negative if that was earlier.
   * Exact, read or written, within 2^53 ns (104 days) of the epoch.
   */
  get sentNs(): number {
    const low = this.bytes.getUint32(this.offset + TIMESTAMP, true)
    return sinceEpochNs(this.epoch, this.bytes.getUint32(this.offset + TIMESTAMP + 4, true), low)
  }

  set sentNs(sentNs: number) {
    // In halves before the epoch is added: the sum itself, near 2^61, would be rounded.
    const highPart = Math.floor(sentNs / TWO_POW_32)
    const low = this.epoch.lowNs + (sentNs - highPart * TWO_POW_32)
    const carry = low >= TWO_POW_32 ? 1 : 0
    this.bytes.setUint32(this.offset + TIMESTAMP, low, true)
    this.bytes.setUint32(this.offset + TIMESTAMP + 4, this.epoch.highNs + highPart + carry, true)
  }
}
