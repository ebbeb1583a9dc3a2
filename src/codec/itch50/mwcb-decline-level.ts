// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { decimalText, parseDecimal } from '../value/decimal.js'
import { exactUint64 } from '../value/exact.js'
import { writeInt64, writeUint48, writeZeros } from '../value/write.js'

/** Index levels that stop the whole market today (`V`). As a plain object. */
export interface MwcbDeclineLevelObject {
  type: 'mwcbDeclineLevel'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  level1: number
  level1Text: string
  level2: number
  level2Text: string
  level3: number
  level3Text: string
}

/**
 * Index levels that stop the whole market today (`V`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      level1, steps of 0.00000001
 *     19  u64      level2, steps of 0.00000001
 *     27  u64      level3, steps of 0.00000001
 * ```
 */
export class MwcbDeclineLevelView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 35
  /** The type that stands in the message. */
  static readonly CODE = 0x56

  /** Tells the messages of a protocol apart. */
  get type(): 'mwcbDeclineLevel' {
    return 'mwcbDeclineLevel'
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

  /** The field level1: u64 at byte 11, steps of 0.00000001. As the nearest number. */
  get level1(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)) / 100000000
  }

  set level1(value: number) {
    writeInt64(this.bytes, this.offset + 11, Math.round(value * 100000000), false)
  }

  /** `level1` in steps of 0.00000001: exact below 2^53, else the nearest number. */
  get level1Mantissa(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)
  }

  set level1Mantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 11, value, false)
  }

  /** High 32 bits of `level1Mantissa`. */
  get level1High(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  set level1High(value: number) {
    this.bytes.setUint32(this.offset + 11, value)
  }

  /** Low 32 bits of `level1Mantissa`, unsigned. */
  get level1Low(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  set level1Low(value: number) {
    this.bytes.setUint32(this.offset + 15, value)
  }

  /** The field level2: u64 at byte 19, steps of 0.00000001. As the nearest number. */
  get level2(): number {
    const high = this.bytes.getUint32(this.offset + 19)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 23)) / 100000000
  }

  set level2(value: number) {
    writeInt64(this.bytes, this.offset + 19, Math.round(value * 100000000), false)
  }

  /** `level2` in steps of 0.00000001: exact below 2^53, else the nearest number. */
  get level2Mantissa(): number {
    const high = this.bytes.getUint32(this.offset + 19)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 23)
  }

  set level2Mantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 19, value, false)
  }

  /** High 32 bits of `level2Mantissa`. */
  get level2High(): number {
    return this.bytes.getUint32(this.offset + 19)
  }

  set level2High(value: number) {
    this.bytes.setUint32(this.offset + 19, value)
  }

  /** Low 32 bits of `level2Mantissa`, unsigned. */
  get level2Low(): number {
    return this.bytes.getUint32(this.offset + 23)
  }

  set level2Low(value: number) {
    this.bytes.setUint32(this.offset + 23, value)
  }

  /** The field level3: u64 at byte 27, steps of 0.00000001. As the nearest number. */
  get level3(): number {
    const high = this.bytes.getUint32(this.offset + 27)
    return (high * TWO_POW_32 + this.bytes.getUint32(this.offset + 31)) / 100000000
  }

  set level3(value: number) {
    writeInt64(this.bytes, this.offset + 27, Math.round(value * 100000000), false)
  }

  /** `level3` in steps of 0.00000001: exact below 2^53, else the nearest number. */
  get level3Mantissa(): number {
    const high = this.bytes.getUint32(this.offset + 27)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 31)
  }

  set level3Mantissa(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 27, value, false)
  }

  /** High 32 bits of `level3Mantissa`. */
  get level3High(): number {
    return this.bytes.getUint32(this.offset + 27)
  }

  set level3High(value: number) {
    this.bytes.setUint32(this.offset + 27, value)
  }

  /** Low 32 bits of `level3Mantissa`, unsigned. */
  get level3Low(): number {
    return this.bytes.getUint32(this.offset + 31)
  }

  set level3Low(value: number) {
    this.bytes.setUint32(this.offset + 31, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 35)
    bytes.setUint8(offset, MwcbDeclineLevelView.CODE)
    return this.wrap(bytes, offset, 35)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<MwcbDeclineLevelObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.level1 !== undefined) this.level1 = fields.level1
    if (fields.level1Text !== undefined) {
      const mantissa = parseDecimal(fields.level1Text, 8)
      this.level1Mantissa = mantissa
    }
    if (fields.level2 !== undefined) this.level2 = fields.level2
    if (fields.level2Text !== undefined) {
      const mantissa = parseDecimal(fields.level2Text, 8)
      this.level2Mantissa = mantissa
    }
    if (fields.level3 !== undefined) this.level3 = fields.level3
    if (fields.level3Text !== undefined) {
      const mantissa = parseDecimal(fields.level3Text, 8)
      this.level3Mantissa = mantissa
    }
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): MwcbDeclineLevelObject {
    return {
      type: 'mwcbDeclineLevel',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      level1: this.level1,
      level1Text: decimalText(exactUint64(this.bytes, this.offset + 11, false), 8),
      level2: this.level2,
      level2Text: decimalText(exactUint64(this.bytes, this.offset + 19, false), 8),
      level3: this.level3,
      level3Text: decimalText(exactUint64(this.bytes, this.offset + 27, false), 8),
    }
  }
}
