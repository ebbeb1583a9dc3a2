import { LINE_SENT } from '../../account/send-counters.js'
import {
  EAGAIN,
  ECONNREFUSED,
  EHOSTUNREACH,
  EINTR,
  EMSGSIZE,
  ENETUNREACH,
  ENOBUFS,
  POLLOUT,
} from '../../native/constants.js'
import { systemError } from '../../native/errno.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { ErrorQueue } from './error-queue.js'

const BUFFER_WAIT_MS = 10
/** Failures in a row that are the device's or the destination's momentary trouble, and worth a retry. */
const MAX_RETRIES = 100

/**
 * Hands a vector of datagrams to the kernel and accounts for each: taken, refused, or still to be
 * tried. The thread that made the socket.
 */
export class DatagramSender {
  readonly #socket: UdpSocket
  readonly #counters: Float64Array
  readonly #errors: ErrorQueue
  #retries = 0
  /** Waits for room in the kernel's send buffer since it last took something. */
  waitsInARow = 0
  /** Whether the last try found no room: call `waitForRoom` if there is nothing better to do. */
  isFull = false
  /** Whether trains are sent: one that the kernel will not cut can still go as single datagrams. */
  trains = false
  /** The error number of the last refusal. */
  refusedBy = 0

  /** @param counters of the line that the socket is for: `LINE_SENT` */
  constructor(socket: UdpSocket, counters: Float64Array) {
    this.#socket = socket
    this.#counters = counters
    this.#errors = new ErrorQueue(socket, counters)
  }

  /**
   * Tries to send `count` datagrams from the mmsghdr vector at `vector`.
   *
   * @returns how many were taken; 0: try again; -1: the first was refused, go on behind it
   * @throws {TickwireError} TW_MESSAGE_TOO_LONG, since no later datagram would fare better
   */
  trySend(vector: number, count: number): number {
    const sent = this.#socket.sendMany(vector, count)
    if (sent > 0) {
      this.#retries = 0
      this.waitsInARow = 0
      this.isFull = false
      return sent
    }
    return this.#refused(-sent)
  }

  /** Waits until the kernel has room again, for some milliseconds at most. */
  waitForRoom(): void {
    this.waitsInARow += 1
    this.#socket.wait(POLLOUT, BUFFER_WAIT_MS)
  }

  #refused(errno: number): number {
    this.isFull = errno === EAGAIN
    if (errno === EMSGSIZE && !this.trains) {
      throw systemError('sendmmsg', errno, 'A datagram is longer than the path can carry')
    }
    if (errno === EAGAIN) {
      this.#counters[LINE_SENT.waits] += 1
      return 0
    }
    if (errno === ECONNREFUSED || errno === EHOSTUNREACH || errno === ENETUNREACH) {
      // The answer to an earlier datagram; this one was not looked at, and nobody waits for a reader.
      if (this.#errors.drain() > 0) return 0
      if (errno === ECONNREFUSED) {
        this.#counters[LINE_SENT.unreachable] += 1
        return 0
      }
    }
    if ((errno === ENOBUFS || errno === EINTR) && this.#retries < MAX_RETRIES) {
      this.#retries += 1
      return 0
    }
    this.#retries = 0
    this.refusedBy = errno
    this.#counters[LINE_SENT.refusedErrno] = errno
    return -1
  }
}
