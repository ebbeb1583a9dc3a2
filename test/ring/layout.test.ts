import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TickwireError } from '../../src/foundation/errors.js'
import { armForKernel } from '../../src/ring/kernel-slots.js'
import {
  createRing,
  FULL_COUNT,
  HIGH_WATER,
  layoutOf,
  MAX_SLOT_BYTES,
  MAX_SLOTS,
  PRODUCER_ASLEEP,
  PUBLISHED,
  RELEASED,
  ringLayout,
  SLOT_BYTES,
  SLOT_COUNT,
  STAMP_BYTES,
  STAMP_DROPPED_BEFORE,
  STAMP_DUE,
} from '../../src/ring/layout.js'
import { SlotConsumer } from '../../src/ring/slot-consumer.js'
import { bytesOf } from '../wire/watched-view.js'

function isBadOption(error: unknown): boolean {
  return error instanceof TickwireError && error.code === 'TW_BAD_OPTION'
}

test('RingLayout keeps its words where they were promised', () => {
  const words = { PUBLISHED, RELEASED, PRODUCER_ASLEEP, HIGH_WATER, FULL_COUNT }
  assert.deepEqual(words, {
    PUBLISHED: 0,
    RELEASED: 128,
    PRODUCER_ASLEEP: 256,
    HIGH_WATER: 384,
    FULL_COUNT: 392,
  })
  assert.deepEqual({ SLOT_COUNT, SLOT_BYTES }, { SLOT_COUNT: 512, SLOT_BYTES: 516 })
  assert.deepEqual(
    { STAMP_BYTES, STAMP_DROPPED_BEFORE, STAMP_DUE },
    { STAMP_BYTES: 96, STAMP_DROPPED_BEFORE: 80, STAMP_DUE: 88 },
  )
})

test('RingLayout places headers, iovecs, stamps, names and slots one behind the other', () => {
  assert.deepEqual(ringLayout(4, 29), {
    slotCount: 4,
    slotBytes: 29,
    headersOffset: 640,
    iovecsOffset: 640 + 4 * 64,
    stampsOffset: 640 + 4 * 80,
    namesOffset: 1344,
    nameBytes: 0,
    slotsOffset: 1344 + 4 * 32,
    stride: 64,
    totalBytes: 1344 + 4 * 32 + 4 * 64,
  })
  assert.deepEqual(ringLayout(1, 2048), {
    slotCount: 1,
    slotBytes: 2048,
    headersOffset: 640,
    iovecsOffset: 704,
    stampsOffset: 720,
    namesOffset: 816,
    nameBytes: 0,
    slotsOffset: 896,
    stride: 33 * 64,
    totalBytes: 896 + 33 * 64,
  })
})

test('A ring that shall have names from the start says so in its memory', () => {
  const layout = ringLayout(4, 29, true)
  assert.deepEqual([layout.namesOffset, layout.nameBytes], [1344, 32])
  assert.equal(layout.slotsOffset, 1344 + 4 * 32)
  assert.deepEqual(layoutOf(createRing(4, 29, true)), layout)
})

test('RingLayout aligns every part, spreads slots over cache sets and overlaps nothing', () => {
  fc.assert(
    fc.property(fc.nat(12), fc.integer({ min: 1, max: MAX_SLOT_BYTES }), (power, slotBytes) => {
      const layout = ringLayout(2 ** power, slotBytes)
      assert.equal(layout.headersOffset % 128, 0)
      assert.equal(layout.iovecsOffset % 16, 0)
      assert.equal(layout.stampsOffset % 8, 0)
      assert.equal(layout.slotsOffset % 64, 0)
      assert.equal((layout.stride / 64) % 2, 1)
      assert.ok(layout.stride >= slotBytes)
      assert.equal(layout.iovecsOffset, layout.headersOffset + layout.slotCount * 64)
      assert.equal(layout.stampsOffset, layout.iovecsOffset + layout.slotCount * 16)
      assert.equal(layout.namesOffset, layout.stampsOffset + layout.slotCount * 96)
      assert.ok(layout.slotsOffset >= layout.namesOffset + layout.slotCount * 32)
      assert.equal(layout.totalBytes, layout.slotsOffset + layout.slotCount * layout.stride)
    }),
  )
})

test('RingLayout refuses a slot count that is no power of two or too large', () => {
  for (const slots of [0, -1, -2, 3, 12, 1.5, 1000, 2 * MAX_SLOTS, Number.NaN, Infinity]) {
    assert.throws(() => ringLayout(slots, 64), isBadOption, `${slots} slots`)
    assert.throws(() => createRing(slots, 64), isBadOption, `${slots} slots`)
  }
  assert.equal(ringLayout(MAX_SLOTS, 64).slotCount, MAX_SLOTS)
})

test('RingLayout refuses slots without room, too large or of half a byte', () => {
  for (const bytes of [0, -1, 1.5, MAX_SLOT_BYTES + 1, Number.NaN, Infinity]) {
    assert.throws(() => ringLayout(2, bytes), isBadOption, `${bytes} bytes`)
  }
  assert.equal(ringLayout(2, MAX_SLOT_BYTES).slotBytes, MAX_SLOT_BYTES)
})

test('createRing writes its shape into the memory, and all else is zero', () => {
  const buffer = createRing(8, 100)
  assert.deepEqual(layoutOf(buffer), ringLayout(8, 100))
  assert.equal(buffer.byteLength, ringLayout(8, 100).totalBytes)
  const words = new Uint32Array(buffer)
  assert.equal(words[128], 8)
  assert.equal(words[129], 100)
  assert.deepEqual(
    [...words.entries()].filter(([at, word]) => word !== 0 && at !== 128 && at !== 129),
    [],
  )
})

test('armForKernel points each header at its iovec and stamp, and each iovec at its slot', () => {
  const base = 0x7f12_3456_7000
  const buffer = createRing(2, 29)
  const headers = armForKernel(buffer, base, true)
  assert.equal(headers.at(0), base + 640)
  assert.equal(headers.at(1), base + 704)
  // name, namelen, iov, iovlen, control, controllen, flags, msg_len: as in linux/socket.h.
  const header = (iovec: string, stamp: string) =>
    bytesOf(`
      00000000 00000000  00000000 00000000  ${iovec} 5634127f 0000  01000000 00000000
      ${stamp} 5634127f 0000  50000000 00000000  00000000 00000000  00000000 00000000`)
  // The iovecs lie at 768 = 0x300, the stamps at 800 = 0x320, the slots at 1088 = 0x440.
  assert.deepEqual(copy(buffer, 640, 64), header('0073', '2073'))
  assert.deepEqual(copy(buffer, 704, 64), header('1073', '8073'))
  assert.deepEqual(copy(buffer, 768, 16), bytesOf('4074 5634127f 0000 1d000000 00000000'))
  assert.deepEqual(copy(buffer, 784, 16), bytesOf('8074 5634127f 0000 1d000000 00000000'))
})

test('armForKernel points headers at the names of a ring that has them', () => {
  const buffer = createRing(2, 29, true)
  armForKernel(buffer, 0x1000, true)
  for (const slot of [0, 1]) {
    const header = new DataView(buffer, 640 + 64 * slot, 64)
    assert.equal(header.getBigUint64(0, true), 0x1000n + 992n + 32n * BigInt(slot), 'name')
    assert.equal(header.getUint32(8, true), 32, 'namelen')
  }
})

test('SlotConsumer that asks for names makes of a ring what it would have been with names', () => {
  const base = 0x7fff_ffff_f000
  const buffer = createRing(2, 29)
  armForKernel(buffer, base, true)
  new SlotConsumer(buffer).askNames()
  const named = createRing(2, 29, true)
  armForKernel(named, base, true)
  for (const slot of [0, 1]) {
    assert.deepEqual(copy(buffer, 640 + 64 * slot, 64), copy(named, 640 + 64 * slot, 64))
  }
})

test('armForKernel gives a sender no room for ancillary data', () => {
  const buffer = createRing(1, 64)
  armForKernel(buffer, 0x1000, false)
  const header = new DataView(buffer, 640, 64)
  assert.equal(header.getBigUint64(32, true), 0n, 'control')
  assert.equal(header.getBigUint64(40, true), 0n, 'controllen')
  assert.equal(header.getBigUint64(16, true), 0x1000n + 704n, 'iov')
})

function copy(buffer: SharedArrayBuffer, offset: number, length: number): Uint8Array {
  return Uint8Array.from(new Uint8Array(buffer, offset, length))
}
