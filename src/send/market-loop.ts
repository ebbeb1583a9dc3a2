import { SENT, type SendState } from '../account/send-counters.js'
import { ceilPowerOfTwo } from '../foundation/units.js'
import type { BoxedNumbers } from '../native/boxed-numbers.js'
import { EINVAL, EIO, UDP_MAX_SEGMENTS } from '../native/constants.js'
import { libc } from '../native/libc.js'
import type { SystemClock } from '../native/system-clock.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { createRing } from '../ring/layout.js'
import { SlotProducer } from '../ring/slot-producer.js'
import { MARKET_DATA_BYTES } from '../wire/index.js'
import { DatagramSender } from './datagram-sender.js'
import type { Market } from './market.js'
import { PacedSleep } from './paced-sleep.js'
import type { Schedule } from './schedule.js'

/** UDP over IPv4 carries at most 65,535 - 20 - 8 bytes, trains included. */
const MAX_PAYLOAD_BYTES = 65507

export interface MarketLoopOptions {
  readonly socket: UdpSocket
  readonly clock: SystemClock
  readonly market: Market
  readonly schedule: Schedule
  readonly state: SendState
  /** Messages in all. */
  readonly count: number
  readonly messagesPerDatagram: number
  /** Hand over trains of datagrams for the kernel to cut (UDP_SEGMENT). */
  readonly offload: boolean
  /** Stamp messages with the time at which they were due, not that at which they are sent. */
  readonly stampDue: boolean
  /** Datagrams per system call at most. */
  readonly batch: number
  /** Nanoseconds from the making of the loop to the first message. */
  readonly startDelayNs: number
}

/**
 * The sender's duty cycle for a generated market: writes the messages that are due into a vector of
 * datagrams and hands them over with one call. One thread, the one that made the socket.
 */
export class MarketLoop {
  readonly #clock: SystemClock
  readonly #market: Market
  readonly #schedule: Schedule
  readonly #state: SendState
  readonly #counters: Float64Array
  readonly #count: number
  readonly #perDatagram: number
  readonly #socket: UdpSocket
  /** Datagrams in one entry of the vector: a train if there are several. */
  #perEntry: number
  readonly #batch: number
  readonly #vector: SlotProducer
  readonly #headers: BoxedNumbers
  readonly #sender: DatagramSender
  readonly #sleep: PacedSleep
  readonly #startDelayNs: number
  readonly #stampDue: boolean
  /** The first turn starts the schedule. */
  #started = false
  #startNs = 0
  /** Messages written since the start, and how many of them before the present vector. */
  #written = 0
  #vectorStart = 0
  /** Entries of the vector, and how many of them the kernel has taken or refused. */
  #filled = 0
  #handedOver = 0

  constructor(options: MarketLoopOptions) {
    this.#clock = options.clock
    this.#market = options.market
    this.#schedule = options.schedule
    this.#state = options.state
    this.#counters = options.state.counters
    this.#count = options.count
    this.#perDatagram = options.messagesPerDatagram
    this.#batch = options.batch
    this.#socket = options.socket
    const datagramBytes = this.#perDatagram * MARKET_DATA_BYTES
    this.#perEntry = options.offload ? this.#startOffload(datagramBytes) : 1
    const ring = createRing(ceilPowerOfTwo(options.batch), this.#perEntry * datagramBytes)
    this.#vector = new SlotProducer(ring)
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
    this.#sender = new DatagramSender(options.socket, this.#counters)
    this.#sleep = new PacedSleep(options.clock)
    this.#startDelayNs = options.startDelayNs
    this.#stampDue = options.stampDue && options.schedule.paced
  }

  get done(): boolean {
    return this.#written >= this.#count && this.#handedOver === this.#filled
  }

  /** One turn: at most one send call. Returns the datagrams that it dealt with. */
  doWork(): number {
    if (this.#handedOver === this.#filled && !this.#fill()) return 0
    const counters = this.#counters
    if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = this.#clock.monotonicNs()
    const vector = this.#headers.at(this.#handedOver)
    const taken = this.#sender.trySend(vector, this.#filled - this.#handedOver)
    if (taken === 0) return 0
    this.#clock.readMonotonic()
    counters[SENT.lastNs] = this.#clock.lastMonotonicNs
    if (taken < 0 && this.#perEntry > 1 && isOffloadRefusal(this.#sender.refusedBy)) {
      this.#endOffload()
      return 1
    }
    const entries = Math.abs(taken)
    this.#account(this.#messagesIn(this.#handedOver, entries), taken < 0)
    if (taken > 0 && this.#perEntry > 1) counters[SENT.trains] += taken
    this.#handedOver += entries
    return entries
  }

  #account(messages: number, refused: boolean): void {
    const counters = this.#counters
    const datagrams = Math.ceil(messages / this.#perDatagram)
    if (refused) {
      counters[SENT.refusedDatagrams] += datagrams
      counters[SENT.refusedMessages] += messages
    } else {
      counters[SENT.datagrams] += datagrams
      counters[SENT.messages] += messages
      counters[SENT.payloadBytes] += messages * MARKET_DATA_BYTES
    }
  }

  /** Messages in entries of the vector; only the last entry can be short. */
  #messagesIn(index: number, entries: number): number {
    const perEntry = this.#perEntry * this.#perDatagram
    const writtenFromIndex = this.#written - this.#vectorStart - index * perEntry
    return Math.min(entries * perEntry, writtenFromIndex)
  }

  /** Datagrams per train: as many as fit a send, if the kernel cuts at all. */
  #startOffload(datagramBytes: number): number {
    if (this.#socket.trySegment(datagramBytes)) {
      return Math.min(UDP_MAX_SEGMENTS, Math.floor(MAX_PAYLOAD_BYTES / datagramBytes))
    }
    this.#counters[SENT.offloadErrno] = EINVAL
    return 1
  }

  /**
   * The device cannot cut (it lacks checksum offload, for one): sends what is left of the vector
   * datagram by datagram, and goes on so.
   */
  #endOffload(): void {
    this.#counters[SENT.offloadErrno] = this.#sender.refusedBy
    this.#socket.trySegment(0)
    for (let entry = this.#handedOver; entry < this.#filled; entry++) {
      const messages = this.#messagesIn(entry, 1)
      for (let done = 0; done < messages; done += this.#perDatagram) {
        this.#sendPart(entry, done, Math.min(this.#perDatagram, messages - done))
      }
    }
    this.#perEntry = 1
    this.#filled = 0
    this.#handedOver = 0
  }

  /** Sends some of an entry's messages as one datagram. What was at the entry's start is gone then. */
  #sendPart(entry: number, firstMessage: number, messages: number): void {
    const bytes = messages * MARKET_DATA_BYTES
    this.#vector.moveToStart(entry, firstMessage * MARKET_DATA_BYTES, bytes)
    this.#vector.setSendLength(entry, bytes)
    let taken = 0
    while (taken === 0) taken = this.#sender.trySend(this.#headers.at(entry), 1)
    this.#account(messages, taken < 0)
  }

  /** Writes all that is due, up to a batch; false, after some sleep, if nothing is. */
  #fill(): boolean {
    if (!this.#started) {
      this.#started = true
      this.#startNs = this.#clock.monotonicNs() + this.#startDelayNs
    }
    this.#clock.readMonotonic()
    const nowNs = this.#clock.lastMonotonicNs - this.#startNs
    const due = Math.min(this.#count, this.#schedule.dueCount(nowNs))
    if (due <= this.#written || nowNs < 0) {
      this.#sleep.until(this.#startNs + this.#schedule.dueNs(this.#written))
      return false
    }
    const datagrams = Math.ceil((due - this.#written) / this.#perDatagram)
    const entries = Math.min(this.#batch, Math.ceil(datagrams / this.#perEntry))
    this.#clock.read()
    const wallNs = this.#clock.ns
    this.#market.sentNs = wallNs
    this.#vectorStart = this.#written
    for (let i = 0; i < entries; i++) {
      if (this.#schedule.paced) {
        const lateNs = nowNs - this.#schedule.dueNs(this.#written)
        this.#state.paceError.record(lateNs)
        if (this.#stampDue) this.#market.sentNs = wallNs - lateNs
      }
      this.#write(i, due)
    }
    this.#filled = entries
    this.#handedOver = 0
    return true
  }

  #write(index: number, due: number): void {
    const vector = this.#vector
    // Whole datagrams, of which the last may run a little ahead of its schedule; no longer trains than are due.
    const datagrams = Math.min(this.#perEntry, Math.ceil((due - this.#written) / this.#perDatagram))
    const messages = Math.min(datagrams * this.#perDatagram, this.#count - this.#written)
    const offset = vector.slotOffset(index)
    for (let i = 0; i < messages; i++) {
      this.#market.write(vector.bytes, offset + i * MARKET_DATA_BYTES)
    }
    vector.setSendLength(index, messages * MARKET_DATA_BYTES)
    this.#written += messages
  }
}

/** EIO: the device lacks checksum offload; EINVAL: a datagram is longer than its path takes (udp(7)). */
function isOffloadRefusal(errno: number): boolean {
  return errno === EIO || errno === EINVAL
}
