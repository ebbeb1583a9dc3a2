import assert from 'node:assert/strict'
import { test } from 'node:test'
import { libc } from '../../src/native/libc.js'
import { filterArgument, rejectAllFilter, udpFilter } from '../../src/native/packet-filter.js'
import { type PacketParts, udpPacket } from '../transport/packets.js'

const LINK_BYTES = 14
/** Offsets that count from the network header, as signed numbers (`SKF_NET_OFF` in linux/filter.h). */
const NETWORK_OFFSET = -0x100000
/** `SKF_AD_OFF + SKF_AD_PKTTYPE`. */
const PACKET_TYPE_OFFSET = -0x1000 + 4
/** `linux/if_packet.h` */
const PACKET_HOST = 0
const PACKET_MULTICAST = 2
const PACKET_OTHERHOST = 3
const MOST_INSTRUCTIONS = 4096

/**
 * Runs a classic BPF program as the kernel does (Documentation/networking/filter.rst), for the few
 * instructions that a filter on UDP needs. A load from beyond the packet ends it with 0.
 */
function run(program: Uint8Array, frame: Uint8Array, packetType: number): number {
  assert.equal(program.length % 8, 0)
  const code = new DataView(program.buffer, program.byteOffset)
  const packet = new DataView(frame.buffer, frame.byteOffset, frame.length)
  const at = (k: number) => (k < 0 ? k - NETWORK_OFFSET + LINK_BYTES : k)
  let a = 0
  let x = 0
  let pc = 0
  for (let steps = 0; steps < MOST_INSTRUCTIONS; steps++) {
    assert.ok(pc * 8 < program.length, 'the program ends with a return')
    const operation = code.getUint16(pc * 8, true)
    const onTrue = code.getUint8(pc * 8 + 2)
    const onFalse = code.getUint8(pc * 8 + 3)
    const k = code.getUint32(pc * 8 + 4, true)
    pc++
    try {
      if (operation === 0x30 && (k | 0) === PACKET_TYPE_OFFSET) a = packetType
      else if (operation === 0x20) a = packet.getUint32(at(k | 0))
      else if (operation === 0x28) a = packet.getUint16(at(k | 0))
      else if (operation === 0x30) a = packet.getUint8(at(k | 0))
      else if (operation === 0x48) a = packet.getUint16(at((x + k) | 0))
      else if (operation === 0xb1) x = (packet.getUint8(at(k | 0)) & 15) * 4
      else if (operation === 0x15) pc += a === k ? onTrue : onFalse
      else if (operation === 0x45) pc += (a & k) !== 0 ? onTrue : onFalse
      else if (operation === 0x06) return k
      else assert.fail(`instruction ${operation.toString(16)} is not known`)
    } catch (error) {
      if (error instanceof RangeError) return 0
      throw error
    }
  }
  return assert.fail('the program does not end')
}

/** The bytes of a packet that a filter lets through, behind an Ethernet header that says nothing. */
function passes(filter: Uint8Array, packet: Uint8Array, packetType = PACKET_HOST): boolean {
  const frame = Buffer.concat([Buffer.alloc(LINK_BYTES, 0x11), packet])
  const kept = run(filter, frame, packetType)
  assert.ok(kept === 0 || kept > 65_535 + LINK_BYTES, 'nothing, or all of it')
  return kept !== 0
}

const PAYLOAD = new Uint8Array(29)
const FOUR = { from: '10.0.0.9', to: '10.0.0.1', port: 9001, payload: PAYLOAD }
const SIX = { from: 'fe80::9', to: '2001:db8::1:2', port: 9001, payload: PAYLOAD }

interface Case {
  readonly what: string
  readonly passes: boolean
  readonly packet: PacketParts
}

const CASES: Readonly<Record<string, { address: string; cases: readonly Case[] }>> = {
  'an IPv4 address': {
    address: '10.0.0.1',
    cases: [
      { what: 'its port and address', passes: true, packet: FOUR },
      { what: 'another port', passes: false, packet: { ...FOUR, port: 9002 } },
      {
        what: 'a port with one equal byte',
        passes: false,
        packet: { ...FOUR, port: 9001 ^ 0x100 },
      },
      {
        what: 'the port as its source',
        passes: false,
        packet: { ...FOUR, fromPort: 9001, port: 1 },
      },
      { what: 'another address', passes: false, packet: { ...FOUR, to: '10.0.0.2' } },
      {
        what: 'the address as its source',
        passes: false,
        packet: { ...FOUR, from: '10.0.0.1', to: '10.0.0.9' },
      },
      { what: 'another protocol', passes: false, packet: { ...FOUR, protocol: 6 } },
      { what: 'a header with options', passes: true, packet: { ...FOUR, optionWords: 10 } },
      {
        what: 'options and another port',
        passes: false,
        packet: { ...FOUR, optionWords: 3, port: 2 },
      },
      {
        what: 'a first fragment',
        passes: true,
        packet: { ...FOUR, fragment: { offset: 0, more: true } },
      },
      {
        what: 'a later fragment',
        passes: false,
        packet: { ...FOUR, fragment: { offset: 185, more: true } },
      },
      {
        what: 'the last fragment',
        passes: false,
        packet: { ...FOUR, fragment: { offset: 1, more: false } },
      },
      { what: 'no payload', passes: true, packet: { ...FOUR, payload: new Uint8Array(0) } },
    ],
  },
  'any IPv4 address': {
    address: '0.0.0.0',
    cases: [
      { what: 'its port', passes: true, packet: FOUR },
      { what: 'its port and a group', passes: true, packet: { ...FOUR, to: '239.1.1.1' } },
      { what: 'another port', passes: false, packet: { ...FOUR, port: 9002 } },
      { what: 'another protocol', passes: false, packet: { ...FOUR, protocol: 132 } },
    ],
  },
  'an IPv4 group': {
    address: '239.255.255.250',
    cases: [
      { what: 'the group', passes: true, packet: { ...FOUR, to: '239.255.255.250' } },
      { what: 'another group', passes: false, packet: { ...FOUR, to: '239.255.255.251' } },
      { what: 'an address of this machine', passes: false, packet: FOUR },
    ],
  },
  'an IPv6 address': {
    address: '2001:db8::1:2',
    cases: [
      { what: 'its port and address', passes: true, packet: SIX },
      { what: 'another port', passes: false, packet: { ...SIX, port: 9002 } },
      { what: 'another last word', passes: false, packet: { ...SIX, to: '2001:db8::1:3' } },
      { what: 'another first word', passes: false, packet: { ...SIX, to: '2001:db9::1:2' } },
      { what: 'another second word', passes: false, packet: { ...SIX, to: '2001:db8:1::1:2' } },
      { what: 'another third word', passes: false, packet: { ...SIX, to: '2001:db8::1:0:1:2' } },
      { what: 'another protocol', passes: false, packet: { ...SIX, protocol: 58 } },
      { what: 'a fragment header', passes: false, packet: { ...SIX, protocol: 44 } },
    ],
  },
  'any IPv6 address': {
    address: '::',
    cases: [
      { what: 'its port', passes: true, packet: SIX },
      { what: 'another port', passes: false, packet: { ...SIX, port: 9002 } },
      { what: 'another protocol', passes: false, packet: { ...SIX, protocol: 6 } },
    ],
  },
}

for (const [name, { address, cases }] of Object.entries(CASES)) {
  const filter = udpFilter(address, 9001)
  for (const { what, passes: wanted, packet } of cases) {
    test(`the filter for ${name} ${wanted ? 'lets through' : 'rejects'} ${what}`, () => {
      assert.equal(passes(filter, udpPacket(packet)), wanted)
    })
  }
}

test('the filter rejects a packet that ends before its port', () => {
  for (const [address, parts, header] of [
    ['10.0.0.1', FOUR, 20],
    ['0.0.0.0', FOUR, 20],
    ['2001:db8::1:2', SIX, 40],
  ] as const) {
    const packet = udpPacket(parts)
    for (let bytes = 0; bytes < header + 4; bytes++) {
      assert.equal(passes(udpFilter(address, 9001), packet.subarray(0, bytes)), false, `${bytes}`)
    }
    assert.equal(passes(udpFilter(address, 9001), packet.subarray(0, header + 4)), true)
  }
})

test('the filter rejects what is for another host', () => {
  for (const [address, parts] of [
    ['10.0.0.1', FOUR],
    ['0.0.0.0', FOUR],
    ['2001:db8::1:2', SIX],
    ['::', SIX],
  ] as const) {
    const filter = udpFilter(address, 9001)
    assert.equal(passes(filter, udpPacket(parts), PACKET_MULTICAST), true)
    assert.equal(passes(filter, udpPacket(parts), PACKET_OTHERHOST), false)
  }
})

test('the filter takes any port', () => {
  for (const port of [1, 255, 256, 32_768, 65_535]) {
    assert.equal(passes(udpFilter('10.0.0.1', port), udpPacket({ ...FOUR, port })), true)
    assert.equal(passes(udpFilter('::', port), udpPacket({ ...SIX, port })), true)
    assert.equal(passes(udpFilter('10.0.0.1', port), udpPacket({ ...FOUR, port: port ^ 1 })), false)
  }
})

test('the filter that rejects everything does', () => {
  assert.equal(passes(rejectAllFilter(), udpPacket(FOUR)), false)
  assert.equal(passes(rejectAllFilter(), udpPacket(SIX)), false)
})

test('a filter is handed to the kernel with its length and its address', {
  skip: process.platform === 'linux' ? false : 'the address needs the libc of Linux',
}, () => {
  const program = udpFilter('10.0.0.1', 9001)
  const argument = filterArgument(libc(), program)
  const view = new DataView(argument.buffer)
  assert.equal(view.getUint16(0, true), program.length / 8)
  assert.equal(Number(view.getBigUint64(8, true)), libc().address(program))
})
