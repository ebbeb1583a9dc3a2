// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactInt64, exactUint64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** A new order is displayed (`a`). As a plain object. */
export interface AddOrderObject {
  type: 'addOrder'
  side: string
  timestamp: bigint
  symbol: string
  orderId: number | bigint
  size: number
  price: number
  priceText: string
}

/**
 * A new order is displayed (`a`).
 *
 * ```
 *   byte
 *      1  char     side
 *      2  i64      timestamp, nanoseconds since 1970
 *     10  char[8]  symbol
 *     18  u64      orderId
 *     26  u32      size
 *     30  i64      price, steps of 0.0001
 * ```
 */
export class AddOrderView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 38
  /** The type that stands in the message. */
  static readonly CODE = 0x61

  /** Tells the messages of a protocol apart. */
  get type(): 'addOrder' {
    return 'addOrder'
  }

  /** The field side: char at byte 1. `5` sell, `8` buy. */
  get side(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 1))
  }

  set side(value: string) {
    this.bytes.setUint8(this.offset + 1, value.charCodeAt(0))
  }

  /** The character of `side` as a number. */
  get sideCode(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set sideCode(value: number) {
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

  /** The order: u64 at byte 18. Exact below 2^53, else the nearest number. */
  get orderId(): number {
    const high = this.bytes.getUint32(this.offset + 22, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 18, true)
  }

  set orderId(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 18, value, true)
  }

  /** High 32 bits of `orderId`. */
  get orderIdHigh(): number {
    return this.bytes.getUint32(this.offset + 22, true)
  }

  set orderIdHigh(value: number) {
    this.bytes.setUint32(this.offset + 22, value, true)
  }

  /** Low 32 bits of `orderId`, unsigned. */
  get orderIdLow(): number {
    return this.bytes.getUint32(this.offset + 18, true)
  }

  set orderIdLow(value: number) {
    this.bytes.setUint32(this.offset + 18, value, true)
  }

  /** Shares displayed: u32 at byte 26. */
  get size(): number {
    return this.bytes.getUint32(this.offset + 26, true)
  }

  set size(value: number) {
    this.bytes.setUint32(this.offset + 26, value, true)
  }

  /** The field price: i64 at byte 30, steps of 0.0001. As the nearest number. */
  get price(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)) / 10000
  }

  set price(value: number) {
    writeInt64(this.bytes, this.offset + 30, Math.round(value * 10000), true)
  }

  /** `price` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get priceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)
  }

  set priceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 30, value, true)
  }

  /** High 32 bits of `priceMantissa`. */
  get priceHigh(): number {
    return this.bytes.getInt32(this.offset + 34, true)
  }

  set priceHigh(value: number) {
    this.bytes.setInt32(this.offset + 34, value, true)
  }

  /** Low 32 bits of `priceMantissa`, unsigned. */
  get priceLow(): number {
    return this.bytes.getUint32(this.offset + 30, true)
  }

  set priceLow(value: number) {
    this.bytes.setUint32(this.offset + 30, value, true)
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
    writeZeros(bytes, offset, 38)
    bytes.setUint8(offset, AddOrderView.CODE)
    writeText(bytes, offset + 1, 1, '')
    writeText(bytes, offset + 10, 8, '')
    return this.wrap(bytes, offset, 38)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<AddOrderObject>): this {
    if (fields.side !== undefined) this.side = fields.side
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.symbol !== undefined) this.symbol = fields.symbol
    if (fields.orderId !== undefined) this.orderId = fields.orderId
    if (fields.size !== undefined) this.size = fields.size
    if (fields.price !== undefined) this.price = fields.price
    if (fields.priceText !== undefined) {
      const mantissa = parseDecimal(fields.priceText, 4)
      this.priceMantissa = mantissa
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): AddOrderObject {
    return {
      type: 'addOrder',
      side: this.side,
      timestamp: this.timestamp,
      symbol: this.symbol,
      orderId: exactUint64(this.bytes, this.offset + 18, true),
      size: this.size,
      price: this.price,
      priceText: decimalText(exactInt64(this.bytes, this.offset + 30, true), 4),
    }
  }
}
