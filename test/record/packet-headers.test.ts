import assert from 'node:assert/strict'
import { test } from 'node:test'
import { PcapWriter } from '../../src/capture/pcap-writer.js'
import { encodeSocketAddress } from '../../src/native/socket-address.js'
import { PacketHeaders } from '../../src/record/packet-headers.js'

const CASES = [
  { from: '10.0.0.9', to: '239.1.2.3' },
  { from: '10.0.0.9', to: '10.0.0.1' },
  { from: 'fe80::9', to: 'ff02::1:3' },
  { from: '2001:db8::1', to: '2001:db8::2' },
]

for (const { from, to } of CASES) {
  test(`PacketHeaders writes what PcapWriter writes from ${from} to ${to}`, () => {
    const addresses = new DataView(new ArrayBuffer(64))
    new Uint8Array(addresses.buffer).set(encodeSocketAddress(from, 40_000), 0)
    new Uint8Array(addresses.buffer).set(encodeSocketAddress(to, 9001), 32)
    const headers = new PacketHeaders()
    for (const length of [0, 1, 29, 1200, 65_507]) {
      const payload = new DataView(new ArrayBuffer(length + 3))
      for (let i = 0; i < payload.byteLength; i++) payload.setUint8(i, (i * 7 + length) & 255)
      headers.choose(addresses, 0, 32)
      const bytes = headers.recordBytes(length)
      const found = new DataView(new ArrayBuffer(bytes + 8))
      const wanted = new DataView(new ArrayBuffer(bytes + 8))
      const seconds = 1_700_000_000
      assert.equal(headers.write(found, 8, seconds, 999_999_999, payload, 3, length), bytes)
      const source = { address: bytesOf(from), port: 40_000 }
      const destination = { address: bytesOf(to), port: 9001 }
      new PcapWriter().write(
        wanted,
        8,
        seconds,
        999_999_999,
        source,
        destination,
        payload,
        3,
        length,
      )
      assert.deepEqual(new Uint8Array(found.buffer), new Uint8Array(wanted.buffer))
    }
  })
}

test('PacketHeaders follows a change of the sender', () => {
  const addresses = new DataView(new ArrayBuffer(96))
  const octets = new Uint8Array(addresses.buffer)
  octets.set(encodeSocketAddress('10.0.0.9', 1), 0)
  octets.set(encodeSocketAddress('10.0.0.8', 2), 32)
  octets.set(encodeSocketAddress('10.0.0.1', 9001), 64)
  const headers = new PacketHeaders()
  const senders = [0, 32, 0].map((sender) => {
    headers.choose(addresses, sender, 64)
    const to = new DataView(new ArrayBuffer(100))
    headers.write(to, 0, 0, 0, addresses, 0, 0)
    return [to.getUint8(16 + 14 + 15), to.getUint16(16 + 14 + 20)]
  })
  assert.deepEqual(senders, [
    [9, 1],
    [8, 2],
    [9, 1],
  ])
})

test('PacketHeaders takes the address of a sender on this machine for any address', () => {
  const addresses = new DataView(new ArrayBuffer(64))
  const octets = new Uint8Array(addresses.buffer)
  octets.set(encodeSocketAddress('127.0.0.1', 1), 0)
  octets.set(encodeSocketAddress('0.0.0.0', 9001), 32)
  const headers = new PacketHeaders()
  headers.choose(addresses, 0, 32)
  const to = new DataView(new ArrayBuffer(100))
  headers.write(to, 0, 0, 0, addresses, 0, 0)
  assert.equal(to.getUint32(16 + 14 + 16), 0x7f000001)
})

function bytesOf(address: string): Uint8Array {
  const bytes = encodeSocketAddress(address, 0)
  return address.includes(':') ? bytes.slice(8, 24) : bytes.slice(4, 8)
}
