import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sessionEpoch } from '../../src/foundation/clock.js'
import { type ErrorCode, TickwireError } from '../../src/foundation/errors.js'
import {
  AF_INET,
  EAGAIN,
  ECONNREFUSED,
  MSG_TRUNC,
  POLLIN,
  POLLOUT,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOL_SOCKET,
} from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import { encodeSocketAddress, portOf } from '../../src/native/socket-address.js'
import { SystemClock } from '../../src/native/system-clock.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { AncillaryReader } from '../../src/transport/ancillary.js'
import { HAS_IPV6, KernelRing, numbered, payloadAt, receiveAll, sendAll } from './loopback.js'

const EPOCH = sessionEpoch(Math.floor(Date.now() / 1000))
const LOCALHOST = '127.0.0.1'

class Loopback {
  readonly receiver: UdpSocket
  readonly sender: UdpSocket

  constructor(address: string, prepare: (receiver: UdpSocket) => void = () => {}) {
    const ipv6 = address.includes(':')
    this.receiver = new UdpSocket(ipv6)
    this.sender = new UdpSocket(ipv6)
    prepare(this.receiver)
    this.receiver.bind(address, 0)
    this.sender.connect(address, this.receiver.port())
  }

  [Symbol.dispose](): void {
    this.receiver.close()
    this.sender.close()
  }
}

function hasCode(code: ErrorCode): (error: unknown) => boolean {
  return (error) => error instanceof TickwireError && error.code === code
}

for (const address of [LOCALHOST, '::1']) {
  test(`UdpSocket carries datagrams over ${address} straight into the slots of a ring`, {
    skip: address === '::1' && !HAS_IPV6 ? 'this machine has no ::1' : false,
  }, () => {
    using loopback = new Loopback(address)
    const sent = [29, 1, 0, 1400, 64].map((length, i) => new Uint8Array(length).fill(i + 1))
    assert.equal(sendAll(loopback.sender, sent), sent.length)
    const ring = new KernelRing(8, 1400, true)
    receiveAll(loopback.receiver, ring, sent.length)
    sent.forEach((payload, i) => {
      assert.deepEqual(payloadAt(ring, i), payload, `datagram ${i}`)
      assert.equal(ring.consumer.flags(i), 0)
    })
    assert.equal(ring.consumer.length(5), 0, 'the slot behind is untouched')
    assert.equal(loopback.receiver.receiveMany(ring.headers.at(5), 3), -EAGAIN)
  })
}

test('UdpSocket receives up to a given slot and leaves the rest in the kernel', () => {
  using loopback = new Loopback(LOCALHOST)
  sendAll(
    loopback.sender,
    [0, 1, 2, 3, 4, 5].map((i) => numbered(i)),
  )
  const ring = new KernelRing(8, 64, true)
  loopback.receiver.wait(POLLIN, 20_000)
  receiveAll(loopback.receiver, ring, 2)
  assert.equal(ring.consumer.length(2), 0)
  const rest = new KernelRing(8, 64, true)
  receiveAll(loopback.receiver, rest, 4)
  assert.deepEqual(payloadAt(rest, 0), numbered(2))
})

test('UdpSocket marks a datagram that is longer than its slot', () => {
  using loopback = new Loopback(LOCALHOST)
  sendAll(loopback.sender, [numbered(7, 65), numbered(8, 64)])
  const ring = new KernelRing(2, 64, true)
  receiveAll(loopback.receiver, ring, 2)
  assert.deepEqual([ring.consumer.length(0), ring.consumer.length(1)], [64, 64])
  assert.equal(ring.consumer.flags(0) & MSG_TRUNC, MSG_TRUNC)
  assert.equal(ring.consumer.flags(1) & MSG_TRUNC, 0)
})

test('UdpSocket gets the time at which the kernel received, between sending and reading', () => {
  using loopback = new Loopback(LOCALHOST, (receiver) => receiver.enableAncillaryData())
  const clock = new SystemClock(EPOCH)
  const ring = new KernelRing(1, 64, true)
  clock.read()
  const before = clock.ns
  sendAll(loopback.sender, [numbered(1)])
  receiveAll(loopback.receiver, ring, 1)
  clock.read()
  const after = clock.ns
  const ancillary = new AncillaryReader(EPOCH)
  const { consumer } = ring
  ancillary.read(consumer.bytes, consumer.stampOffset(0), consumer.controlBytes(0))
  assert.ok(ancillary.receivedNs >= before && ancillary.receivedNs <= after)
  assert.equal(ancillary.drops, 0)
})

test('UdpSocket fills a slot again with all ancillary data after a reset', () => {
  using loopback = new Loopback(LOCALHOST, (receiver) => {
    receiver.enableAncillaryData()
    receiver.setReceiveBuffer(4096)
  })
  const ring = new KernelRing(1, 64, true)
  const ancillary = new AncillaryReader(EPOCH)
  const { consumer } = ring
  const readSlot = () => {
    receiveAll(loopback.receiver, ring, 1)
    ancillary.read(consumer.bytes, consumer.stampOffset(0), consumer.controlBytes(0))
    consumer.resetStamp(0)
  }
  sendAll(loopback.sender, [numbered(0)])
  readSlot()
  assert.ok(!Number.isNaN(ancillary.receivedNs))
  const flood = Array.from({ length: 512 }, (_, i) => numbered(i))
  assert.equal(sendAll(loopback.sender, flood), flood.length)
  const rest = new KernelRing(512, 64, false)
  while (loopback.receiver.receiveMany(rest.headers.at(0), 512) > 0);
  sendAll(loopback.sender, [numbered(1)])
  // The slot held a time stamp alone; the counter needs the room behind it.
  readSlot()
  assert.ok(!Number.isNaN(ancillary.receivedNs))
  assert.equal(ancillary.drops, loopback.receiver.drops())
  assert.ok(ancillary.drops > 0)
})

test('UdpSocket counts each datagram that the kernel drops, in both of its counters', () => {
  const sent = 2000
  using loopback = new Loopback(LOCALHOST, (receiver) => {
    receiver.enableAncillaryData()
    receiver.setReceiveBuffer(4096)
  })
  for (let i = 0; i < sent; i += 100) {
    const batch = Array.from({ length: 100 }, (_, k) => numbered(i + k))
    assert.equal(sendAll(loopback.sender, batch), 100)
  }
  const ring = new KernelRing(2048, 64, true)
  let received = 0
  for (;;) {
    const result = loopback.receiver.receiveMany(ring.headers.at(received), 64)
    if (result < 0) {
      assert.equal(result, -EAGAIN)
      break
    }
    received += result
  }
  const dropped = sent - received
  assert.ok(received > 0 && dropped > 0, `${received} received, ${dropped} dropped`)
  assert.equal(loopback.receiver.drops(), dropped)
  // The stamp is the counter at the time of queueing: a datagram behind the drops carries all of them.
  sendAll(loopback.sender, [numbered(sent)])
  const last = new KernelRing(1, 64, true)
  receiveAll(loopback.receiver, last, 1)
  const ancillary = new AncillaryReader(EPOCH)
  ancillary.read(last.consumer.bytes, last.consumer.stampOffset(0), last.consumer.controlBytes(0))
  assert.equal(ancillary.drops, dropped)
  assert.equal(loopback.receiver.drops(), dropped)
})

test('UdpSocket tells of drops only while there are some', () => {
  using loopback = new Loopback(LOCALHOST)
  assert.equal(loopback.receiver.drops(), 0)
})

test('UdpSocket reports the receive buffer that it was granted', () => {
  using loopback = new Loopback(LOCALHOST)
  assert.equal(loopback.receiver.setReceiveBuffer(65536), 131072)
  assert.equal(loopback.sender.setSendBuffer(65536), 131072)
  const granted = loopback.receiver.setReceiveBuffer(2 ** 30)
  assert.ok(granted > 0 && granted < 2 ** 31, `${granted}`)
})

test('UdpSocket says that nobody listens, once, with the call that comes next', () => {
  using loopback = new Loopback(LOCALHOST)
  loopback.receiver.close()
  assert.equal(sendAll(loopback.sender, [numbered(1)]), 1)
  // The answer has come when the socket becomes readable: with an error.
  loopback.sender.wait(POLLIN, 20_000)
  assert.equal(sendAll(loopback.sender, [numbered(2)]), -ECONNREFUSED)
  assert.equal(sendAll(loopback.sender, [numbered(3)]), 1)
})

test('UdpSocket can wait for room to send', () => {
  using loopback = new Loopback(LOCALHOST)
  loopback.sender.wait(POLLOUT, 20_000)
  assert.equal(sendAll(loopback.sender, [numbered(1)]), 1)
})

test('UdpSocket refuses a datagram that no network can carry', () => {
  using loopback = new Loopback(LOCALHOST)
  const result = sendAll(loopback.sender, [new Uint8Array(65508)])
  assert.equal(result, -90, 'EMSGSIZE')
})

test('UdpSocket reports a taken port as TW_PORT_IN_USE, with its number', () => {
  using loopback = new Loopback(LOCALHOST)
  const port = loopback.receiver.port()
  const second = new UdpSocket(false)
  assert.throws(() => second.bind(LOCALHOST, port), hasCode('TW_PORT_IN_USE'))
  assert.throws(
    () => second.bind(LOCALHOST, port),
    new RegExp(`127\\.0\\.0\\.1 port ${port}:.*ss -ulpn`),
  )
  second.close()
})

test('UdpSocket lets two sockets share an address that both want to share', () => {
  const first = new UdpSocket(false)
  const second = new UdpSocket(false)
  first.allowSharedAddress()
  second.allowSharedAddress()
  first.bind(LOCALHOST, 0)
  second.bind(LOCALHOST, first.port())
  assert.equal(second.port(), first.port())
  first.close()
  second.close()
})

test('UdpSocket shares a group with a program that set SO_REUSEADDR or SO_REUSEPORT alone', () => {
  for (const option of [SO_REUSEADDR, SO_REUSEPORT]) {
    const theirs = libc().socket(AF_INET, SOCK_DGRAM, 0)
    const one = Uint8Array.of(1, 0, 0, 0)
    assert.equal(libc().setsockopt(theirs, SOL_SOCKET, option, one, 4), 0)
    const name = encodeSocketAddress('239.255.7.1', 0)
    assert.equal(libc().bind(theirs, name, name.length), 0)
    assert.equal(libc().getsockname(theirs, name, Uint32Array.of(name.length)), 0)
    const ours = new UdpSocket(false)
    ours.allowSharedGroup()
    ours.bind('239.255.7.1', portOf(name))
    assert.equal(ours.port(), portOf(name))
    ours.close()
    libc().close(theirs)
  }
})

test('UdpSocket says of a broadcast address that it is none to send to', () => {
  const socket = new UdpSocket(false)
  const connect = () => socket.connect('127.255.255.255', 9001)
  assert.throws(connect, hasCode('TW_PERMISSION'))
  assert.throws(connect, /EACCES\. .*broadcast/)
  socket.close()
})

test('UdpSocket reports a foreign address as TW_ADDRESS_NOT_LOCAL', () => {
  const socket = new UdpSocket(false)
  // TEST-NET-3 of RFC 5737: nobody has it.
  assert.throws(() => socket.bind('203.0.113.7', 0), hasCode('TW_ADDRESS_NOT_LOCAL'))
  socket.close()
})

test('UdpSocket reports an interface that is not there as TW_NO_SUCH_INTERFACE', () => {
  const socket = new UdpSocket(false)
  assert.throws(
    () => socket.joinGroup('239.1.2.3', 2 ** 30, undefined),
    hasCode('TW_NO_SUCH_INTERFACE'),
  )
  assert.equal(libc().if_nametoindex('no-such-if'), 0)
  socket.close()
})
