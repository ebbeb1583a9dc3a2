// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { writeText, writeUint48, writeZeros } from '../value/write.js'

/** A phase of the day begins or ends (`S`). As a plain object. */
export interface SystemEventObject {
  type: 'systemEvent'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  eventCode: string
}

/**
 * A phase of the day begins or ends (`S`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  char     eventCode
 * ```
 */
export class SystemEventView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 12
  /** The type that stands in the message. */
  static readonly CODE = 0x53

  /** Tells the messages of a protocol apart. */
  get type(): 'systemEvent' {
    return 'systemEvent'
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

  /**
   * The field eventCode: char at byte 11. `O` start of messages, `S` start of system hours, `Q`
   * start of market hours, `M` end of market hours, `E` end of system hours, `C` end of messages.
   */
  get eventCode(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 11))
  }

  set eventCode(value: string) {
    this.bytes.setUint8(this.offset + 11, value.charCodeAt(0))
  }

  /** The character of `eventCode` as a number. */
  get eventCodeCode(): number {
    return this.bytes.getUint8(this.offset + 11)
  }

  set eventCodeCode(value: number) {
    this.bytes.setUint8(this.offset + 11, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 12)
    bytes.setUint8(offset, SystemEventView.CODE)
    writeText(bytes, offset + 11, 1, '')
    return this.wrap(bytes, offset, 12)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<SystemEventObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.eventCode !== undefined) this.eventCode = fields.eventCode
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): SystemEventObject {
    return {
      type: 'systemEvent',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      eventCode: this.eventCode,
    }
  }
}
