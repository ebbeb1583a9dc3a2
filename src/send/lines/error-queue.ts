import { LINE_SENT } from '../../account/send-counters.js'
import type { BoxedNumbers } from '../../native/boxed-numbers.js'
import {
  ECONNREFUSED,
  IP_RECVERR,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_RECVERR,
} from '../../native/constants.js'
import { CMSGHDR_BYTES, CMSGHDR_LEVEL, CMSGHDR_TYPE } from '../../native/layout.js'
import { libc } from '../../native/libc.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { armForKernel } from '../../ring/kernel-slots.js'
import { createRing } from '../../ring/layout.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'

/** Datagrams per system call, and how much of each is looked at. */
const BATCH = 32
const SLOT_BYTES = 64
/** Longer than anything that holds no message: heartbeats, and by what a sender makes itself known. */
const LEAST_BYTES = MARKET_DATA_BYTES

/**
 * What the kernel tells of datagrams that it took on a line and could not deliver. The kernel keeps such
 * reports in the socket's receive buffer until they are read. The thread that made the socket.
 *
 * ```
 * sock_extended_err of linux/errqueue.h, behind a cmsghdr
 *  0        4        5      6      7     8
 *  +--------+--------+------+------+-----+----
 *  | errno  | origin | type | code | pad | …
 *  +--------+--------+------+------+-----+----
 * ```
 */
export class ErrorQueue {
  readonly #socket: UdpSocket
  readonly #counters: Float64Array
  readonly #slots: SlotConsumer
  readonly #headers: BoxedNumbers

  /** @param counters of the line: `LINE_SENT` */
  constructor(socket: UdpSocket, counters: Float64Array) {
    this.#socket = socket
    this.#counters = counters
    const ring = createRing(BATCH, SLOT_BYTES)
    this.#slots = new SlotConsumer(ring)
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), true)
  }

  /** Counts all reports that are there; returns how many. */
  drain(): number {
    let total = 0
    for (;;) {
      const received = this.#socket.receiveErrors(this.#headers.at(0), BATCH)
      if (received <= 0) return total
      total += received
      for (let index = 0; index < received; index++) {
        this.#count(index)
        this.#slots.resetStamp(index)
      }
    }
  }

  #count(index: number): void {
    const { bytes } = this.#slots
    const at = this.#slots.stampOffset(index)
    if (this.#slots.controlBytes(index) < CMSGHDR_BYTES + 4) return
    const level = bytes.getInt32(at + CMSGHDR_LEVEL, true)
    const type = bytes.getInt32(at + CMSGHDR_TYPE, true)
    const known =
      (level === IPPROTO_IP && type === IP_RECVERR) ||
      (level === IPPROTO_IPV6 && type === IPV6_RECVERR)
    if (!known) return
    const errno = bytes.getUint32(at + CMSGHDR_BYTES, true)
    const counters = this.#counters
    if (errno === ECONNREFUSED) {
      counters[LINE_SENT.unreachable] += 1
      return
    }
    counters[LINE_SENT.refusedErrno] = errno
    if (this.#slots.length(index) >= LEAST_BYTES) counters[LINE_SENT.undeliverable] += 1
  }
}
