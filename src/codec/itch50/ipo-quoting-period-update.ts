// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { shortText } from '../value/short-text.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** When quoting of an initial offering begins (`K`). As a plain object. */
export interface IpoQuotingPeriodUpdateObject {
  type: 'ipoQuotingPeriodUpdate'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  stock: string
  ipoQuotationReleaseTime: number
  ipoQuotationReleaseQualifier: string
  ipoPrice: number
  ipoPriceText: string
}

/**
 * When quoting of an initial offering begins (`K`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[8]  stock
 *     19  u32      ipoQuotationReleaseTime, seconds since midnight
 *     23  char     ipoQuotationReleaseQualifier
 *     24  u32      ipoPrice, steps of 0.0001
 * ```
 */
export class IpoQuotingPeriodUpdateView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 28
  /** The type that stands in the message. */
  static readonly CODE = 0x4b

  /** Tells the messages of a protocol apart. */
  get type(): 'ipoQuotingPeriodUpdate' {
    return 'ipoQuotingPeriodUpdate'
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

  /** Symbol of the instrument: 8 characters at byte 11. Without its padding. */
  get stock(): string {
    const high = this.bytes.getUint32(this.offset + 11)
    return shortText(high, this.bytes.getUint32(this.offset + 15))
  }

  set stock(value: string) {
    writeText(this.bytes, this.offset + 11, 8, value)
  }

  /** The first four characters of `stock` as a big-endian number, for keys. */
  get stockHigh(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  /** The last four characters of `stock` as a big-endian number, for keys. */
  get stockLow(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  /** The field ipoQuotationReleaseTime: u32 at byte 19, seconds since midnight. */
  get ipoQuotationReleaseTime(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  set ipoQuotationReleaseTime(value: number) {
    this.bytes.setUint32(this.offset + 19, value)
  }

  /**
   * The field ipoQuotationReleaseQualifier: char at byte 23. `A` anticipated, `C` cancelled or
   * postponed.
   */
  get ipoQuotationReleaseQualifier(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 23))
  }

  set ipoQuotationReleaseQualifier(value: string) {
    this.bytes.setUint8(this.offset + 23, value.charCodeAt(0))
  }

  /** The character of `ipoQuotationReleaseQualifier` as a number. */
  get ipoQuotationReleaseQualifierCode(): number {
    return this.bytes.getUint8(this.offset + 23)
  }

  set ipoQuotationReleaseQualifierCode(value: number) {
    this.bytes.setUint8(this.offset + 23, value)
  }

  /** The field ipoPrice: u32 at byte 24, steps of 0.0001. As the nearest number. */
  get ipoPrice(): number {
    return this.bytes.getUint32(this.offset + 24) / 10000
  }

  set ipoPrice(value: number) {
    this.bytes.setUint32(this.offset + 24, Math.round(value * 10000))
  }

  /** `ipoPrice` in steps of 0.0001, exact. */
  get ipoPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 24)
  }

  set ipoPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 24, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 28)
    bytes.setUint8(offset, IpoQuotingPeriodUpdateView.CODE)
    writeText(bytes, offset + 11, 8, '')
    writeText(bytes, offset + 23, 1, '')
    return this.wrap(bytes, offset, 28)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<IpoQuotingPeriodUpdateObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.ipoQuotationReleaseTime !== undefined)
      this.ipoQuotationReleaseTime = fields.ipoQuotationReleaseTime
    if (fields.ipoQuotationReleaseQualifier !== undefined)
      this.ipoQuotationReleaseQualifier = fields.ipoQuotationReleaseQualifier
    if (fields.ipoPrice !== undefined) this.ipoPrice = fields.ipoPrice
    if (fields.ipoPriceText !== undefined) {
      const mantissa = parseDecimal(fields.ipoPriceText, 4)
      this.ipoPriceMantissa = Number(mantissa)
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): IpoQuotingPeriodUpdateObject {
    return {
      type: 'ipoQuotingPeriodUpdate',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      stock: this.stock,
      ipoQuotationReleaseTime: this.ipoQuotationReleaseTime,
      ipoQuotationReleaseQualifier: this.ipoQuotationReleaseQualifier,
      ipoPrice: this.ipoPrice,
      ipoPriceText: decimalText(this.ipoPriceMantissa, 4),
    }
  }
}
