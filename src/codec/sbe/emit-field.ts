import {
  absent,
  type EmitContext,
  getCall,
  getter,
  getterName,
  isNull,
  isNullable,
  isWide,
  literal,
  literalType,
  place,
  setCall,
  setter,
  wideMembers,
  wideReads,
} from './emit-accessor.js'
import { decimalMembers } from './emit-decimal.js'
import {
  decimalParts,
  type NumberType,
  PRIMITIVE_BYTES,
  type Primitive,
  type SbeField,
} from './schema.js'

/** The members that a field gives to its view. */
export function emitField(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  switch (type.kind) {
    case 'constant':
      return getter(field, context, literalType(type.value), [], literal(type.value), '')
    case 'number':
      return numberMembers(field, type, context)
    case 'array':
      return arrayMembers(field, type.primitive, type.length, context)
    case 'text':
      return textMembers(field, type.length, type.utf8, type.optional, context)
    case 'enum':
      return enumMembers(field, context)
    case 'set':
      return setMembers(field, context)
    case 'composite':
      return decimalParts(type) === undefined
        ? compositeMembers(field, context)
        : decimalMembers(field, context)
  }
}

function numberMembers(field: SbeField, type: NumberType, context: EmitContext): string[] {
  const { little } = context
  const { primitive, nullValue } = type
  const name = getterName(field, context)
  const at = place(field.offset)
  const wide = isWide(primitive)
  const none = isNull(type)
  const before = wide
    ? wideReads(type, field.offset, little)
    : none === undefined
      ? []
      : [`const value = this.bytes.${getCall(primitive, at, little)}`]
  const found = wide
    ? 'high * TWO_POW_32 + low'
    : none === undefined
      ? `this.bytes.${getCall(primitive, at, little)}`
      : 'value'
  const value = none === undefined ? found : `${none} ? null : ${found}`
  const what = wide ? `${primitive}, the nearest number beyond 2^53,` : primitive
  const accepts = `number${wide ? ' | bigint' : ''}${nullValue === null ? '' : ' | null'}`
  const given = nullValue === null ? 'value' : `value ?? ${literal(nullValue)}`
  const write = wide
    ? `writeInt64(this.bytes, ${at}, ${given}, ${little})`
    : `this.bytes.${setCall(primitive, at, given, little)}`
  // A property has one type, or the getter's is part of the setter's.
  const whole = field.since > 0 && nullValue === null ? `${accepts} | null` : accepts
  const statements =
    field.since > 0 && nullValue === null ? [`if (value !== null) ${write}`] : [write]
  return [
    ...getter(field, context, 'number', before, value, what),
    ...setter(name, whole, statements),
    ...(wide ? wideMembers(field, field.name, type, context) : []),
  ]
}

function arrayMembers(
  field: SbeField,
  primitive: Primitive,
  length: number,
  context: EmitContext,
): string[] {
  const { little } = context
  const bytes = PRIMITIVE_BYTES[primitive]
  const each = getCall(primitive, `${place(field.offset)} + ${bytes} * index`, little)
  const read = isWide(primitive) ? `exactInteger(this.bytes.${each})` : `this.bytes.${each}`
  const type = isWide(primitive) ? 'number | bigint' : 'number'
  const put = isWide(primitive)
    ? `writeInt64(this.bytes, ${place(field.offset)} + ${bytes} * index, each, ${little})`
    : `this.bytes.${setCall(primitive, `${place(field.offset)} + ${bytes} * index`, 'each', little)}`
  return [
    ...getter(
      field,
      context,
      `readonly (${type})[]`,
      [],
      `Array.from({ length: ${length} }, (_, index) => ${read})`,
      `${length} numbers of ${primitive}`,
    ),
    ...setter(
      getterName(field, context),
      `readonly (${type})[]${isNullable(field) ? ' | null' : ''}`,
      [
        `for (let index = 0; index < ${length}; index++) {`,
        `  const each = value${isNullable(field) ? '?.' : ''}[index] ?? 0`,
        `  ${put}`,
        '}',
      ],
    ),
  ]
}

function textMembers(
  field: SbeField,
  length: number,
  utf8: boolean,
  optional: boolean,
  context: EmitContext,
): string[] {
  const at = place(field.offset)
  const read = `unpadded(readChars(this.bytes, ${at}, ${length}, ${utf8}))`
  const value = optional ? `this.bytes.getUint8(${at}) === 0 ? null : ${read}` : read
  const nullable = isNullable(field)
  return [
    ...getter(field, context, 'string', [], value, `${length} characters`),
    ...setter(getterName(field, context), `string${nullable ? ' | null' : ''}`, [
      `writeChars(this.bytes, ${at}, ${length}, value${nullable ? " ?? ''" : ''}, ${utf8})`,
    ]),
  ]
}

function enumMembers(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  if (type.kind !== 'enum') return []
  const number: NumberType = {
    kind: 'number',
    primitive: type.primitive,
    nullValue: type.nullValue,
  }
  const name = getterName(field, context)
  const nullable = isNullable(field)
  return [
    ...numberMembers({ ...field, doc: field.doc || `One of ${type.name}` }, number, context),
    '',
    `  /** The name of \`${name}\`; the number where it has none. */`,
    `  get ${field.name}Name()‹: string | number${nullable ? ' | null' : ''}› {`,
    `    const value = this.${name}`,
    nullable
      ? `    return value === null ? null : enumName(${type.name}Names, value)`
      : `    return enumName(${type.name}Names, value)`,
    '  }',
  ]
}

function setMembers(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  if (type.kind !== 'set') return []
  const number: NumberType = { kind: 'number', primitive: type.primitive, nullValue: null }
  const bytes = PRIMITIVE_BYTES[type.primitive]
  const where = `this.bytes, ${place(field.offset)}, ${bytes}, ${type.name}Bits`
  return [
    ...numberMembers({ ...field, doc: field.doc || `Bits of ${type.name}` }, number, context),
    '',
    `  /** The names of the bits of \`${field.name}\` that are 1. Allocates. */`,
    `  get ${field.name}Names()‹: readonly string[]${field.since > 0 ? ' | null' : ''}› {`,
    ...absent(field),
    `    return readBits(${where}, ${context.little})`,
    '  }',
    ...setter(`${field.name}Names`, `readonly string[]${field.since > 0 ? ' | null' : ''}`, [
      `writeBits(${where}, value${field.since > 0 ? ' ?? []' : ''}, ${context.little})`,
    ]),
  ]
}

function compositeMembers(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  if (type.kind !== 'composite') return []
  return getter(
    field,
    context,
    `${type.name}Composite`,
    [],
    `this.${field.name}Parts.wrapBlock(this.bytes, ${place(field.offset)}, this.version)`,
    `the composite ${type.name}, ${type.bytes} bytes`,
  )
}
