import type { BoxedNumbers } from '../native/boxed-numbers.js'
import { libc } from '../native/libc.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { createRing } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'

/**
 * Datagrams that a socket has received, in a ring that the same thread reads and releases. No allocation after
 * its construction.
 */
export class Inbox {
  readonly ring: SharedArrayBuffer
  readonly #socket: UdpSocket
  readonly #count: number
  readonly #producer: SlotProducer
  readonly #headers: BoxedNumbers

  /**
   * @param count of slots, a power of two, and of datagrams per system call
   * @param named whether who sent each is kept
   */
  constructor(socket: UdpSocket, count: number, slotBytes: number, named: boolean) {
    this.#socket = socket
    this.#count = count
    this.ring = createRing(count, slotBytes, named)
    this.#producer = new SlotProducer(this.ring)
    this.#headers = armForKernel(this.ring, libc().address(new Uint8Array(this.ring)), true)
  }

  /**
   * Takes what lies ready into free slots, as far as they lie one behind the other; there must be one.
   *
   * @returns how many datagrams, or a negative error number as `UdpSocket.receiveMany`
   */
  receive(): number {
    const free = this.#producer.claim(this.#count)
    const received = this.#socket.receiveMany(this.#headers.at(this.#producer.claimedIndex), free)
    if (received > 0) this.#producer.publish(received)
    return received
  }
}
