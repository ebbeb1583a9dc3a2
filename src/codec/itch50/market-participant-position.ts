// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { readText, shortText } from '../value/short-text.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** Standing of a market maker in an instrument (`L`). As a plain object. */
export interface MarketParticipantPositionObject {
  type: 'marketParticipantPosition'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  mpid: string
  stock: string
  primaryMarketMaker: string
  marketMakerMode: string
  marketParticipantState: string
}

/**
 * Standing of a market maker in an instrument (`L`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[4]  mpid
 *     15  char[8]  stock
 *     23  char     primaryMarketMaker
 *     24  char     marketMakerMode
 *     25  char     marketParticipantState
 * ```
 */
export class MarketParticipantPositionView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 26
  /** The type that stands in the message. */
  static readonly CODE = 0x4c

  /** Tells the messages of a protocol apart. */
  get type(): 'marketParticipantPosition' {
    return 'marketParticipantPosition'
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

  /** The market participant: 4 characters at byte 11. Without its padding. */
  get mpid(): string {
    return readText(this.bytes, this.offset + 11, 4)
  }

  set mpid(value: string) {
    writeText(this.bytes, this.offset + 11, 4, value)
  }

  /** Symbol of the instrument: 8 characters at byte 15. Without its padding. */
  get stock(): string {
    const high = this.bytes.getUint32(this.offset + 15)
    return shortText(high, this.bytes.getUint32(this.offset + 19))
  }

  set stock(value: string) {
    writeText(this.bytes, this.offset + 15, 8, value)
  }

  /** The first four characters of `stock` as a big-endian number, for keys. */
  get stockHigh(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  /** The last four characters of `stock` as a big-endian number, for keys. */
  get stockLow(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  /** The field primaryMarketMaker: char at byte 23. `Y` yes, `N` no. */
  get primaryMarketMaker(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 23))
  }

  set primaryMarketMaker(value: string) {
    this.bytes.setUint8(this.offset + 23, value.charCodeAt(0))
  }

  /** The character of `primaryMarketMaker` as a number. */
  get primaryMarketMakerCode(): number {
    return this.bytes.getUint8(this.offset + 23)
  }

  set primaryMarketMakerCode(value: number) {
    this.bytes.setUint8(this.offset + 23, value)
  }

  /**
   * The field marketMakerMode: char at byte 24. `N` normal, `P` passive, `S` syndicate, `R`
   * pre-syndicate, `L` penalty.
   */
  get marketMakerMode(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 24))
  }

  set marketMakerMode(value: string) {
    this.bytes.setUint8(this.offset + 24, value.charCodeAt(0))
  }

  /** The character of `marketMakerMode` as a number. */
  get marketMakerModeCode(): number {
    return this.bytes.getUint8(this.offset + 24)
  }

  set marketMakerModeCode(value: number) {
    this.bytes.setUint8(this.offset + 24, value)
  }

  /**
   * The field marketParticipantState: char at byte 25. `A` active, `E` excused, `W` withdrawn, `S`
   * suspended, `D` deleted.
   */
  get marketParticipantState(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 25))
  }

  set marketParticipantState(value: string) {
    this.bytes.setUint8(this.offset + 25, value.charCodeAt(0))
  }

  /** The character of `marketParticipantState` as a number. */
  get marketParticipantStateCode(): number {
    return this.bytes.getUint8(this.offset + 25)
  }

  set marketParticipantStateCode(value: number) {
    this.bytes.setUint8(this.offset + 25, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 26)
    bytes.setUint8(offset, MarketParticipantPositionView.CODE)
    writeText(bytes, offset + 11, 4, '')
    writeText(bytes, offset + 15, 8, '')
    writeText(bytes, offset + 23, 1, '')
    writeText(bytes, offset + 24, 1, '')
    writeText(bytes, offset + 25, 1, '')
    return this.wrap(bytes, offset, 26)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<MarketParticipantPositionObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.mpid !== undefined) this.mpid = fields.mpid
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.primaryMarketMaker !== undefined) this.primaryMarketMaker = fields.primaryMarketMaker
    if (fields.marketMakerMode !== undefined) this.marketMakerMode = fields.marketMakerMode
    if (fields.marketParticipantState !== undefined)
      this.marketParticipantState = fields.marketParticipantState
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): MarketParticipantPositionObject {
    return {
      type: 'marketParticipantPosition',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      mpid: this.mpid,
      stock: this.stock,
      primaryMarketMaker: this.primaryMarketMaker,
      marketMakerMode: this.marketMakerMode,
      marketParticipantState: this.marketParticipantState,
    }
  }
}
