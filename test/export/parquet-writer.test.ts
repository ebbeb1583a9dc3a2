import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { DuckDBInstance } from '@duckdb/node-api'
import { columnsOf } from '../../src/codec/column/column.js'
import { QuoteUpdateView } from '../../src/codec/iex/index.js'
import { AddOrderView, MwcbDeclineLevelView } from '../../src/codec/itch50/index.js'
import { PROTOCOLS } from '../../src/codec/protocols.js'
import { MarketDay } from '../../src/codec/value/market-day.js'
import { type ParquetOptions, ParquetWriter } from '../../src/export/parquet-writer.js'

type Row = Record<string, unknown>

function columns(protocol: 'itch50' | 'tops16', name: string) {
  const { table } = PROTOCOLS[protocol]
  const message = table.messages.find((one) => one.name === name)
  assert.ok(message)
  return columnsOf(table, message)
}

/** Writes a file and runs a query over it, in which `ROWS` stands for the file. */
async function query(
  t: TestContext,
  write: (sink: (bytes: Uint8Array) => void) => void,
  sql: string,
): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickwire-parquet-'))
  t.after(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'rows.parquet')
  const chunks: Buffer[] = []
  write((bytes) => chunks.push(Buffer.from(bytes)))
  writeFileSync(file, Buffer.concat(chunks))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  try {
    const reader = await connection.runAndReadAll(sql.replaceAll('ROWS', `'${file}'`))
    return reader.getRowObjectsJson()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

const ALL: ParquetOptions = { received: true, sent: true, day: undefined }

test('DuckDB reads quotes from Parquet: types, sums and nanoseconds', async (t) => {
  const rows = 260_001
  const first = 1_471_872_600_000_000_001n
  const view = new QuoteUpdateView()
  const bytes = new DataView(new ArrayBuffer(QuoteUpdateView.LENGTH))
  const write = (sink: (bytes: Uint8Array) => void) => {
    const writer = new ParquetWriter(columns('tops16', 'quoteUpdate'), ALL, sink)
    for (let i = 0; i < rows; i++) {
      view.init(bytes)
      view.timestamp = first + BigInt(i)
      view.symbol = `TW${i % 100}`
      view.bidSize = 4_294_967_295 - i
      view.bidPriceMantissa = 97_000 + i
      view.askPriceMantissa = -1
      const receivedNs = first + 7n + BigInt(i)
      const head = { sequence: i + 1, receivedNs, sentNs: receivedNs - 5n, type: 'quoteUpdate' }
      writer.write(head, view)
    }
    writer.finish()
  }
  const [totals] = await query(
    t,
    write,
    `SELECT count(*)::INT AS rows, max(sequence)::VARCHAR AS last, sum(bidPrice)::VARCHAR AS price,
       min(askPrice)::VARCHAR AS ask, max(bidSize)::VARCHAR AS size, count(distinct symbol)::INT AS symbols,
       epoch_ns(min(receivedNs))::VARCHAR AS received, epoch_ns(max(sentNs))::VARCHAR AS sent,
       epoch_ns(max(timestamp))::VARCHAR AS stamp, any_value(type) AS type
     FROM ROWS`,
  )
  const mantissas = BigInt(rows) * 97_000n + (BigInt(rows) * BigInt(rows - 1)) / 2n
  const text = String(mantissas)
  assert.deepEqual(totals, {
    rows,
    last: String(rows),
    price: `${text.slice(0, -4)}.${text.slice(-4)}`,
    ask: '-0.0001',
    size: '4294967295',
    symbols: 100,
    received: String(first + 7n),
    sent: String(first + 2n + BigInt(rows - 1)),
    stamp: String(first + BigInt(rows - 1)),
    type: 'quoteUpdate',
  })
  const types = await query(t, write, 'DESCRIBE SELECT * FROM ROWS')
  const byName = Object.fromEntries(types.map((one) => [one['column_name'], one['column_type']]))
  assert.deepEqual(byName, {
    sequence: 'UBIGINT',
    receivedNs: 'TIMESTAMP_NS',
    sentNs: 'TIMESTAMP_NS',
    type: 'VARCHAR',
    flags: 'UINTEGER',
    timestamp: 'TIMESTAMP_NS',
    symbol: 'VARCHAR',
    bidSize: 'UINTEGER',
    bidPrice: 'DECIMAL(18,4)',
    askPrice: 'DECIMAL(18,4)',
    askSize: 'UINTEGER',
  })
})

for (const [title, day, expected] of [
  [
    'a moment where the day is known',
    new MarketDay('2019-01-30', 'America/New_York'),
    '2019-01-30 14:30:00.123456789',
  ],
  ['a time of day where it is not', undefined, '09:30:00.123456789'],
] as const) {
  test(`A time since midnight is ${title}, in Parquet as DuckDB reads it`, async (t) => {
    const view = new AddOrderView()
    view.init(new DataView(new ArrayBuffer(AddOrderView.LENGTH)))
    view.timestamp = 34_200_123_456_789
    view.orderReferenceNumber = 18_446_744_073_709_551_615n
    const [row] = await query(
      t,
      (sink) => {
        const options = { received: false, sent: false, day }
        const writer = new ParquetWriter(columns('itch50', 'addOrder'), options, sink)
        writer.write({ sequence: 1, receivedNs: null, sentNs: null, type: 'addOrder' }, view)
        writer.finish()
      },
      'SELECT timestamp::VARCHAR AS stamp, orderReferenceNumber::VARCHAR AS id, receivedNs AS received FROM ROWS',
    )
    assert.deepEqual(row, { stamp: expected, id: '18446744073709551615', received: null })
  })
}

test('Prices of eight decimal places keep them in Parquet', async (t) => {
  const view = new MwcbDeclineLevelView()
  view.init(new DataView(new ArrayBuffer(MwcbDeclineLevelView.LENGTH)))
  view.level1Mantissa = 123_456_789_012n
  const [row] = await query(
    t,
    (sink) => {
      const writer = new ParquetWriter(columns('itch50', 'mwcbDeclineLevel'), ALL, sink)
      writer.write({ sequence: 1, receivedNs: 1n, sentNs: 1n, type: 'mwcbDeclineLevel' }, view)
      writer.finish()
    },
    'SELECT level1::VARCHAR AS level FROM ROWS',
  )
  assert.deepEqual(row, { level: '1234.56789012' })
})

test('A table without rows is a Parquet file that DuckDB reads', async (t) => {
  const [row] = await query(
    t,
    (sink) => new ParquetWriter(columns('tops16', 'quoteUpdate'), ALL, sink).finish(),
    'SELECT count(*)::INT AS rows FROM ROWS',
  )
  assert.deepEqual(row, { rows: 0 })
})
