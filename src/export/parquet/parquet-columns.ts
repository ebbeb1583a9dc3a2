import type { SchemaElement } from 'hyparquet'
import type { Column } from '../../codec/column/column.js'
import type { MarketDay } from '../../codec/value/market-day.js'
import type { ParquetColumn } from './encode-column.js'

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

/** What the columns of a table are made by. */
export interface ParquetShape {
  readonly received: boolean
  readonly sent: boolean
  readonly day: MarketDay | undefined
}

/** The columns that every row has, then a message's own. */
export function parquetColumns(
  columns: readonly Column[],
  { received, sent, day }: ParquetShape,
): readonly ParquetColumn[] {
  return [
    { element: required('sequence', 'INT64', UINT_64), from: 'sequences' },
    received
      ? { element: required('receivedNs', 'INT64', MOMENT), from: 'receivedNs' }
      : { element: optional('receivedNs', 'INT64', MOMENT), from: 'nothing' },
    ...(sent ? [{ element: required('sentNs', 'INT64', MOMENT), from: 'sentNs' } as const] : []),
    { element: required('type', 'BYTE_ARRAY', TEXT), from: 'type' },
    ...columns.map((column) => fieldColumn(column, day)),
  ]
}

const TEXT: Meaning = { converted_type: 'UTF8' }

function fieldColumn(column: Column, day: MarketDay | undefined): ParquetColumn {
  const { name, kind, bits, nullable } = column
  const element = nullable ? optional : required
  const isText = kind === 'text' || kind === 'code' || kind === 'nested'
  if (isText) return { element: element(name, 'BYTE_ARRAY', TEXT), from: 'texts', column }
  if (kind === 'float') return { element: element(name, 'DOUBLE', {}), from: 'floats', column }
  if (kind === 'time' && isMoment(column, day)) {
    return { element: element(name, 'INT64', MOMENT), from: 'moments', column, day }
  }
  // Unsigned numbers keep their bits; the schema says that they are unsigned.
  if (bits <= 32 && kind !== 'decimal' && column.unit !== 'ns-of-day' && !nullable) {
    const meaning = column.signed ? {} : UINT_32
    return { element: element(name, 'INT32', meaning), from: 'integers', column }
  }
  return { element: element(name, 'INT64', wideMeaningOf(column)), from: 'integers', column }
}

function isMoment({ unit }: Column, day: MarketDay | undefined): boolean {
  return unit === 'ns-since-1970' || (unit === 'ns-of-day' && day !== undefined)
}

/** Of a column that is stored in 64 bits. */
function wideMeaningOf({ kind, decimals, unit, signed, bits }: Column): Meaning {
  if (kind === 'decimal') {
    return { converted_type: 'DECIMAL', precision: DECIMAL_DIGITS, scale: decimals ?? 0 }
  }
  if (unit === 'ns-of-day') return TIME_OF_DAY
  return signed || bits < 64 ? {} : UINT_64
}

type Physical = 'INT32' | 'INT64' | 'DOUBLE' | 'BYTE_ARRAY'

function required(name: string, type: Physical, meaning: Meaning): SchemaElement {
  return { name, type, repetition_type: 'REQUIRED', ...meaning }
}

function optional(name: string, type: Physical, meaning: Meaning): SchemaElement {
  return { name, type, repetition_type: 'OPTIONAL', ...meaning }
}
