import { TickwireError } from '../../foundation/errors.js'
import {
  codeOf,
  FIELD_TYPES,
  type Field,
  fieldBytes,
  type MessageTable,
  type ProtocolTable,
  TIME_UNITS,
  typeOffsetOf,
} from './field-table.js'

const NAME = /^[a-z][A-Za-z0-9]*$/
/** No datagram is longer. */
const MAX_BYTES = 65_535

type Members = Readonly<Record<string, unknown>>

/**
 * Reads a field table from JSON: see `ProtocolTable` for its members. Fields may be left out of a
 * message where its bytes mean nothing; a message's length may be, if its last field ends it.
 *
 * @param name what errors call it
 * @throws {TickwireError} TW_BAD_SCHEMA with what is wrong, and in which message and field
 */
export function parseTable(json: string, name: string): ProtocolTable {
  const complain = (what: string): never => {
    throw new TickwireError(
      'TW_BAD_SCHEMA',
      `${name}: ${what}`,
      'See "Own layouts" in docs/protocols.md for what a field table holds.',
    )
  }
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    return complain(`it is no JSON: ${String(error).replace('SyntaxError: ', '')}`)
  }
  return new TableReader(complain).table(value)
}

class TableReader {
  private readonly complain: (what: string) => never

  constructor(complain: (what: string) => never) {
    this.complain = complain
  }

  table(value: unknown): ProtocolTable {
    const members = this.members(value, 'the table')
    const name = this.name(members['name'], 'the table')
    const byteOrder = members['byteOrder'] ?? 'little'
    if (byteOrder !== 'little' && byteOrder !== 'big') {
      this.complain(`byteOrder is ${text(byteOrder)}, not "little" or "big"`)
    }
    const typeOffset = members['typeOffset'] ?? null
    const list = this.list(members['messages'], 'messages')
    const table: ProtocolTable = {
      name,
      title: this.optionalText(members['title'], 'title') ?? name,
      byteOrder: byteOrder as 'little' | 'big',
      typeOffset: typeOffset === null ? null : this.count(typeOffset, 'typeOffset', 0, MAX_BYTES),
      messages: list.map((message) => this.message(message)),
    }
    this.check(table)
    return table
  }

  private message(value: unknown): MessageTable {
    const members = this.members(value, 'a message')
    const name = this.name(members['name'], 'a message')
    const fields = this.list(members['fields'], `${name}.fields`).map((field) =>
      this.field(field, name),
    )
    const end = Math.max(0, ...fields.map((field) => field.offset + fieldBytes(field)))
    const { code } = members
    const doc = this.optionalText(members['doc'], `${name}.doc`)
    return {
      name,
      length: this.count(members['length'] ?? end, `${name}.length`, end, MAX_BYTES),
      fields: [...fields].sort((a, b) => a.offset - b.offset),
      ...(code === undefined ? {} : { code: this.code(code, name) }),
      ...(doc === undefined ? {} : { doc }),
    }
  }

  private code(value: unknown, message: string): string | number {
    if (typeof value === 'string' && value.length === 1 && value.charCodeAt(0) < 256) return value
    if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 256) {
      return value
    }
    return this.complain(`${message}.code is ${text(value)}, not a character or a byte`)
  }

  private field(value: unknown, message: string): Field {
    const members = this.members(value, `a field of ${message}`)
    const name = this.name(members['name'], `a field of ${message}`)
    const where = `${message}.${name}`
    const { type } = members
    if (!isOneOf(FIELD_TYPES, type)) {
      return this.complain(`${where}.type is ${text(type)}, not one of ${FIELD_TYPES.join(', ')}`)
    }
    const { length, decimals, unit, doc } = members
    if ((length !== undefined) !== (type === 'text')) {
      this.complain(`${where}.length belongs to a text, and only there`)
    }
    const integer = /^[ui]\d/.test(type)
    if ((decimals !== undefined || unit !== undefined) && !integer) {
      this.complain(`${where} is no integer: it has neither decimals nor a unit`)
    }
    if (unit !== undefined && !isOneOf(TIME_UNITS, unit)) {
      this.complain(`${where}.unit is ${text(unit)}, not one of ${TIME_UNITS.join(', ')}`)
    }
    const note = this.optionalText(doc, `${where}.doc`)
    return {
      name,
      type,
      offset: this.count(members['offset'], `${where}.offset`, 0, MAX_BYTES),
      ...(length === undefined
        ? {}
        : { length: this.count(length, `${where}.length`, 1, MAX_BYTES) }),
      ...(decimals === undefined
        ? {}
        : { decimals: this.count(decimals, `${where}.decimals`, 0, 18) }),
      ...(isOneOf(TIME_UNITS, unit) ? { unit } : {}),
      ...(note === undefined ? {} : { doc: note }),
      ...(members['reserved'] === true ? { reserved: true } : {}),
    }
  }

  /** What only the whole can tell. */
  private check(table: ProtocolTable): void {
    const typeOffset = typeOffsetOf(table)
    if (table.messages.length === 0) this.complain('it has no messages')
    if (typeOffset === undefined && table.messages.length > 1) {
      this.complain('several messages need a typeOffset and a code each')
    }
    this.unique(
      table.messages.map(({ name }) => name),
      'messages are called',
    )
    if (typeOffset !== undefined) {
      const missing = table.messages.find(({ code }) => code === undefined)
      if (missing !== undefined) this.complain(`${missing.name} has no code`)
      this.unique(table.messages.map(codeOf), 'messages have the code')
    }
    for (const message of table.messages) this.checkFields(message, typeOffset)
  }

  private checkFields(message: MessageTable, typeOffset: number | undefined): void {
    this.unique(
      message.fields.map(({ name }) => name),
      `fields of ${message.name} are called`,
    )
    let end = 0
    let last = 'the type'
    for (const field of message.fields) {
      if (field.offset < end) {
        this.complain(`${message.name}.${field.name} begins within ${last}`)
      }
      end = field.offset + fieldBytes(field)
      last = field.name
      if (typeOffset !== undefined && typeOffset >= field.offset && typeOffset < end) {
        this.complain(`${message.name}.${field.name} lies over the type at byte ${typeOffset}`)
      }
    }
    if (typeOffset !== undefined && typeOffset >= message.length) {
      this.complain(`${message.name} ends before its type at byte ${typeOffset}`)
    }
  }

  private unique(values: readonly (string | number)[], what: string): void {
    const twice = values.find((value, i) => values.indexOf(value) !== i)
    if (twice !== undefined) this.complain(`two ${what} ${twice}`)
  }

  private members(value: unknown, what: string): Members {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return value as Members
    }
    return this.complain(`${what} is ${text(value)}, not an object`)
  }

  private list(value: unknown, what: string): readonly unknown[] {
    return Array.isArray(value) ? value : this.complain(`${what} is ${text(value)}, not a list`)
  }

  private name(value: unknown, what: string): string {
    if (typeof value === 'string' && NAME.test(value)) return value
    return this.complain(`the name of ${what} is ${text(value)}, not in camelCase`)
  }

  private optionalText(value: unknown, what: string): string | undefined {
    if (value === undefined) return undefined
    if (typeof value !== 'string') return this.complain(`${what} is ${text(value)}, no text`)
    return value.replaceAll(/\s+/g, ' ').replaceAll('*/', '').trim()
  }

  private count(value: unknown, what: string, min: number, max: number): number {
    const good =
      typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
    return good
      ? (value as number)
      : this.complain(`${what} is ${text(value)}, not a whole number from ${min} to ${max}`)
  }
}

function isOneOf<T extends string>(all: readonly T[], value: unknown): value is T {
  return (all as readonly unknown[]).includes(value)
}

function text(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 60)
}
