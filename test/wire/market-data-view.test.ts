import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionEpoch } from '../../src/foundation/clock.js'
import { MARKET_DATA_BYTES, MarketDataView, SIDE } from '../../src/wire/market-data-view.js'
import { MessageView } from '../../src/wire/message-view.js'
import { bytesOf, MARGIN_BYTES, surrounded } from './watched-view.js'

const EPOCH_SECONDS = 1_700_000_000
const EPOCH_NS = BigInt(EPOCH_SECONDS) * 1_000_000_000n
const EPOCH = sessionEpoch(EPOCH_SECONDS)

/**
 * 2023-11-14T22:13:20.123456789Z, ask of 7 at -12.345678901, sequence 2^32 - 2, instrument 3;
 * packed by an independent program (struct.pack of Python with '<QqIIIB').
 */
const GOLDEN = bytesOf(`
  15 cd 85 3d fe 9c 97 17
  cb e3 23 20 fd ff ff ff
  fe ff ff ff  03 00 00 00  07 00 00 00  02`)

const u32 = fc.oneof(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.constantFrom(0, 2 ** 32 - 1))
const safeInteger = fc.oneof(
  fc.maxSafeInteger(),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(-(2 ** 32), -(2 ** 32) - 1, 2 ** 32 - 1, 2 ** 32, -(2 ** 53) + 1, 2 ** 53 - 1),
)

/** A view of a message of zeros at an offset that is aligned to nothing. */
function blank(): { view: MarketDataView; bytes: DataView; offset: number } {
  const offset = 3
  const bytes = new DataView(new SharedArrayBuffer(offset + MARKET_DATA_BYTES))
  return { view: new MarketDataView(EPOCH).wrap(bytes, offset, MARKET_DATA_BYTES), bytes, offset }
}

test('MarketDataView reads every field of a message written by hand', () => {
  const view = new MarketDataView(EPOCH)
  view.wrap(surrounded(GOLDEN, 0xff), MARGIN_BYTES, GOLDEN.length)
  assert.equal(GOLDEN.length, MARKET_DATA_BYTES)
  assert.equal(view.timestampNs, EPOCH_NS + 123_456_789n)
  assert.equal(view.sentNs, 123_456_789)
  assert.equal(view.priceMantissa, -12_345_678_901)
  assert.equal(view.price, -12.345678901)
  assert.equal(view.sequence, 2 ** 32 - 2)
  assert.equal(view.instrument, 3)
  assert.equal(view.quantity, 7)
  assert.equal(view.side, SIDE.ask)
})

test('MarketDataView writes the same bytes that were written by hand, and none beside them', () => {
  const memory = new Uint8Array(new SharedArrayBuffer(MARKET_DATA_BYTES + 2 * MARGIN_BYTES))
  memory.fill(0xaa)
  const view = new MarketDataView(EPOCH)
  view.wrap(new DataView(memory.buffer), MARGIN_BYTES, MARKET_DATA_BYTES)
  view.sentNs = 123_456_789
  view.price = -12.345678901
  view.sequence = 2 ** 32 - 2
  view.instrument = 3
  view.quantity = 7
  view.side = SIDE.ask
  const end = MARGIN_BYTES + MARKET_DATA_BYTES
  assert.deepEqual(Uint8Array.from(memory.subarray(MARGIN_BYTES, end)), GOLDEN)
  assert.ok(memory.subarray(0, MARGIN_BYTES).every((byte) => byte === 0xaa))
  assert.ok(memory.subarray(end).every((byte) => byte === 0xaa))
})

test('MarketDataView is a MessageView that wrap moves', () => {
  const { view, bytes, offset } = blank()
  assert.ok(view instanceof MessageView)
  assert.equal(view.wrap(bytes, offset, MARKET_DATA_BYTES), view)
  assert.equal(view.bytes, bytes)
  assert.equal(view.offset, offset)
  assert.equal(view.length, MARKET_DATA_BYTES)
})

test('MarketDataView gives back every combination of fields that it was given', () => {
  const { view } = blank()
  const side = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(u32, u32, u32, side, safeInteger, safeInteger, (a, b, c, d, mantissa, sentNs) => {
      view.sequence = a
      view.instrument = b
      view.quantity = c
      view.side = d
      view.priceMantissa = mantissa
      view.sentNs = sentNs
      const read = [view.sequence, view.instrument, view.quantity, view.side]
      assert.deepEqual(read, [a, b, c, d])
      assert.equal(view.priceMantissa, mantissa)
      assert.equal(view.sentNs, sentNs)
    }),
    { numRuns: 5_000 },
  )
})

test('MarketDataView agrees with 64-bit integers on prices and times, in both directions', () => {
  const { view, bytes, offset } = blank()
  fc.assert(
    fc.property(safeInteger, safeInteger, (mantissa, sentNs) => {
      view.priceMantissa = mantissa
      assert.equal(bytes.getBigInt64(offset + 8, true), BigInt(mantissa))
      view.sentNs = sentNs
      assert.equal(view.timestampNs, EPOCH_NS + BigInt(sentNs))

      bytes.setBigInt64(offset + 8, BigInt(sentNs), true)
      assert.equal(view.priceMantissa, sentNs)
      view.timestampNs = EPOCH_NS + BigInt(mantissa)
      assert.equal(view.sentNs, mantissa)
    }),
    { numRuns: 5_000 },
  )
})

test('MarketDataView carries into the high half of a time whatever the epoch is', () => {
  const seconds = fc.integer({ min: 10_000_000, max: 9_000_000_000 })
  fc.assert(
    fc.property(seconds, safeInteger, (unixSeconds, sentNs) => {
      const view = new MarketDataView(sessionEpoch(unixSeconds))
      view.wrap(new DataView(new ArrayBuffer(29)), 0, 29)
      view.sentNs = sentNs
      assert.equal(view.timestampNs, BigInt(unixSeconds) * 1_000_000_000n + BigInt(sentNs))
      assert.equal(view.sentNs, sentNs)
    }),
    { numRuns: 5_000 },
  )
})

test('MarketDataView carries when the low half of a time is exactly full', () => {
  const { view } = blank()
  for (const beside of [-1, 0, 1]) {
    view.sentNs = 2 ** 32 - EPOCH.lowNs + beside
    assert.equal(view.timestampNs, EPOCH_NS + BigInt(2 ** 32 - EPOCH.lowNs + beside))
  }
})

test('MarketDataView has a negative time for a message sent before the epoch', () => {
  const { view } = blank()
  view.timestampNs = EPOCH_NS - 1n
  assert.equal(view.sentNs, -1)
})

test('MarketDataView takes the nearest mantissa of a price', () => {
  const { view } = blank()
  view.price = 0.1 + 0.2
  assert.equal(view.priceMantissa, 300_000_000)
  view.price = 1.0000000006
  assert.equal(view.priceMantissa, 1_000_000_001)
  view.price = -1.0000000006
  assert.equal(view.priceMantissa, -1_000_000_001)
  view.price = 1.0000000004
  assert.equal(view.priceMantissa, 1_000_000_000)
})

test('MarketDataView keeps the mantissa of a price that is read and written back', () => {
  const { view } = blank()
  const mantissas = fc.integer({ min: -(2 ** 51) + 1, max: 2 ** 51 - 1 })
  fc.assert(
    fc.property(mantissas, (mantissa) => {
      view.priceMantissa = mantissa
      const { price } = view
      view.priceMantissa = 0
      view.price = price
      assert.equal(view.priceMantissa, mantissa)
    }),
    { numRuns: 20_000 },
  )
})

test('MarketDataView wraps a sequence that is counted past its 32 bits', () => {
  const { view } = blank()
  view.sequence = 2 ** 32 + 5
  assert.equal(view.sequence, 5)
})

test('MarketDataView shows a side that it does not know as it came', () => {
  const { view, bytes, offset } = blank()
  bytes.setUint8(offset + 28, 250)
  assert.equal(view.side, 250)
})
