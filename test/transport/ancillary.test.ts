import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { sessionEpoch } from '../../src/foundation/clock.js'
import { CONTROL_BYTES } from '../../src/native/layout.js'
import { AncillaryReader } from '../../src/transport/ancillary.js'
import { bytesOf, MARGIN_BYTES, surrounded } from '../wire/watched-view.js'

const EPOCH = sessionEpoch(1_700_000_000)

/** SCM_TIMESTAMPNS: length 32, level 1, type 35, 1,700,000,003 s, 123,456,789 ns. */
const TIME = '2000000000000000 01000000 23000000 03f1536500000000 15cd5b0700000000'
/** SO_RXQ_OVFL: length 20, level 1, type 40, 0xfffffffe; padded to 24. */
const DROPS = '1400000000000000 01000000 28000000 feffffff aaaaaaaa'
/** UDP_GRO: length 20, level 17, type 104, 1,472; padded. */
const SEGMENT = '1400000000000000 11000000 68000000 c0050000 aaaaaaaa'
const IN_TIME_NS = 3_123_456_789

/** Reads ancillary data that has other memory on both sides, of which the last bytes may be missing. */
function read(data: Uint8Array, length = data.length): AncillaryReader {
  const reader = new AncillaryReader(EPOCH)
  reader.read(surrounded(data, 0x01), MARGIN_BYTES, length)
  return reader
}

test('AncillaryReader finds nothing in nothing', () => {
  const reader = read(new Uint8Array(0))
  assert.ok(Number.isNaN(reader.receivedNs))
  assert.equal(reader.drops, 0)
})

test('AncillaryReader reads the time stamp in nanoseconds since the session epoch', () => {
  const reader = read(bytesOf(TIME))
  assert.equal(reader.receivedNs, IN_TIME_NS)
  assert.equal(reader.drops, 0)
})

test('AncillaryReader reads the drop counter as an unsigned number', () => {
  const reader = read(bytesOf(DROPS))
  assert.ok(Number.isNaN(reader.receivedNs))
  assert.equal(reader.drops, 2 ** 32 - 2)
})

for (const entries of [
  [TIME, DROPS, SEGMENT],
  [SEGMENT, DROPS, TIME],
  [DROPS, SEGMENT, TIME],
]) {
  test(`AncillaryReader finds its entries wherever they stand (${entries.indexOf(TIME)})`, () => {
    const reader = read(bytesOf(entries.join('')))
    assert.equal(reader.receivedNs, IN_TIME_NS)
    assert.equal(reader.drops, 2 ** 32 - 2)
    assert.equal(reader.segmentBytes, 1472)
  })
}

test('AncillaryReader reads a last entry without its padding', () => {
  const data = bytesOf(TIME + DROPS)
  assert.equal(read(data.subarray(0, 52)).drops, 2 ** 32 - 2)
})

test('AncillaryReader reads the size of the datagrams in a train, and 0 for a single one', () => {
  assert.equal(read(bytesOf(SEGMENT)).segmentBytes, 1472)
  assert.equal(read(bytesOf(TIME + DROPS)).segmentBytes, 0)
})

test('AncillaryReader forgets what the datagram before had', () => {
  const reader = new AncillaryReader(EPOCH)
  const data = bytesOf(TIME + DROPS + SEGMENT)
  reader.read(surrounded(data, 0), MARGIN_BYTES, data.length)
  reader.read(surrounded(data, 0), MARGIN_BYTES, 0)
  assert.ok(Number.isNaN(reader.receivedNs))
  assert.equal(reader.drops, 0)
  assert.equal(reader.segmentBytes, 0)
})

test('AncillaryReader ignores entries of another level with the same type', () => {
  const foreign = (TIME + DROPS).replaceAll(' 01000000 ', ' 11000000 ')
  const reader = read(bytesOf(foreign))
  assert.ok(Number.isNaN(reader.receivedNs))
  assert.equal(reader.drops, 0)
})

test('AncillaryReader ignores entries that are too short for their type', () => {
  // 12 bytes of time, 2 bytes of counter.
  const short = TIME.replace('2000', '1c00') + DROPS.replace('1400', '1200')
  const reader = read(bytesOf(short))
  assert.ok(Number.isNaN(reader.receivedNs))
  assert.equal(reader.drops, 0)
})

test('AncillaryReader stops at an entry that says that it is longer than the data, or than itself', () => {
  for (const length of ['2100', '0f00', '0000', 'ffff']) {
    const reader = read(bytesOf(TIME.replace('2000', length)))
    assert.ok(Number.isNaN(reader.receivedNs), length)
  }
  const endless = TIME.replace('2000000000000000', 'f8ffffff00000000')
  assert.ok(Number.isNaN(read(bytesOf(endless)).receivedNs))
})

test('AncillaryReader reads no further than the room that a slot has', () => {
  const data = new Uint8Array(CONTROL_BYTES)
  data.set(bytesOf(TIME), 0)
  assert.equal(read(data, 10_000).receivedNs, IN_TIME_NS)
})

test('AncillaryReader neither throws nor strays, whatever it is given', () => {
  const whole = bytesOf(TIME + DROPS + SEGMENT)
  const damage = fc.array(fc.tuple(fc.nat(CONTROL_BYTES - 1), fc.nat(255)), { maxLength: 6 })
  const damaged = damage.map((changes) => {
    const copy = new Uint8Array(CONTROL_BYTES)
    copy.set(whole.subarray(0, CONTROL_BYTES))
    for (const [at, value] of changes) copy[at] = value
    return copy
  })
  const noise = fc.uint8Array({ minLength: CONTROL_BYTES, maxLength: CONTROL_BYTES, size: 'max' })
  fc.assert(
    fc.property(fc.oneof(damaged, noise), fc.nat(CONTROL_BYTES), (data, length) => {
      // Only the first `length` bytes are readable: a look behind them throws.
      const reader = read(data.subarray(0, length))
      assert.ok(reader.drops >= 0 && reader.drops < 2 ** 32)
    }),
    { numRuns: 20_000 },
  )
})
