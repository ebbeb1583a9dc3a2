import type { MessageView } from '../../wire/message-view.js'
import {
  type Field,
  type FieldType,
  fieldBytes,
  type MessageTable,
  type ProtocolTable,
  type TimeUnit,
} from '../table/field-table.js'
import { decimalText } from '../value/decimal.js'
import { type ExactInteger, exactInt64, exactUint64 } from '../value/exact.js'
import { readText } from '../value/short-text.js'
import { readerOf } from './wire-readers.js'

/**
 * What the values of a column are.
 *
 * - `integer`: whole numbers; `bits` and `signed` say how large.
 * - `decimal`: whole steps of 10 to the power of -`decimals`.
 * - `time`: whole numbers that count as `unit` says.
 * - `float`: binary floating point.
 * - `code`: one character. `text`: characters; `bytes` says how many at most, 0 being any number.
 * - `nested`: a list or a group of values. Both `text` and `json` are JSON.
 */
export type ColumnKind = 'integer' | 'decimal' | 'time' | 'float' | 'code' | 'text' | 'nested'

/** Where a value stands in a message. */
export interface FieldPlace {
  /** Bytes from the message's beginning. */
  readonly offset: number
  readonly type: FieldType
  readonly little: boolean
}

/**
 * One field of a message as a column of a table, for JSON, CSV and Parquet. Made once; reads any
 * message of its kind. A reader shows one message at a time, so views come as arguments.
 */
export interface Column {
  /** The field's name. */
  readonly name: string
  readonly kind: ColumnKind
  /** Bytes on the wire; 0 where that differs from message to message. */
  readonly bytes: number
  /** Bits of a number on the wire; 0 for what is no number. */
  readonly bits: number
  readonly signed: boolean
  /** Decimal places of a `decimal`, else null. */
  readonly decimals: number | null
  /** What a `time` counts, else null. */
  readonly unit: TimeUnit | null
  /** Whether some messages have no value here. */
  readonly nullable: boolean
  /** One sentence, or empty. */
  readonly doc: string
  /** Where every message of its kind has the value; undefined where that differs between messages. */
  readonly place: FieldPlace | undefined

  /** Whether this message has no value here. Nothing else may be asked then. */
  isNull(view: MessageView): boolean
  /**
   * The number, a decimal's whole steps, a code's character code. The nearest beyond 2^53. NaN for
   * what is no number.
   */
  number(view: MessageView): number
  /** The same, always exact: a bigint beyond 2^53. */
  exact(view: MessageView): ExactInteger
  /** The value as people write it, exactly: `9.7`, `18446744073709551615`, `B`, `AAPL`. */
  text(view: MessageView): string
  /**
   * The value as JSON text: decimals are exact numbers, integers beyond 2^53 and all nanoseconds are
   * strings, null is `null`.
   */
  json(view: MessageView): string
}

/** The columns of one message of a protocol, in wire order. */
export function columnsOf(table: ProtocolTable, message: MessageTable): readonly Column[] {
  return message.fields
    .filter((field) => field.reserved !== true)
    .map((field) => new FieldColumn(field, table.byteOrder === 'little'))
}

/** The column of a field that every message of its kind has. */
class FieldColumn implements Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly bytes: number
  readonly bits: number
  readonly signed: boolean
  readonly decimals: number | null
  readonly unit: TimeUnit | null
  readonly nullable = false
  readonly doc: string
  readonly place: FieldPlace
  private readonly offset: number
  private readonly type: FieldType
  private readonly little: boolean
  private readonly read: (bytes: DataView, offset: number) => number

  constructor(field: Field, little: boolean) {
    this.name = field.name
    this.kind = kindOf(field)
    this.bytes = fieldBytes(field)
    this.bits = this.kind === 'code' || this.kind === 'text' ? 0 : 8 * this.bytes
    this.signed = field.type.startsWith('i') || this.kind === 'float'
    this.decimals = field.decimals ?? null
    this.unit = field.unit ?? null
    this.doc = field.doc ?? ''
    this.offset = field.offset
    this.type = field.type
    this.little = little
    this.place = { offset: field.offset, type: field.type, little }
    this.read = readerOf(field.type, little)
  }

  isNull(): boolean {
    return false
  }

  number(view: MessageView): number {
    return this.read(view.bytes, view.offset + this.offset)
  }

  exact(view: MessageView): ExactInteger {
    if (this.type === 'u64') return exactUint64(view.bytes, view.offset + this.offset, this.little)
    if (this.type === 'i64') return exactInt64(view.bytes, view.offset + this.offset, this.little)
    return this.read(view.bytes, view.offset + this.offset)
  }

  text(view: MessageView): string {
    switch (this.kind) {
      case 'code':
        return String.fromCharCode(this.number(view))
      case 'text':
        return readText(view.bytes, view.offset + this.offset, this.bytes)
      case 'decimal':
        return decimalText(this.exact(view), this.decimals ?? 0)
      case 'float':
        return String(this.number(view))
      default:
        return String(this.exact(view))
    }
  }

  json(view: MessageView): string {
    switch (this.kind) {
      case 'code':
      case 'text':
        return JSON.stringify(this.text(view))
      case 'decimal':
        return this.text(view)
      case 'float':
        return Number.isFinite(this.number(view)) ? String(this.number(view)) : 'null'
      default: {
        const value = this.exact(view)
        const nanoseconds = this.unit === 'ns-of-day' || this.unit === 'ns-since-1970'
        return nanoseconds || typeof value === 'bigint' ? `"${value}"` : String(value)
      }
    }
  }
}

function kindOf(field: Field): ColumnKind {
  if (field.type === 'char') return 'code'
  if (field.type === 'text') return 'text'
  if (field.type === 'f32' || field.type === 'f64') return 'float'
  if (field.decimals !== undefined) return 'decimal'
  return field.unit === undefined ? 'integer' : 'time'
}
