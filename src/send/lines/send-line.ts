import { LINE_SENT, SENT } from '../../account/send-counters.js'
import { EINVAL, EIO, EMSGSIZE } from '../../native/constants.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { DatagramSender } from './datagram-sender.js'
import { SendVector } from './send-vector.js'

/** Waits of some milliseconds each after which a full buffer is taken for a dead device. */
const MAX_WAITS = 10

export interface SendLineOptions {
  readonly socket: UdpSocket
  /** Of this line: `LINE_SENT`. */
  readonly counters: Float64Array
  /** Of all lines together: `SENT`. */
  readonly totals: Float64Array
  /** Whether a full buffer may hold up everything: where no other line suffers from it. */
  readonly patient: boolean
}

/** One of the destinations that get the same datagrams. The thread that made the socket. */
export class SendLine {
  readonly #socket: UdpSocket
  readonly #counters: Float64Array
  readonly #totals: Float64Array
  readonly #sender: DatagramSender
  #patient: boolean
  /** Holds one datagram of a train that the kernel would not cut; undefined: there are no trains. */
  #single: SendVector | undefined = undefined
  /** Entries of the vector that the kernel has taken or refused on this line. */
  #handedOver = 0

  constructor(options: SendLineOptions) {
    this.#socket = options.socket
    this.#counters = options.counters
    this.#totals = options.totals
    this.#patient = options.patient
    this.#sender = new DatagramSender(options.socket, options.counters)
  }

  /** Lets the kernel cut what is sent into datagrams of this size; false if it cannot. */
  tryOffload(messagesPerDatagram: number, datagramBytes: number): boolean {
    if (!this.#socket.trySegment(datagramBytes)) return false
    this.#sender.trains = true
    this.#single = new SendVector({ batch: 1, perEntry: 1, messagesPerDatagram, datagramBytes })
    return true
  }

  endOffload(): void {
    if (this.#single === undefined) return
    this.#single = undefined
    this.#sender.trains = false
    this.#socket.trySegment(0)
  }

  /** The vector has been filled anew. */
  rewind(): void {
    this.#handedOver = 0
  }

  /** The run comes to its end: a buffer that stays full holds nothing up any more. */
  hurry(): void {
    this.#patient = false
  }

  /**
   * One send call for what this line has not dealt with.
   *
   * @returns the entries that were taken or refused; 0: try again, or there are none
   */
  trySend(vector: SendVector): number {
    const from = this.#handedOver
    const rest = vector.filled - from
    if (rest === 0) return 0
    const taken = this.#sender.trySend(vector.headerAt(from), rest)
    if (taken === 0) return this.#isStuck && !this.#patient ? this.#refuse(vector, rest) : 0
    if (taken < 0) return this.#refused(vector, rest)
    this.#counters[LINE_SENT.datagrams] += vector.datagramsIn(from, taken)
    if (vector.perEntry > 1) this.#totals[SENT.trains] += taken
    this.#handedOver += taken
    return taken
  }

  /** Waits a little if a full buffer keeps this line from going on; false if it does not. */
  waitForRoom(vector: SendVector): boolean {
    if (this.#handedOver === vector.filled || !this.#sender.isFull) return false
    this.#sender.waitForRoom()
    return true
  }

  /** Sends a datagram that holds no message; false if the kernel did not take it. */
  trySignal(header: number): boolean {
    let taken = this.#sendOne(header)
    if (taken < 0 && this.#single !== undefined && isOffloadRefusal(this.#sender.refusedBy)) {
      this.#totals[SENT.offloadErrno] = this.#sender.refusedBy
      this.endOffload()
      taken = this.#sendOne(header)
    }
    return taken > 0
  }

  get #isStuck(): boolean {
    return this.#sender.isFull && this.#sender.waitsInARow >= MAX_WAITS
  }

  #refused(vector: SendVector, rest: number): number {
    const single = this.#single
    if (vector.perEntry === 1 || single === undefined || !isOffloadRefusal(this.#sender.refusedBy))
      return this.#refuse(vector, 1)
    this.#totals[SENT.offloadErrno] = this.#sender.refusedBy
    this.endOffload()
    for (let entry = this.#handedOver; entry < vector.filled; entry++) {
      this.#sendInParts(vector, entry, single)
    }
    this.#handedOver = vector.filled
    return rest
  }

  /**
   * Sends a train datagram by datagram, since the device cannot cut it (it lacks checksum offload, for
   * one).
   */
  #sendInParts(vector: SendVector, entry: number, single: SendVector): void {
    const datagrams = vector.datagramsIn(entry, 1)
    for (let i = 0; i < datagrams; i++) {
      vector.copyDatagram(entry, i, single)
      if (this.#sendOne(single.headerAt(0)) > 0) this.#counters[LINE_SENT.datagrams] += 1
      else this.#noteRefused(vector, entry, i)
    }
  }

  /** 1 if the kernel took the datagram, -1 if it did not, or had no room for long. */
  #sendOne(header: number): number {
    for (;;) {
      const taken = this.#sender.trySend(header, 1)
      if (taken !== 0) return taken
      if (this.#isStuck) return -1
      if (this.#sender.isFull) this.#sender.waitForRoom()
    }
  }

  /** Gives up the next entries. */
  #refuse(vector: SendVector, entries: number): number {
    for (let i = 0; i < entries; i++) {
      const entry = this.#handedOver + i
      const datagrams = vector.datagramsIn(entry, 1)
      for (let datagram = 0; datagram < datagrams; datagram++) {
        this.#noteRefused(vector, entry, datagram)
      }
    }
    this.#handedOver += entries
    return entries
  }

  #noteRefused(vector: SendVector, entry: number, datagram: number): void {
    vector.noteRefused(entry, datagram)
    this.#counters[LINE_SENT.refusedDatagrams] += 1
    this.#counters[LINE_SENT.refusedMessages] += vector.messagesOf(entry, datagram)
  }
}

/**
 * EIO: the device lacks checksum offload. EINVAL (udp(7)) or EMSGSIZE (Linux 6.18): a datagram is longer
 * than its path takes in one piece; alone it is sent in fragments.
 */
function isOffloadRefusal(errno: number): boolean {
  return errno === EIO || errno === EINVAL || errno === EMSGSIZE
}
