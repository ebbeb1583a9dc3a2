import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { currentEpoch } from '../../src/foundation/clock.js'
import { canUseLibc, libc } from '../../src/native/libc.js'
import { encodeSocketAddress } from '../../src/native/socket-address.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { createRing, SlotProducer } from '../../src/ring/index.js'
import { armForKernel } from '../../src/ring/kernel-slots.js'
import { SlotSource } from '../../src/transport/slot-source.js'
import { canonicalAddress, SourceFilter } from '../../src/transport/source-filter.js'
import { numbered, sendAll } from '../native/loopback.js'

const skip = canUseLibc() ? false : 'the socket transport needs Linux'
const MMSGHDR_NAMELEN = 8

function passes(filter: SourceFilter, address: string): boolean {
  const name = encodeSocketAddress(address, 9001, 3)
  return filter.passes(new DataView(name.buffer), filter.offsetInName)
}

test('SourceFilter lets through the addresses it was made of, and no neighbours of theirs', () => {
  for (const address of [fc.ipV4(), fc.ipV6()]) {
    fc.assert(
      fc.property(
        fc.uniqueArray(address, { minLength: 1, maxLength: 5 }),
        fc.nat(15),
        fc.nat(7),
        (allowed, octet, bit) => {
          const filter = new SourceFilter(allowed)
          for (const one of allowed) assert.equal(passes(filter, one), true)
          const at = filter.offsetInName + (allowed[0]?.includes(':') ? octet : octet % 4)
          const names = allowed.map((one) => Buffer.from(encodeSocketAddress(one, 1)))
          const neighbour = Buffer.from(names[0] ?? '')
          neighbour.writeUInt8(neighbour.readUInt8(at) ^ (1 << bit), at)
          const expected = names.some((name) => name.equals(neighbour))
          const bytes = new DataView(Uint8Array.from(neighbour).buffer)
          assert.equal(filter.passes(bytes, filter.offsetInName), expected)
        },
      ),
    )
  }
})

test('SourceFilter compares all four words of an IPv6 address', () => {
  const filter = new SourceFilter(['2001:db8:1:2:3:4:5:6'])
  for (const other of ['2001:db9:1:2:3:4:5:6', '2001:db8:1:3:3:4:5:6', '2001:db8:1:2:3:5:5:6']) {
    assert.equal(passes(filter, other), false)
  }
  assert.equal(passes(filter, '2001:db8:1:2:3:4:5:7'), false)
  assert.equal(passes(filter, '2001:0DB8:1:2:3:4:5:6'), true)
})

test('canonicalAddress has one text for all ways to write an address', () => {
  assert.equal(canonicalAddress('FE80:0:0::0009%eth0'), 'fe80::9')
  assert.equal(canonicalAddress('0:0:0:0:0:0:0:1'), '::1')
  assert.equal(canonicalAddress('10.0.0.9'), '10.0.0.9')
})

/** A socket at an address of the loopback interface, with a ring that has names. */
class NamedRing {
  readonly socket = new UdpSocket(false)
  readonly producer: SlotProducer
  readonly source: SlotSource
  readonly #headers

  constructor(t: TestContext, slots: number, allowed: readonly string[]) {
    t.after(() => this.socket.close())
    this.socket.bind('127.0.0.1', 0)
    const ring = createRing(slots, 64, true)
    this.producer = new SlotProducer(ring)
    this.source = new SlotSource(ring, currentEpoch(), allowed)
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), true)
  }

  /** Loopback datagrams are there when the send call returns. */
  receive(): number {
    const { producer } = this
    const free = producer.claim(producer.layout.slotCount)
    const received = this.socket.receiveMany(this.#headers.at(producer.claimedIndex), free)
    producer.publish(Math.max(0, received))
    return received
  }

  nameLength(slot: number): number {
    return this.producer.bytes.getUint32(this.producer.headerOffset(slot) + MMSGHDR_NAMELEN, true)
  }
}

function senderFrom(t: TestContext, address: string, port: number): UdpSocket {
  const socket = new UdpSocket(false)
  t.after(() => socket.close())
  socket.bind(address, 0)
  socket.connect('127.0.0.1', port)
  return socket
}

test('SlotSource knows from the kernel who sent what, round after round', { skip }, (t) => {
  const ring = new NamedRing(t, 2, ['127.0.0.1', '127.0.0.3'])
  const senders = [1, 2, 3].map((n) => senderFrom(t, `127.0.0.${n}`, ring.socket.port()))
  const seen: boolean[] = []
  for (let round = 0; round < 12; round++) {
    const sender = senders[round % 3]
    assert.ok(sender !== undefined)
    assert.equal(sendAll(sender, [numbered(round)]), 1)
    assert.equal(ring.receive(), 1)
    assert.equal(ring.nameLength(round % 2), 16)
    assert.equal(ring.source.take(8), 1)
    ring.source.open(0)
    seen.push(ring.source.foreign)
    ring.source.close(0, 1)
    assert.equal(ring.nameLength(round % 2), 32, 'the kernel may write a whole name again')
    ring.source.release(1)
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 12 }, (_, round) => round % 3 === 1),
  )
})

test('SlotSource calls nobody foreign where any source is allowed', { skip }, (t) => {
  const ring = new NamedRing(t, 2, [])
  sendAll(senderFrom(t, '127.0.0.2', ring.socket.port()), [numbered(1)])
  assert.equal(ring.receive(), 1)
  ring.source.take(1)
  ring.source.open(0)
  assert.equal(ring.source.foreign, false)
})

test('SlotSource refuses to filter a ring in which nobody wrote names', () => {
  assert.throws(() => new SlotSource(createRing(2, 64), currentEpoch(), ['127.0.0.1']), /has names/)
})
