import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type CounterSection,
  layOutCounters,
  readCountersHeader,
  writeCountersHeader,
} from '../../src/account/counters-layout.js'
import { ErrorLog, errorLogSection, readErrorLog } from '../../src/account/error-log.js'
import { decodeFacts, encodeFacts } from '../../src/account/facts-json.js'
import { LOSS_LOG_BYTES, LossLog, readLossLog } from '../../src/account/loss-log.js'
import { readText, TextWriter, textSection } from '../../src/account/text-section.js'

const TABLE: readonly CounterSection[] = [
  { kind: 'counters', label: 'feed', bytes: 24, fields: { one: 0, two: 2 } },
  { kind: 'state', label: 'tracker', bytes: 200 },
]
const ORIGIN = { processId: 4711, processStart: 123456, startedMs: 1e12, epochSeconds: 1e9 }

test('A block of counters begins as its drawing says', () => {
  const layout = layOutCounters(TABLE)
  const buffer = new ArrayBuffer(layout.bytes)
  writeCountersHeader(buffer, layout, ORIGIN)
  const bytes = Buffer.from(buffer)
  assert.equal(bytes.toString('latin1', 0, 8), 'TICKWIRE')
  assert.equal(bytes.readUInt32LE(8), 1)
  assert.equal(bytes.readUInt32LE(12), 0)
  assert.equal(bytes.readUInt32LE(16), layout.bytes)
  assert.deepEqual(
    [24, 32, 40, 48, 56].map((offset) => bytes.readDoubleLE(offset)),
    [4711, 123456, 1e12, 1e9, 1e12],
  )
  const directory = bytes.toString('utf8', 64, 64 + bytes.readUInt32LE(20))
  assert.deepEqual(JSON.parse(directory), layout.sections)
  for (const { offset } of layout.sections) assert.equal(offset % 128, 0)
})

test('A reader finds in a block what was written, and in other bytes nothing', () => {
  const layout = layOutCounters(TABLE)
  const buffer = new ArrayBuffer(layout.bytes)
  assert.equal(readCountersHeader(buffer), undefined)
  writeCountersHeader(buffer, layout, ORIGIN)
  const header = readCountersHeader(buffer)
  assert.deepEqual(header?.sections, layout.sections)
  assert.equal(header?.processId, 4711)
  assert.equal(readCountersHeader(buffer.slice(0, 100)), undefined, 'a part of one')
  assert.equal(readCountersHeader(new ArrayBuffer(10)), undefined)
  const newer = new Uint8Array(buffer.slice(0))
  newer[8] = 2
  assert.equal(readCountersHeader(newer.buffer), undefined, 'another version')
})

test('LossLog makes one row of a burst, and keeps the newest rows', () => {
  const buffer = new SharedArrayBuffer(LOSS_LOG_BYTES)
  const log = new LossLog(buffer, 0)
  const note = (first: number, count: number, ns: number, cause = 2) => {
    log.first = first
    log.count = count
    log.ns = ns
    log.note(0, cause)
  }
  note(10, 5, 1e9)
  note(20, 1, 1.05e9)
  note(30, 1, 1.06e9, 3)
  note(40, 2, 5e9, 3)
  const { rows } = readLossLog(buffer, 0)
  assert.deepEqual(
    rows.map((row) => [row.cause, row.firstSequence, row.lastSequence, row.count]),
    [
      [2, 10, 20, 6],
      [3, 30, 30, 1],
      [3, 40, 41, 2],
    ],
  )
  assert.deepEqual([rows[0]?.firstNs, rows[0]?.lastNs], [1e9, 1.05e9])
  for (let i = 0; i < 1000; i++) note(100 + 10 * i, 1, 10e9 + i * 1e9)
  const later = readLossLog(buffer, 0)
  assert.equal(later.rowsEver, 1003)
  assert.equal(later.rows.at(-1)?.firstSequence, 100 + 9990)
  assert.equal(later.rows.length, 512)
})

test('ErrorLog counts each error once, and says how many it has no entry for', () => {
  const buffer = new ArrayBuffer(errorLogSection('errors').bytes)
  const log = new ErrorLog(buffer, 0)
  log.note('TW_ONE: first', 1000)
  log.note('TW_ONE: first', 3000)
  log.note('é'.repeat(1000), 4000)
  const [one, long] = readErrorLog(buffer, 0)
  assert.deepEqual(one, { text: 'TW_ONE: first', count: 2, firstMs: 1000, lastMs: 3000 })
  assert.equal(long?.text, 'é'.repeat(240))
  for (let i = 0; i < 100; i++) log.note(`error ${i}`, 5000)
  assert.equal(readErrorLog(buffer, 0).length, 32)
  assert.equal(new Float64Array(buffer, 8, 1)[0], 70)
})

test('A text is read whole or not at all', () => {
  const { bytes } = textSection('facts', 64)
  const buffer = new ArrayBuffer(128 + bytes)
  const writer = new TextWriter(buffer, 128, bytes)
  assert.equal(readText(buffer, 128, bytes), '')
  assert.equal(writer.write('{"a":1}'), true)
  assert.equal(readText(buffer, 128, bytes), '{"a":1}')
  assert.equal(writer.write('x'.repeat(1000)), false)
  assert.equal(readText(buffer, 128, bytes), '{"a":1}')
  new DataView(buffer).setUint32(128, 7, true)
  assert.equal(readText(buffer, 128, bytes), undefined, 'in the midst of a change')
})

test('Facts keep numbers that JSON has no words for', () => {
  const facts = { a: Number.NaN, b: [Number.POSITIVE_INFINITY], c: null, d: undefined, e: 1 }
  assert.deepEqual(decodeFacts(encodeFacts(facts)), {
    ...{ a: Number.NaN, b: [Number.POSITIVE_INFINITY], c: null, e: 1 },
  })
  assert.equal(decodeFacts('{'), undefined)
})
