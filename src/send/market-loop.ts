import { SENT, type SendState } from '../account/send-counters.js'
import type { BoxedNumbers } from '../native/boxed-numbers.js'
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

export interface MarketLoopOptions {
  readonly socket: UdpSocket
  readonly clock: SystemClock
  readonly market: Market
  readonly schedule: Schedule
  readonly state: SendState
  /** Messages in all. */
  readonly count: number
  readonly messagesPerDatagram: number
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
  readonly #batch: number
  readonly #vector: SlotProducer
  readonly #headers: BoxedNumbers
  readonly #sender: DatagramSender
  readonly #sleep: PacedSleep
  readonly #startDelayNs: number
  /** The first turn starts the schedule. */
  #started = false
  #startNs = 0
  /** Messages written since the start, and how many of them before the present vector. */
  #written = 0
  #vectorStart = 0
  /** Datagrams in the vector, and how many of them the kernel has taken or refused. */
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
    const slots = 2 ** Math.ceil(Math.log2(options.batch))
    const ring = createRing(slots, options.messagesPerDatagram * MARKET_DATA_BYTES)
    this.#vector = new SlotProducer(ring)
    this.#headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
    this.#sender = new DatagramSender(options.socket, this.#counters)
    this.#sleep = new PacedSleep(options.clock)
    this.#startDelayNs = options.startDelayNs
  }

  get done(): boolean {
    return this.#written >= this.#count && this.#handedOver === this.#filled
  }

  /** One turn: at most one send call. Returns the datagrams that it dealt with. */
  doWork(): number {
    if (this.#handedOver === this.#filled && !this.#fill()) return 0
    const vector = this.#headers.at(this.#handedOver)
    const taken = this.#sender.trySend(vector, this.#filled - this.#handedOver)
    if (taken === 0) return 0
    const counters = this.#counters
    if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = this.#clock.monotonicNs()
    counters[SENT.lastNs] = this.#clock.monotonicNs()
    if (taken < 0) {
      counters[SENT.refusedDatagrams] += 1
      counters[SENT.refusedMessages] += this.#messagesIn(this.#handedOver, 1)
      this.#handedOver += 1
      return 1
    }
    const messages = this.#messagesIn(this.#handedOver, taken)
    counters[SENT.datagrams] += taken
    counters[SENT.messages] += messages
    counters[SENT.payloadBytes] += messages * MARKET_DATA_BYTES
    this.#handedOver += taken
    return taken
  }

  /** Messages in datagrams of the vector; only the very last datagram of a run can be short. */
  #messagesIn(index: number, datagrams: number): number {
    const writtenFromIndex = this.#written - this.#vectorStart - index * this.#perDatagram
    return Math.min(datagrams * this.#perDatagram, writtenFromIndex)
  }

  /** Writes all that is due, up to a batch; false, after some sleep, if nothing is. */
  #fill(): boolean {
    if (!this.#started) {
      this.#started = true
      this.#startNs = this.#clock.monotonicNs() + this.#startDelayNs
    }
    const nowNs = this.#clock.monotonicNs() - this.#startNs
    const due = Math.min(this.#count, this.#schedule.dueCount(nowNs))
    if (due <= this.#written || nowNs < 0) {
      this.#sleep.until(this.#startNs + this.#schedule.dueNs(this.#written))
      return false
    }
    const datagrams = Math.min(this.#batch, Math.ceil((due - this.#written) / this.#perDatagram))
    this.#market.sentNs = this.#clock.nowNs()
    this.#vectorStart = this.#written
    for (let i = 0; i < datagrams; i++) {
      if (this.#schedule.paced) {
        this.#state.paceError.record(nowNs - this.#schedule.dueNs(this.#written))
      }
      this.#write(i)
    }
    this.#filled = datagrams
    this.#handedOver = 0
    return true
  }

  #write(index: number): void {
    const vector = this.#vector
    const messages = Math.min(this.#perDatagram, this.#count - this.#written)
    const offset = vector.slotOffset(index)
    for (let i = 0; i < messages; i++) {
      this.#market.write(vector.bytes, offset + i * MARKET_DATA_BYTES)
    }
    vector.setSendLength(index, messages * MARKET_DATA_BYTES)
    this.#written += messages
  }
}
