import { docComment } from '../generate/text.js'
import { type EmitContext, getCall } from './emit-accessor.js'
import { objectTypeOf, objectValueOf } from './emit-object.js'
import {
  decimalParts,
  endOf,
  type HeaderNumber,
  PRIMITIVE_BYTES,
  type SbeBlock,
  type SbeField,
  type SbeSchema,
} from './schema.js'

/** Members that views of messages, groups and composites have. */
export const MEMBERS: ReadonlySet<string> = new Set([
  'assign',
  'blank',
  'block',
  'blockLength',
  'bytes',
  'constructor',
  'count',
  'end',
  'finish',
  'index',
  'init',
  'length',
  'limit',
  'memory',
  'next',
  'nextAt',
  'offset',
  'root',
  'stage',
  'start',
  'toObject',
  'tryWrap',
  'type',
  'version',
  'wrap',
  'wrapBlock',
])

export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

export function contextOf(schema: SbeSchema): EmitContext {
  return { little: schema.byteOrder === 'little', members: MEMBERS }
}

/** Reads a number of a header that begins at `at`. */
export function headerRead(number: HeaderNumber, at: string, schema: SbeSchema): string {
  const where = number.offset === 0 ? at : `${at} + ${number.offset}`
  return `bytes.${getCall(number.primitive, where, schema.byteOrder === 'little')}`
}

/** Writes a number of a header that begins at `at`. */
export function headerWrite(
  number: HeaderNumber,
  at: string,
  value: string,
  schema: SbeSchema,
): string {
  const where = number.offset === 0 ? at : `${at} + ${number.offset}`
  const order =
    schema.byteOrder === 'little' && PRIMITIVE_BYTES[number.primitive] > 1 ? ', true' : ''
  const method = number.primitive.replace('uint', 'setUint')
  return `bytes.${method}(${where}, ${value}${order})`
}

/**
 * The least that a block of each version must have: an expression of the version. What is shorter is
 * no message of that version.
 */
export function leastBytes(fields: readonly SbeField[], version: string): string {
  const steps = new Map<number, number>()
  let least = 0
  const versions = [...new Set(fields.map((field) => field.since))].sort((a, b) => a - b)
  for (const since of versions) {
    for (const field of fields) if (field.since === since) least = Math.max(least, endOf(field))
    steps.set(since, least)
  }
  let expression = String(steps.get(0) ?? 0)
  for (const [since, bytes] of steps) {
    if (since > 0) expression = `${version} >= ${since} ? ${bytes} : ${expression}`
  }
  return expression
}

/** A table of a block's fields, for a doc comment. */
export function layoutOf(block: SbeBlock): string {
  const rows = block.fields.map(({ name, type, offset, since }) => {
    const what = type.kind === 'number' ? type.primitive : 'name' in type ? type.name : type.kind
    const version = since > 0 ? `, since version ${since}` : ''
    return `  ${String(offset).padStart(4)}  ${what.padEnd(12)} ${name}${version}`
  })
  const then = [...block.groups, ...block.data].map(({ name }) => `  then  ${name}`)
  return ['```', '  byte', ...rows, ...then, '```'].join('\n')
}

/** The interface of a block's plain object. */
export function emitObject(
  block: SbeBlock,
  name: string,
  prefix: string,
  doc: string,
  first: string | undefined,
): string[] {
  return [
    ...docComment(`${doc || prefix}, as a plain object.`, '').map((line, i) =>
      i === 0 ? `‹${line}` : line,
    ),
    `export interface ${name} {`,
    ...(first === undefined ? [] : [`  ${first}`]),
    ...fieldTypes(block.fields),
    ...block.groups.map((group) => `  ${group.name}: ${prefix}${capitalised(group.name)}Object[]`),
    ...block.data.map(
      (data) => `  ${data.name}: ${data.encoding === null ? 'Uint8Array' : 'string'}`,
    ),
    '}',
    '›',
  ]
}

export function fieldTypes(fields: readonly SbeField[]): string[] {
  return fields.flatMap((field) => {
    const type = objectTypeOf(field)
    const line = `  ${field.name}: ${type}`
    if (decimalParts(field.type) === undefined) return [line]
    return [line, `  ${field.name}Text: ${type.replace('number', 'string')}`]
  })
}

/** Flyweights for composites that are no decimal numbers. */
export function partViews(fields: readonly SbeField[]): string[] {
  return fields
    .filter(({ type }) => type.kind === 'composite' && decimalParts(type) === undefined)
    .map(({ name, type }) => {
      const composite = type.kind === 'composite' ? type.name : ''
      return `  ‹private readonly ›${name}Parts = new ${composite}Composite()`
    })
}

export function objectLines(block: SbeBlock, context: EmitContext): string[] {
  return [
    ...block.fields.flatMap((field) => {
      const line = `      ${field.name}: ${objectValueOf(field, context)},`
      return decimalParts(field.type) === undefined
        ? [line]
        : [line, `      ${field.name}Text: this.${field.name}Text,`]
    }),
    ...block.groups.map((group) => `      ${group.name}: this.${group.name}().toObjects(),`),
    ...block.data.map((data) => `      ${data.name}: this.${data.name},`),
  ]
}

/** The statements that pass over what follows a block: `at` moves, -1 is returned if it is too long. */
export function skipChildren(
  block: SbeBlock,
  prefix: string,
  version: string,
  keep: (name: string) => string | undefined,
): string[] {
  const lines: string[] = []
  for (const child of [...block.groups, ...block.data]) {
    const skip = `skip${prefix}${capitalised(child.name)}(bytes, at, end, ${version})`
    const kept = keep(child.name)
    if (kept !== undefined) lines.push(`${kept} = at`)
    lines.push(`at = ${skip}`, 'if (at < 0) return FAILED')
  }
  return lines
}
