// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { TWO_POW_32 } from '../../foundation/units.js'
import { MessageView } from '../../wire/message-view.js'
import { exactUint64 } from '../value/exact.js'
import { writeInt64, writeUint48, writeZeros } from '../value/write.js'

/** An execution is broken (`B`). As a plain object. */
export interface BrokenTradeObject {
  type: 'brokenTrade'
  stockLocate: number
  trackingNumber: number
  timestamp: number
  matchNumber: number | bigint
}

/**
 * An execution is broken (`B`).
 *
 * ```
 *   byte
 *      1  u16      stockLocate
 *      3  u16      trackingNumber
 *      5  u48      timestamp, nanoseconds since midnight
 *     11  u64      matchNumber
 * ```
 */
export class BrokenTradeView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 19
  /** The type that stands in the message. */
  static readonly CODE = 0x42

  /** Tells the messages of a protocol apart. */
  get type(): 'brokenTrade' {
    return 'brokenTrade'
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
   * The execution, by which it may be broken: u64 at byte 11. Exact below 2^53, else the nearest
   * number.
   */
  get matchNumber(): number {
    const high = this.bytes.getUint32(this.offset + 11)
    return high * TWO_POW_32 + this.bytes.getUint32(this.offset + 15)
  }

  set matchNumber(value: number | bigint) {
    writeInt64(this.bytes, this.offset + 11, value, false)
  }

  /** High 32 bits of `matchNumber`. */
  get matchNumberHigh(): number {
    return this.bytes.getUint32(this.offset + 11)
  }

  set matchNumberHigh(value: number) {
    this.bytes.setUint32(this.offset + 11, value)
  }

  /** Low 32 bits of `matchNumber`, unsigned. */
  get matchNumberLow(): number {
    return this.bytes.getUint32(this.offset + 15)
  }

  set matchNumberLow(value: number) {
    this.bytes.setUint32(this.offset + 15, value)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 19)
    bytes.setUint8(offset, BrokenTradeView.CODE)
    return this.wrap(bytes, offset, 19)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<BrokenTradeObject>): this {
    if (fields.stockLocate !== undefined) this.stockLocate = fields.stockLocate
    if (fields.trackingNumber !== undefined) this.trackingNumber = fields.trackingNumber
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.matchNumber !== undefined) this.matchNumber = fields.matchNumber
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): BrokenTradeObject {
    return {
      type: 'brokenTrade',
      stockLocate: this.stockLocate,
      trackingNumber: this.trackingNumber,
      timestamp: this.timestamp,
      matchNumber: exactUint64(this.bytes, this.offset + 11, false),
    }
  }
}
