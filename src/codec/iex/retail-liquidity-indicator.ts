// Made by `npm run generate` from the field tables in src/codec/tables. Do not edit.
import { type SessionEpoch, sinceEpochNs } from '../../foundation/clock.js'
import { MessageView } from '../../wire/message-view.js'
import { shortText } from '../value/short-text.js'
import { writeInt64, writeText, writeZeros } from '../value/write.js'

/** Retail interest on one side or both (`I`). As a plain object. */
export interface RetailLiquidityIndicatorObject {
  type: 'retailLiquidityIndicator'
  retailLiquidityIndicator: string
  timestamp: bigint
  symbol: string
}

/**
 * Retail interest on one side or both (`I`).
 *
 * ```
 *   byte
 *      1  char     retailLiquidityIndicator
 *      2  i64      timestamp, nanoseconds since 1970
 *     10  char[8]  symbol
 * ```
 */
export class RetailLiquidityIndicatorView extends MessageView {
  /** Bytes of the message as far as it is known; the wire may bring more. */
  static readonly LENGTH = 18
  /** The type that stands in the message. */
  static readonly CODE = 0x49

  /** Tells the messages of a protocol apart. */
  get type(): 'retailLiquidityIndicator' {
    return 'retailLiquidityIndicator'
  }

  /** The field retailLiquidityIndicator: char at byte 1. ` ` none, `A` buy, `B` sell, `C` both. */
  get retailLiquidityIndicator(): string {
    return String.fromCharCode(this.bytes.getUint8(this.offset + 1))
  }

  set retailLiquidityIndicator(value: string) {
    this.bytes.setUint8(this.offset + 1, value.charCodeAt(0))
  }

  /** The character of `retailLiquidityIndicator` as a number. */
  get retailLiquidityIndicatorCode(): number {
    return this.bytes.getUint8(this.offset + 1)
  }

  set retailLiquidityIndicatorCode(value: number) {
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

  /** `timestamp` in nanoseconds since a session epoch: exact within 104 days of it. */
  timestampSince(epoch: SessionEpoch): number {
    return sinceEpochNs(epoch, this.timestampHigh, this.timestampLow)
  }

  /**
   * Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks.
   * Returns the view, whose setters fill in the rest.
   */
  init(bytes: DataView, offset = 0): this {
    writeZeros(bytes, offset, 18)
    bytes.setUint8(offset, RetailLiquidityIndicatorView.CODE)
    writeText(bytes, offset + 1, 1, '')
    writeText(bytes, offset + 10, 8, '')
    return this.wrap(bytes, offset, 18)
  }

  /** Sets the fields that are given. The text of a decimal goes before its number. */
  assign(fields: Partial<RetailLiquidityIndicatorObject>): this {
    if (fields.retailLiquidityIndicator !== undefined)
      this.retailLiquidityIndicator = fields.retailLiquidityIndicator
    if (fields.timestamp !== undefined) this.timestamp = fields.timestamp
    if (fields.symbol !== undefined) this.symbol = fields.symbol
    return this
  }

  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */
  toObject(): RetailLiquidityIndicatorObject {
    return {
      type: 'retailLiquidityIndicator',
      retailLiquidityIndicator: this.retailLiquidityIndicator,
      timestamp: this.timestamp,
      symbol: this.symbol,
    }
  }
}
