import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { type Column, columnsOf } from '../../src/codec/column/column.js'
import type { Field, MessageTable, ProtocolTable } from '../../src/codec/table/field-table.js'
import { ByteOutput } from '../../src/export/parquet/byte-output.js'
import { encodeDeltas } from '../../src/export/parquet/encodings.js'
import { ParquetWriter } from '../../src/export/parquet-writer.js'
import { MessageView } from '../../src/wire/message-view.js'

const NONE = { received: false, sent: false, day: undefined }
const HEAD = { receivedNs: null, sentNs: null, type: 'made' }

/** Repeatable bits. */
function randomWords(seed: number): () => number {
  let state = seed
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
}

function tableOf(fields: readonly Field[], byteOrder: 'little' | 'big'): readonly Column[] {
  const message = { name: 'made', fields } as unknown as MessageTable
  return columnsOf({ byteOrder } as ProtocolTable, message)
}

/** Writes messages as a Parquet file. */
function parquetOf(columns: readonly Column[], messages: readonly Uint8Array[]): Buffer {
  const chunks: Buffer[] = []
  const writer = new ParquetWriter(columns, NONE, (bytes) => chunks.push(Buffer.from(bytes)))
  const view = new MessageView()
  messages.forEach((bytes, i) => {
    view.wrap(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)
    writer.write({ ...HEAD, sequence: i + 1 }, view)
  })
  writer.finish()
  return Buffer.concat(chunks)
}

/** All values as DuckDB writes them as text, in order; null where there is none. */
async function duckRows(
  t: TestContext,
  file: Buffer,
  columns: readonly Column[],
): Promise<Record<string, string | null>[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-encodings-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'made.parquet')
  writeFileSync(path, file)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const texts = columns.map(({ name }) => `"${name}"::VARCHAR AS "${name}"`)
    const reader = await connection.runAndReadAll(
      `SELECT ${texts.join(', ')} FROM '${path}' ORDER BY sequence`,
    )
    return reader.getRowObjectsJson() as Record<string, string | null>[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function encodingsOf(file: Buffer): Promise<Record<string, readonly string[]>> {
  const bytes = new Uint8Array(file).buffer
  const [group] = parquetMetadata(bytes).row_groups
  return Object.fromEntries(
    (group?.columns ?? []).map(({ meta_data: meta }) => [
      meta?.path_in_schema.join('.') ?? '',
      meta?.encodings ?? [],
    ]),
  )
}

/** Compares what a column reads with what stands in the table. */
function assertSame(
  columns: readonly Column[],
  messages: readonly Uint8Array[],
  rows: readonly Record<string, string | null>[],
): void {
  assert.equal(rows.length, messages.length)
  const view = new MessageView()
  messages.forEach((bytes, i) => {
    view.wrap(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)
    for (const column of columns) {
      const found = rows[i]?.[column.name] ?? null
      if (column.isNull(view)) assert.equal(found, null, `${column.name} of row ${i}`)
      else if (column.kind === 'float' || column.kind === 'decimal') {
        assert.equal(Number(found), Number(column.text(view)), `${column.name} of row ${i}`)
      } else assert.equal(found, column.text(view), `${column.name} of row ${i}`)
    }
  })
}

const FIELDS: readonly Field[] = [
  { name: 'tiny', type: 'u8', offset: 0 },
  { name: 'small', type: 'i16', offset: 1 },
  { name: 'int', type: 'i32', offset: 3 },
  { name: 'uint', type: 'u32', offset: 7 },
  { name: 'near', type: 'u48', offset: 11 },
  { name: 'long', type: 'i64', offset: 17 },
  { name: 'ulong', type: 'u64', offset: 25 },
  { name: 'price', type: 'i64', offset: 33, decimals: 4 },
  { name: 'cheap', type: 'u32', offset: 41, decimals: 4 },
  { name: 'double', type: 'f64', offset: 45 },
  { name: 'side', type: 'char', offset: 53 },
  { name: 'symbol', type: 'text', offset: 54, length: 8 },
  { name: 'mpid', type: 'text', offset: 62, length: 4 },
  { name: 'odd', type: 'text', offset: 66, length: 3 },
  { name: 'note', type: 'text', offset: 69, length: 11 },
]
const LENGTH = 80

/** A message of {@link FIELDS}: numbers walk in small steps, or are any bits at all. */
function messageOf(
  row: number,
  next: () => number,
  littleEndian: boolean,
  wild: boolean,
): Uint8Array {
  const bytes = new Uint8Array(LENGTH)
  const view = new DataView(bytes.buffer)
  if (wild) {
    for (let i = 0; i < 45; i++) bytes[i] = next()
    // DECIMAL(18, 4) has no more digits.
    view.setBigInt64(33, BigInt(next()) * (row % 2 === 0 ? 1n : -1n), littleEndian)
  } else {
    view.setUint8(0, row & 0xff)
    view.setInt16(1, -(row % 100), littleEndian)
    view.setInt32(3, row % 2 === 0 ? -2_147_483_648 : 2_147_483_647, littleEndian)
    view.setUint32(7, row % 3 === 0 ? 4_294_967_295 : row, littleEndian)
    view.setUint32(11, row * 7, littleEndian)
    // Across the border of the low word, and across nought.
    view.setBigInt64(17, BigInt(row - 500) * 4_294_967n, littleEndian)
    view.setBigUint64(25, 2n ** 64n - 1n - BigInt(next() >>> 8), littleEndian)
    view.setBigInt64(33, BigInt(row) * 100n - 5_000n, littleEndian)
    view.setUint32(41, next(), littleEndian)
  }
  view.setFloat64(45, (row - 7) / 3, littleEndian)
  const text = (offset: number, length: number, of: string) =>
    bytes.set(Buffer.from(of.padEnd(length).slice(0, length), 'latin1'), offset)
  text(53, 1, 'BSé'[row % 3] ?? 'B')
  text(54, 8, wild ? `${next() % 100_000}` : `TW${row % 40}`)
  text(62, 4, `M${row % 5}`)
  text(66, 3, row % 10 === 0 ? '' : 'ab')
  text(69, 11, row % 2 === 0 ? 'a,"long" one' : 'short')
  return bytes
}

for (const byteOrder of ['little', 'big'] as const) {
  for (const rows of [1, 2, 33, 128, 129, 1_000]) {
    for (const wild of [false, true]) {
      const what = `${rows} rows of ${wild ? 'any bits' : 'neighbours'}, ${byteOrder} end first`
      test(`DuckDB reads from Parquet every value of ${what}`, async (t) => {
        const columns = tableOf(FIELDS, byteOrder)
        const next = randomWords(rows + 1)
        const messages = Array.from({ length: rows }, (_, i) =>
          messageOf(i, next, byteOrder === 'little', wild),
        )
        const file = parquetOf(columns, messages)
        assertSame(columns, messages, await duckRows(t, file, columns))
        if (rows < 33) return
        const found = await encodingsOf(file)
        const wide = wild ? 'PLAIN' : 'DELTA_BINARY_PACKED'
        assert.deepEqual(found['ulong'], [wide])
        assert.deepEqual(found['uint'], ['DELTA_BINARY_PACKED'])
        assert.deepEqual(found['symbol'], ['PLAIN', 'RLE_DICTIONARY'])
      })
    }
  }
}

test('Differences of 32 bits wrap, so that none takes more bits than the type has', () => {
  const output = new ByteOutput()
  const [least, most] = [-2_147_483_648, 2_147_483_647]
  encodeDeltas(output, Float64Array.of(least, most, least), 3, 0n, 32)
  // 128 in a block, 4 miniblocks, 3 values; the first one; the least difference; widths; 0 and 2.
  const head = '80010403' + 'ffffffff0f' + '01' + '02000000'
  assert.equal(Buffer.from(output.bytes).toString('hex'), `${head}0800000000000000`)
})

/** A field that only some messages have. */
class OptionalColumn implements Column {
  readonly nullable = true
  readonly place = undefined
  readonly name: string
  readonly kind: Column['kind']
  readonly bytes: number
  readonly bits: number
  readonly signed: boolean
  readonly decimals: number | null
  readonly unit: Column['unit']
  readonly doc = ''
  readonly #column: Column
  readonly #isNull: (row: number) => boolean

  constructor(column: Column, isNull: (row: number) => boolean) {
    this.name = column.name
    this.kind = column.kind
    this.bytes = column.bytes
    this.bits = column.bits
    this.signed = column.signed
    this.decimals = column.decimals
    this.unit = column.unit
    this.#column = column
    this.#isNull = isNull
  }

  isNull(view: MessageView): boolean {
    return this.#isNull(view.bytes.getUint8(view.offset))
  }

  number(view: MessageView): number {
    return this.#column.number(view)
  }

  exact(view: MessageView): number | bigint {
    return this.#column.exact(view)
  }

  text(view: MessageView): string {
    return this.#column.text(view)
  }

  json(view: MessageView): string {
    return this.#column.json(view)
  }
}

for (const [title, isNull] of [
  ['some messages', (row: number) => row % 3 === 0],
  ['no message', () => true],
  ['every message', () => false],
] as const) {
  test(`DuckDB reads from Parquet what ${title} have`, async (t) => {
    const [tiny, ...others] = tableOf(FIELDS, 'little')
    assert.ok(tiny)
    const columns = [tiny, ...others.map((column) => new OptionalColumn(column, isNull))]
    const next = randomWords(5)
    const messages = Array.from({ length: 200 }, (_, i) => messageOf(i, next, true, false))
    const file = parquetOf(columns, messages)
    assertSame(columns, messages, await duckRows(t, file, columns))
  })
}

test('hyparquet reads the same values as DuckDB', async (t) => {
  const columns = tableOf(FIELDS, 'little').filter(({ kind }) => kind !== 'decimal')
  const next = randomWords(3)
  const messages = Array.from({ length: 500 }, (_, i) => messageOf(i, next, true, false))
  const bytes = parquetOf(columns, messages)
  const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer })
  const byDuck = await duckRows(t, bytes, columns)
  const text = (value: unknown) => (value instanceof Uint8Array ? '' : String(value))
  assert.deepEqual(
    rows.map((row) => columns.map(({ name, kind }) => (kind === 'float' ? '' : text(row[name])))),
    byDuck.map((row) => columns.map(({ name, kind }) => (kind === 'float' ? '' : row[name]))),
  )
})

test('A group of rows ends before its messages fill the memory', async () => {
  const columns = tableOf([{ name: 'note', type: 'text', offset: 0, length: 60_000 }], 'little')
  const message = new Uint8Array(60_000).fill(0x41)
  const file = parquetOf(
    columns,
    Array.from({ length: 1_200 }, () => message),
  )
  const { row_groups: groups, num_rows: rows } = parquetMetadata(new Uint8Array(file).buffer)
  assert.equal(rows, 1_200n)
  assert.deepEqual(
    groups.map((group) => group.num_rows),
    [560n, 560n, 80n],
  )
})
