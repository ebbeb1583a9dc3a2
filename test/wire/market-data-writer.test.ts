import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionEpoch } from '../../src/foundation/clock.js'
import { MARKET_DATA_BYTES, MarketDataView, MarketDataWriter } from '../../src/wire/index.js'

const EPOCH = sessionEpoch(1_700_000_000)
const GUARD = 0xa5

const u32 = fc.integer({ min: 0, max: 0xffff_ffff })
const message = fc.record({
  sentNs: fc.maxSafeInteger(),
  priceMantissa: fc.maxSafeInteger(),
  sequence: fc.maxSafeNat(),
  instrument: u32,
  quantity: u32,
  side: fc.integer({ min: 0, max: 255 }),
})

test('MarketDataWriter writes what the view reads, and nothing beside it', () => {
  fc.assert(
    fc.property(message, fc.nat({ max: 7 }), (values, offset) => {
      const octets = new Uint8Array(MARKET_DATA_BYTES + 8).fill(GUARD)
      const bytes = new DataView(octets.buffer)
      Object.assign(new MarketDataWriter(EPOCH), values).write(bytes, offset)
      const view = new MarketDataView(EPOCH).wrap(bytes, offset, MARKET_DATA_BYTES)
      const { sentNs, priceMantissa, sequence, instrument, quantity, side } = view
      assert.deepEqual(
        { sentNs, priceMantissa, sequence, instrument, quantity, side },
        { ...values, sequence: values.sequence % 2 ** 32 },
      )
      const beside = [...octets.subarray(0, offset), ...octets.subarray(offset + MARKET_DATA_BYTES)]
      assert.ok(beside.every((byte) => byte === GUARD))
    }),
  )
})

test('MarketDataWriter writes time stamps since 1970, with a carry into their high half', () => {
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES))
  const writer = new MarketDataWriter(EPOCH)
  for (const sentNs of [0, 4_294_967_295, 4_294_967_296, 8_000_000_000_000_000, -1]) {
    writer.sentNs = sentNs
    writer.write(bytes, 0)
    const expected = 1_700_000_000_000_000_000n + BigInt(sentNs)
    assert.equal(bytes.getBigUint64(0, true), expected)
  }
})
