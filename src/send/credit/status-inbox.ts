import { POLLIN } from '../../native/constants.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { Inbox } from '../../transport/inbox.js'
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
  readonly #inbox: Inbox
  readonly #consumer: SlotConsumer

  constructor(socket: UdpSocket) {
    this.#socket = socket
    this.#inbox = new Inbox(socket, BATCH, SLOT_BYTES, true)
    this.#consumer = new SlotConsumer(this.#inbox.ring)
    this.bytes = this.#consumer.bytes
  }

  /**
   * Takes what lies ready; all before must have been released.
   *
   * @returns how many datagrams, or a negative error number as `UdpSocket.receiveMany`
   */
  receive(): number {
    const received = this.#inbox.receive()
    if (received <= 0) return received
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
