import assert from 'node:assert/strict'
import { AF_INET, AF_INET6, EPERM, SOCK_RAW } from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import { encodeSocketAddress } from '../../src/native/socket-address.js'
import type { MappedSource } from '../../src/transport/mapped-source.js'
import { KernelRing } from '../native/loopback.js'

/** How long a datagram on this machine may take at most, however busy it is. */
const ARRIVAL_MS = 20_000
/** IPPROTO_RAW: the sender writes the IP header. */
const IP_HEADER_INCLUDED = 255

const never = new Int32Array(new SharedArrayBuffer(4))

/** A moment's rest between two looks at a ring, which nothing announces. */
export function pause(): void {
  Atomics.wait(never, 0, 0, 1)
}

/** Waits until `count` frames lie ready, and takes them. */
export function takeAll(source: MappedSource, count: number): void {
  const deadline = performance.now() + ARRIVAL_MS
  while (source.take(count) < count) {
    assert.ok(performance.now() < deadline, `only ${source.take(count)} of ${count} frames came`)
    pause()
  }
}

/** A copy of the payload that a source has opened. */
export function payloadOf(source: MappedSource): Uint8Array {
  return new Uint8Array(source.bytes.buffer).slice(source.offset, source.offset + source.length)
}

/** Why the mapped transport cannot be used here. */
export function noMapped(): string | false {
  if (process.platform !== 'linux') return 'the mapped transport needs Linux'
  const fd = libc().socket(AF_INET, SOCK_RAW, IP_HEADER_INCLUDED)
  if (fd >= 0) libc().close(fd)
  else if (libc().errno() === EPERM) return 'this process lacks CAP_NET_RAW'
  return false
}

/** Sends packets as they are, from their IP headers on. */
export function sendRaw(to: string, packets: readonly Uint8Array[]): void {
  const c = libc()
  const fd = c.socket(to.includes(':') ? AF_INET6 : AF_INET, SOCK_RAW, IP_HEADER_INCLUDED)
  assert.ok(fd >= 0, `errno ${c.errno()}`)
  try {
    const address = encodeSocketAddress(to, 0)
    assert.equal(c.connect(fd, address, address.length), 0, `errno ${c.errno()}`)
    const ring = new KernelRing(64, 4096, false)
    packets.forEach((packet, i) => {
      ring.producer.write(i, packet)
      ring.producer.setSendLength(i, packet.length)
    })
    const sent = c.sendmmsg(fd, ring.headers.at(0), packets.length, 0)
    assert.equal(sent, packets.length, `errno ${c.errno()}`)
  } finally {
    c.close(fd)
  }
}
