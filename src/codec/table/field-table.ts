/**
 * The types that a field may have on the wire.
 *
 * `u48` is what a few feeds use for times; `char` is one byte that stands for a character; `text` is
 * a fixed number of characters, padded at its right with blanks.
 */
export const FIELD_TYPES = [
  'u8',
  'u16',
  'u32',
  'u48',
  'u64',
  'i8',
  'i16',
  'i32',
  'i64',
  'f32',
  'f64',
  'char',
  'text',
] as const

/** One of {@link FIELD_TYPES}. */
export type FieldType = (typeof FIELD_TYPES)[number]

/** Bytes of each type but `text`, whose length stands in its field. */
export const FIELD_BYTES: Readonly<Record<Exclude<FieldType, 'text'>, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u48: 6,
  u64: 8,
  i8: 1,
  i16: 2,
  i32: 4,
  i64: 8,
  f32: 4,
  f64: 8,
  char: 1,
}

/**
 * What a field's number counts. `of-day` is since midnight in the protocol's time zone.
 */
export const TIME_UNITS = ['ns-of-day', 's-of-day', 'ns-since-1970', 's-since-1970'] as const

/** One of {@link TIME_UNITS}. */
export type TimeUnit = (typeof TIME_UNITS)[number]

/** One field of a message. */
export interface Field {
  /** In camelCase: the getter's name and the column's. */
  readonly name: string
  readonly type: FieldType
  /** Bytes from the start of the message. */
  readonly offset: number
  /** Bytes of a `text`. */
  readonly length?: number
  /** Decimal places of a fixed-point number: 4 means steps of 0.0001. Integers only. */
  readonly decimals?: number
  /** What an integer counts, if it is a time. */
  readonly unit?: TimeUnit
  /** What the values of a code mean, by character (`char`) or number. */
  readonly values?: Readonly<Record<string, string>>
  /** What the bits of a number mean, by name; a mask each. */
  readonly bits?: Readonly<Record<string, number>>
  /** Bytes that mean nothing today: they get no getter. */
  readonly reserved?: boolean
  /** One sentence for users, without a full stop. */
  readonly doc?: string
}

/** One kind of message. */
export interface MessageTable {
  /** In camelCase: `addOrder` is told to `onAddOrder`. */
  readonly name: string
  /** The type that stands in the message: a character, or a number up to 255. None without types. */
  readonly code?: string | number
  /** Bytes of the message as far as it is known. The wire may bring longer ones, never shorter. */
  readonly length: number
  /** One sentence for users, without a full stop. */
  readonly doc?: string
  /** By offset. Together with the type they fill the message. */
  readonly fields: readonly Field[]
}

/**
 * One version of one protocol: the single source of its views, encoders, dispatch, columns,
 * documentation and tests.
 */
export interface ProtocolTable {
  /** As `--protocol` spells it. */
  readonly name: string
  /** What people call it. */
  readonly title: string
  readonly byteOrder: 'big' | 'little'
  /**
   * Bytes from the start of a message to its type, one byte. 0 unless said; null: messages have no
   * type, because there is only one kind.
   */
  readonly typeOffset?: number | null
  /** IANA name of the time zone that `of-day` times count in. */
  readonly timeZone?: string
  /** Where the facts come from. */
  readonly source?: string
  readonly messages: readonly MessageTable[]
}

/** Bytes of a field on the wire. */
export function fieldBytes(field: Field): number {
  return field.type === 'text' ? (field.length ?? 0) : FIELD_BYTES[field.type]
}

/** Bytes from the start of a message to its type; undefined where it has none. */
export function typeOffsetOf(table: ProtocolTable): number | undefined {
  return table.typeOffset === null ? undefined : (table.typeOffset ?? 0)
}

/** The number that stands in a message for its type. */
export function codeOf(message: MessageTable): number {
  const { code = 0 } = message
  return typeof code === 'string' ? code.charCodeAt(0) : code
}

/** `addOrder` → `AddOrder`. */
export function capitalised(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1)
}

/** The method of a handler that takes these messages. */
export function methodOf(message: { readonly name: string }): string {
  return `on${capitalised(message.name)}`
}
