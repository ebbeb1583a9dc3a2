// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactInt64 } from '../value/exact.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** What a coming auction would do (`A`). As a plain object. */
export interface AuctionInformationObject {
  type: 'auctionInformation'
  auctionType: string
  timestamp: bigint
  symbol: string
  pairedShares: number
  referencePrice: number
  referencePriceText: string
  indicativeClearingPrice: number
  indicativeClearingPriceText: string
  imbalanceShares: number
  imbalanceSide: string
  extensionNumber: number
  scheduledAuctionTime: number
  auctionBookClearingPrice: number
  auctionBookClearingPriceText: string
  collarReferencePrice: number
  collarReferencePriceText: string
  lowerAuctionCollar: number
  lowerAuctionCollarText: string
  upperAuctionCollar: number
  upperAuctionCollarText: string
}

/**
 * What a coming auction would do (`A`).
 *
 * ```
 *   byte
 *      1  char     auctionType
 *      2  i64      timestamp, nanoseconds since 1970
 *     10  char[8]  symbol
 *     18  u32      pairedShares
 *     22  i64      referencePrice, steps of 0.0001
 *     30  i64      indicativeClearingPrice, steps of 0.0001
 *     38  u32      imbalanceShares
 *     42  char     imbalanceSide
 *     43  u8       extensionNumber
 *     44  u32      scheduledAuctionTime, seconds since 1970
 *     48  i64      auctionBookClearingPrice, steps of 0.0001
 *     56  i64      collarReferencePrice, steps of 0.0001
 *     64  i64      lowerAuctionCollar, steps of 0.0001
 *     72  i64      upperAuctionCollar, steps of 0.0001
 * ```
 */
export class AuctionInformationView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 80
  /** The type that stands in the message. */
  static readonly CODE = 0x41

  /** Tells the messages of a protocol apart. */
  get type(): 'auctionInformation' {
    return 'auctionInformation'
  }

  /**
   * The field auctionType: char at byte 1. `O` opening, `C` closing, `I` initial offering, `H`
   * after a halt, `V` after a volatility pause.
   */
  get auctionType(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 1))
  }

  set auctionType(value: string) {
    this.bytes.setUint8(this.offset + 1, value.charCodeAt(0))
  }

  /** The character of `auctionType` as a number. */
  get auctionTypeCode(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set auctionTypeCode(value: number) {
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

  /** The field pairedShares: u32 at byte 18. */
  get pairedShares(): number {
    return this.bytes.getUint32(this.offset + 18, true)
  }

  set pairedShares(value: number) {
    this.bytes.setUint32(this.offset + 18, value, true)
  }

  /** The field referencePrice: i64 at byte 22, steps of 0.0001. As the nearest number. */
  get referencePrice(): number {
    const high = this.bytes.getInt32(this.offset + 26, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 22, true)) / 10000
  }

  set referencePrice(value: number) {
    writeInt64(this.bytes, this.offset + 22, Math.round(value * 10000), true)
  }

  /** `referencePrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get referencePriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 26, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 22, true)
  }

  set referencePriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 22, value, true)
  }

  /** High 32 bits of `referencePriceMantissa`. */
  get referencePriceHigh(): number {
    return this.bytes.getInt32(this.offset + 26, true)
  }

  set referencePriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 26, value, true)
  }

  /** Low 32 bits of `referencePriceMantissa`, unsigned. */
  get referencePriceLow(): number {
    return this.bytes.getUint32(this.offset + 22, true)
  }

  set referencePriceLow(value: number) {
    this.bytes.setUint32(this.offset + 22, value, true)
  }

  /** The field indicativeClearingPrice: i64 at byte 30, steps of 0.0001. As the nearest number. */
  get indicativeClearingPrice(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)) / 10000
  }

  set indicativeClearingPrice(value: number) {
    writeInt64(this.bytes, this.offset + 30, Math.round(value * 10000), true)
  }

  /** `indicativeClearingPrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get indicativeClearingPriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 34, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 30, true)
  }

  set indicativeClearingPriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 30, value, true)
  }

  /** High 32 bits of `indicativeClearingPriceMantissa`. */
  get indicativeClearingPriceHigh(): number {
    return this.bytes.getInt32(this.offset + 34, true)
  }

  set indicativeClearingPriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 34, value, true)
  }

  /** Low 32 bits of `indicativeClearingPriceMantissa`, unsigned. */
  get indicativeClearingPriceLow(): number {
    return this.bytes.getUint32(this.offset + 30, true)
  }

  set indicativeClearingPriceLow(value: number) {
    this.bytes.setUint32(this.offset + 30, value, true)
  }

  /** The field imbalanceShares: u32 at byte 38. */
  get imbalanceShares(): number {
    return this.bytes.getUint32(this.offset + 38, true)
  }

  set imbalanceShares(value: number) {
    this.bytes.setUint32(this.offset + 38, value, true)
  }

  /** The field imbalanceSide: char at byte 42. `B` buy, `S` sell, `N` none. */
  get imbalanceSide(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 42))
  }

  set imbalanceSide(value: string) {
    this.bytes.setUint8(this.offset + 42, value.charCodeAt(0))
  }

  /** The character of `imbalanceSide` as a number. */
  get imbalanceSideCode(): number {
    return this.bytes.getUint8(this.offset + 42)
  }

  set imbalanceSideCode(value: number) {
    this.bytes.setUint8(this.offset + 42, value)
  }

  /** Extensions so far: u8 at byte 43. */
  get extensionNumber(): number {
    return this.bytes.getUint8(this.offset + 43)
  }

  set extensionNumber(value: number) {
    this.bytes.setUint8(this.offset + 43, value)
  }

  /** The field scheduledAuctionTime: u32 at byte 44, seconds since 1970. */
  get scheduledAuctionTime(): number {
    return this.bytes.getUint32(this.offset + 44, true)
  }

  set scheduledAuctionTime(value: number) {
    this.bytes.setUint32(this.offset + 44, value, true)
  }

  /** The field auctionBookClearingPrice: i64 at byte 48, steps of 0.0001. As the nearest number. */
  get auctionBookClearingPrice(): number {
    const high = this.bytes.getInt32(this.offset + 52, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 48, true)) / 10000
  }

  set auctionBookClearingPrice(value: number) {
    writeInt64(this.bytes, this.offset + 48, Math.round(value * 10000), true)
  }

  /** `auctionBookClearingPrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get auctionBookClearingPriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 52, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 48, true)
  }

  set auctionBookClearingPriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 48, value, true)
  }

  /** High 32 bits of `auctionBookClearingPriceMantissa`. */
  get auctionBookClearingPriceHigh(): number {
    return this.bytes.getInt32(this.offset + 52, true)
  }

  set auctionBookClearingPriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 52, value, true)
  }

  /** Low 32 bits of `auctionBookClearingPriceMantissa`, unsigned. */
  get auctionBookClearingPriceLow(): number {
    return this.bytes.getUint32(this.offset + 48, true)
  }

  set auctionBookClearingPriceLow(value: number) {
    this.bytes.setUint32(this.offset + 48, value, true)
  }

  /** The field collarReferencePrice: i64 at byte 56, steps of 0.0001. As the nearest number. */
  get collarReferencePrice(): number {
    const high = this.bytes.getInt32(this.offset + 60, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 56, true)) / 10000
  }

  set collarReferencePrice(value: number) {
    writeInt64(this.bytes, this.offset + 56, Math.round(value * 10000), true)
  }

  /** `collarReferencePrice` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get collarReferencePriceMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 60, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 56, true)
  }

  set collarReferencePriceMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 56, value, true)
  }

  /** High 32 bits of `collarReferencePriceMantissa`. */
  get collarReferencePriceHigh(): number {
    return this.bytes.getInt32(this.offset + 60, true)
  }

  set collarReferencePriceHigh(value: number) {
    this.bytes.setInt32(this.offset + 60, value, true)
  }

  /** Low 32 bits of `collarReferencePriceMantissa`, unsigned. */
  get collarReferencePriceLow(): number {
    return this.bytes.getUint32(this.offset + 56, true)
  }

  set collarReferencePriceLow(value: number) {
    this.bytes.setUint32(this.offset + 56, value, true)
  }

  /** The field lowerAuctionCollar: i64 at byte 64, steps of 0.0001. As the nearest number. */
  get lowerAuctionCollar(): number {
    const high = this.bytes.getInt32(this.offset + 68, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 64, true)) / 10000
  }

  set lowerAuctionCollar(value: number) {
    writeInt64(this.bytes, this.offset + 64, Math.round(value * 10000), true)
  }

  /** `lowerAuctionCollar` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get lowerAuctionCollarMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 68, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 64, true)
  }

  set lowerAuctionCollarMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 64, value, true)
  }

  /** High 32 bits of `lowerAuctionCollarMantissa`. */
  get lowerAuctionCollarHigh(): number {
    return this.bytes.getInt32(this.offset + 68, true)
  }

  set lowerAuctionCollarHigh(value: number) {
    this.bytes.setInt32(this.offset + 68, value, true)
  }

  /** Low 32 bits of `lowerAuctionCollarMantissa`, unsigned. */
  get lowerAuctionCollarLow(): number {
    return this.bytes.getUint32(this.offset + 64, true)
  }

  set lowerAuctionCollarLow(value: number) {
    this.bytes.setUint32(this.offset + 64, value, true)
  }

  /** The field upperAuctionCollar: i64 at byte 72, steps of 0.0001. As the nearest number. */
  get upperAuctionCollar(): number {
    const high = this.bytes.getInt32(this.offset + 76, true)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 72, true)) / 10000
  }

  set upperAuctionCollar(value: number) {
    writeInt64(this.bytes, this.offset + 72, Math.round(value * 10000), true)
  }

  /** `upperAuctionCollar` in steps of 0.0001: exact below 2^53, else the nearest number. */
  get upperAuctionCollarMantissa(): number {
    const high = this.bytes.getInt32(this.offset + 76, true)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 72, true)
  }

  set upperAuctionCollarMantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 72, value, true)
  }

  /** High 32 bits of `upperAuctionCollarMantissa`. */
  get upperAuctionCollarHigh(): number {
    return this.bytes.getInt32(this.offset + 76, true)
  }

  set upperAuctionCollarHigh(value: number) {
    this.bytes.setInt32(this.offset + 76, value, true)
  }

  /** Low 32 bits of `upperAuctionCollarMantissa`, unsigned. */
  get upperAuctionCollarLow(): number {
    return this.bytes.getUint32(this.offset + 72, true)
  }

  set upperAuctionCollarLow(value: number) {
    this.bytes.setUint32(this.offset + 72, value, true)
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
    writeZeros(bytes, offset, 80)
    bytes.setUint8(offset, AuctionInformationView.CODE)
    writeText(bytes, offset + 1, 1, '')
    writeText(bytes, offset + 10, 8, '')
    writeText(bytes, offset + 42, 1, '')
    return this.wrap(bytes, offset, 80)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<AuctionInformationObject>): this {
    if (fields.auctionType !== undefined) this.auctionType = fields.auctionType
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.symbol !== undefined) this.symbol = fields.symbol
    if (fields.pairedShares !== undefined) this.pairedShares = fields.pairedShares
    if (fields.referencePrice !== undefined) this.referencePrice = fields.referencePrice
    if (fields.referencePriceText !== undefined) {
      const mantissa = parseDecimal(fields.referencePriceText, 4)
      this.referencePriceMantissa = mantissa
    }
    if (fields.indicativeClearingPrice !== undefined)
      this.indicativeClearingPrice = fields.indicativeClearingPrice
    if (fields.indicativeClearingPriceText !== undefined) {
      const mantissa = parseDecimal(fields.indicativeClearingPriceText, 4)
      this.indicativeClearingPriceMantissa = mantissa
    }
    if (fields.imbalanceShares !== undefined) this.imbalanceShares = fields.imbalanceShares
    if (fields.imbalanceSide !== undefined) this.imbalanceSide = fields.imbalanceSide
    if (fields.extensionNumber !== undefined) this.extensionNumber = fields.extensionNumber
    if (fields.scheduledAuctionTime !== undefined)
      this.scheduledAuctionTime = fields.scheduledAuctionTime
    if (fields.auctionBookClearingPrice !== undefined)
      this.auctionBookClearingPrice = fields.auctionBookClearingPrice
    if (fields.auctionBookClearingPriceText !== undefined) {
      const mantissa = parseDecimal(fields.auctionBookClearingPriceText, 4)
      this.auctionBookClearingPriceMantissa = mantissa
    }
    if (fields.collarReferencePrice !== undefined)
      this.collarReferencePrice = fields.collarReferencePrice
    if (fields.collarReferencePriceText !== undefined) {
      const mantissa = parseDecimal(fields.collarReferencePriceText, 4)
      this.collarReferencePriceMantissa = mantissa
    }
    if (fields.lowerAuctionCollar !== undefined) this.lowerAuctionCollar = fields.lowerAuctionCollar
    if (fields.lowerAuctionCollarText !== undefined) {
      const mantissa = parseDecimal(fields.lowerAuctionCollarText, 4)
      this.lowerAuctionCollarMantissa = mantissa
    }
    if (fields.upperAuctionCollar !== undefined) this.upperAuctionCollar = fields.upperAuctionCollar
    if (fields.upperAuctionCollarText !== undefined) {
      const mantissa = parseDecimal(fields.upperAuctionCollarText, 4)
      this.upperAuctionCollarMantissa = mantissa
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): AuctionInformationObject {
    return {
      type: 'auctionInformation',
      auctionType: this.auctionType,
      timestamp: this.timestamp,
      symbol: this.symbol,
      pairedShares: this.pairedShares,
      referencePrice: this.referencePrice,
      referencePriceText: decimalText(exactInt64(this.bytes, this.offset + 22, true), 4),
      indicativeClearingPrice: this.indicativeClearingPrice,
      indicativeClearingPriceText: decimalText(exactInt64(this.bytes, this.offset + 30, true), 4),
      imbalanceShares: this.imbalanceShares,
      imbalanceSide: this.imbalanceSide,
      extensionNumber: this.extensionNumber,
      scheduledAuctionTime: this.scheduledAuctionTime,
      auctionBookClearingPrice: this.auctionBookClearingPrice,
      auctionBookClearingPriceText: decimalText(exactInt64(this.bytes, this.offset + 48, true), 4),
      collarReferencePrice: this.collarReferencePrice,
      collarReferencePriceText: decimalText(exactInt64(this.bytes, this.offset + 56, true), 4),
      lowerAuctionCollar: this.lowerAuctionCollar,
      lowerAuctionCollarText: decimalText(exactInt64(this.bytes, this.offset + 64, true), 4),
      upperAuctionCollar: this.upperAuctionCollar,
      upperAuctionCollarText: decimalText(exactInt64(this.bytes, this.offset + 72, true), 4),
    }
  }
}
