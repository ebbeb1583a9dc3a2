import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QuoteUpdateView } from '../../src/codec/iex/index.js'
import { AddOrderView } from '../../src/codec/itch50/index.js'
import { PROTOCOLS, type ProtocolName } from '../../src/codec/protocols.js'
import { MarketDay } from '../../src/codec/value/market-day.js'
import { CsvWriter } from '../../src/export/csv-writer.js'
import { JsonLinesWriter, type TextOptions } from '../../src/export/json-lines-writer.js'
import { formatOfName } from '../../src/export/output-format.js'
import { PeakCounter } from '../../src/export/peaks.js'
import { MessageView } from '../../src/wire/message-view.js'

const PLAIN: TextOptions = { sent: true, pretty: false, day: undefined }

function columnsOf(protocol: ProtocolName) {
  const kinds = PROTOCOLS[protocol].kinds
  return (type: string) => kinds.find((kind) => kind.name === type)?.columns ?? []
}

function quote(): QuoteUpdateView {
  const view = new QuoteUpdateView().init(new DataView(new ArrayBuffer(QuoteUpdateView.LENGTH)))
  view.timestamp = 1_471_872_600_000_000_001n
  view.symbol = 'A,"B'
  view.bidSize = 100
  view.bidPriceMantissa = 97_000
  view.askPriceMantissa = 9_007_199_254_740_993n
  return view
}

const HEAD = {
  sequence: 7,
  receivedNs: 1_471_872_600_000_000_009n,
  sentNs: null,
  type: 'quoteUpdate',
}

test('JSON lines have exact prices, and nanoseconds as strings', () => {
  let text = ''
  const writer = new JsonLinesWriter(columnsOf('tops16'), PLAIN, (bytes) => {
    text += Buffer.from(bytes).toString()
  })
  writer.write(HEAD, quote())
  writer.finish()
  assert.equal(
    text,
    '{"sequence":7,"receivedNs":"1471872600000000009","sentNs":null,"type":"quoteUpdate","flags":0,' +
      '"timestamp":"1471872600000000001","symbol":"A,\\"B","bidSize":100,"bidPrice":9.7,' +
      '"askPrice":900719925474.0993,"askSize":0}\n',
  )
})

test('JSON lines show the bytes of messages without a layout', () => {
  let text = ''
  const options = { ...PLAIN, sent: false }
  const writer = new JsonLinesWriter(
    () => [],
    options,
    (bytes) => {
      text += Buffer.from(bytes).toString()
    },
  )
  const view = new MessageView().wrap(new DataView(Uint8Array.of(9, 1, 255).buffer), 1, 2)
  writer.write({ ...HEAD, receivedNs: null, type: 'message' }, view)
  writer.finish()
  assert.equal(text, '{"sequence":7,"receivedNs":null,"type":"message","bytes":"01ff"}\n')
})

test('JSON lines show moments in ISO form, and times of day where no day is known', () => {
  const view = new AddOrderView().init(new DataView(new ArrayBuffer(AddOrderView.LENGTH)))
  view.timestamp = 34_200_123_456_789
  const stamps = [undefined, new MarketDay('2026-03-02', 'America/New_York')].map((day) => {
    let text = ''
    const options = { sent: false, pretty: true, day }
    const writer = new JsonLinesWriter(columnsOf('itch50'), options, (bytes) => {
      text += Buffer.from(bytes).toString()
    })
    writer.write({ ...HEAD, type: 'addOrder' }, view)
    writer.finish()
    return (JSON.parse(text) as { timestamp: string }).timestamp
  })
  assert.deepEqual(stamps, ['09:30:00.123456789', '2026-03-02T14:30:00.123456789Z'])
})

test('CSV quotes what needs it, and names its columns first', () => {
  const { columns } = { columns: columnsOf('tops16')('quoteUpdate') }
  let text = ''
  const writer = new CsvWriter(columns, PLAIN, (bytes) => {
    text += Buffer.from(bytes).toString()
  })
  writer.write(HEAD, quote())
  writer.finish()
  assert.deepEqual(text.split('\r\n'), [
    'sequence,receivedNs,sentNs,type,flags,timestamp,symbol,bidSize,bidPrice,askPrice,askSize',
    '7,1471872600000000009,,quoteUpdate,0,1471872600000000001,"A,""B",100,9.7,900719925474.0993,0',
    '',
  ])
})

test('A name tells format and packing, or is refused', () => {
  assert.deepEqual(formatOfName('a.csv.gz'), { format: 'csv', packing: 'gzip' })
  assert.deepEqual(formatOfName('a/b.jsonl'), { format: 'jsonl', packing: 'none' })
  assert.deepEqual(formatOfName('x.parquet'), { format: 'parquet', packing: 'none' })
  for (const name of ['a.txt', 'parquet', 'a.gz', 'x.parquet.gz']) {
    assert.throws(() => formatOfName(name), { code: 'TW_BAD_OPTION' }, name)
  }
})

test('PeakCounter finds the busiest sliding windows, wherever they begin', () => {
  const times = [0, 0.9e6, 1.5e6, 1.6e6, 1.8e6, 11e6, 500e6, 1_499e6, 1_500e6]
  const counts = [3, 1, 4, 1, 5, 9, 2, 6, 5]
  const peaks = new PeakCounter()
  for (const [i, time] of times.entries()) peaks.note(time, counts[i] ?? 0)
  const busiest = (lengthNs: number) =>
    Math.max(
      ...times.map((end) =>
        times.reduce(
          (sum, time, i) => (time <= end && time > end - lengthNs ? sum + (counts[i] ?? 0) : sum),
          0,
        ),
      ),
    )
  assert.deepEqual(peaks.peaks(), {
    '1ms': busiest(1e6),
    '10ms': busiest(1e7),
    '100ms': busiest(1e8),
    '1s': busiest(1e9),
  })
})

test('PeakCounter holds more datagrams than it has room for at first', () => {
  const peaks = new PeakCounter()
  for (let i = 0; i < 20_000; i++) peaks.note(i * 1_000, 1)
  assert.deepEqual(peaks.peaks(), { '1ms': 1_000, '10ms': 10_000, '100ms': 20_000, '1s': 20_000 })
})
