// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { readText, shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeUint48, writeZeros } from '../value/write.js'

/** A new order is displayed, and whose it is (`F`). As a plain object. */
export interface AddOrderWithMpidObject {
  type: 'addOrderWithMpid'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  orderReferenceNumber: number | bigint
  side: string
  shares: number
  stock: string
  price: number
  priceText: string
  mpid: string
}

/**
 * A new order is displayed, and whose it is (`F`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      orderReferenceNumber
 *     19  char     side
 *     20  u32      shares
 *     24  char[8]  stock
 *     32  u32      price, steps of 0.0001
 *     36  char[4]  mpid
 * ```
 */
export class AddOrderWithMpidView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 40
  /** The type that stands in the message. */
  static readonly CODE = 0x46

  /** Tells the messages of a protocol apart. */
  get type(): 'addOrderWithMpid' {
    return 'addOrderWithMpid'
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

  /** The field side: char at byte 19. `B` buy, `S` sell. */
  get side(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 19))
  }

  set side(value: string) {
    this.bytes.setUint8(this.offset + 19, value.charCodeAt(0))
  }

  /** The character of `side` as a number. */
  get sideCode(): number {
    return this.bytes.getUint8(this.offset + 19)
  }

  set sideCode(value: number) {
    this.bytes.setUint8(this.offset + 19, value)
  }

  /** Shares displayed: u32 at byte 20. */
  get shares(): number {
    return this.bytes.getUint32(this.offset + 20)
  }

  set shares(value: number) {
    this.bytes.setUint32(this.offset + 20, value)
  }

  /** Symbol of the instrument: 8 characters at byte 24. Without its padding. */
  get stock(): string {
    const high = this.bytes.getUint32(this.offset + 24)
    return shortText(high, this.bytes.getUint32(this.offset + 28))
  }

  set stock(value: string) {
    writeText(this.bytes, this.offset + 24, 8, value)
  }

  /** The first four characters of `stock` as a big-endian number, for keys. */
  get stockHigh(): number {
    return this.bytes.getUint32(this.offset + 24)
  }

  /** The last four characters of `stock` as a big-endian number, for keys. */
  get stockLow(): number {
    return this.bytes.getUint32(this.offset + 28)
  }

  /** The field price: u32 at byte 32, steps of 0.0001. As the nearest number. */
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

  /** The market participant: 4 characters at byte 36. Without its padding. */
  get mpid(): string {
    return readText(this.bytes, this.offset + 36, 4)
  }

  set mpid(value: string) {
    writeText(this.bytes, this.offset + 36, 4, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 40)
    bytes.setUint8(offset, AddOrderWithMpidView.CODE)
    writeText(bytes, offset + 19, 1, '')
    writeText(bytes, offset + 24, 8, '')
    writeText(bytes, offset + 36, 4, '')
    return this.wrap(bytes, offset, 40)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<AddOrderWithMpidObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.orderReferenceNumber !== undefined)
      this.orderReferenceNumber = fields.orderReferenceNumber
    if (fields.side !== undefined) this.side = fields.side
    if (fields.shares !== undefined) this.shares = fields.shares
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.price !== undefined) this.price = fields.price
    if (fields.priceText !== undefined) {
      const mantissa = parseDecimal(fields.priceText, 4)
      this.priceMantissa = Number(mantissa)
    }
    if (fields.mpid !== undefined) this.mpid = fields.mpid
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): AddOrderWithMpidObject {
    return {
      type: 'addOrderWithMpid',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      orderReferenceNumber: exactUint64(this.bytes, this.offset + 11, false),
      side: this.side,
      shares: this.shares,
      stock: this.stock,
      price: this.price,
      priceText: decimalText(this.priceMantissa, 4),
      mpid: this.mpid,
    }
  }
}
