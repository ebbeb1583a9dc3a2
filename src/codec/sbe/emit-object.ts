import {
  type EmitContext,
  getterName,
  isNullable,
  isWide,
  literalType,
  place,
} from './emit-accessor.js'
import { decimalParts, type SbeField, typeBytes } from './schema.js'

/** The type of a field in a plain object. */
export function objectTypeOf(field: SbeField): string {
  const { type } = field
  const orNull = isNullable(field) ? ' | null' : ''
  switch (type.kind) {
    case 'constant':
      return literalType(type.value)
    case 'number':
      return `number${isWide(type.primitive) ? ' | bigint' : ''}${orNull}`
    case 'array':
      return `readonly (number${isWide(type.primitive) ? ' | bigint' : ''})[]${orNull}`
    case 'text':
      return `string${orNull}`
    case 'enum':
      return `string | number${orNull}`
    case 'set':
      return `readonly string[]${orNull}`
    case 'composite':
      return decimalParts(type) === undefined ? `${type.name}Object${orNull}` : `number${orNull}`
  }
}

/** What a field is in a plain object. */
export function objectValueOf(field: SbeField, context: EmitContext): string {
  const { type } = field
  const name = `this.${getterName(field, context)}`
  switch (type.kind) {
    case 'number':
      if (!isWide(type.primitive)) return name
      return isNullable(field)
        ? `exactOrNull(this.${field.name}BigInt)`
        : `exactInteger(this.${field.name}BigInt)`
    case 'enum':
    case 'set':
      return `this.${field.name}Name${type.kind === 'set' ? 's' : ''}`
    case 'composite':
      if (decimalParts(type) !== undefined) return name
      return isNullable(field) ? `${name}?.toObject() ?? null` : `${name}.toObject()`
    default:
      return name
  }
}

/** The statement that takes a field from a plain object. */
export function assignField(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  const given = `fields.${field.name}`
  const set = `this.${getterName(field, context)}`
  switch (type.kind) {
    case 'constant':
      return []
    case 'enum': {
      const value = `enumValue(${type.name}, ${given})`
      return [
        isNullable(field)
          ? `if (${given} !== undefined) ${set} = ${given} === null ? null : ${value}`
          : `if (${given} !== undefined) ${set} = ${value}`,
      ]
    }
    case 'set':
      return [`if (${given} !== undefined) this.${field.name}Names = ${given}`]
    case 'composite': {
      if (decimalParts(type) === undefined) {
        const parts = `this.${field.name}Parts.wrapBlock(this.bytes, ${place(field.offset)}, this.version)`
        return [`if (${given} != null) ${parts}.assign(${given})`]
      }
      return [
        `if (fields.${field.name}Text !== undefined) this.${field.name}Text = fields.${field.name}Text`,
        `else if (${given} !== undefined) ${set} = ${given}`,
      ]
    }
    default:
      return [`if (${given} !== undefined) ${set} = ${given}`]
  }
}

/** Bytes of a field, and what stands there before anybody writes: nulls where there are any. */
export function blankField(field: SbeField, context: EmitContext): string[] {
  const { type } = field
  if (typeBytes(type) === 0) return []
  const set = `this.${getterName(field, context)}`
  if ((type.kind === 'number' || type.kind === 'enum') && type.nullValue !== null) {
    return [`${set} = null`]
  }
  if (type.kind !== 'composite') return []
  if (decimalParts(type) !== undefined) {
    return decimalParts(type)?.mantissa.type.nullValue === null ? [] : [`${set} = null`]
  }
  return [
    `this.${field.name}Parts.wrapBlock(this.bytes, ${place(field.offset)}, this.version).blank()`,
  ]
}
