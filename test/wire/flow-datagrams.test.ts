import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createFraming } from '../../src/wire/create-framing.js'
import { FLOW_SETUP_BYTES, FlowSetup } from '../../src/wire/flow-setup.js'
import { FLOW_STATUS_BYTES, FlowStatus, MAX_WINDOW } from '../../src/wire/flow-status.js'
import { DATAGRAM, FRAMING_NAMES } from '../../src/wire/framing.js'
import { MARGIN_BYTES, surrounded } from './watched-view.js'

const SEEDS = fc.integer({ min: 1, max: 2 ** 31 - 1 })
const SETUP_HEX = '54574643' + '0101' + '8877665544332211' + '000000000000' + '0200000001000000'
const STATUS_HEX =
  '54574643' +
  '0102' +
  '0100' +
  '8877665544332211' +
  '0200000001000000' +
  'ddccbbaa04030201' +
  '00040000' +
  '00000000'

function setup(): FlowSetup {
  const one = new FlowSetup()
  one.sessionHigh = 0x11223344
  one.sessionLow = 0x55667788
  one.sequence = 2 ** 32 + 2
  return one
}

function status(): FlowStatus {
  const one = new FlowStatus()
  one.sessionHigh = 0x11223344
  one.sessionLow = 0x55667788
  one.consumed = 2 ** 32 + 2
  one.receiverHigh = 0x01020304
  one.receiverLow = 0xaabbccdd
  one.window = 1024
  one.leaving = true
  return one
}

function bytesOf(one: FlowSetup | FlowStatus, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(0xff)
  one.write(new DataView(bytes.buffer), 0)
  return bytes
}

const setupBytes = () => bytesOf(setup(), FLOW_SETUP_BYTES)
const statusBytes = () => bytesOf(status(), FLOW_STATUS_BYTES)

function read(one: FlowSetup | FlowStatus, bytes: Uint8Array): boolean {
  return one.read(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length)
}

test('FlowSetup has the bytes that its diagram shows, and reads them back', () => {
  assert.equal(Buffer.from(setupBytes()).toString('hex'), SETUP_HEX)
  const back = new FlowSetup()
  assert.ok(read(back, setupBytes()))
  assert.deepEqual(back, setup())
})

test('FlowStatus has the bytes that its diagram shows, and reads them back', () => {
  assert.equal(Buffer.from(statusBytes()).toString('hex'), STATUS_HEX)
  const back = new FlowStatus()
  assert.ok(read(back, statusBytes()))
  assert.deepEqual(back, status())
})

test('A setup is no datagram of any framing, whatever it says', () => {
  fc.assert(
    fc.property(SEEDS, fc.maxSafeNat(), fc.nat(2 ** 32 - 1), (high, sequence, low) => {
      const one = setup()
      one.sessionHigh = high
      one.sessionLow = low
      one.sequence = sequence
      const bytes = bytesOf(one, FLOW_SETUP_BYTES)
      for (const name of FRAMING_NAMES) {
        const kind = createFraming(name).open(new DataView(bytes.buffer), 0, bytes.length)
        assert.equal(kind, DATAGRAM.invalid, name)
      }
    }),
  )
})

test('FlowSetup refuses every other length, version and kind, and what is not zero', () => {
  const one = new FlowSetup()
  assert.equal(read(one, setupBytes().subarray(0, FLOW_SETUP_BYTES - 1)), false)
  assert.equal(read(one, Uint8Array.of(...setupBytes(), 0)), false)
  for (const at of [0, 1, 2, 3, 4, 5, 14, 15, 16, 17, 18, 19, 27]) {
    const bytes = setupBytes()
    bytes[at] ^= 0x80
    assert.equal(read(one, bytes), false, `byte ${at}`)
  }
})

test('FlowStatus refuses windows of nothing and beyond the largest, sequences beyond 2^53, and unknown flags', () => {
  const one = new FlowStatus()
  const changed = (change: (bytes: DataView) => void) => {
    const bytes = statusBytes()
    change(new DataView(bytes.buffer))
    return read(one, bytes)
  }
  assert.equal(
    changed((bytes) => bytes.setUint32(32, MAX_WINDOW, true)),
    true,
  )
  assert.equal(
    changed((bytes) => bytes.setUint32(32, MAX_WINDOW + 1, true)),
    false,
  )
  assert.equal(
    changed((bytes) => bytes.setUint32(32, 0, true)),
    false,
  )
  assert.equal(
    changed((bytes) => bytes.setUint32(20, 2 ** 21, true)),
    false,
  )
  assert.equal(
    changed((bytes) => bytes.setUint16(6, 2, true)),
    false,
  )
  assert.equal(
    changed((bytes) => bytes.setUint32(36, 1, true)),
    false,
  )
  assert.equal(read(one, statusBytes().subarray(1)), false)
})

test('Neither reader throws or looks outside, whatever the bytes are', () => {
  const one = new FlowStatus()
  const other = new FlowSetup()
  const damaged = fc
    .tuple(fc.boolean(), fc.nat(FLOW_STATUS_BYTES), fc.nat(255), fc.nat(FLOW_STATUS_BYTES))
    .map(([ofStatus, at, value, length]) => {
      const bytes = ofStatus ? statusBytes() : setupBytes()
      if (at < bytes.length) bytes[at] = value
      return bytes.subarray(0, Math.max(length, at % 2 === 0 ? bytes.length : 0))
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 64 }), damaged), (bytes) => {
      for (const poison of [0, 0xff]) {
        const view = surrounded(bytes, poison)
        const isStatus = one.read(view, MARGIN_BYTES, bytes.length)
        const isSetup = other.read(view, MARGIN_BYTES, bytes.length)
        assert.ok(!(isStatus && isSetup))
        if (isStatus) assert.ok(one.window >= 1 && one.window <= MAX_WINDOW)
        if (isStatus) assert.ok(Number.isSafeInteger(one.consumed))
        if (isSetup) assert.ok(Number.isSafeInteger(other.sequence))
      }
    }),
    { numRuns: 20_000 },
  )
})
