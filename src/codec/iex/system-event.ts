// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { MessageView } from '../../wire/message-view.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** A phase of the day begins or ends (`S`). As a plain object. */
export interface SystemEventObject {
  type: 'systemEvent'
  systemEvent: string
  timestamp: bigint
}

/**
 * A phase of the day begins or ends (`S`).
 *
 * ```
 *   byte
 *      1  char     systemEvent
 *      2  i64      timestamp, nanoseconds since 1970
 * ```
 */
export class SystemEventView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 10
  /** The type that stands in the message. */
  static readonly CODE = 0x53

  /** Tells the messages of a protocol apart. */
  get type(): 'systemEvent' {
    return 'systemEvent'
  }

  /**
   * The field systemEvent: char at byte 1. `O` start of messages, `S` start of system hours, `R`
   * start of regular market hours, `M` end of regular market hours, `E` end of system hours, `C`
   * end of messages.
   */
  get systemEvent(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 1))
  }

  set systemEvent(value: string) {
    this.bytes.setUint8(this.offset + 1, value.charCodeAt(0))
  }

  /** The character of `systemEvent` as a number. */
  get systemEventCode(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set systemEventCode(value: number) {
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

  /** `timestamp` in nanoseconds since a session epoch: exact within 104 days of it. */
  timestampSince(epoch: SessionEpoch): number {
    return sinceEpochNs(epoch, this.timestampHigh, this.timestampLow)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 10)
    bytes.setUint8(offset, SystemEventView.CODE)
    writeText(bytes, offset + 1, 1, '')
    return this.wrap(bytes, offset, 10)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<SystemEventObject>): this {
    if (fields.systemEvent !== undefined) this.systemEvent = fields.systemEvent
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): SystemEventObject {
    return {
      type: 'systemEvent',
      systemEvent: this.systemEvent,
      timestamp: this.timestamp,
    }
  }
}
