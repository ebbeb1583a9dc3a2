// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactInt64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** The official opening or closing price of a listed instrument (`X`). As a plain object. */
export interface OfficialPriceObject {
  type: 'officialPrice'
  priceType: string
  timestamp: bigint
  symbol: string
  officialPrice: number
  officialPriceText: string
}

/**
 * The official opening or closing price of a listed instrument (`X`).
 *
 * ```
 *   byte
 *      1  char     priceType
 *      2  i64      timestamp, nanoseconds since 1970
 *     10  char[8]  symbol
 *     18  i64      officialPrice, steps of 0.0001
 * ```
 */
export class OfficialPriceView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 26
  /** The type that stands in the message. */
  static readonly CODE = 0x58

  /** Tells the messages of a protocol apart. */
  get type(): 'officialPrice' {
    return 'officialPrice'
  }

  /** The field priceType: char at byte 1. `Q` opening, `M` closing. */
  get priceType(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 1))
  }

  set priceType(value: string) {
    this.bytes.setUint8(this.offset + 1, value.charCodeAt(0))
  }

  /** The character of `priceType` as a number. */
  get priceTypeCode(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set priceTypeCode(value: number) {
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

  /** The field officialPrice: i64 at byte 18, steps of 0.0001. As the nearest number. */
  get officialPrice(): number {
    const high = this.bytes.getInt32(this.offset + 22, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 18, true)) / 10000
  }

  set officialPrice(value: number) {
    writeInt64(this.bytes, this.offset + 18, Math.round(value * 10000), true)
  }

  /** `officialPrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get officialPriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 22, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 18, true)
  }

  set officialPriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 18, value, true)
  }

  /** High 32 bits of `officialPriceMantissa`. */
  get officialPriceHigh(): number {
    return this.bytes.getInt32(this.offset + 22, true)
  }

  set officialPriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 22, value, true)
  }

  /** Low 32 bits of `officialPriceMantissa`, unsigned. */
  get officialPriceLow(): number {
    return this.bytes.getUint32(this.offset + 18, true)
  }

  set officialPriceLow(value: number) {
    this.bytes.setUint32(this.offset + 18, value, true)
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
    writeZeros(bytes, offset, 26)
    bytes.setUint8(offset, OfficialPriceView.CODE)
    writeText(bytes, offset + 1, 1, '')
    writeText(bytes, offset + 10, 8, '')
    return this.wrap(bytes, offset, 26)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<OfficialPriceObject>): this {
    if (fields.priceType !== undefined) this.priceType = fields.priceType
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.symbol !== undefined) this.symbol = fields.symbol
    if (fields.officialPrice !== undefined) this.officialPrice = fields.officialPrice
    if (fields.officialPriceText !== undefined) {
      const mantissa = parseDecimal(fields.officialPriceText, 4)
      this.officialPriceMantissa = mantissa
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): OfficialPriceObject {
    return {
      type: 'officialPrice',
      priceType: this.priceType,
      timestamp: this.timestamp,
      symbol: this.symbol,
      officialPrice: this.officialPrice,
      officialPriceText: decimalText(exactInt64(this.bytes, this.offset + 18, true), 4),
    }
  }
}
