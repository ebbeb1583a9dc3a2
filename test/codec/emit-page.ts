import { stepText, UNIT_TEXT } from '../../src/codec/generate/getters.js'
import {
  type Field,
  type MessageTable,
  methodOf,
  type ProtocolTable,
} from '../../src/codec/table/field-table.js'

/** The tables of all messages of some protocols, as Markdown. */
export function emitProtocolTables(tables: readonly ProtocolTable[]): string {
  return tables.map(protocolSection).join('\n')
}

function protocolSection(table: ProtocolTable): string {
  const order = table.byteOrder === 'big' ? 'big-endian' : 'little-endian'
  const zone =
    table.timeZone !== undefined && table.messages.some(hasTimeOfDay)
      ? ` Times of day are those of ${table.timeZone}.`
      : ''
  const source = table.source === undefined ? '' : ` Source: ${table.source}.`
  return [
    `## ${table.title} (\`${table.name}\`)`,
    '',
    `All numbers are ${order}.${zone}${source}`,
    '',
    ...table.messages.flatMap(messageSection),
  ].join('\n')
}

function hasTimeOfDay({ fields }: MessageTable): boolean {
  return fields.some(({ unit }) => unit?.endsWith('of-day') === true)
}

function messageSection(message: MessageTable): string[] {
  const code = message.code === undefined ? '' : `, type \`${message.code}\``
  return [
    `### ${message.name}`,
    '',
    `${message.doc ?? ''}. ${message.length} bytes${code}; a handler's \`${methodOf(message)}\`.`,
    '',
    '| byte | field | type | unit | meaning |',
    '| ---: | --- | --- | --- | --- |',
    ...message.fields.map(row),
    '',
  ]
}

function row(field: Field): string {
  const type = field.type === 'text' ? `char[${field.length}]` : field.type
  const unit =
    field.unit !== undefined
      ? UNIT_TEXT[field.unit]
      : field.decimals !== undefined
        ? stepText(field.decimals)
        : ''
  const name = field.reserved === true ? '(reserved)' : `\`${field.name}\``
  return `| ${field.offset} | ${name} | ${type} | ${unit} | ${meaning(field)} |`
}

function meaning(field: Field): string {
  const values = Object.entries(field.values ?? {}).map(
    ([value, means]) => `\`${value === ' ' ? 'blank' : value}\` ${means}`,
  )
  const bits = Object.entries(field.bits ?? {}).map(
    ([name, mask]) => `0x${mask.toString(16).padStart(2, '0')} ${name}`,
  )
  return [field.doc ?? '', [...values, ...bits].join(', ')].filter((part) => part !== '').join(': ')
}
