// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { writeInt64, writeText, writeUint48, writeZeros } from '../value/write.js'

/** An order is executed at another price (`C`). As a plain object. */
export interface OrderExecutedWithPriceObject {
  type: 'orderExecutedWithPrice'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  orderReferenceNumber: number | bigint
  shares: number
  matchNumber: number | bigint
  printable: string
  price: number
  priceText: string
}

/**
 * An order is executed at another price (`C`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      orderReferenceNumber
 *     19  u32      shares
 *     23  u64      matchNumber
 *     31  char     printable
 *     32  u32      price, steps of 0.0001
 * ```
 */
export class OrderExecutedWithPriceView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 36
  /** The type that stands in the message. */
  static readonly CODE = 0x43

  /** Tells the messages of a protocol apart. */
  get type(): 'orderExecutedWithPrice' {
    return 'orderExecutedWithPrice'
  }

  /** The day's number for the instrument: u16 at byte 1. */
  get stockLocate(): number {
    return this.bytes.getUint16(this.offset + 1)
  }

  set stockLocate(value: number) {
    this.bytes.setUint16(this.offset + 1, value)
  }

  /** The exchange's own number: u16 at byte 3. */
  get trackingNumber(): number {
    return this.bytes.getUint16(this.offset + 3)
  }

  set trackingNumber(value: number) {
    this.bytes.setUint16(this.offset + 3, value)
  }

  /** When the exchange made the message: u48 at byte 5, nanoseconds since midnight. */
  get timestamp(): number {
    const high = this.bytes.getUint16(this.offset + 5)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 7)
  }

  set timestamp(value: number) {
    writeUint48(this.bytes, this.offset + 5, value, false)
  }

  /** The order: u64 at byte 11. Exact below 2^53, else the nearest number. */
  get orderReferenceNumber(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)
  }

  set orderReferenceNumber(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 11, value, false)
  }

  /** High 32 bits of `orderReferenceNumber`. */
  get orderReferenceNumberHigh(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  set orderReferenceNumberHigh(value: number) {
    this.bytes.setUint32(this.offset + 11, value)
  }

  /** Low 32 bits of `orderReferenceNumber`, unsigned. */
  get orderReferenceNumberLow(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  set orderReferenceNumberLow(value: number) {
    this.bytes.setUint32(this.offset + 15, value)
  }

  /** Shares executed: u32 at byte 19. */
  get shares(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  set shares(value: number) {
    this.bytes.setUint32(this.offset + 19, value)
  }

  /**
   * The execution, by which it may be broken: u64 at byte 23. Exact below 2^53, else the nearest
   * number.
   */
  get matchNumber(): number {
    const high = this.bytes.getUint32(this.offset + 23)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 27)
  }

  set matchNumber(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 23, value, false)
  }

  /** High 32 bits of `matchNumber`. */
  get matchNumberHigh(): number {
    return this.bytes.getUint32(this.offset + 23)
  }

  set matchNumberHigh(value: number) {
    this.bytes.setUint32(this.offset + 23, value)
  }

  /** Low 32 bits of `matchNumber`, unsigned. */
  get matchNumberLow(): number {
    return this.bytes.getUint32(this.offset + 27)
  }

  set matchNumberLow(value: number) {
    this.bytes.setUint32(this.offset + 27, value)
  }

  /** Counts as volume: char at byte 31. `Y` yes, `N` no. */
  get printable(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 31))
  }

  set printable(value: string) {
    this.bytes.setUint8(this.offset + 31, value.charCodeAt(0))
  }

  /** The character of `printable` as a number. */
  get printableCode(): number {
    return this.bytes.getUint8(this.offset + 31)
  }

  set printableCode(value: number) {
    this.bytes.setUint8(this.offset + 31, value)
  }

  /** The price of the execution: u32 at byte 32, steps of 0.0001. As the nearest number. */
  get price(): number {
    return this.bytes.getUint32(this.offset + 32) / 10000
  }

  set price(value: number) {
    this.bytes.setUint32(this.offset + 32, Math.round(value * 10000))
  }

  /** `price` in steps of 0.0001, exact. */
  get priceMantissa(): number {
    return this.bytes.getUint32(this.offset + 32)
  }

  set priceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 32, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 36)
    bytes.setUint8(offset, OrderExecutedWithPriceView.CODE)
    writeText(bytes, offset + 31, 1, '')
    return this.wrap(bytes, offset, 36)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<OrderExecutedWithPriceObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.orderReferenceNumber !== undefined)
      this.orderReferenceNumber = fields.orderReferenceNumber
    if (fields.shares !== undefined) this.shares = fields.shares
    if (fields.matchNumber !== undefined) this.matchNumber = fields.matchNumber
    if (fields.printable !== undefined) this.printable = fields.printable
    if (fields.price !== undefined) this.price = fields.price
    if (fields.priceText !== undefined) {
      const mantissa = parseDecimal(fields.priceText, 4)
      this.priceMantissa = Number(mantissa)
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): OrderExecutedWithPriceObject {
    return {
      type: 'orderExecutedWithPrice',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      orderReferenceNumber: exactUint64(this.bytes, this.offset + 11, false),
      shares: this.shares,
      matchNumber: exactUint64(this.bytes, this.offset + 23, false),
      printable: this.printable,
      price: this.price,
      priceText: decimalText(this.priceMantissa, 4),
    }
  }
}
