// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactInt64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** The best bid and ask of an instrument (`Q`). As a plain object. */
export interface QuoteUpdateObject {
  type: 'quoteUpdate'
  flags: number
  timestamp: bigint
  symbol: string
  bidSize: number
  bidPrice: number
  bidPriceText: string
  askPrice: number
  askPriceText: string
  askSize: number
}

/**
 * The best bid and ask of an instrument (`Q`).
 *
 * ```
 *   byte
 *      1  u8       flags
 *      2  i64      timestamp, nanoseconds since 1970
 *     10  char[8]  symbol
 *     18  u32      bidSize
 *     22  i64      bidPrice, steps of 0.0001
 *     30  i64      askPrice, steps of 0.0001
 *     38  u32      askSize
 * ```
 */
export class QuoteUpdateView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 42
  /** The type that stands in the message. */
  static readonly CODE = 0x51

  /** Tells the messages of a protocol apart. */
  get type(): 'quoteUpdate' {
    return 'quoteUpdate'
  }

  /** The field flags: u8 at byte 1. */
  get flags(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set flags(value: number) {
    this.bytes.setUint8(this.offset + 1, value)
  }

  /**
   * When the exchange made the message: i64 at byte 2, nanoseconds since 1970. Allocates: on a hot
   * path read `timestampSince` or the halves.
   */
  get timestamp(): bigint {
    return this.bytes.getBigInt64(this.offset + 2, true)
  }

  set timestamp(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 2, value, true)
  }

  /** High 32 bits of `timestamp`. */
  get timestampHigh(): number {
    return this.bytes.getInt32(this.offset + 6, true)
  }

  set timestampHigh(value: number) {
    this.bytes.setInt32(this.offset + 6, value, true)
  }

  /** Low 32 bits of `timestamp`, unsigned. */
  get timestampLow(): number {
    return this.bytes.getUint32(this.offset + 2, true)
  }

  set timestampLow(value: number) {
    this.bytes.setUint32(this.offset + 2, value, true)
  }

  /** Symbol of the instrument: 8 characters at byte 10. Without its padding. */
  get symbol(): string {
    const high = this.bytes.getUint32(this.offset + 10)
    return shortText(high, this.bytes.getUint32(this.offset + 14))
  }

  set symbol(value: string) {
    writeText(this.bytes, this.offset + 10, 8, value)
  }

  /** The first four characters of `symbol` as a big-endian number, for keys. */
  get symbolHigh(): number {
    return this.bytes.getUint32(this.offset + 10)
  }

  /** The last four characters of `symbol` as a big-endian number, for keys. */
  get symbolLow(): number {
    return this.bytes.getUint32(this.offset + 14)
  }

  /** Shares at the best bid; 0 is none: u32 at byte 18. */
  get bidSize(): number {
    return this.bytes.getUint32(this.offset + 18, true)
  }

  set bidSize(value: number) {
    this.bytes.setUint32(this.offset + 18, value, true)
  }

  /** The field bidPrice: i64 at byte 22, steps of 0.0001. As the nearest number. */
  get bidPrice(): number {
    const high = this.bytes.getInt32(this.offset + 26, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 22, true)) / 10000
  }

  set bidPrice(value: number) {
    writeInt64(this.bytes, this.offset + 22, Math.round(value * 10000), true)
  }

  /** `bidPrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get bidPriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 26, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 22, true)
  }

  set bidPriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 22, value, true)
  }

  /** High 32 bits of `bidPriceMantissa`. */
  get bidPriceHigh(): number {
    return this.bytes.getInt32(this.offset + 26, true)
  }

  set bidPriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 26, value, true)
  }

  /** Low 32 bits of `bidPriceMantissa`, unsigned. */
  get bidPriceLow(): number {
    return this.bytes.getUint32(this.offset + 22, true)
  }

  set bidPriceLow(value: number) {
    this.bytes.setUint32(this.offset + 22, value, true)
  }

  /** The field askPrice: i64 at byte 30, steps of 0.0001. As the nearest number. */
  get askPrice(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)) / 10000
  }

  set askPrice(value: number) {
    writeInt64(this.bytes, this.offset + 30, Math.round(value * 10000), true)
  }

  /** `askPrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get askPriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)
  }

  set askPriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 30, value, true)
  }

  /** High 32 bits of `askPriceMantissa`. */
  get askPriceHigh(): number {
    return this.bytes.getInt32(this.offset + 34, true)
  }

  set askPriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 34, value, true)
  }

  /** Low 32 bits of `askPriceMantissa`, unsigned. */
  get askPriceLow(): number {
    return this.bytes.getUint32(this.offset + 30, true)
  }

  set askPriceLow(value: number) {
    this.bytes.setUint32(this.offset + 30, value, true)
  }

  /** Shares at the best ask; 0 is none: u32 at byte 38. */
  get askSize(): number {
    return this.bytes.getUint32(this.offset + 38, true)
  }

  set askSize(value: number) {
    this.bytes.setUint32(this.offset + 38, value, true)
  }

  /** `timestamp` in nanoseconds since a session epoch: exact within 104 days of it. */
  timestampSince(epoch: SessionEpoch): number {
    return sinceEpochNs(epoch, this.timestampHigh, this.timestampLow)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 42)
    bytes.setUint8(offset, QuoteUpdateView.CODE)
    writeText(bytes, offset + 10, 8, '')
    return this.wrap(bytes, offset, 42)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<QuoteUpdateObject>): this {
    if (fields.flags !== undefined) this.flags = fields.flags
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.symbol !== undefined) this.symbol = fields.symbol
    if (fields.bidSize !== undefined) this.bidSize = fields.bidSize
    if (fields.bidPrice !== undefined) this.bidPrice = fields.bidPrice
    if (fields.bidPriceText !== undefined) {
      const mantissa = parseDecimal(fields.bidPriceText, 4)
      this.bidPriceMantissa = mantissa
    }
    if (fields.askPrice !== undefined) this.askPrice = fields.askPrice
    if (fields.askPriceText !== undefined) {
      const mantissa = parseDecimal(fields.askPriceText, 4)
      this.askPriceMantissa = mantissa
    }
    if (fields.askSize !== undefined) this.askSize = fields.askSize
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): QuoteUpdateObject {
    return {
      type: 'quoteUpdate',
      flags: this.flags,
      timestamp: this.timestamp,
      symbol: this.symbol,
      bidSize: this.bidSize,
      bidPrice: this.bidPrice,
      bidPriceText: decimalText(exactInt64(this.bytes, this.offset + 22, true), 4),
      askPrice: this.askPrice,
      askPriceText: decimalText(exactInt64(this.bytes, this.offset + 30, true), 4),
      askSize: this.askSize,
    }
  }
}
