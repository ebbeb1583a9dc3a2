import type { BoxedNumbers } from '../../native/boxed-numbers.js'
import { POLLIN } from '../../native/constants.js'
import { libc } from '../../native/libc.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import { FLOW_STATUS_BYTES } from '../../wire/flow-status.js'

/** Datagrams per system call. */
const BATCH = 32
/** A little more than a status, so that what is longer shows. */
const SLOT_BYTES = FLOW_STATUS_BYTES + 24

/**
 * What comes back to the address that a line is sent from. The thread that made the socket; no allocation
 * after its construction.
 *
 * ```ts
 * const count = inbox.receive()
 * for (let nth = 0; nth < count; nth++) use(inbox.bytes, inbox.offsetOf(nth), inbox.lengthOf(nth))
 * if (count > 0) inbox.release(count)
 * ```
 */
export class StatusInbox {
  /** Holds what came, and the socket addresses of those who sent it. */
  readonly bytes: DataView
  readonly #socket: UdpSocket
  readonly #producer: SlotProducer
  readonly #consumer: SlotConsumer
  readonly #headers: BoxedNumbers

  constructor(socket: UdpSocket) {
    this.#socket = socket
    const ring = createRing(BATCH, SLOT_BYTES, true)
    this.#producer = new SlotProducer(ring)
    this.#consumer = new SlotConsumer(ring)
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), true)
    this.bytes = this.#consumer.bytes
  }

  /**
   * Takes what lies ready; all before must have been released.
   *
   * @returns how many datagrams, or a negative error number as `UdpSocket.receiveMany`
   */
  receive(): number {
    const free = this.#producer.claim(BATCH)
    const received = this.#socket.receiveMany(this.#headers.at(this.#producer.claimedIndex), free)
    if (received <= 0) return received
    this.#producer.publish(received)
    return this.#consumer.take(received)
  }

  offsetOf(nth: number): number {
    return this.#consumer.slotOffset(this.#consumer.indexAt(nth))
  }

  lengthOf(nth: number): number {
    return this.#consumer.length(this.#consumer.indexAt(nth))
  }

  /** Where the socket address of its sender lies: SOCKET_ADDRESS_ROOM_BYTES bytes, zeros behind it. */
  nameOffsetOf(nth: number): number {
    return this.#consumer.nameOffset(this.#consumer.indexAt(nth))
  }

  release(count: number): void {
    for (let nth = 0; nth < count; nth++) this.#consumer.resetStamp(this.#consumer.indexAt(nth))
    this.#consumer.release(count)
  }

  /** Sleeps until something comes, or the time is over. */
  wait(timeoutMs: number): void {
    this.#socket.wait(POLLIN, timeoutMs)
  }
}
