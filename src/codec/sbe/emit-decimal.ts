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
  place,
  setCall,
  setter,
  wideMembers,
  wideReads,
} from './emit-accessor.js'
import { decimalParts, type SbeField } from './schema.js'

export function decimalMembers(field: SbeField, context: EmitContext): string[] {
  const parts = decimalParts(field.type)
  if (parts === undefined) return []
  const { mantissa, exponent, constantExponent } = parts
  const { little } = context
  const name = getterName(field, context)
  const offset = field.offset + mantissa.offset
  const wide = isWide(mantissa.type.primitive)
  const none = isNull(mantissa.type)
  const read = wide
    ? wideReads(mantissa.type, offset, little)
    : [`const value = this.bytes.${getCall(mantissa.type.primitive, place(offset), little)}`]
  const found = wide ? 'high * TWO_POW_32 + low' : 'value'
  const power =
    constantExponent === undefined ? `this.${field.name}Exponent` : String(constantExponent)
  const nullable = isNullable(field)
  const orNull = nullable ? ' | null' : ''
  const exactly = `this.bytes.${getCall(mantissa.type.primitive, place(offset), little)}`
  const lines = [
    ...getter(
      field,
      context,
      'number',
      read,
      `${none === undefined ? '' : `${none} ? null : `}scaled(${found}, ${power})`,
      `a decimal number${constantExponent === undefined ? '' : ` in steps of 1e${constantExponent}`}`,
    ),
    ...setter(name, `number${orNull}`, [
      `this.${field.name}Text = ${nullable ? 'value === null ? null : ' : ''}${decimalFrom(constantExponent)}`,
    ]),
    '',
    `  /** \`${name}\` as an exact decimal text. Allocates. */`,
    `  get ${field.name}Text()‹: string${orNull}› {`,
    ...absent(field),
    ...(none === undefined
      ? []
      : [...read.map((line) => `    ${line}`), `    if (${none}) return null`]),
    `    return decimalText(${exactly}, ${constantExponent === undefined ? `-${power}` : 0 - constantExponent})`,
    '  }',
    ...setter(
      `${field.name}Text`,
      `string${orNull}`,
      textStatements(field, parts, offset, context),
    ),
    '',
    `  /** The whole steps of \`${name}\`${wide ? ', the nearest number beyond 2^53' : ''}. */`,
    `  get ${field.name}Mantissa()‹: number${orNull}› {`,
    ...absent(field),
    ...read.map((line) => `    ${line}`),
    `    return ${none === undefined ? found : `${none} ? null : ${found}`}`,
    '  }',
  ]
  if (wide) {
    lines.push(...wideMembers(field, `${field.name}Mantissa`, mantissa.type, context, offset))
  }
  if (constantExponent === undefined && exponent.type.kind === 'number') {
    const at = place(field.offset + exponent.offset)
    lines.push(
      '',
      `  /** The power of ten by which the mantissa of \`${name}\` is multiplied. */`,
      `  get ${field.name}Exponent()‹: number› {`,
      `    return this.bytes.${getCall(exponent.type.primitive, at, little)}`,
      '  }',
    )
  }
  return lines
}

/** A number as a text with the places that the exponent allows. */
function decimalFrom(constantExponent: number | undefined): string {
  if (constantExponent === undefined) return 'plainText(value)'
  const steps =
    constantExponent < 0
      ? `value * ${10 ** -constantExponent}`
      : `value / ${10 ** constantExponent}`
  return `decimalText(BigInt(Math.round(${steps})), ${-constantExponent})`
}

function textStatements(
  field: SbeField,
  { mantissa, exponent, constantExponent }: NonNullable<ReturnType<typeof decimalParts>>,
  offset: number,
  { little }: EmitContext,
): string[] {
  const { primitive, nullValue } = mantissa.type
  const wide = isWide(primitive)
  const put = (value: string) =>
    wide
      ? `writeInt64(this.bytes, ${place(offset)}, ${value}, ${little})`
      : `this.bytes.${setCall(primitive, place(offset), `Number(${value})`, little)}`
  const lines: string[] = []
  if (isNullable(field)) {
    const none = nullValue === null ? '' : ` ${put(literal(nullValue))}`
    lines.push(
      'if (value === null) {',
      ...(none === '' ? [] : [`  ${none.trim()}`]),
      '  return',
      '}',
    )
  }
  if (constantExponent !== undefined) {
    lines.push(put(`parseDecimal(value, ${-constantExponent})`))
  } else if (exponent.type.kind === 'number') {
    const at = place(field.offset + exponent.offset)
    lines.push(
      'const decimals = decimalsOf(value)',
      put('parseDecimal(value, decimals)'),
      `this.bytes.${setCall(exponent.type.primitive, at, '-decimals', little)}`,
    )
  }
  return lines
}
