import type { Encoding, SchemaElement } from 'hyparquet'
import type { Column } from '../../codec/column/column.js'
import type { MarketDay } from '../../codec/value/market-day.js'
import { MessageView } from '../../wire/message-view.js'
import { momentOf } from '../time-text.js'
import { ByteOutput } from './byte-output.js'
import { Dictionary } from './dictionary.js'
import { bitsOf, encodeDeltas, encodeHybrid } from './encodings.js'
import { takeFromArray, takeNarrow, takeWide } from './numbers.js'
import type { RowStore } from './row-store.js'

/** A column of the file: what its schema says, and where its values come from. */
export type ParquetColumn = {
  readonly element: SchemaElement
} & (
  | { readonly from: 'sequences' | 'receivedNs' | 'sentNs' | 'type' | 'nothing' }
  | { readonly from: 'texts' | 'floats' | 'integers'; readonly column: Column }
  | { readonly from: 'moments'; readonly column: Column; readonly day: MarketDay | undefined }
)

/** A column of one group as it stands in the file. Valid until the next one is encoded. */
export interface EncodedColumn {
  /** Texts that values are numbers of. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly count: number } | undefined
  readonly encoding: Encoding
  /** Which rows have a value; empty where all have. */
  readonly levels: Uint8Array
  readonly values: Uint8Array
  /** How many rows have a value. */
  readonly defined: number
}

// Used by one column after the other, of whatever table: one of each per thread.
const output = new ByteOutput()
const dictionaryOutput = new ByteOutput()
const levelsOutput = new ByteOutput()
const dictionary = new Dictionary()
let numbers = new Float64Array(0)
let wide = new BigInt64Array(0)
let defined = new Uint8Array(0)

const NONE = new Uint8Array(0)

/** Encodes one column of the rows that are held. */
export function encodeColumn(column: ParquetColumn, store: RowStore): EncodedColumn {
  const { rows } = store
  if (numbers.length < rows) {
    numbers = new Float64Array(rows)
    wide = new BigInt64Array(rows)
    defined = new Uint8Array(rows)
  }
  output.clear()
  switch (column.from) {
    case 'sequences':
      return deltas(store.sequences, rows, 0n, 64)
    case 'receivedNs':
    case 'sentNs':
      return wholes(store[column.from], rows)
    case 'type':
      dictionary.takeOne(store.type, rows)
      return texts(rows)
    case 'nothing':
      defined.fill(0, 0, rows)
      return { ...wholes(wide, 0), levels: levelsOf(rows) }
    default:
      return column.column.nullable ? encodeNullable(column, store) : encodeField(column, store)
  }
}

type FieldColumn = Extract<ParquetColumn, { readonly column: Column }>

/** A field that every message has. */
function encodeField(parquet: FieldColumn, store: RowStore): EncodedColumn {
  const { column, from, element } = parquet
  const { rows } = store
  const { place } = column
  if (from === 'texts') {
    if (place === undefined) dictionary.takeEach(store, column)
    else dictionary.takePlaced(store, column, place)
    return texts(rows)
  }
  if (place !== undefined) {
    const isWide = place.type === 'u64' || place.type === 'i64'
    if (!isWide) takeNarrow(store, place, numbers)
    const begin = isWide ? takeWide(store, place, numbers) : 0n
    if (from === 'floats') return floats(numbers, rows)
    if (begin !== undefined) {
      const isDayTime = from === 'moments' && column.unit === 'ns-of-day'
      const base = isDayTime ? begin + (parquet.day?.midnightNs ?? 0n) : begin
      return deltas(numbers, rows, base, element.type === 'INT32' ? 32 : 64)
    }
  }
  if (from === 'floats') {
    const message = new MessageView()
    for (let row = 0; row < rows; row++) numbers[row] = column.number(at(store, row, message))
    return floats(numbers, rows)
  }
  return wholes(wide, takeWholes(parquet, store))
}

/** A field that some messages do not have. */
function encodeNullable(parquet: FieldColumn, store: RowStore): EncodedColumn {
  const { column, from } = parquet
  const { rows } = store
  const message = new MessageView()
  for (let row = 0; row < rows; row++) {
    defined[row] = column.isNull(at(store, row, message)) ? 0 : 1
  }
  const levels = levelsOf(rows)
  if (from === 'texts') {
    return { ...texts(dictionary.takeEach(store, column, defined)), levels }
  }
  if (from !== 'floats') return { ...wholes(wide, takeWholes(parquet, store, defined)), levels }
  let count = 0
  for (let row = 0; row < rows; row++) {
    if (defined[row] === 1) numbers[count++] = column.number(at(store, row, message))
  }
  return { ...floats(numbers, count), levels }
}

/** Takes whole numbers of 64 bits, wherever they stand. @returns how many */
function takeWholes(parquet: FieldColumn, store: RowStore, wanted?: Uint8Array): number {
  const { column, from } = parquet
  const day = from === 'moments' ? parquet.day : undefined
  const message = new MessageView()
  let count = 0
  for (let row = 0; row < store.rows; row++) {
    if (wanted !== undefined && wanted[row] === 0) continue
    at(store, row, message)
    const value = from === 'moments' ? momentOf(column, message, day) : column.exact(message)
    wide[count++] = BigInt(value ?? 0)
  }
  return count
}

function at({ view, offsets }: RowStore, row: number, message: MessageView): MessageView {
  return message.wrap(view, offsets[row], offsets[row + 1] - offsets[row])
}

function wholes(values: BigInt64Array, count: number): EncodedColumn {
  const base = takeFromArray(values, count, numbers)
  if (base !== undefined) return deltas(numbers, count, base, 64)
  output.append(new Uint8Array(values.buffer, values.byteOffset, 8 * count))
  return encoded('PLAIN', count)
}

function floats(values: Float64Array, count: number): EncodedColumn {
  output.append(new Uint8Array(values.buffer, values.byteOffset, 8 * count))
  return encoded('PLAIN', count)
}

function deltas(values: Float64Array, count: number, base: bigint, bits: 32 | 64): EncodedColumn {
  encodeDeltas(output, values, count, base, bits)
  return encoded('DELTA_BINARY_PACKED', count)
}

/** What the dictionary took. */
function texts(count: number): EncodedColumn {
  dictionaryOutput.clear()
  for (const text of dictionary.texts) {
    const bytes = Buffer.from(text)
    dictionaryOutput.uint32(bytes.length)
    dictionaryOutput.append(bytes)
  }
  const width = Math.max(1, bitsOf(Math.max(1, dictionary.texts.length) - 1))
  output.byte(width)
  encodeHybrid(output, dictionary.numbers, count, width)
  const { bytes } = dictionaryOutput
  return {
    ...encoded('RLE_DICTIONARY', count),
    dictionary: { bytes, count: dictionary.texts.length },
  }
}

function encoded(encoding: Encoding, count: number): EncodedColumn {
  return { dictionary: undefined, encoding, levels: NONE, values: output.bytes, defined: count }
}

/** Levels of a flat column: 1 where there is a value. */
function levelsOf(rows: number): Uint8Array {
  levelsOutput.clear()
  encodeHybrid(levelsOutput, defined, rows, 1)
  return levelsOutput.bytes
}
