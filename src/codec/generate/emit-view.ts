import {
  capitalised,
  codeOf,
  type Field,
  fieldBytes,
  type MessageTable,
  type ProtocolTable,
  typeOffsetOf,
} from '../table/field-table.js'
import { type Property, propertiesOf, stepText, UNIT_TEXT } from './getters.js'
import { conditional, docComment, quoted } from './text.js'

/** Members that every view has: a field of the same name gets a `_` behind its getter. */
export const VIEW_MEMBERS: ReadonlySet<string> = new Set([
  'assign',
  'bytes',
  'constructor',
  'init',
  'length',
  'offset',
  'toObject',
  'type',
  'wrap',
])

/** `addOrder` → `AddOrderView`. */
export function viewName(message: { readonly name: string }): string {
  return `${capitalised(message.name)}View`
}

/** `addOrder` → `AddOrderObject`. */
export function objectName(message: { readonly name: string }): string {
  return `${capitalised(message.name)}Object`
}

/** The fields that have a meaning. */
function meaningful(message: MessageTable): readonly Field[] {
  return message.fields.filter((field) => field.reserved !== true)
}

/** The type of a field in a plain object. */
function objectType(field: Field): string {
  if (field.type === 'char' || field.type === 'text') return 'string'
  if (field.decimals !== undefined) return 'number'
  if (field.unit === 'ns-since-1970') return 'bigint'
  return field.type === 'u64' || field.type === 'i64' ? 'number | bigint' : 'number'
}

/** The interface of the plain object, and the class. Without imports. */
export function emitView(message: MessageTable, table: ProtocolTable): string[] {
  return [...emitObject(message), '', ...emitClass(message, table)]
}

function emitObject(message: MessageTable): string[] {
  const lines = [
    ...docComment(`${sentence(message)} As a plain object.`, ''),
    `export interface ${objectName(message)} {`,
    `  type: ${quoted(message.name)}`,
  ]
  for (const field of meaningful(message)) {
    lines.push(`  ${field.name}: ${objectType(field)}`)
    if (field.decimals !== undefined) lines.push(`  ${field.name}Text: string`)
  }
  lines.push('}')
  return lines
}

/** What the message says, as a sentence. */
function sentence(message: MessageTable): string {
  const doc = message.doc ?? `The message ${message.name}`
  if (message.code === undefined) return `${doc}.`
  return `${doc} (${typeof message.code === 'string' ? `\`${message.code}\`` : message.code}).`
}

function emitClass(message: MessageTable, table: ProtocolTable): string[] {
  const name = viewName(message)
  const code = codeOf(message)
  return [
    ...docComment(`${sentence(message)}\n\n${layout(message)}`, ''),
    `export class ${name} extends MessageView {`,
    '  /** Bytes of the message as far as it is known; the wire may bring more. */',
    `  static readonly LENGTH = ${message.length}`,
    ...(typeOffsetOf(table) === undefined
      ? []
      : [
          '  /** The type that stands in the message. */',
          `  static readonly CODE = 0x${code.toString(16).padStart(2, '0')}`,
        ]),
    '',
    '  /** Tells the messages of a protocol apart. */',
    `  get type(): ${quoted(message.name)} {`,
    `    return ${quoted(message.name)}`,
    '  }',
    ...meaningful(message).flatMap((field) =>
      propertiesOf(field, table, VIEW_MEMBERS).flatMap((property) => ['', ...accessor(property)]),
    ),
    ...meaningful(message).flatMap(since),
    '',
    ...emitInit(message, table, name),
    '',
    ...emitAssign(message),
    '',
    ...emitToObject(message, table),
    '}',
  ]
}

/** A table of the fields for the doc comment. */
function layout(message: MessageTable): string {
  const rows = message.fields.map((field) => {
    const type = field.type === 'text' ? `char[${field.length}]` : field.type
    const scale = field.decimals === undefined ? '' : `, steps of ${stepText(field.decimals)}`
    const unit = field.unit === undefined ? '' : `, ${UNIT_TEXT[field.unit]}`
    return `  ${String(field.offset).padStart(4)}  ${type.padEnd(8)} ${field.name}${scale}${unit}`
  })
  return ['```', '  byte', ...rows, '```'].join('\n')
}

function accessor(property: Property): string[] {
  const { name, doc, type, before, read, write } = property
  const lines = [...docComment(doc, '  '), `  get ${name}(): ${type} {`]
  if (before !== undefined) lines.push(`    ${before}`)
  lines.push(`    return ${read}`, '  }')
  if (write !== undefined) {
    lines.push('', `  set ${name}(value: ${write.type ?? type}) {`, `    ${write.statement}`, '  }')
  }
  return lines
}

/** A stamp since 1970 as an exact number since another moment. */
function since(field: Field): string[] {
  if (field.unit !== 'ns-since-1970') return []
  const { name } = field
  return [
    '',
    ...docComment(
      `\`${name}\` in nanoseconds since a session epoch: exact within 104 days of it.`,
      '  ',
    ),
    `  ${name}Since(epoch: SessionEpoch): number {`,
    `    return sinceEpochNs(epoch, this.${name}High, this.${name}Low)`,
    '  }',
  ]
}

function emitInit(message: MessageTable, table: ProtocolTable, name: string): string[] {
  const blank = message.fields.filter(({ type }) => type === 'char' || type === 'text')
  const typeOffset = typeOffsetOf(table)
  const typeAt = typeOffset === 0 ? 'offset' : `offset + ${typeOffset}`
  return [
    ...docComment(
      'Begins a message: wraps its bytes and writes the type, zeros and, where text is, blanks. ' +
        'Returns the view, whose setters fill in the rest.',
      '  ',
    ),
    '  init(bytes: DataView, offset = 0): this {',
    `    writeZeros(bytes, offset, ${message.length})`,
    ...(typeOffset === undefined ? [] : [`    bytes.setUint8(${typeAt}, ${name}.CODE)`]),
    ...blank.map(
      ({ offset, ...field }) =>
        `    writeText(bytes, ${offset === 0 ? 'offset' : `offset + ${offset}`}, ${fieldBytes({ offset, ...field })}, '')`,
    ),
    `    return this.wrap(bytes, offset, ${message.length})`,
    '  }',
  ]
}

function memberName(field: Field): string {
  return VIEW_MEMBERS.has(field.name) ? `${field.name}_` : field.name
}

function emitAssign(message: MessageTable): string[] {
  const lines = [
    '  /** Sets the fields that are given. The text of a decimal goes before its number. */',
    `  assign(fields: Partial<${objectName(message)}>): this {`,
  ]
  for (const field of meaningful(message)) {
    const { name } = field
    const set = `this.${memberName(field)} = fields.${name}`
    lines.push(...conditional(`if (fields.${name} !== undefined)`, set, '    '))
    if (field.decimals === undefined) continue
    const wide = field.type === 'u64' || field.type === 'i64'
    lines.push(`    if (fields.${name}Text !== undefined) {`)
    lines.push(`      const mantissa = parseDecimal(fields.${name}Text, ${field.decimals})`)
    lines.push(`      this.${name}Mantissa = ${wide ? 'mantissa' : 'Number(mantissa)'}`)
    lines.push('    }')
  }
  lines.push('    return this', '  }')
  return lines
}

function emitToObject(message: MessageTable, table: ProtocolTable): string[] {
  const lines = [
    '  /** A copy that may be kept. Allocates: for the edge, not for a hot path. */',
    `  toObject(): ${objectName(message)} {`,
    '    return {',
    `      type: ${quoted(message.name)},`,
  ]
  for (const field of meaningful(message)) {
    lines.push(`      ${field.name}: ${objectValue(field, table)},`)
    if (field.decimals === undefined) continue
    lines.push(
      `      ${field.name}Text: decimalText(${exactValue(field, table)}, ${field.decimals}),`,
    )
  }
  lines.push('    }', '  }')
  return lines
}

function objectValue(field: Field, table: ProtocolTable): string {
  return objectType(field) === 'number | bigint'
    ? exactRead(field, table)
    : `this.${memberName(field)}`
}

/** The mantissa of a decimal, exactly. */
function exactValue(field: Field, table: ProtocolTable): string {
  const wide = field.type === 'u64' || field.type === 'i64'
  return wide ? exactRead(field, table) : `this.${field.name}Mantissa`
}

function exactRead(field: Field, table: ProtocolTable): string {
  const reader = field.type === 'u64' ? 'exactUint64' : 'exactInt64'
  const at = field.offset === 0 ? 'this.offset' : `this.offset + ${field.offset}`
  return `${reader}(this.bytes, ${at}, ${table.byteOrder === 'little'})`
}
