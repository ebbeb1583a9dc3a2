import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checksumHolds } from '../../src/transport/checksum.js'
import { udpPacket } from './packets.js'

const IPV4 = { from: '10.0.0.1', to: '10.0.0.2', fromPort: 1, port: 2 }
const IPV6 = { from: '::1', to: '::1', fromPort: 1, port: 2 }
const CHECKSUM = 6

/** Where a packet lies in memory: not at its start, and at an odd place. */
const BEFORE = 3

function holds(packet: Uint8Array): boolean {
  const memory = new Uint8Array(BEFORE + packet.length + 5).fill(0xa5)
  memory.set(packet, BEFORE)
  const udp = udpOffset(packet)
  const view = new DataView(memory.buffer)
  return checksumHolds(view, BEFORE, BEFORE + udp, packet.length - udp - 8)
}

function udpOffset(packet: Uint8Array): number {
  const [first = 0] = packet
  return first >> 4 === 6 ? 40 : (first & 15) * 4
}

/** Summed up by hand; the words of the pseudo header first. */
const BY_HAND = {
  // 0a00+0001+0a00+0002+0011+0009 + 0001+0002+0009+4100 = 5529
  'over IPv4 with one byte': [IPV4, [0x41], 0xaad6],
  // 0a00+0001+0a00+0002+0011+0008 + 0001+0002+0008 = 1427
  'over IPv4 with none': [IPV4, [], 0xebd8],
  // 0a00+0001+0a00+0002+0011+000a + 0001+0002+000a+ebd4 = ffff, whose complement is sent as ffff
  'over IPv4 whose sum leaves zero': [IPV4, [0xeb, 0xd4], 0xffff],
  // 0001+0001+000a+0011 + 0001+0002+000a+4142 = 416c
  'over IPv6 with two bytes': [IPV6, [0x41, 0x42], 0xbe93],
  // 0001+0001+000b+0011 + 0001+0002+000b+4142+ff00 = 1406e, folded 406f
  'over IPv6 with three bytes and a carry': [IPV6, [0x41, 0x42, 0xff], 0xbf90],
} as const

for (const [what, [parts, payload, checksum]] of Object.entries(BY_HAND)) {
  test(`the checksum of a datagram ${what} is the one summed up by hand`, () => {
    const packet = udpPacket({ ...parts, payload: Uint8Array.from(payload), checksum })
    assert.equal(holds(packet), true)
    for (const other of [checksum - 1, checksum ^ 0x8000, checksum ^ 0x0100]) {
      packet.writeUInt16BE(other, udpOffset(packet) + CHECKSUM)
      assert.equal(holds(packet), false, `${other}`)
    }
  })
}

test('a checksum of zero means "none" over IPv4, and is wrong over IPv6', () => {
  const payload = Uint8Array.of(1, 2, 3)
  assert.equal(holds(udpPacket({ ...IPV4, payload, checksum: 0 })), true)
  assert.equal(holds(udpPacket({ ...IPV6, payload, checksum: 0 })), false)
})

test('the longest datagram of the largest words is summed up without overflow', () => {
  for (const parts of [IPV4, IPV6]) {
    const packet = udpPacket({ ...parts, payload: new Uint8Array(65_507).fill(0xff) })
    assert.equal(holds(packet), true)
    packet.writeUInt8(0xfe, packet.length - 1)
    assert.equal(holds(packet), false)
  }
})

const octets = fc.uint8Array({ maxLength: 200 })
const port = fc.integer({ min: 0, max: 65_535 })
const parts = fc.oneof(
  fc.record({
    from: fc.ipV4(),
    to: fc.ipV4(),
    fromPort: port,
    port,
    payload: octets,
    optionWords: fc.integer({ min: 0, max: 10 }),
  }),
  fc.record({
    from: fc.ipV6(),
    to: fc.ipV6(),
    fromPort: port,
    port,
    payload: octets,
  }),
)

test('every whole datagram has the right checksum, whatever its length and addresses', () => {
  fc.assert(fc.property(parts, (some) => holds(udpPacket(some))))
})

test('every single flipped bit of payload, ports and addresses is noticed', () => {
  fc.assert(
    fc.property(parts, fc.nat(), fc.integer({ min: 0, max: 7 }), (some, at, bit) => {
      const packet = udpPacket(some)
      const udp = udpOffset(packet)
      const ipv6 = udp === 40 && (packet[0] ?? 0) >> 4 === 6
      const covered = range(ipv6 ? 8 : 12, ipv6 ? 40 : 20).concat(
        range(udp, udp + 4),
        range(udp + 8, packet.length),
      )
      const index = covered[at % covered.length] ?? 0
      packet.writeUInt8((packet[index] ?? 0) ^ (1 << bit), index)
      return !holds(packet)
    }),
    { numRuns: 500 },
  )
})

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i)
}
