/**
 * What an SBE schema says, with every type resolved and every offset known: the table from which
 * views are generated, whether into a file or at run time.
 */

/** The primitive types of SBE. */
export const PRIMITIVES = [
  'char',
  'int8',
  'int16',
  'int32',
  'int64',
  'uint8',
  'uint16',
  'uint32',
  'uint64',
  'float',
  'double',
] as const

/** One of {@link PRIMITIVES}. */
export type Primitive = (typeof PRIMITIVES)[number]

/** Bytes of each primitive type. */
export const PRIMITIVE_BYTES: Readonly<Record<Primitive, number>> = {
  char: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float: 4,
  double: 8,
}

/** A number, or a single character. */
export interface NumberType {
  readonly kind: 'number'
  readonly primitive: Primitive
  /** The value that stands for none; null where there always is one. NaN is any NaN. */
  readonly nullValue: number | bigint | null
}

/** Several numbers in a row. */
export interface ArrayType {
  readonly kind: 'array'
  readonly primitive: Primitive
  readonly length: number
}

/** Characters of a fixed number of bytes. */
export interface TextType {
  readonly kind: 'text'
  readonly length: number
  readonly utf8: boolean
  /** Whether a zero byte at its beginning means that there is none. */
  readonly optional: boolean
}

/** A value that takes no bytes. */
export interface ConstantType {
  readonly kind: 'constant'
  /** Text for characters, the name for a value of an enumeration. */
  readonly value: number | bigint | string
}

/** One of a list of values. */
export interface EnumType {
  readonly kind: 'enum'
  readonly name: string
  readonly primitive: Primitive
  readonly nullValue: number | bigint | null
  readonly values: readonly EnumValue[]
}

/** One value of an enumeration. */
export interface EnumValue {
  readonly name: string
  readonly value: number | bigint
  readonly doc: string
}

/** Bits with names. */
export interface SetType {
  readonly kind: 'set'
  readonly name: string
  readonly primitive: Primitive
  readonly choices: readonly SetChoice[]
}

/** One bit of a set. */
export interface SetChoice {
  readonly name: string
  /** 0 is the lowest. */
  readonly bit: number
  readonly doc: string
}

/** Several values in a row that belong together. */
export interface CompositeType {
  readonly kind: 'composite'
  readonly name: string
  readonly bytes: number
  readonly members: readonly SbeField[]
}

/** The type of a field, or of a composite's member. */
export type SbeType =
  | NumberType
  | ArrayType
  | TextType
  | ConstantType
  | EnumType
  | SetType
  | CompositeType

/** One field of a block, or one member of a composite. */
export interface SbeField {
  readonly name: string
  readonly type: SbeType
  /** Bytes from the start of the block or composite. */
  readonly offset: number
  /** The schema's version that brought it. */
  readonly since: number
  readonly doc: string
  /** What it means, such as `UTCTimestamp`; empty where the schema does not say. */
  readonly semanticType: string
}

/** A block of fields, and what follows it. */
export interface SbeBlock {
  /** Bytes of the block as the schema says; the wire has its own number. */
  readonly blockLength: number
  readonly fields: readonly SbeField[]
  readonly groups: readonly SbeGroup[]
  readonly data: readonly SbeData[]
}

/** A block that is repeated. */
export interface SbeGroup extends SbeBlock {
  readonly name: string
  readonly since: number
  readonly doc: string
  readonly dimension: SbeDimension
}

/** An unsigned number at a place of its own, as headers have them. */
export interface HeaderNumber {
  readonly offset: number
  readonly primitive: Primitive
}

/** What stands before a group's entries. */
export interface SbeDimension {
  readonly bytes: number
  readonly blockLength: HeaderNumber
  readonly numInGroup: HeaderNumber
}

/** Bytes of any length. */
export interface SbeData {
  readonly name: string
  readonly since: number
  readonly doc: string
  /** Where the length stands, and bytes before the first byte of the data. */
  readonly length: HeaderNumber
  readonly headerBytes: number
  /** `utf8` and `latin1` are text; null is bytes. */
  readonly encoding: 'utf8' | 'latin1' | null
}

/** One message. */
export interface SbeMessage extends SbeBlock {
  readonly name: string
  readonly id: number
  readonly since: number
  readonly doc: string
}

/** What stands before each message. */
export interface SbeHeader {
  readonly bytes: number
  readonly blockLength: HeaderNumber
  readonly templateId: HeaderNumber
  readonly schemaId: HeaderNumber
  readonly version: HeaderNumber
}

/** A whole schema. */
export interface SbeSchema {
  readonly package: string
  readonly id: number
  readonly version: number
  readonly doc: string
  readonly byteOrder: 'big' | 'little'
  readonly header: SbeHeader
  readonly messages: readonly SbeMessage[]
  /** Those that messages use, each once. */
  readonly enums: readonly EnumType[]
  readonly sets: readonly SetType[]
  readonly composites: readonly CompositeType[]
}

/** The end of a field in its block. */
export function endOf(field: SbeField): number {
  return field.offset + typeBytes(field.type)
}

/** Bytes of a type on the wire. */
export function typeBytes(type: SbeType): number {
  switch (type.kind) {
    case 'constant':
      return 0
    case 'composite':
      return type.bytes
    case 'array':
      return PRIMITIVE_BYTES[type.primitive] * type.length
    case 'text':
      return type.length
    default:
      return PRIMITIVE_BYTES[type.primitive]
  }
}

/** A composite that is a decimal number: mantissa times ten to the power of the exponent. */
export interface DecimalParts {
  readonly mantissa: SbeField & { readonly type: NumberType }
  /** The exponent, if it is the same for all values. */
  readonly constantExponent: number | undefined
  readonly exponent: SbeField
}

/** The parts of a composite that is a decimal number; undefined for any other. */
export function decimalParts(type: SbeType): DecimalParts | undefined {
  if (type.kind !== 'composite' || type.members.length !== 2) return undefined
  const mantissa = type.members.find((member) => member.name === 'mantissa')
  const exponent = type.members.find((member) => member.name === 'exponent')
  if (mantissa?.type.kind !== 'number' || exponent === undefined) return undefined
  if (/float|double|char/.test(mantissa.type.primitive)) return undefined
  const parts = { mantissa: mantissa as DecimalParts['mantissa'], exponent }
  if (exponent.type.kind === 'constant') {
    const constantExponent = Number(exponent.type.value)
    return Number.isInteger(constantExponent) ? { ...parts, constantExponent } : undefined
  }
  return exponent.type.kind === 'number' ? { ...parts, constantExponent: undefined } : undefined
}
