import type { CompressionCodec, SchemaElement } from 'hyparquet'
import { ByteWriter, ParquetWriter as HyparquetWriter } from 'hyparquet-writer'
import type { Column } from '../codec/column/column.js'
import type { MarketDay } from '../codec/value/market-day.js'
import type { MessageView } from '../wire/message-view.js'
import type { ByteSink, RowHead, RowWriter } from './row-writer.js'
import { momentOf } from './time-text.js'

/** Rows of a group: what readers skip by, and what is held in memory at most. */
const GROUP_ROWS = 250_000
/** The most digits that 64 bits always hold. */
const DECIMAL_DIGITS = 18

type Meaning = Partial<SchemaElement>
/** In UTC, and not said to be: DuckDB reads a time that is adjusted to UTC in microseconds only. */
const MOMENT: Meaning = {
  logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: false, unit: 'NANOS' },
}
const TIME_OF_DAY: Meaning = {
  logical_type: { type: 'TIME', isAdjustedToUTC: false, unit: 'NANOS' },
}
const UINT_64: Meaning = { converted_type: 'UINT_64' }
const UINT_32: Meaning = { converted_type: 'UINT_32' }

export interface ParquetOptions {
  /** Whether every row has the time at which it was received; else none has. */
  readonly received: boolean
  /** Whether the framing says when a datagram was sent. */
  readonly sent: boolean
  /** What turns times of day into moments; undefined: they stay times of day. */
  readonly day: MarketDay | undefined
}

type Values = BigInt64Array | Int32Array | Float64Array | unknown[]

/** A column's values of one group of rows. */
interface Buffered {
  /** As the library sees it: the physical type alone, which makes it store values as they are. */
  readonly element: SchemaElement
  /** What the values mean, for the schema in the file's end. */
  readonly meaning: Meaning
  readonly values: Values
  set(row: number, head: Readonly<RowHead>, message: MessageView): void
}

/**
 * Writes messages of one type as a Parquet file, in groups of 250,000 rows, compressed with Snappy.
 * Integers have their full width, prices are DECIMAL, times TIMESTAMP(NANOS).
 *
 * The only file that knows hyparquet-writer. Its conversions are avoided: what is given to it has
 * the physical type already, and the logical types are added to the schema before it is written.
 */
export class ParquetWriter implements RowWriter {
  readonly #columns: readonly Buffered[]
  readonly #sink: ByteSink
  readonly #bytes = new ByteWriter()
  readonly #schema: SchemaElement[]
  readonly #writer: HyparquetWriter
  #rows = 0
  #flushed = 0

  constructor(columns: readonly Column[], options: ParquetOptions, sink: ByteSink) {
    this.#columns = [
      bigintColumn('sequence', UINT_64, (head) => BigInt(head.sequence)),
      options.received
        ? bigintColumn('receivedNs', MOMENT, (head) => head.receivedNs ?? 0n)
        : emptyTimes('receivedNs'),
      ...(options.sent ? [bigintColumn('sentNs', MOMENT, (head) => head.sentNs ?? 0n)] : []),
      textColumn('type', (head) => head.type),
      ...columns.map((column) => bufferOf(column, options.day)),
    ]
    this.#sink = sink
    const root = { name: 'root', num_children: this.#columns.length }
    this.#schema = [root, ...this.#columns.map((one) => one.element)]
    this.#writer = new HyparquetWriter({
      writer: this.#bytes,
      schema: this.#schema,
      codec: 'SNAPPY' satisfies CompressionCodec,
      statistics: false,
      createdBy: 'tickwire',
    })
  }

  write(head: Readonly<RowHead>, message: MessageView): void {
    const row = this.#rows++
    for (const column of this.#columns) column.set(row, head, message)
    if (this.#rows === GROUP_ROWS) this.#endGroup()
  }

  finish(): void {
    if (this.#rows > 0 || this.#flushed === 0) this.#endGroup()
    for (const { element, meaning } of this.#columns) Object.assign(element, meaning)
    this.#writer.finish()
    this.#flush()
  }

  #endGroup(): void {
    const rows = this.#rows
    this.#rows = 0
    this.#writer.write({
      rowGroupSize: Math.max(1, rows),
      columnData: this.#columns.map(({ element, values }) => ({
        name: element.name,
        data: values.slice(0, rows),
        ...(element.type === 'INT64' || element.type === 'INT32' ? DELTA : {}),
      })),
    })
    this.#flush()
  }

  #flush(): void {
    const bytes = this.#bytes.getBytes()
    this.#sink(bytes.subarray(0, bytes.length))
    this.#flushed += bytes.length
    this.#bytes.index = 0
  }
}

/** Neighbouring times, sequences and prices differ by little. */
const DELTA = { encoding: 'DELTA_BINARY_PACKED' } as const

function bigintColumn(
  name: string,
  meaning: Meaning,
  read: (head: Readonly<RowHead>, message: MessageView) => bigint,
): Buffered {
  const values = new BigInt64Array(GROUP_ROWS)
  return {
    element: { name, type: 'INT64', repetition_type: 'REQUIRED' },
    meaning,
    values,
    set(row, head, message) {
      values[row] = read(head, message)
    },
  }
}

/** A column of times that nobody noted. */
function emptyTimes(name: string): Buffered {
  const values = new Array<null>(GROUP_ROWS).fill(null)
  const element: SchemaElement = { name, type: 'INT64', repetition_type: 'OPTIONAL' }
  return { element, meaning: MOMENT, values, set() {} }
}

function textColumn(
  name: string,
  read: (head: Readonly<RowHead>, message: MessageView) => string,
): Buffered {
  const values = new Array<string>(GROUP_ROWS).fill('')
  return {
    element: { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'REQUIRED' },
    meaning: {},
    values,
    set(row, head, message) {
      values[row] = read(head, message)
    },
  }
}

function bufferOf(column: Column, day: MarketDay | undefined): Buffered {
  if (column.nullable) return nullableColumn(column, day)
  const { name, kind, bits } = column
  if (kind === 'text' || kind === 'code') return textColumn(name, (_, view) => column.text(view))
  if (kind === 'float') return numberColumn(column, 'DOUBLE', {}, new Float64Array(GROUP_ROWS))
  const moment = kind === 'time' && isMoment(column, day)
  if (moment) return bigintColumn(name, MOMENT, (_, view) => momentOf(column, view, day) ?? 0n)
  const meaning = meaningOf(column)
  if (bits <= 32 && kind !== 'decimal') {
    return numberColumn(column, 'INT32', meaning, new Int32Array(GROUP_ROWS))
  }
  return bigintColumn(name, meaning, (_, view) => BigInt(column.exact(view)))
}

function numberColumn(
  column: Column,
  type: 'INT32' | 'DOUBLE',
  meaning: Meaning,
  values: Int32Array | Float64Array,
): Buffered {
  return {
    element: { name: column.name, type, repetition_type: 'REQUIRED' },
    meaning,
    values,
    // Unsigned numbers keep their bits; the schema says that they are unsigned.
    set(row, _head, message) {
      values[row] = column.number(message)
    },
  }
}

/** A field that some messages do not have, and any type that is rare. */
function nullableColumn(column: Column, day: MarketDay | undefined): Buffered {
  const { name, kind } = column
  const values = new Array<unknown>(GROUP_ROWS).fill(null)
  const text = kind === 'text' || kind === 'code'
  const moment = kind === 'time' && isMoment(column, day)
  const read = (message: MessageView): unknown => {
    if (text) return column.text(message)
    if (kind === 'float') return column.number(message)
    const value = moment ? momentOf(column, message, day) : column.exact(message)
    return BigInt.asIntN(64, BigInt(value ?? 0))
  }
  const physical = kind === 'float' ? 'DOUBLE' : 'INT64'
  return {
    element: text
      ? { name, type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' }
      : { name, type: physical, repetition_type: 'OPTIONAL' },
    meaning: text || kind === 'float' ? {} : moment ? MOMENT : wideMeaningOf(column),
    values,
    set(row, _head, message) {
      values[row] = column.isNull(message) ? null : read(message)
    },
  }
}

function isMoment({ unit }: Column, day: MarketDay | undefined): boolean {
  return unit === 'ns-since-1970' || (unit === 'ns-of-day' && day !== undefined)
}

function meaningOf(column: Column): Meaning {
  if (column.bits <= 32 && column.kind !== 'decimal' && column.unit !== 'ns-of-day') {
    return column.signed ? {} : UINT_32
  }
  return wideMeaningOf(column)
}

/** Of a column that is stored in 64 bits. */
function wideMeaningOf({ kind, decimals, unit, signed, bits }: Column): Meaning {
  if (kind === 'decimal') {
    return { converted_type: 'DECIMAL', precision: DECIMAL_DIGITS, scale: decimals ?? 0 }
  }
  if (unit === 'ns-of-day') return TIME_OF_DAY
  return signed || bits < 64 ? {} : UINT_64
}
