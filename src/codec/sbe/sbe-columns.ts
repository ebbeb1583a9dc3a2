import type { MessageView } from '../../wire/message-view.js'
import type { Column, ColumnKind } from '../column/column.js'
import type { TimeUnit } from '../table/field-table.js'
import type { ExactInteger } from '../value/exact.js'
import {
  decimalParts,
  PRIMITIVE_BYTES,
  type SbeField,
  type SbeMessage,
  type SbeSchema,
  typeBytes,
} from './schema.js'
import { ValueReader } from './value-reader.js'

/**
 * The columns of a message: a field each, then each group and data. Composites, arrays, sets and
 * groups are `nested`.
 */
export function sbeColumns(message: SbeMessage, schema: SbeSchema): readonly Column[] {
  const reader = new ValueReader(schema)
  const nested = [...message.groups, ...message.data].map(
    ({ name, doc }, index) => new ChildColumn(name, doc, index, message, reader),
  )
  return [...message.fields.map((field) => new SbeFieldColumn(field, reader)), ...nested]
}

function kindOf(field: SbeField): ColumnKind {
  const { type } = field
  if (decimalParts(type) !== undefined) return 'decimal'
  switch (type.kind) {
    case 'constant':
      return typeof type.value === 'string' ? 'text' : 'integer'
    case 'text':
    case 'enum':
      return 'text'
    case 'number':
      if (type.primitive === 'char') return 'code'
      if (type.primitive === 'float' || type.primitive === 'double') return 'float'
      return unitOf(field) === null ? 'integer' : 'time'
    default:
      return 'nested'
  }
}

/** Wide stamps that the schema calls so count nanoseconds, which is the default of the standard. */
function unitOf(field: SbeField): TimeUnit | null {
  const stamp = field.type.kind === 'number' && PRIMITIVE_BYTES[field.type.primitive] === 8
  return stamp && field.semanticType === 'UTCTimestamp' ? 'ns-since-1970' : null
}

/** One field of the root block. */
class SbeFieldColumn implements Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly bytes: number
  readonly bits: number
  readonly signed: boolean
  readonly decimals: number | null
  readonly unit: TimeUnit | null
  readonly nullable: boolean
  readonly doc: string
  readonly place = undefined
  private readonly field: SbeField
  private readonly reader: ValueReader

  constructor(field: SbeField, reader: ValueReader) {
    const { type } = field
    const parts = decimalParts(type)
    const number = type.kind === 'number' ? type : parts?.mantissa.type
    this.field = field
    this.reader = reader
    this.name = field.name
    this.kind = kindOf(field)
    this.bytes = typeBytes(type)
    this.bits = number === undefined ? 0 : 8 * PRIMITIVE_BYTES[number.primitive]
    this.signed = number !== undefined && !/^(u|char)/.test(number.primitive)
    // Where each message has an exponent of its own, the values have no common step.
    this.decimals = parts?.constantExponent === undefined ? null : 0 - parts.constantExponent
    this.unit = unitOf(field)
    this.nullable = type.kind !== 'constant'
    this.doc = field.doc
  }

  isNull(view: MessageView): boolean {
    return this.reader.fieldOf(view, this.field) === null
  }

  number(view: MessageView): number {
    const value = this.value(view)
    return typeof value === 'bigint' || typeof value === 'number' ? Number(value) : Number.NaN
  }

  exact(view: MessageView): ExactInteger {
    const value = this.value(view)
    if (typeof value === 'bigint') {
      return value <= Number.MAX_SAFE_INTEGER && value >= Number.MIN_SAFE_INTEGER
        ? Number(value)
        : value
    }
    return typeof value === 'number' ? value : Number.NaN
  }

  text(view: MessageView): string {
    const value = this.reader.fieldOf(view, this.field)
    return value === null ? '' : this.reader.text(value)
  }

  json(view: MessageView): string {
    const value = this.reader.fieldOf(view, this.field)
    const wide = this.unit === 'ns-since-1970' && value !== null
    return wide ? `"${this.reader.text(value)}"` : this.reader.json(value)
  }

  /** The number, or a decimal's whole steps. */
  private value(view: MessageView): unknown {
    return this.kind === 'decimal'
      ? this.reader.mantissaOf(view, this.field)
      : this.reader.fieldOf(view, this.field)
  }
}

/** A group or data of the message. */
class ChildColumn implements Column {
  readonly name: string
  readonly kind: ColumnKind
  readonly bytes = 0
  readonly bits = 0
  readonly signed = false
  readonly decimals = null
  readonly unit = null
  readonly nullable = false
  readonly doc: string
  readonly place = undefined
  private readonly index: number
  private readonly message: SbeMessage
  private readonly reader: ValueReader

  constructor(name: string, doc: string, index: number, message: SbeMessage, reader: ValueReader) {
    this.name = name
    this.doc = doc
    this.index = index
    this.message = message
    this.reader = reader
    const data = message.data[index - message.groups.length]
    this.kind = data === undefined ? 'nested' : 'text'
  }

  isNull(): boolean {
    return false
  }

  number(): number {
    return Number.NaN
  }

  exact(): ExactInteger {
    return Number.NaN
  }

  text(view: MessageView): string {
    return this.reader.text(this.reader.childOf(view, this.message, this.index))
  }

  json(view: MessageView): string {
    return this.reader.json(this.reader.childOf(view, this.message, this.index))
  }
}
