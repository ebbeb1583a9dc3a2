import type { BoxedNumbers } from '../native/boxed-numbers.js'
import { libc } from '../native/libc.js'
import { SOCKET_ADDRESS_ROOM_BYTES } from '../native/socket-address.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { createRing } from '../ring/layout.js'
import { SlotConsumer } from '../ring/slot-consumer.js'
import { SlotProducer } from '../ring/slot-producer.js'

/**
 * Datagrams of one length that are written and sent again and again, each from a slot of its own. For the
 * thread that made it; no allocation after its construction.
 */
export class Outbox {
  /** The payload of each. */
  readonly payloads: readonly DataView[]
  /** Where the socket address that each is sent to lies; empty: the socket is connected. */
  readonly names: readonly DataView[]
  readonly #headers: BoxedNumbers

  /**
   * @param count of datagrams, a power of two
   * @param bytes of each
   */
  constructor(count: number, bytes: number, named = false) {
    const ring = createRing(count, bytes, named)
    const slots = new SlotConsumer(ring)
    const lengths = new SlotProducer(ring)
    const all = Array.from({ length: count }, (_, nth) => nth)
    for (const nth of all) lengths.setSendLength(nth, bytes)
    this.payloads = all.map((nth) => new DataView(ring, slots.slotOffset(nth), bytes))
    this.names = named
      ? all.map((nth) => new DataView(ring, slots.nameOffset(nth), SOCKET_ADDRESS_ROOM_BYTES))
      : []
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
  }

  /** Sends one. @returns whether the kernel took it */
  trySend(socket: UdpSocket, nth: number): boolean {
    return socket.sendMany(this.#headers.at(nth), 1) === 1
  }
}
