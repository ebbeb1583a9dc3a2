// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { shortText } from '../value/short-text.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** An instrument is halted on one of the operator's markets (`h`). As a plain object. */
export interface OperationalHaltObject {
  type: 'operationalHalt'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  stock: string
  marketCode: string
  operationalHaltAction: string
}

/**
 * An instrument is halted on one of the operator's markets (`h`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char[8]  stock
 *     19  char     marketCode
 *     20  char     operationalHaltAction
 * ```
 */
export class OperationalHaltView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 21
  /** The type that stands in the message. */
  static readonly CODE = 0x68

  /** Tells the messages of a protocol apart. */
  get type(): 'operationalHalt' {
    return 'operationalHalt'
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

  /** The field marketCode: char at byte 19. `Q` Nasdaq, `B` BX, `X` PSX. */
  get marketCode(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 19))
  }

  set marketCode(value: string) {
    this.bytes.setUint8(this.offset + 19, value.charCodeAt(0))
  }

  /** The character of `marketCode` as a number. */
  get marketCodeCode(): number {
    return this.bytes.getUint8(this.offset + 19)
  }

  set marketCodeCode(value: number) {
    this.bytes.setUint8(this.offset + 19, value)
  }

  /** The field operationalHaltAction: char at byte 20. `H` halted, `T` lifted. */
  get operationalHaltAction(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 20))
  }

  set operationalHaltAction(value: string) {
    this.bytes.setUint8(this.offset + 20, value.charCodeAt(0))
  }

  /** The character of `operationalHaltAction` as a number. */
  get operationalHaltActionCode(): number {
    return this.bytes.getUint8(this.offset + 20)
  }

  set operationalHaltActionCode(value: number) {
    this.bytes.setUint8(this.offset + 20, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 21)
    bytes.setUint8(offset, OperationalHaltView.CODE)
    writeText(bytes, offset + 11, 8, '')
    writeText(bytes, offset + 19, 1, '')
    writeText(bytes, offset + 20, 1, '')
    return this.wrap(bytes, offset, 21)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<OperationalHaltObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.stock !== undefined) this.stock = fields.stock
    if (fields.marketCode !== undefined) this.marketCode = fields.marketCode
    if (fields.operationalHaltAction !== undefined)
      this.operationalHaltAction = fields.operationalHaltAction
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): OperationalHaltObject {
    return {
      type: 'operationalHalt',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      stock: this.stock,
      marketCode: this.marketCode,
      operationalHaltAction: this.operationalHaltAction,
    }
  }
}
