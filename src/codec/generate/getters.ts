import { type Field, fieldBytes, type ProtocolTable } from '../table/field-table.js'

/** One property of a generated view. */
export interface Property {
  readonly name: string
  readonly doc: string
  readonly type: string
  /** A statement before the getter's last. */
  readonly before?: string
  /** What the getter returns. */
  readonly read: string
  /** What the setter takes, if another type, and what it does with `value`; none: read only. */
  readonly write?: { readonly type?: string; readonly statement: string }
}

/** The part of a statement or expression that depends on the protocol. */
interface Place {
  readonly offset: number
  readonly little: boolean
}

/** `this.offset + 4`, or `this.offset` alone. */
function at(offset: number): string {
  return offset === 0 ? 'this.offset' : `this.offset + ${offset}`
}

/** The arguments of a DataView's method: an offset, and `true` for little-endian. */
function args({ offset, little }: Place, bytes: number): string {
  return little && bytes > 1 ? `${at(offset)}, true` : at(offset)
}

/** Where the halves of a 64-bit number are. */
function halves({ offset, little }: Place): { high: Place; low: Place } {
  return {
    high: { offset: little ? offset + 4 : offset, little },
    low: { offset: little ? offset : offset + 4, little },
  }
}

const METHOD = {
  u8: 'Uint8',
  u16: 'Uint16',
  u32: 'Uint32',
  i8: 'Int8',
  i16: 'Int16',
  i32: 'Int32',
  f32: 'Float32',
  f64: 'Float64',
} as const

interface Integer {
  readonly before?: string
  readonly read: string
  /** With `VALUE` where the value goes. */
  readonly write: string
  /** Whether a number may not hold it exactly. */
  readonly wide: boolean
}

/** The integer in a field as a number: exact, or the nearest beyond 2^53. */
function integer(field: Field, place: Place): Integer {
  const little = String(place.little)
  switch (field.type) {
    case 'u64':
    case 'i64': {
      const { high, low } = halves(place)
      const highMethod = field.type === 'i64' ? 'Int32' : 'Uint32'
      return {
        before: `const high = this.bytes.get${highMethod}(${args(high, 4)})`,
        read: `high * TWO_POW_32 + this.bytes.getUint32(${args(low, 4)})`,
        write: `writeInt64(this.bytes, ${at(place.offset)}, VALUE, ${little})`,
        wide: true,
      }
    }
    case 'u48': {
      const high = { ...place, offset: place.little ? place.offset + 4 : place.offset }
      const low = { ...place, offset: place.little ? place.offset : place.offset + 2 }
      return {
        before: `const high = this.bytes.getUint16(${args(high, 2)})`,
        read: `high * TWO_POW_32 + this.bytes.getUint32(${args(low, 4)})`,
        write: `writeUint48(this.bytes, ${at(place.offset)}, VALUE, ${little})`,
        wide: false,
      }
    }
    case 'char':
    case 'text':
      throw new Error(`${field.name} is no number`)
    default: {
      const bytes = fieldBytes(field)
      const method = METHOD[field.type]
      const order = place.little && bytes > 1 ? ', true' : ''
      return {
        read: `this.bytes.get${method}(${args(place, bytes)})`,
        write: `this.bytes.set${method}(${at(place.offset)}, VALUE${order})`,
        wide: false,
      }
    }
  }
}

/** The two unsigned or signed halves of a 64-bit number. */
function halfProperties(field: Field, place: Place, name: string, what: string): Property[] {
  const { high, low } = halves(place)
  const highMethod = field.type === 'i64' ? 'Int32' : 'Uint32'
  const order = place.little ? ', true' : ''
  return [
    {
      name: `${name}High`,
      doc: `High 32 bits of ${what}.`,
      type: 'number',
      read: `this.bytes.get${highMethod}(${args(high, 4)})`,
      write: { statement: `this.bytes.set${highMethod}(${at(high.offset)}, value${order})` },
    },
    {
      name: `${name}Low`,
      doc: `Low 32 bits of ${what}, unsigned.`,
      type: 'number',
      read: `this.bytes.getUint32(${args(low, 4)})`,
      write: { statement: `this.bytes.setUint32(${at(low.offset)}, value${order})` },
    },
  ]
}

/** What is said of a field above its first getter. */
function describe(field: Field): string {
  const where = `${field.type === 'text' ? `${field.length} characters` : field.type} at byte ${field.offset}`
  const scale = field.decimals === undefined ? '' : `, steps of ${stepText(field.decimals)}`
  const unit = field.unit === undefined ? '' : `, ${UNIT_TEXT[field.unit]}`
  const doc = field.doc ?? `The field ${field.name}`
  return `${doc}: ${where}${scale}${unit}.`
}

/** `0.0001` for 4. */
export function stepText(decimals: number): string {
  return decimals === 0 ? '1' : `0.${'1'.padStart(decimals, '0')}`
}

/** How units read in prose. */
export const UNIT_TEXT = {
  'ns-of-day': 'nanoseconds since midnight',
  's-of-day': 'seconds since midnight',
  'ns-since-1970': 'nanoseconds since 1970',
  's-since-1970': 'seconds since 1970',
} as const

/** The properties that one field gives to its view. */
export function propertiesOf(
  field: Field,
  table: ProtocolTable,
  taken: ReadonlySet<string>,
): readonly Property[] {
  if (field.reserved === true) return []
  const place: Place = { offset: field.offset, little: table.byteOrder === 'little' }
  const name = taken.has(field.name) ? `${field.name}_` : field.name
  if (field.type === 'char') return charProperties(field, name)
  if (field.type === 'text') return textProperties(field, name)
  if (field.decimals !== undefined) return decimalProperties(field, name, place)
  const { before, read, write, wide } = integer(field, place)
  const first = before === undefined ? {} : { before }
  if (!wide) {
    const statement = write.replace('VALUE', 'value')
    return [{ name, doc: describe(field), type: 'number', ...first, read, write: { statement } }]
  }
  if (field.unit === 'ns-since-1970') return stampProperties(field, name, place, write)
  return [
    {
      name,
      doc: `${describe(field)} Exact below 2^53, else the nearest number.`,
      type: 'number',
      ...first,
      read,
      write: { type: 'number | bigint', statement: write.replace('VALUE', 'value') },
    },
    ...halfProperties(field, place, field.name, `\`${name}\``),
  ]
}

function charProperties(field: Field, name: string): Property[] {
  const values = Object.entries(field.values ?? {}).map(([value, means]) => `\`${value}\` ${means}`)
  return [
    {
      name,
      doc: `${describe(field)}${values.length === 0 ? '' : ` ${values.join(', ')}.`}`,
      type: 'string',
      read: `String.fromCharCode(this.bytes.getUint8(${at(field.offset)}))`,
      write: { statement: `this.bytes.setUint8(${at(field.offset)}, value.charCodeAt(0))` },
    },
    {
      name: `${field.name}Code`,
      doc: `The character of \`${name}\` as a number.`,
      type: 'number',
      read: `this.bytes.getUint8(${at(field.offset)})`,
      write: { statement: `this.bytes.setUint8(${at(field.offset)}, value)` },
    },
  ]
}

function textProperties(field: Field, name: string): Property[] {
  const { offset } = field
  const length = field.length ?? 0
  const eight = length === 8
  const text: Property = {
    name,
    doc: `${describe(field)} Without its padding.`,
    type: 'string',
    ...(eight ? { before: `const high = this.bytes.getUint32(${at(offset)})` } : {}),
    read: eight
      ? `shortText(high, this.bytes.getUint32(${at(offset + 4)}))`
      : `readText(this.bytes, ${at(offset)}, ${length})`,
    write: { statement: `writeText(this.bytes, ${at(offset)}, ${length}, value)` },
  }
  if (!eight) return [text]
  return [
    text,
    {
      name: `${field.name}High`,
      doc: `The first four characters of \`${name}\` as a big-endian number, for keys.`,
      type: 'number',
      read: `this.bytes.getUint32(${at(offset)})`,
    },
    {
      name: `${field.name}Low`,
      doc: `The last four characters of \`${name}\` as a big-endian number, for keys.`,
      type: 'number',
      read: `this.bytes.getUint32(${at(offset + 4)})`,
    },
  ]
}

function decimalProperties(field: Field, name: string, place: Place): Property[] {
  const { before, read, write, wide } = integer(field, place)
  const first = before === undefined ? {} : { before }
  const scale = 10 ** (field.decimals ?? 0)
  const quotient = wide ? `(${read}) / ${scale}` : `${read} / ${scale}`
  const step = stepText(field.decimals ?? 0)
  const all: Property[] = [
    {
      name,
      doc: `${describe(field)} As the nearest number.`,
      type: 'number',
      ...first,
      read: quotient,
      write: { statement: write.replace('VALUE', `Math.round(value * ${scale})`) },
    },
    {
      name: `${field.name}Mantissa`,
      doc: `\`${name}\` in steps of ${step}${wide ? ': exact below 2^53, else the nearest number' : ', exact'}.`,
      type: 'number',
      ...first,
      read,
      write: {
        ...(wide ? { type: 'number | bigint' } : {}),
        statement: write.replace('VALUE', 'value'),
      },
    },
  ]
  if (wide) all.push(...halfProperties(field, place, field.name, `\`${field.name}Mantissa\``))
  return all
}

function stampProperties(field: Field, name: string, place: Place, write: string): Property[] {
  const method = field.type === 'i64' ? 'BigInt64' : 'BigUint64'
  return [
    {
      name,
      doc: `${describe(field)} Allocates: on a hot path read \`${field.name}Since\` or the halves.`,
      type: 'bigint',
      read: `this.bytes.get${method}(${args(place, 8)})`,
      write: { type: 'number | bigint', statement: write.replace('VALUE', 'value') },
    },
    ...halfProperties(field, place, field.name, `\`${name}\``),
  ]
}
