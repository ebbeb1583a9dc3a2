/** Values for the fields of a table, and a slow reader of them that shares nothing with the views. */
import fc from 'fast-check'
import {
  codeOf,
  type Field,
  fieldBytes,
  type MessageTable,
  type ProtocolTable,
} from '../../src/codec/table/field-table.js'

/** What a field holds on the wire: an integer, or its characters with the padding. */
export type WireValue = bigint | number | string

const BITS: Readonly<Record<string, { bits: number; signed: boolean }>> = {
  u8: { bits: 8, signed: false },
  u16: { bits: 16, signed: false },
  u32: { bits: 32, signed: false },
  u48: { bits: 48, signed: false },
  u64: { bits: 64, signed: false },
  i8: { bits: 8, signed: true },
  i16: { bits: 16, signed: true },
  i32: { bits: 32, signed: true },
  i64: { bits: 64, signed: true },
}

/** The smallest and the largest integer of a type. */
export function rangeOf(field: Field): { min: bigint; max: bigint } {
  const kind = BITS[field.type]
  if (kind === undefined) throw new Error(`${field.type} is no integer`)
  const span = 1n << BigInt(kind.bits)
  return kind.signed ? { min: -span / 2n, max: span / 2n - 1n } : { min: 0n, max: span - 1n }
}

/** Any value of a field, extremes often. */
export function anyValue(field: Field): fc.Arbitrary<WireValue> {
  if (field.type === 'char') return fc.integer({ min: 0, max: 255 }).map(String.fromCharCode)
  if (field.type === 'text') {
    const printable = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code))
    return fc
      .array(printable, { maxLength: field.length ?? 0 })
      .map((characters) => characters.join('').padEnd(field.length ?? 0))
  }
  const { min, max } = rangeOf(field)
  return fc.oneof(fc.constantFrom(min, max, max - 1n, 0n, 1n), fc.bigInt(min, max))
}

/** Writes a message byte by byte. */
export function writeSlowly(
  table: ProtocolTable,
  message: MessageTable,
  values: readonly WireValue[],
): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(message.length)
  if (table.typeOffset !== null) bytes[table.typeOffset ?? 0] = codeOf(message)
  message.fields.forEach((field, i) => {
    const value = values[i] ?? 0n
    const length = fieldBytes(field)
    for (let at = 0; at < length; at++) {
      if (typeof value === 'string') bytes[field.offset + at] = value.charCodeAt(at)
      else {
        const shift = BigInt(8 * (table.byteOrder === 'little' ? at : length - 1 - at))
        bytes[field.offset + at] = Number((BigInt(value) >> shift) & 0xffn)
      }
    }
  })
  return bytes
}

/** The decimal text of an integer with a scale, by another way than the codec's. */
export function slowDecimal(mantissa: bigint, decimals: number): string {
  const scale = 10n ** BigInt(decimals)
  const size = mantissa < 0n ? -mantissa : mantissa
  const fraction = (size % scale).toString().padStart(decimals, '0').replace(/0+$/, '')
  return `${mantissa < 0n ? '-' : ''}${size / scale}${fraction === '' ? '' : `.${fraction}`}`
}

/** What `toObject` must give for these values. */
export function expectedObject(
  message: MessageTable,
  values: readonly WireValue[],
): Record<string, unknown> {
  const object: Record<string, unknown> = { type: message.name }
  message.fields.forEach((field, i) => {
    if (field.reserved === true) return
    const value = values[i] ?? 0n
    if (typeof value === 'string') {
      object[field.name] = field.type === 'text' ? value.trimEnd() : value
    } else if (field.decimals !== undefined) {
      object[field.name] = Number(value) / 10 ** field.decimals
      object[`${field.name}Text`] = slowDecimal(BigInt(value), field.decimals)
    } else if (field.unit === 'ns-since-1970') {
      object[field.name] = value
    } else {
      object[field.name] = Number.isSafeInteger(Number(value)) ? Number(value) : value
    }
  })
  return object
}
