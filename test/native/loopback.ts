import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import type { BoxedNumbers } from '../../src/native/boxed-numbers.js'
import { EAGAIN, POLLIN } from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import type { UdpSocket } from '../../src/native/udp-socket.js'
import { createRing, SlotConsumer, SlotProducer } from '../../src/ring/index.js'
import { armForKernel } from '../../src/ring/kernel-slots.js'

/** How long a datagram on loopback may take at most, on however slow a machine. */
const ARRIVAL_MS = 20_000

export const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

/** A ring with both of its ends, which the kernel reads from or writes into. */
export class KernelRing {
  readonly producer: SlotProducer
  readonly consumer: SlotConsumer
  readonly headers: BoxedNumbers

  constructor(slots: number, slotBytes: number, ancillary: boolean) {
    const ring = createRing(slots, slotBytes)
    this.producer = new SlotProducer(ring)
    this.consumer = new SlotConsumer(ring)
    this.headers = armForKernel(ring, libc().address(new Uint8Array(ring)), ancillary)
  }
}

/** Sends datagrams with one call; the answer is that of the kernel. */
export function sendAll(socket: UdpSocket, payloads: readonly Uint8Array[]): number {
  const slots = 2 ** Math.ceil(Math.log2(payloads.length))
  const ring = new KernelRing(slots, Math.max(1, ...payloads.map((one) => one.length)), false)
  payloads.forEach((payload, index) => {
    ring.producer.write(index, payload)
    ring.producer.setSendLength(index, payload.length)
  })
  return socket.sendMany(ring.headers.at(0), payloads.length)
}

/** Waits for `count` datagrams and takes them into the first slots of a ring. */
export function receiveAll(socket: UdpSocket, ring: KernelRing, count: number): void {
  const deadline = performance.now() + ARRIVAL_MS
  let received = 0
  while (received < count) {
    const result = socket.receiveMany(ring.headers.at(received), count - received)
    if (result > 0) received += result
    else {
      assert.equal(result, -EAGAIN)
      assert.ok(performance.now() < deadline, `only ${received} of ${count} datagrams came`)
      socket.wait(POLLIN, 100)
    }
  }
}

/** The payload in a slot of a ring. */
export function payloadAt(ring: KernelRing, index: number): Uint8Array {
  const bytes = new Uint8Array(ring.consumer.bytes.buffer)
  const offset = ring.consumer.slotOffset(index)
  return bytes.slice(offset, offset + ring.consumer.length(index))
}

/** A datagram of `length` bytes that starts with its number. */
export function numbered(number: number, length = 29): Uint8Array {
  const payload = new Uint8Array(length)
  new DataView(payload.buffer).setUint32(0, number, true)
  return payload
}
