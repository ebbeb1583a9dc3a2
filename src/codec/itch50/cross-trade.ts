// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeUint48, writeZeros } from '../value/write.js'

/** The result of a cross (`Q`). As a plain object. */
export interface CrossTradeObject {
  type: 'crossTrade'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  shares: number | bigint
  stock: string
  price: number
  priceText: string
  matchNumber: number | bigint
  crossType: string
}

/**
 * The result of a cross (`Q`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      shares
 *     19  char[8]  stock
 *     27  u32      price, steps of 0.0001
 *     31  u64      matchNumber
 *     39  char     crossType
 * ```
 */
export class CrossTradeView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 40
  /** The type that stands in the message. */
  static readonly CODE = 0x51

  /** Tells the messages of a protocol apart. */
  get type(): 'crossTrade' {
    return 'crossTrade'
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

  /** Shares matched: u64 at byte 11. Exact below 2^53, else the nearest number. */
  get shares(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)
  }

  set shares(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 11, value, false)
  }

  /** High 32 bits of `shares`. */
  get sharesHigh(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  set sharesHigh(value: number) {
    this.bytes.setUint32(this.offset + 11, value)
  }

  /** Low 32 bits of `shares`, unsigned. */
  get sharesLow(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  set sharesLow(value: number) {
    this.bytes.setUint32(this.offset + 15, value)
  }

  /** Symbol of the instrument: 8 characters at byte 19. Without its padding. */
  get stock(): string {
    const high = this.bytes.getUint32(this.offset + 19)
    return shortText(high, this.bytes.getUint32(this.offset + 23))
  }

  set stock(value: string) {
    writeText(this.bytes, this.offset + 19, 8, value)
  }

  /** The first four characters of `stock` as a big-endian number, for keys. */
  get stockHigh(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  /** The last four characters of `stock` as a big-endian number, for keys. */
  get stockLow(): number {
    return this.bytes.getUint32(this.offset + 23)
  }

  /** The field price: u32 at byte 27, steps of 0.0001. As the nearest number. */
  get price(): number {
    return this.bytes.getUint32(this.offset + 27) / 10000
  }

  set price(value: number) {
    this.bytes.setUint32(this.offset + 27, Math.round(value * 10000))
  }

  /** `price` in steps of 0.0001, exact. */
  get priceMantissa(): number {
    return this.bytes.getUint32(this.offset + 27)
  }

  set priceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 27, value)
  }

  /**
   * The execution, by which it may be broken: u64 at byte 31. Exact below 2^53, else the nearest
   * number.
   */
  get matchNumber(): number {
    const high = this.bytes.getUint32(this.offset + 31)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 35)
  }

  set matchNumber(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 31, value, false)
  }

  /** High 32 bits of `matchNumber`. */
  get matchNumberHigh(): number {
    return this.bytes.getUint32(this.offset + 31)
  }

  set matchNumberHigh(value: number) {
    this.bytes.setUint32(this.offset + 31, value)
  }

  /** Low 32 bits of `matchNumber`, unsigned. */
  get matchNumberLow(): number {
    return this.bytes.getUint32(this.offset + 35)
  }

  set matchNumberLow(value: number) {
    this.bytes.setUint32(this.offset + 35, value)
  }

  /**
   * The field crossType: char at byte 39. `O` opening, `C` closing, `H` after a halt, or of an
   * initial offering, `I` within the day, `A` extended trading close.
   */
  get crossType(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 39))
  }

  set crossType(value: string) {
    this.bytes.setUint8(this.offset + 39, value.charCodeAt(0))
  }

  /** The character of `crossType` as a number. */
  get crossTypeCode(): number {
    return this.bytes.getUint8(this.offset + 39)
  }

  set crossTypeCode(value: number) {
    this.bytes.setUint8(this.offset + 39, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 40)
    bytes.setUint8(offset, CrossTradeView.CODE)
    writeText(bytes, offset + 19, 8, '')
    writeText(bytes, offset + 39, 1, '')
    return this.wrap(bytes, offset, 40)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<CrossTradeObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.shares !== undefined) this.shares = fields.shares
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.price !== undefined) this.price = fields.price
    if (fields.priceText !== undefined) {
      const mantissa = parseDecimal(fields.priceText, 4)
      this.priceMantissa = Number(mantissa)
    }
    if (fields.matchNumber !== undefined) this.matchNumber = fields.matchNumber
    if (fields.crossType !== undefined) this.crossType = fields.crossType
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): CrossTradeObject {
    return {
      type: 'crossTrade',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      shares: exactUint64(this.bytes, this.offset + 11, false),
      stock: this.stock,
      price: this.price,
      priceText: decimalText(this.priceMantissa, 4),
      matchNumber: exactUint64(this.bytes, this.offset + 31, false),
      crossType: this.crossType,
    }
  }
}
