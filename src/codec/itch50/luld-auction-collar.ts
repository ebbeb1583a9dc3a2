// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { shortText } from '../value/short-text.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** Bounds of the auction after a pause (`J`). As a plain object. */
export interface LuldAuctionCollarObject {
  type: 'luldAuctionCollar'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  stock: string
  auctionCollarReferencePrice: number
  auctionCollarReferencePriceText: string
  upperAuctionCollarPrice: number
  upperAuctionCollarPriceText: string
  lowerAuctionCollarPrice: number
  lowerAuctionCollarPriceText: string
  auctionCollarExtension: number
}

/**
 * Bounds of the auction after a pause (`J`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[8]  stock
 *     19  u32      auctionCollarReferencePrice, steps of 0.0001
 *     23  u32      upperAuctionCollarPrice, steps of 0.0001
 *     27  u32      lowerAuctionCollarPrice, steps of 0.0001
 *     31  u32      auctionCollarExtension
 * ```
 */
export class LuldAuctionCollarView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 35
  /** The type that stands in the message. */
  static readonly CODE = 0x4a

  /** Tells the messages of a protocol apart. */
  get type(): 'luldAuctionCollar' {
    return 'luldAuctionCollar'
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

  /**
   * The field auctionCollarReferencePrice: u32 at byte 19, steps of 0.0001. As the nearest number.
   */
  get auctionCollarReferencePrice(): number {
    return this.bytes.getUint32(this.offset + 19) / 10000
  }

  set auctionCollarReferencePrice(value: number) {
    this.bytes.setUint32(this.offset + 19, Math.round(value * 10000))
  }

  /** `auctionCollarReferencePrice` in steps of 0.0001, exact. */
  get auctionCollarReferencePriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  set auctionCollarReferencePriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 19, value)
  }

  /** The field upperAuctionCollarPrice: u32 at byte 23, steps of 0.0001. As the nearest number. */
  get upperAuctionCollarPrice(): number {
    return this.bytes.getUint32(this.offset + 23) / 10000
  }

  set upperAuctionCollarPrice(value: number) {
    this.bytes.setUint32(this.offset + 23, Math.round(value * 10000))
  }

  /** `upperAuctionCollarPrice` in steps of 0.0001, exact. */
  get upperAuctionCollarPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 23)
  }

  set upperAuctionCollarPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 23, value)
  }

  /** The field lowerAuctionCollarPrice: u32 at byte 27, steps of 0.0001. As the nearest number. */
  get lowerAuctionCollarPrice(): number {
    return this.bytes.getUint32(this.offset + 27) / 10000
  }

  set lowerAuctionCollarPrice(value: number) {
    this.bytes.setUint32(this.offset + 27, Math.round(value * 10000))
  }

  /** `lowerAuctionCollarPrice` in steps of 0.0001, exact. */
  get lowerAuctionCollarPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 27)
  }

  set lowerAuctionCollarPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 27, value)
  }

  /** Extensions so far: u32 at byte 31. */
  get auctionCollarExtension(): number {
    return this.bytes.getUint32(this.offset + 31)
  }

  set auctionCollarExtension(value: number) {
    this.bytes.setUint32(this.offset + 31, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 35)
    bytes.setUint8(offset, LuldAuctionCollarView.CODE)
    writeText(bytes, offset + 11, 8, '')
    return this.wrap(bytes, offset, 35)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<LuldAuctionCollarObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.auctionCollarReferencePrice !== undefined)
      this.auctionCollarReferencePrice = fields.auctionCollarReferencePrice
    if (fields.auctionCollarReferencePriceText !== undefined) {
      const mantissa = parseDecimal(fields.auctionCollarReferencePriceText, 4)
      this.auctionCollarReferencePriceMantissa = Number(mantissa)
    }
    if (fields.upperAuctionCollarPrice !== undefined)
      this.upperAuctionCollarPrice = fields.upperAuctionCollarPrice
    if (fields.upperAuctionCollarPriceText !== undefined) {
      const mantissa = parseDecimal(fields.upperAuctionCollarPriceText, 4)
      this.upperAuctionCollarPriceMantissa = Number(mantissa)
    }
    if (fields.lowerAuctionCollarPrice !== undefined)
      this.lowerAuctionCollarPrice = fields.lowerAuctionCollarPrice
    if (fields.lowerAuctionCollarPriceText !== undefined) {
      const mantissa = parseDecimal(fields.lowerAuctionCollarPriceText, 4)
      this.lowerAuctionCollarPriceMantissa = Number(mantissa)
    }
    if (fields.auctionCollarExtension !== undefined)
      this.auctionCollarExtension = fields.auctionCollarExtension
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): LuldAuctionCollarObject {
    return {
      type: 'luldAuctionCollar',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      stock: this.stock,
      auctionCollarReferencePrice: this.auctionCollarReferencePrice,
      auctionCollarReferencePriceText: decimalText(this.auctionCollarReferencePriceMantissa, 4),
      upperAuctionCollarPrice: this.upperAuctionCollarPrice,
      upperAuctionCollarPriceText: decimalText(this.upperAuctionCollarPriceMantissa, 4),
      lowerAuctionCollarPrice: this.lowerAuctionCollarPrice,
      lowerAuctionCollarPriceText: decimalText(this.lowerAuctionCollarPriceMantissa, 4),
      auctionCollarExtension: this.auctionCollarExtension,
    }
  }
}
