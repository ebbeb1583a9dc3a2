// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { readText, shortText } from '../value/short-text.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** What is known of an instrument, before the open (`R`). As a plain object. */
export interface StockDirectoryObject {
  type: 'stockDirectory'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  stock: string
  marketCategory: string
  financialStatusIndicator: string
  roundLotSize: number
  roundLotsOnly: string
  issueClassification: string
  issueSubType: string
  authenticity: string
  shortSaleThresholdIndicator: string
  ipoFlag: string
  luldReferencePriceTier: string
  etpFlag: string
  etpLeverageFactor: number
  inverseIndicator: string
}

/**
 * What is known of an instrument, before the open (`R`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[8]  stock
 *     19  char     marketCategory
 *     20  char     financialStatusIndicator
 *     21  u32      roundLotSize
 *     25  char     roundLotsOnly
 *     26  char     issueClassification
 *     27  char[2]  issueSubType
 *     29  char     authenticity
 *     30  char     shortSaleThresholdIndicator
 *     31  char     ipoFlag
 *     32  char     luldReferencePriceTier
 *     33  char     etpFlag
 *     34  u32      etpLeverageFactor
 *     38  char     inverseIndicator
 * ```
 */
export class StockDirectoryView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 39
  /** The type that stands in the message. */
  static readonly CODE = 0x52

  /** Tells the messages of a protocol apart. */
  get type(): 'stockDirectory' {
    return 'stockDirectory'
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
   * The field marketCategory: char at byte 19. `Q` Nasdaq Global Select, `G` Nasdaq Global Market,
   * `S` Nasdaq Capital Market, `N` New York Stock Exchange, `A` NYSE American, `P` NYSE Arca, `Z`
   * Cboe BZX, `V` IEX, ` ` not available.
   */
  get marketCategory(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 19))
  }

  set marketCategory(value: string) {
    this.bytes.setUint8(this.offset + 19, value.charCodeAt(0))
  }

  /** The character of `marketCategory` as a number. */
  get marketCategoryCode(): number {
    return this.bytes.getUint8(this.offset + 19)
  }

  set marketCategoryCode(value: number) {
    this.bytes.setUint8(this.offset + 19, value)
  }

  /**
   * The field financialStatusIndicator: char at byte 20. `D` deficient, `E` delinquent, `Q`
   * bankrupt, `S` suspended, `G` deficient and bankrupt, `H` deficient and delinquent, `J`
   * delinquent and bankrupt, `K` deficient, delinquent and bankrupt, `C` creations or redemptions
   * suspended, `N` normal, ` ` not available.
   */
  get financialStatusIndicator(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 20))
  }

  set financialStatusIndicator(value: string) {
    this.bytes.setUint8(this.offset + 20, value.charCodeAt(0))
  }

  /** The character of `financialStatusIndicator` as a number. */
  get financialStatusIndicatorCode(): number {
    return this.bytes.getUint8(this.offset + 20)
  }

  set financialStatusIndicatorCode(value: number) {
    this.bytes.setUint8(this.offset + 20, value)
  }

  /** Shares in a round lot: u32 at byte 21. */
  get roundLotSize(): number {
    return this.bytes.getUint32(this.offset + 21)
  }

  set roundLotSize(value: number) {
    this.bytes.setUint32(this.offset + 21, value)
  }

  /** The field roundLotsOnly: char at byte 25. `Y` yes, `N` no. */
  get roundLotsOnly(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 25))
  }

  set roundLotsOnly(value: string) {
    this.bytes.setUint8(this.offset + 25, value.charCodeAt(0))
  }

  /** The character of `roundLotsOnly` as a number. */
  get roundLotsOnlyCode(): number {
    return this.bytes.getUint8(this.offset + 25)
  }

  set roundLotsOnlyCode(value: number) {
    this.bytes.setUint8(this.offset + 25, value)
  }

  /** Class of the security: char at byte 26. */
  get issueClassification(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 26))
  }

  set issueClassification(value: string) {
    this.bytes.setUint8(this.offset + 26, value.charCodeAt(0))
  }

  /** The character of `issueClassification` as a number. */
  get issueClassificationCode(): number {
    return this.bytes.getUint8(this.offset + 26)
  }

  set issueClassificationCode(value: number) {
    this.bytes.setUint8(this.offset + 26, value)
  }

  /** Kind of the security: 2 characters at byte 27. Without its padding. */
  get issueSubType(): string {
    return readText(this.bytes, this.offset + 27, 2)
  }

  set issueSubType(value: string) {
    writeText(this.bytes, this.offset + 27, 2, value)
  }

  /** The field authenticity: char at byte 29. `P` live, `T` test. */
  get authenticity(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 29))
  }

  set authenticity(value: string) {
    this.bytes.setUint8(this.offset + 29, value.charCodeAt(0))
  }

  /** The character of `authenticity` as a number. */
  get authenticityCode(): number {
    return this.bytes.getUint8(this.offset + 29)
  }

  set authenticityCode(value: number) {
    this.bytes.setUint8(this.offset + 29, value)
  }

  /**
   * The field shortSaleThresholdIndicator: char at byte 30. `Y` yes, `N` no, ` ` not applicable.
   */
  get shortSaleThresholdIndicator(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 30))
  }

  set shortSaleThresholdIndicator(value: string) {
    this.bytes.setUint8(this.offset + 30, value.charCodeAt(0))
  }

  /** The character of `shortSaleThresholdIndicator` as a number. */
  get shortSaleThresholdIndicatorCode(): number {
    return this.bytes.getUint8(this.offset + 30)
  }

  set shortSaleThresholdIndicatorCode(value: number) {
    this.bytes.setUint8(this.offset + 30, value)
  }

  /** The field ipoFlag: char at byte 31. `Y` yes, `N` no, ` ` not applicable. */
  get ipoFlag(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 31))
  }

  set ipoFlag(value: string) {
    this.bytes.setUint8(this.offset + 31, value.charCodeAt(0))
  }

  /** The character of `ipoFlag` as a number. */
  get ipoFlagCode(): number {
    return this.bytes.getUint8(this.offset + 31)
  }

  set ipoFlagCode(value: number) {
    this.bytes.setUint8(this.offset + 31, value)
  }

  /**
   * The field luldReferencePriceTier: char at byte 32. `1` tier 1, `2` tier 2, ` ` not applicable.
   */
  get luldReferencePriceTier(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 32))
  }

  set luldReferencePriceTier(value: string) {
    this.bytes.setUint8(this.offset + 32, value.charCodeAt(0))
  }

  /** The character of `luldReferencePriceTier` as a number. */
  get luldReferencePriceTierCode(): number {
    return this.bytes.getUint8(this.offset + 32)
  }

  set luldReferencePriceTierCode(value: number) {
    this.bytes.setUint8(this.offset + 32, value)
  }

  /** The field etpFlag: char at byte 33. `Y` yes, `N` no, ` ` not applicable. */
  get etpFlag(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 33))
  }

  set etpFlag(value: string) {
    this.bytes.setUint8(this.offset + 33, value.charCodeAt(0))
  }

  /** The character of `etpFlag` as a number. */
  get etpFlagCode(): number {
    return this.bytes.getUint8(this.offset + 33)
  }

  set etpFlagCode(value: number) {
    this.bytes.setUint8(this.offset + 33, value)
  }

  /** The field etpLeverageFactor: u32 at byte 34. */
  get etpLeverageFactor(): number {
    return this.bytes.getUint32(this.offset + 34)
  }

  set etpLeverageFactor(value: number) {
    this.bytes.setUint32(this.offset + 34, value)
  }

  /** The field inverseIndicator: char at byte 38. `Y` yes, `N` no. */
  get inverseIndicator(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 38))
  }

  set inverseIndicator(value: string) {
    this.bytes.setUint8(this.offset + 38, value.charCodeAt(0))
  }

  /** The character of `inverseIndicator` as a number. */
  get inverseIndicatorCode(): number {
    return this.bytes.getUint8(this.offset + 38)
  }

  set inverseIndicatorCode(value: number) {
    this.bytes.setUint8(this.offset + 38, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 39)
    bytes.setUint8(offset, StockDirectoryView.CODE)
    writeText(bytes, offset + 11, 8, '')
    writeText(bytes, offset + 19, 1, '')
    writeText(bytes, offset + 20, 1, '')
    writeText(bytes, offset + 25, 1, '')
    writeText(bytes, offset + 26, 1, '')
    writeText(bytes, offset + 27, 2, '')
    writeText(bytes, offset + 29, 1, '')
    writeText(bytes, offset + 30, 1, '')
    writeText(bytes, offset + 31, 1, '')
    writeText(bytes, offset + 32, 1, '')
    writeText(bytes, offset + 33, 1, '')
    writeText(bytes, offset + 38, 1, '')
    return this.wrap(bytes, offset, 39)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<StockDirectoryObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.marketCategory !== undefined) this.marketCategory = fields.marketCategory
    if (fields.financialStatusIndicator !== undefined)
      this.financialStatusIndicator = fields.financialStatusIndicator
    if (fields.roundLotSize !== undefined) this.roundLotSize = fields.roundLotSize
    if (fields.roundLotsOnly !== undefined) this.roundLotsOnly = fields.roundLotsOnly
    if (fields.issueClassification !== undefined)
      this.issueClassification = fields.issueClassification
    if (fields.issueSubType !== undefined) this.issueSubType = fields.issueSubType
    if (fields.authenticity !== undefined) this.authenticity = fields.authenticity
    if (fields.shortSaleThresholdIndicator !== undefined)
      this.shortSaleThresholdIndicator = fields.shortSaleThresholdIndicator
    if (fields.ipoFlag !== undefined) this.ipoFlag = fields.ipoFlag
    if (fields.luldReferencePriceTier !== undefined)
      this.luldReferencePriceTier = fields.luldReferencePriceTier
    if (fields.etpFlag !== undefined) this.etpFlag = fields.etpFlag
    if (fields.etpLeverageFactor !== undefined) this.etpLeverageFactor = fields.etpLeverageFactor
    if (fields.inverseIndicator !== undefined) this.inverseIndicator = fields.inverseIndicator
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): StockDirectoryObject {
    return {
      type: 'stockDirectory',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      stock: this.stock,
      marketCategory: this.marketCategory,
      financialStatusIndicator: this.financialStatusIndicator,
      roundLotSize: this.roundLotSize,
      roundLotsOnly: this.roundLotsOnly,
      issueClassification: this.issueClassification,
      issueSubType: this.issueSubType,
      authenticity: this.authenticity,
      shortSaleThresholdIndicator: this.shortSaleThresholdIndicator,
      ipoFlag: this.ipoFlag,
      luldReferencePriceTier: this.luldReferencePriceTier,
      etpFlag: this.etpFlag,
      etpLeverageFactor: this.etpLeverageFactor,
      inverseIndicator: this.inverseIndicator,
    }
  }
}
