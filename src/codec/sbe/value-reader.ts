import type { MessageView } from '../../wire/message-view.js'
import { decimalText } from '../value/decimal.js'
import { exactInt64, exactUint64 } from '../value/exact.js'
import {
  decimalParts,
  type HeaderNumber,
  type NumberType,
  PRIMITIVE_BYTES,
  type Primitive,
  type SbeBlock,
  type SbeData,
  type SbeField,
  type SbeGroup,
  type SbeMessage,
  type SbeSchema,
} from './schema.js'

/** An exact decimal number, as text. */
class Decimal {
  constructor(readonly text: string) {}
}

/** What a field, a group or data holds. */
export type SbeValue =
  | number
  | bigint
  | string
  | null
  | Decimal
  | readonly SbeValue[]
  | { readonly [name: string]: SbeValue }

/** Where a block lies, and which version wrote it. */
interface Place {
  readonly bytes: DataView
  readonly block: number
  readonly blockLength: number
  readonly version: number
}

/**
 * Reads values straight from the table, without generated code: what tables of exports are made
 * from. Messages were checked by the view that found them. Allocates.
 */
export class ValueReader {
  private readonly schema: SbeSchema
  private readonly little: boolean
  /** Where the part ends that was read last. */
  private at = 0

  constructor(schema: SbeSchema) {
    this.schema = schema
    this.little = schema.byteOrder === 'little'
  }

  /** A field of a message's root block; null if there is none. */
  fieldOf(view: MessageView, field: SbeField): SbeValue {
    return this.field(this.rootOf(view), field)
  }

  /** The whole steps of a decimal field; null if there is none. */
  mantissaOf(view: MessageView, field: SbeField): SbeValue {
    const place = this.rootOf(view)
    const parts = decimalParts(field.type)
    if (parts === undefined || field.since > place.version) return null
    return this.number(
      place.bytes,
      place.block + field.offset + parts.mantissa.offset,
      parts.mantissa.type,
    )
  }

  /** A group or data of a message, by its place among them. */
  childOf(view: MessageView, message: SbeMessage, index: number): SbeValue {
    const place = this.rootOf(view)
    this.at = place.block + place.blockLength
    let value: SbeValue = null
    const children = [...message.groups, ...message.data]
    for (const child of children.slice(0, index + 1)) value = this.child(child, place)
    return value
  }

  /** As people write it; lists and groups as JSON. */
  text(value: SbeValue): string {
    if (value instanceof Decimal) return value.text
    return typeof value === 'object' ? this.json(value) : String(value)
  }

  json(value: SbeValue): string {
    if (value === null) return 'null'
    if (value instanceof Decimal) return value.text
    if (Array.isArray(value)) return `[${value.map((each) => this.json(each)).join(',')}]`
    if (typeof value === 'bigint') return `"${value}"`
    if (typeof value !== 'object') return JSON.stringify(value)
    const pairs = Object.entries(value).map(([name, each]) => `"${name}":${this.json(each)}`)
    return `{${pairs.join(',')}}`
  }

  private rootOf({ bytes, offset }: MessageView): Place {
    const { header } = this.schema
    return {
      bytes,
      block: offset + header.bytes,
      blockLength: this.headerNumber(bytes, offset, header.blockLength),
      version: this.headerNumber(bytes, offset, header.version),
    }
  }

  private headerNumber(bytes: DataView, at: number, number: HeaderNumber): number {
    return Number(this.raw(bytes, at + number.offset, number.primitive))
  }

  private raw(bytes: DataView, at: number, primitive: Primitive): number | bigint {
    switch (primitive) {
      case 'char':
      case 'uint8':
        return bytes.getUint8(at)
      case 'int8':
        return bytes.getInt8(at)
      case 'int16':
        return bytes.getInt16(at, this.little)
      case 'uint16':
        return bytes.getUint16(at, this.little)
      case 'int32':
        return bytes.getInt32(at, this.little)
      case 'uint32':
        return bytes.getUint32(at, this.little)
      case 'int64':
        return exactInt64(bytes, at, this.little)
      case 'uint64':
        return exactUint64(bytes, at, this.little)
      case 'float':
        return bytes.getFloat32(at, this.little)
      case 'double':
        return bytes.getFloat64(at, this.little)
    }
  }

  private number(bytes: DataView, at: number, type: NumberType): number | bigint | null {
    const value = this.raw(bytes, at, type.primitive)
    if (type.nullValue === null) return value
    if (Number.isNaN(type.nullValue)) return Number.isNaN(value) ? null : value
    const none = type.primitive === 'float' ? Math.fround(Number(type.nullValue)) : type.nullValue
    // Loosely, since a small bigint is read as a number.
    // biome-ignore lint/suspicious/noDoubleEquals: 1n and 1 are one value here
    return value == none ? null : value
  }

  private field(place: Place, field: SbeField): SbeValue {
    const { type } = field
    if (type.kind === 'constant') return type.value
    if (field.since > place.version) return null
    const { bytes } = place
    const at = place.block + field.offset
    switch (type.kind) {
      case 'number': {
        const value = this.number(bytes, at, type)
        return type.primitive === 'char' && value !== null
          ? String.fromCharCode(Number(value))
          : value
      }
      case 'enum': {
        const value = this.number(bytes, at, { ...type, kind: 'number' })
        if (value === null) return null
        return type.values.find((one) => Number(one.value) === Number(value))?.name ?? value
      }
      case 'array':
        return Array.from({ length: type.length }, (_, i) =>
          this.raw(bytes, at + i * PRIMITIVE_BYTES[type.primitive], type.primitive),
        )
      case 'text': {
        if (type.optional && bytes.getUint8(at) === 0) return null
        const text = this.characters(bytes, at, type.length, type.utf8)
        return (text.split('\0')[0] ?? '').replace(/ +$/, '')
      }
      case 'set': {
        const bits = BigInt(this.raw(bytes, at, type.primitive))
        return type.choices.filter(({ bit }) => (bits >> BigInt(bit)) & 1n).map(({ name }) => name)
      }
      case 'composite':
        return this.composite(place, field)
    }
  }

  private composite(place: Place, field: SbeField): SbeValue {
    const { type } = field
    if (type.kind !== 'composite') return null
    const inner = { ...place, block: place.block + field.offset }
    const parts = decimalParts(type)
    if (parts === undefined) return this.fields(type.members, inner)
    const mantissa = this.number(
      place.bytes,
      inner.block + parts.mantissa.offset,
      parts.mantissa.type,
    )
    if (mantissa === null) return null
    const exponent = parts.constantExponent ?? Number(this.field(inner, parts.exponent))
    return exponent > 0
      ? new Decimal(String(BigInt(mantissa) * 10n ** BigInt(exponent)))
      : new Decimal(decimalText(mantissa, 0 - exponent))
  }

  private fields(fields: readonly SbeField[], place: Place): Record<string, SbeValue> {
    return Object.fromEntries(fields.map((field) => [field.name, this.field(place, field)]))
  }

  /** Reads the group or data at `this.at` and moves behind it. */
  private child(child: SbeGroup | SbeData, place: Place): SbeValue {
    const { bytes, version } = place
    const group = 'dimension' in child
    if (child.since > version) return group ? [] : ''
    if (!group) {
      const length = this.headerNumber(bytes, this.at, child.length)
      const from = this.at + child.headerBytes
      this.at = from + length
      if (child.encoding !== null) {
        return this.characters(bytes, from, length, child.encoding === 'utf8')
      }
      return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('hex')
    }
    const { dimension } = child
    const blockLength = this.headerNumber(bytes, this.at, dimension.blockLength)
    const count = this.headerNumber(bytes, this.at, dimension.numInGroup)
    this.at += dimension.bytes
    return Array.from({ length: count }, () => this.entry(child, { ...place, blockLength }))
  }

  private entry(block: SbeBlock, place: Place): SbeValue {
    const here = { ...place, block: this.at }
    this.at += place.blockLength
    const object = this.fields(block.fields, here)
    for (const child of [...block.groups, ...block.data]) {
      object[child.name] = this.child(child, here)
    }
    return object
  }

  private characters(bytes: DataView, at: number, length: number, utf8: boolean): string {
    const copy = Buffer.from(
      Uint8Array.from(new Uint8Array(bytes.buffer, bytes.byteOffset + at, length)),
    )
    return copy.toString(utf8 ? 'utf8' : 'latin1')
  }
}
