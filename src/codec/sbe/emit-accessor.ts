import { docComment, quoted } from '../generate/text.js'
import {
  decimalParts,
  type NumberType,
  PRIMITIVE_BYTES,
  type Primitive,
  type SbeField,
} from './schema.js'

/** What the text of a block's members depends on. */
export interface EmitContext {
  readonly little: boolean
  /** Names of getters that would hide a member. */
  readonly members: ReadonlySet<string>
}

export const METHODS: Readonly<Record<Primitive, string>> = {
  char: 'Uint8',
  int8: 'Int8',
  int16: 'Int16',
  int32: 'Int32',
  int64: 'BigInt64',
  uint8: 'Uint8',
  uint16: 'Uint16',
  uint32: 'Uint32',
  uint64: 'BigUint64',
  float: 'Float32',
  double: 'Float64',
}

/** `getUint16(at, true)`. */
export function getCall(primitive: Primitive, at: string, little: boolean): string {
  const order = little && PRIMITIVE_BYTES[primitive] > 1 ? ', true' : ''
  return `get${METHODS[primitive]}(${at}${order})`
}

export function setCall(primitive: Primitive, at: string, value: string, little: boolean): string {
  const order = little && PRIMITIVE_BYTES[primitive] > 1 ? ', true' : ''
  return `set${METHODS[primitive]}(${at}, ${value}${order})`
}

export function isWide(primitive: Primitive): boolean {
  return primitive === 'int64' || primitive === 'uint64'
}

/** `this.block + 4`. */
export function place(offset: number): string {
  return offset === 0 ? 'this.block' : `this.block + ${offset}`
}

/** The getter's name: a field that is called like a member gets a `_`. */
export function getterName(field: SbeField, context: EmitContext): string {
  return context.members.has(field.name) ? `${field.name}_` : field.name
}

/** Whether a message may lack this field. */
export function isNullable(field: SbeField): boolean {
  const { type } = field
  if (type.kind === 'constant') return false
  if (field.since > 0) return true
  if (type.kind === 'text') return type.optional
  if (type.kind === 'number' || type.kind === 'enum') return type.nullValue !== null
  const decimal = decimalParts(type)
  return decimal !== undefined && decimal.mantissa.type.nullValue !== null
}

export function literal(value: number | bigint | string): string {
  // The two marks have a meaning of their own in text that is yet to be rendered.
  if (typeof value === 'string') {
    return quoted(value).replaceAll('‹', '\\u2039').replaceAll('›', '\\u203a')
  }
  return typeof value === 'bigint' ? `${value}n` : String(value)
}

export function literalType(value: number | bigint | string): string {
  return typeof value === 'string' ? 'string' : typeof value
}

/** What is said of a field. */
export function describe(field: SbeField, what: string): string {
  const doc = field.doc === '' ? `The field ${field.name}` : field.doc.replace(/\.$/, '')
  const since = field.since > 0 ? ` Since version ${field.since}, else null.` : ''
  return `${doc}: ${what} at byte ${field.offset}.${since}`
}

export function getter(
  field: SbeField,
  context: EmitContext,
  type: string,
  before: readonly string[],
  value: string,
  what: string,
): string[] {
  const nullable = isNullable(field)
  return [
    '',
    ...docComment(
      what === '' ? `${field.doc || field.name}: the same in all messages.` : describe(field, what),
      '  ',
    ),
    `  get ${getterName(field, context)}()‹: ${type}${nullable ? ' | null' : ''}› {`,
    ...absent(field),
    ...before.map((line) => `    ${line}`),
    `    return ${value}`,
    '  }',
  ]
}

/** The line that answers for messages of versions before the field's. */
export function absent(field: SbeField): string[] {
  return field.since > 0 ? [`    if (this.version < ${field.since}) return null`] : []
}

export function setter(name: string, type: string, statements: readonly string[]): string[] {
  return [
    '',
    `  set ${name}(value‹: ${type}›) {`,
    ...statements.map((line) => `    ${line}`),
    '  }',
  ]
}

/** The halves of a 64-bit constant, the high one as the getters read it. */
export function halves(value: number | bigint, signed: boolean): { high: number; low: number } {
  const wide = BigInt.asUintN(64, BigInt(value))
  const high = Number(wide >> 32n)
  return { high: signed ? high | 0 : high, low: Number(wide & 0xffffffffn) }
}

export function wideReads(type: NumberType, offset: number, little: boolean): string[] {
  const signed = type.primitive === 'int64'
  const high = getCall(signed ? 'int32' : 'uint32', place(little ? offset + 4 : offset), little)
  const low = getCall('uint32', place(little ? offset : offset + 4), little)
  return [`const high = this.bytes.${high}`, `const low = this.bytes.${low}`]
}

/** The condition under which a value that was read stands for none. */
export function isNull(type: NumberType): string | undefined {
  const { primitive, nullValue } = type
  if (nullValue === null) return undefined
  if (isWide(primitive)) {
    const { high, low } = halves(nullValue, primitive === 'int64')
    return `high === ${high} && low === ${low}`
  }
  if (Number.isNaN(nullValue)) return 'Number.isNaN(value)'
  return `value === ${primitive === 'float' ? Math.fround(Number(nullValue)) : nullValue}`
}

/** Exact ways to read 64 bits: a bigint, and halves for a hot path. */
export function wideMembers(
  field: SbeField,
  name: string,
  type: NumberType,
  context: EmitContext,
  offset = field.offset,
): string[] {
  const { little } = context
  const [high = '', low = ''] = wideReads(type, offset, little)
  const big = `this.bytes.${getCall(type.primitive, place(offset), little)}`
  const nullable = field.since > 0 || type.nullValue !== null
  const lines = [
    '',
    `  /** \`${name}\`, exactly. Allocates: for the edge, not for a hot path. */`,
    `  get ${name}BigInt()‹: bigint${nullable ? ' | null' : ''}› {`,
    ...absent(field),
  ]
  if (type.nullValue === null) lines.push(`    return ${big}`)
  else {
    const none = BigInt(type.nullValue)
    lines.push(`    const value = ${big}`, `    return value === ${none}n ? null : value`)
  }
  lines.push('  }')
  for (const [half, read] of [
    ['High', high],
    ['Low', low],
  ] as const) {
    lines.push(
      '',
      `  /** The ${half.toLowerCase()} 32 bits of \`${name}\`${field.since > 0 ? `; 0 before version ${field.since}` : ''}. */`,
      `  get ${name}${half}()‹: number› {`,
    )
    if (field.since > 0) lines.push(`    if (this.version < ${field.since}) return 0`)
    lines.push(`    return ${read.replace(/^const \w+ = /, '')}`, '  }')
  }
  return lines
}
