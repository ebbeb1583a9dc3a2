// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeUint48, writeZeros } from '../value/write.js'

/** Bounds and time of the first price of a direct listing (`O`). As a plain object. */
export interface DirectListingObject {
  type: 'directListing'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  stock: string
  openEligibilityStatus: string
  minimumAllowablePrice: number
  minimumAllowablePriceText: string
  maximumAllowablePrice: number
  maximumAllowablePriceText: string
  nearExecutionPrice: number
  nearExecutionPriceText: string
  nearExecutionTime: number | bigint
  lowerPriceRangeCollar: number
  lowerPriceRangeCollarText: string
  upperPriceRangeCollar: number
  upperPriceRangeCollarText: string
}

/**
 * Bounds and time of the first price of a direct listing (`O`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[8]  stock
 *     19  char     openEligibilityStatus
 *     20  u32      minimumAllowablePrice, steps of 0.0001
 *     24  u32      maximumAllowablePrice, steps of 0.0001
 *     28  u32      nearExecutionPrice, steps of 0.0001
 *     32  u64      nearExecutionTime, nanoseconds since midnight
 *     40  u32      lowerPriceRangeCollar, steps of 0.0001
 *     44  u32      upperPriceRangeCollar, steps of 0.0001
 * ```
 */
export class DirectListingView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 48
  /** The type that stands in the message. */
  static readonly CODE = 0x4f

  /** Tells the messages of a protocol apart. */
  get type(): 'directListing' {
    return 'directListing'
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

  /** The field openEligibilityStatus: char at byte 19. `Y` yes, `N` no. */
  get openEligibilityStatus(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 19))
  }

  set openEligibilityStatus(value: string) {
    this.bytes.setUint8(this.offset + 19, value.charCodeAt(0))
  }

  /** The character of `openEligibilityStatus` as a number. */
  get openEligibilityStatusCode(): number {
    return this.bytes.getUint8(this.offset + 19)
  }

  set openEligibilityStatusCode(value: number) {
    this.bytes.setUint8(this.offset + 19, value)
  }

  /** The field minimumAllowablePrice: u32 at byte 20, steps of 0.0001. As the nearest number. */
  get minimumAllowablePrice(): number {
    return this.bytes.getUint32(this.offset + 20) / 10000
  }

  set minimumAllowablePrice(value: number) {
    this.bytes.setUint32(this.offset + 20, Math.round(value * 10000))
  }

  /** `minimumAllowablePrice` in steps of 0.0001, exact. */
  get minimumAllowablePriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 20)
  }

  set minimumAllowablePriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 20, value)
  }

  /** The field maximumAllowablePrice: u32 at byte 24, steps of 0.0001. As the nearest number. */
  get maximumAllowablePrice(): number {
    return this.bytes.getUint32(this.offset + 24) / 10000
  }

  set maximumAllowablePrice(value: number) {
    this.bytes.setUint32(this.offset + 24, Math.round(value * 10000))
  }

  /** `maximumAllowablePrice` in steps of 0.0001, exact. */
  get maximumAllowablePriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 24)
  }

  set maximumAllowablePriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 24, value)
  }

  /** The field nearExecutionPrice: u32 at byte 28, steps of 0.0001. As the nearest number. */
  get nearExecutionPrice(): number {
    return this.bytes.getUint32(this.offset + 28) / 10000
  }

  set nearExecutionPrice(value: number) {
    this.bytes.setUint32(this.offset + 28, Math.round(value * 10000))
  }

  /** `nearExecutionPrice` in steps of 0.0001, exact. */
  get nearExecutionPriceMantissa(): number {
    return this.bytes.getUint32(this.offset + 28)
  }

  set nearExecutionPriceMantissa(value: number) {
    this.bytes.setUint32(this.offset + 28, value)
  }

  /**
   * The field nearExecutionTime: u64 at byte 32, nanoseconds since midnight. Exact below 2^53, else
   * the nearest number.
   */
  get nearExecutionTime(): number {
    const high = this.bytes.getUint32(this.offset + 32)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 36)
  }

  set nearExecutionTime(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 32, value, false)
  }

  /** High 32 bits of `nearExecutionTime`. */
  get nearExecutionTimeHigh(): number {
    return this.bytes.getUint32(this.offset + 32)
  }

  set nearExecutionTimeHigh(value: number) {
    this.bytes.setUint32(this.offset + 32, value)
  }

  /** Low 32 bits of `nearExecutionTime`, unsigned. */
  get nearExecutionTimeLow(): number {
    return this.bytes.getUint32(this.offset + 36)
  }

  set nearExecutionTimeLow(value: number) {
    this.bytes.setUint32(this.offset + 36, value)
  }

  /** The field lowerPriceRangeCollar: u32 at byte 40, steps of 0.0001. As the nearest number. */
  get lowerPriceRangeCollar(): number {
    return this.bytes.getUint32(this.offset + 40) / 10000
  }

  set lowerPriceRangeCollar(value: number) {
    this.bytes.setUint32(this.offset + 40, Math.round(value * 10000))
  }

  /** `lowerPriceRangeCollar` in steps of 0.0001, exact. */
  get lowerPriceRangeCollarMantissa(): number {
    return this.bytes.getUint32(this.offset + 40)
  }

  set lowerPriceRangeCollarMantissa(value: number) {
    this.bytes.setUint32(this.offset + 40, value)
  }

  /** The field upperPriceRangeCollar: u32 at byte 44, steps of 0.0001. As the nearest number. */
  get upperPriceRangeCollar(): number {
    return this.bytes.getUint32(this.offset + 44) / 10000
  }

  set upperPriceRangeCollar(value: number) {
    this.bytes.setUint32(this.offset + 44, Math.round(value * 10000))
  }

  /** `upperPriceRangeCollar` in steps of 0.0001, exact. */
  get upperPriceRangeCollarMantissa(): number {
    return this.bytes.getUint32(this.offset + 44)
  }

  set upperPriceRangeCollarMantissa(value: number) {
    this.bytes.setUint32(this.offset + 44, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 48)
    bytes.setUint8(offset, DirectListingView.CODE)
    writeText(bytes, offset + 11, 8, '')
    writeText(bytes, offset + 19, 1, '')
    return this.wrap(bytes, offset, 48)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<DirectListingObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.openEligibilityStatus !== undefined)
      this.openEligibilityStatus = fields.openEligibilityStatus
    if (fields.minimumAllowablePrice !== undefined)
      this.minimumAllowablePrice = fields.minimumAllowablePrice
    if (fields.minimumAllowablePriceText !== undefined) {
      const mantissa = parseDecimal(fields.minimumAllowablePriceText, 4)
      this.minimumAllowablePriceMantissa = Number(mantissa)
    }
    if (fields.maximumAllowablePrice !== undefined)
      this.maximumAllowablePrice = fields.maximumAllowablePrice
    if (fields.maximumAllowablePriceText !== undefined) {
      const mantissa = parseDecimal(fields.maximumAllowablePriceText, 4)
      this.maximumAllowablePriceMantissa = Number(mantissa)
    }
    if (fields.nearExecutionPrice !== undefined) this.nearExecutionPrice = fields.nearExecutionPrice
    if (fields.nearExecutionPriceText !== undefined) {
      const mantissa = parseDecimal(fields.nearExecutionPriceText, 4)
      this.nearExecutionPriceMantissa = Number(mantissa)
    }
    if (fields.nearExecutionTime !== undefined) this.nearExecutionTime = fields.nearExecutionTime
    if (fields.lowerPriceRangeCollar !== undefined)
      this.lowerPriceRangeCollar = fields.lowerPriceRangeCollar
    if (fields.lowerPriceRangeCollarText !== undefined) {
      const mantissa = parseDecimal(fields.lowerPriceRangeCollarText, 4)
      this.lowerPriceRangeCollarMantissa = Number(mantissa)
    }
    if (fields.upperPriceRangeCollar !== undefined)
      this.upperPriceRangeCollar = fields.upperPriceRangeCollar
    if (fields.upperPriceRangeCollarText !== undefined) {
      const mantissa = parseDecimal(fields.upperPriceRangeCollarText, 4)
      this.upperPriceRangeCollarMantissa = Number(mantissa)
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): DirectListingObject {
    return {
      type: 'directListing',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      stock: this.stock,
      openEligibilityStatus: this.openEligibilityStatus,
      minimumAllowablePrice: this.minimumAllowablePrice,
      minimumAllowablePriceText: decimalText(this.minimumAllowablePriceMantissa, 4),
      maximumAllowablePrice: this.maximumAllowablePrice,
      maximumAllowablePriceText: decimalText(this.maximumAllowablePriceMantissa, 4),
      nearExecutionPrice: this.nearExecutionPrice,
      nearExecutionPriceText: decimalText(this.nearExecutionPriceMantissa, 4),
      nearExecutionTime: exactUint64(this.bytes, this.offset + 32, false),
      lowerPriceRangeCollar: this.lowerPriceRangeCollar,
      lowerPriceRangeCollarText: decimalText(this.lowerPriceRangeCollarMantissa, 4),
      upperPriceRangeCollar: this.upperPriceRangeCollar,
      upperPriceRangeCollarText: decimalText(this.upperPriceRangeCollarMantissa, 4),
    }
  }
}
