import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeProfile, encodeProfile } from '../../../src/account/profile/profile-format.js'
import type { LineProfile, ServiceProfile } from '../../../src/account/profile/service-profile.js'
import { TickwireError } from '../../../src/foundation/errors.js'

const unknown = Number.NaN

function lineOf(
  records: readonly (readonly [number, number, number, number, number, number])[],
  kernelDrops: number | null = 0,
): LineProfile {
  const column = (index: number) => records.map((record) => record[index])
  return {
    length: records.length,
    arrivedNs: Float64Array.from(column(0)),
    pushedNs: Float64Array.from(column(1)),
    releasedNs: Float64Array.from(column(2)),
    messages: Uint16Array.from(column(3)),
    payloadBytes: Uint16Array.from(column(4)),
    datagrams: Uint8Array.from(column(5)),
    kernelDrops,
  }
}

const PROFILE: ServiceProfile = {
  transport: 'socket',
  framing: 'moldudp64',
  inline: false,
  epochSeconds: 1_700_000_000,
  slots: 1024,
  slotBytes: 2048,
  clockStepNs: -250,
  costNs: { handler: 17.5, receiver: 58 },
  missed: 7,
  lines: [
    lineOf([
      [1e12, 1e12 + 500, 1e12 + 9000, 3, 200, 1],
      [1e12 + 100, 1e12 + 600, unknown, 65_535, 65_535, 255],
    ]),
    lineOf([[unknown, 1e12 + 1, 1e12 + 2, 0, 20, 1]], null),
  ],
}

function isBadFile(error: unknown): boolean {
  return error instanceof TickwireError && error.code === 'TW_BAD_FILE'
}

test('a profile comes out of its file as it went in', () => {
  assert.deepEqual(decodeProfile(encodeProfile(PROFILE), 'x'), PROFILE)
  const portable = { ...PROFILE, transport: 'portable', inline: true, lines: [lineOf([])] } as const
  assert.deepEqual(decodeProfile(encodeProfile(portable), 'x'), portable)
})

test('the file of a profile is laid out as its format says', () => {
  const bytes = encodeProfile(PROFILE)
  const view = new DataView(bytes.buffer)
  assert.equal(bytes.length, 128 + 2 * 32 + 3 * 32)
  assert.equal(Buffer.from(bytes.subarray(0, 8)).toString('latin1'), 'TICKPROF')
  assert.deepEqual(
    [8, 12, 16, 20, 24].map((at) => view.getUint32(at, true)),
    [1, 128, 32, 32, 2],
  )
  assert.equal(view.getFloat64(32, true), 1_700_000_000)
  assert.equal(view.getUint32(72, true), 1024)
  assert.equal(Buffer.from(bytes.subarray(80, 96)).toString('latin1'), 'moldudp64'.padEnd(16, '\0'))
  assert.equal(view.getFloat64(128, true), 2)
  assert.ok(Number.isNaN(view.getFloat64(160 + 8, true)))
  const second = 128 + 64 + 32
  assert.equal(view.getFloat64(second, true), 1e12 + 100)
  assert.ok(Number.isNaN(view.getFloat64(second + 16, true)))
  assert.deepEqual(
    [...bytes.subarray(second + 24, second + 32)],
    [255, 255, 255, 255, 255, 1, 0, 0],
  )
  assert.equal(bytes[second + 32 + 30], 1)
})

test('a profile that is cut short anywhere is refused', () => {
  const bytes = encodeProfile(PROFILE)
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeProfile(bytes.subarray(0, length), 'x'), isBadFile, `${length} bytes`)
  }
  assert.throws(() => decodeProfile(Uint8Array.from([...bytes, 0]), 'x'), isBadFile)
})

test('each thing that can be wrong in a profile is refused, with what it is', () => {
  const bytes = encodeProfile(PROFILE)
  const record = 128 + 64
  for (const [what, write, message] of [
    ['magic', (view: DataView) => view.setUint8(0, 0x78), /does not begin with TICKPROF/],
    ['version', (view: DataView) => view.setUint32(8, 2, true), /version 2/],
    ['record size', (view: DataView) => view.setUint32(20, 40, true), /40 bytes/],
    ['lines', (view: DataView) => view.setUint32(24, 17, true), /17 lines/],
    ['no line', (view: DataView) => view.setUint32(24, 0, true), /0 lines/],
    ['transport', (view: DataView) => view.setUint8(28, 3), /transport/],
    ['inline', (view: DataView) => view.setUint8(29, 2), /header/],
    ['epoch', (view: DataView) => view.setFloat64(32, unknown, true), /header/],
    ['cost', (view: DataView) => view.setFloat64(48, 1e300, true), /header/],
    ['missed', (view: DataView) => view.setFloat64(64, -1, true), /header/],
    ['slots', (view: DataView) => view.setUint32(72, 0, true), /header/],
    ['framing', (view: DataView) => view.setUint8(80, 7), /header/],
    ['count', (view: DataView) => view.setFloat64(128, 2.5, true), /2\.5/],
    ['huge count', (view: DataView) => view.setFloat64(128, 1e15, true), /records/],
    ['drops', (view: DataView) => view.setFloat64(136, -3, true), /-3 kernel drops/],
    ['time', (view: DataView) => view.setFloat64(record, Infinity, true), /byte 192/],
    ['released', (view: DataView) => view.setFloat64(record + 16, unknown, true), /byte 192/],
    ['flags', (view: DataView) => view.setUint8(record + 29, 2), /byte 192/],
    ['line', (view: DataView) => view.setUint8(record + 30, 1), /byte 192/],
  ] as const) {
    const copy = bytes.slice()
    write(new DataView(copy.buffer))
    assert.throws(
      () => decodeProfile(copy, 'x.profile'),
      (error) => isBadFile(error) && message.test((error as Error).message),
      what,
    )
  }
})

test('no file makes decodeProfile fail in another way than TW_BAD_FILE', () => {
  const good = encodeProfile(PROFILE)
  const spoilt = fc
    .array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const bytes = good.slice()
      for (const [at, octet] of changes) bytes[at] = octet
      return bytes
    })
  const anything = fc.uint8Array({ maxLength: 400 })
  const headed = anything.map((rest) => Uint8Array.from([...good.subarray(0, 28), ...rest]))
  fc.assert(
    fc.property(fc.oneof(spoilt, anything, headed), (bytes) => {
      let profile: ServiceProfile
      try {
        profile = decodeProfile(bytes, 'x')
      } catch (error) {
        assert.ok(isBadFile(error), String(error))
        return
      }
      // What passes is a profile, and its file is the same again but for what has no meaning.
      assert.deepEqual(decodeProfile(encodeProfile(profile), 'x'), profile)
    }),
    { numRuns: 2000 },
  )
})
