// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** A market-wide circuit breaker level was breached (`W`). As a plain object. */
export interface MwcbStatusObject {
  type: 'mwcbStatus'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  breachedLevel: string
}

/**
 * A market-wide circuit breaker level was breached (`W`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char     breachedLevel
 * ```
 */
export class MwcbStatusView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 12
  /** The type that stands in the message. */
  static readonly CODE = 0x57

  /** Tells the messages of a protocol apart. */
  get type(): 'mwcbStatus' {
    return 'mwcbStatus'
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

  /** The field breachedLevel: char at byte 11. `1` level 1, `2` level 2, `3` level 3. */
  get breachedLevel(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 11))
  }

  set breachedLevel(value: string) {
    this.bytes.setUint8(this.offset + 11, value.charCodeAt(0))
  }

  /** The character of `breachedLevel` as a number. */
  get breachedLevelCode(): number {
    return this.bytes.getUint8(this.offset + 11)
  }

  set breachedLevelCode(value: number) {
    this.bytes.setUint8(this.offset + 11, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 12)
    bytes.setUint8(offset, MwcbStatusView.CODE)
    writeText(bytes, offset + 11, 1, '')
    return this.wrap(bytes, offset, 12)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<MwcbStatusObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.breachedLevel !== undefined) this.breachedLevel = fields.breachedLevel
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): MwcbStatusObject {
    return {
      type: 'mwcbStatus',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      breachedLevel: this.breachedLevel,
    }
  }
}
