// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeUint48, writeZeros } from '../value/write.js'

/** What a coming cross would do (`I`). As a plain object. */
export interface NetOrderImbalanceObject {
  type: 'netOrderImbalance'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  pairedShares: number | bigint
  imbalanceShares: number | bigint
  imbalanceDirection: string
  stock: string
  farPrice: number
  farPriceText: string
  nearPrice: number
  nearPriceText: string
  currentReferencePrice: number
  currentReferencePriceText: string
  crossType: string
  priceVariationIndicator: string
}

/**
 * What a coming cross would do (`I`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      pairedShares
 *     19  u64      imbalanceShares
 *     27  char     imbalanceDirection
 *     28  char[8]  stock
 *     36  u32      farPrice, steps of 0.0001
 *     40  u32      nearPrice, steps of 0.0001
 *     44  u32      currentReferencePrice, steps of 0.0001
 *     48  char     crossType
 *     49  char     priceVariationIndicator
 * ```
 */
export class NetOrderImbalanceView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 50
  /** The type that stands in the message. */
  static readonly CODE = 0x49

  /** Tells the messages of a protocol apart. */
  get type(): 'netOrderImbalance' {
    return 'netOrderImbalance'
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

  /** The field pairedShares: u64 at byte 11. Exact below 2^53, else the nearest number. */
  get pairedShares(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)
  }

  set pairedShares(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 11, value, false)
  }

  /** High 32 bits of `pairedShares`. */
  get pairedSharesHigh(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  set pairedSharesHigh(value: number) {
    this.bytes.setUint32(this.offset + 11, value)
  }

  /** Low 32 bits of `pairedShares`, unsigned. */
  get pairedSharesLow(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  set pairedSharesLow(value: number) {
    this.bytes.setUint32(this.offset + 15, value)
  }

  /** The field imbalanceShares: u64 at byte 19. Exact below 2^53, else the nearest number. */
  get imbalanceShares(): number {
    const high = this.bytes.getUint32(this.offset + 19)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 23)
  }

  set imbalanceShares(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 19, value, false)
  }

  /** High 32 bits of `imbalanceShares`. */
  get imbalanceSharesHigh(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  set imbalanceSharesHigh(value: number) {
    this.bytes.setUint32(this.offset + 19, value)
  }

  /** Low 32 bits of `imbalanceShares`, unsigned. */
  get imbalanceSharesLow(): number {
    return this.bytes.getUint32(this.offset + 23)
  }

  set imbalanceSharesLow(value: number) {
    this.bytes.setUint32(this.offset + 23, value)
  }

  /**
   * The field imbalanceDirection: char at byte 27. `B` buy, `S` sell, `N` none, `O` too few orders,
   * `P` paused.
   */
  get imbalanceDirection(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 27))
  }

  set imbalanceDirection(value: string) {
    this.bytes.setUint8(this.offset + 27, value.charCodeAt(0))
  }

  /** The character of `imbalanceDirection` as a number. */
  get imbalanceDirectionCode(): number {
    return this.bytes.getUint8(this.offset + 27)
  }

  set imbalanceDirectionCode(value: number) {
    this.bytes.setUint8(this.offset + 27, value)
  }

  /** Symbol of the instrument: 8 characters at byte 28. Without its padding. */
  get stock(): string {
    const high = this.bytes.getUint32(this.offset + 28)
    return shortText(high, this.bytes.getUint32(this.offset + 32))
  }

  set stock(value: string) {
    writeText(this.bytes, this.offset + 28, 8, value)
  }

  /** The first four characters of `stock` as a big-endian number, for keys. */
  get stockHigh(): number {
    return this.bytes.getUint32(this.offset + 28)
  }

  /** The last four characters of `stock` as a big-endian number, for keys. */
  get stockLow(): number {
    return this.bytes.getUint32(this.offset + 32)
  }

  /** The field farPrice: u32 at byte 36, steps of 0.0001. As the nearest number. */
  get farPrice(): number {
    return this.bytes.getUint32(this.offset + 36) / 10000
  }

  set farPrice(value: number) {
    this.bytes.setUint32(this.offset + 36, Math.round(value * 10000))
  }

  /** `farPrice` in steps of 0.0001, exact. */
  get farPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 36)
  }

  set farPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 36, value)
  }

  /** The field nearPrice: u32 at byte 40, steps of 0.0001. As the nearest number. */
  get nearPrice(): number {
    return this.bytes.getUint32(this.offset + 40) / 10000
  }

  set nearPrice(value: number) {
    this.bytes.setUint32(this.offset + 40, Math.round(value * 10000))
  }

  /** `nearPrice` in steps of 0.0001, exact. */
  get nearPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 40)
  }

  set nearPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 40, value)
  }

  /** The field currentReferencePrice: u32 at byte 44, steps of 0.0001. As the nearest number. */
  get currentReferencePrice(): number {
    return this.bytes.getUint32(this.offset + 44) / 10000
  }

  set currentReferencePrice(value: number) {
    this.bytes.setUint32(this.offset + 44, Math.round(value * 10000))
  }

  /** `currentReferencePrice` in steps of 0.0001, exact. */
  get currentReferencePriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 44)
  }

  set currentReferencePriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 44, value)
  }

  /**
   * The field crossType: char at byte 48. `O` opening, `C` closing, `H` after a halt, or of an
   * initial offering, `I` within the day, `A` extended trading close.
   */
  get crossType(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 48))
  }

  set crossType(value: string) {
    this.bytes.setUint8(this.offset + 48, value.charCodeAt(0))
  }

  /** The character of `crossType` as a number. */
  get crossTypeCode(): number {
    return this.bytes.getUint8(this.offset + 48)
  }

  set crossTypeCode(value: number) {
    this.bytes.setUint8(this.offset + 48, value)
  }

  /** How far the near price is from the reference: char at byte 49. */
  get priceVariationIndicator(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 49))
  }

  set priceVariationIndicator(value: string) {
    this.bytes.setUint8(this.offset + 49, value.charCodeAt(0))
  }

  /** The character of `priceVariationIndicator` as a number. */
  get priceVariationIndicatorCode(): number {
    return this.bytes.getUint8(this.offset + 49)
  }

  set priceVariationIndicatorCode(value: number) {
    this.bytes.setUint8(this.offset + 49, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 50)
    bytes.setUint8(offset, NetOrderImbalanceView.CODE)
    writeText(bytes, offset + 27, 1, '')
    writeText(bytes, offset + 28, 8, '')
    writeText(bytes, offset + 48, 1, '')
    writeText(bytes, offset + 49, 1, '')
    return this.wrap(bytes, offset, 50)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<NetOrderImbalanceObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.pairedShares !== undefined) this.pairedShares = fields.pairedShares
    if (fields.imbalanceShares !== undefined) this.imbalanceShares = fields.imbalanceShares
    if (fields.imbalanceDirection !== undefined) this.imbalanceDirection = fields.imbalanceDirection
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.farPrice !== undefined) this.farPrice = fields.farPrice
    if (fields.farPriceText !== undefined) {
      const mantissa = parseDecimal(fields.farPriceText, 4)
      this.farPriceMantissa = Number(mantissa)
    }
    if (fields.nearPrice !== undefined) this.nearPrice = fields.nearPrice
    if (fields.nearPriceText !== undefined) {
      const mantissa = parseDecimal(fields.nearPriceText, 4)
      this.nearPriceMantissa = Number(mantissa)
    }
    if (fields.currentReferencePrice !== undefined)
      this.currentReferencePrice = fields.currentReferencePrice
    if (fields.currentReferencePriceText !== undefined) {
      const mantissa = parseDecimal(fields.currentReferencePriceText, 4)
      this.currentReferencePriceMantissa = Number(mantissa)
    }
    if (fields.crossType !== undefined) this.crossType = fields.crossType
    if (fields.priceVariationIndicator !== undefined)
      this.priceVariationIndicator = fields.priceVariationIndicator
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): NetOrderImbalanceObject {
    return {
      type: 'netOrderImbalance',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      pairedShares: exactUint64(this.bytes, this.offset + 11, false),
      imbalanceShares: exactUint64(this.bytes, this.offset + 19, false),
      imbalanceDirection: this.imbalanceDirection,
      stock: this.stock,
      farPrice: this.farPrice,
      farPriceText: decimalText(this.farPriceMantissa, 4),
      nearPrice: this.nearPrice,
      nearPriceText: decimalText(this.nearPriceMantissa, 4),
      currentReferencePrice: this.currentReferencePrice,
      currentReferencePriceText: decimalText(this.currentReferencePriceMantissa, 4),
      crossType: this.crossType,
      priceVariationIndicator: this.priceVariationIndicator,
    }
  }
}
