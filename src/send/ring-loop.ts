import { LINE_SENT, SENT, type SendState } from '../account/send-counters.js'
import type { BoxedNumbers } from '../native/boxed-numbers.js'
import { libc } from '../native/libc.js'
import type { SystemClock } from '../native/system-clock.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { SlotConsumer } from '../ring/slot-consumer.js'
import { DatagramSender } from './lines/datagram-sender.js'
import { PacedSleep } from './lines/paced-sleep.js'

export interface RingLoopOptions {
  /** One for each line; a slot says on which it leaves. */
  readonly sockets: readonly UdpSocket[]
  readonly clock: SystemClock
  /** Holds the datagrams, each with its length and the time at which it is due. */
  readonly ring: SharedArrayBuffer
  readonly state: SendState
  /** Datagrams per system call at most. */
  readonly batch: number
  /** Whether lateness against the due times is worth counting. */
  readonly paced: boolean
  /** Whether the producer has published its last datagram. */
  readonly ended: () => boolean
}

/**
 * The sender's duty cycle for datagrams that another thread prepared in a slot ring: sends each when it
 * is due, straight from its slot. The first datagram starts the clock. One thread, the one that made
 * the socket.
 */
export class RingLoop {
  readonly #clock: SystemClock
  readonly #consumer: SlotConsumer
  readonly #state: SendState
  readonly #headers: BoxedNumbers
  readonly #batch: number
  readonly #senders: readonly DatagramSender[]
  readonly #sleep: PacedSleep
  readonly #paced: boolean
  readonly #ended: () => boolean
  #startNs = Number.NaN
  #done = false

  constructor(options: RingLoopOptions) {
    this.#clock = options.clock
    this.#consumer = new SlotConsumer(options.ring)
    this.#state = options.state
    this.#batch = options.batch
    this.#senders = options.sockets.map(
      (socket, line) => new DatagramSender(socket, options.state.lines[line]),
    )
    this.#sleep = new PacedSleep(options.clock)
    this.#paced = options.paced
    this.#ended = options.ended
    this.#headers = armForKernel(options.ring, libc().address(new Uint8Array(options.ring)), false)
  }

  get done(): boolean {
    return this.#done
  }

  /** One turn: at most one send call. Returns the datagrams that it dealt with. */
  doWork(): number {
    const consumer = this.#consumer
    // Read before the ring is looked at: what was published before the end is then seen.
    const ended = this.#ended()
    const ready = consumer.take(this.#batch)
    if (ready === 0) {
      this.#done = ended
      return 0
    }
    this.#clock.readMonotonic()
    if (Number.isNaN(this.#startNs)) {
      consumer.readDue(consumer.indexAt(0))
      this.#startNs = this.#clock.lastMonotonicNs - consumer.dueNs
    }
    const due = this.#countDue(ready)
    if (due === 0) {
      // What was looked at last is the first, and not due.
      this.#sleep.untilNs = this.#startNs + consumer.dueNs
      this.#sleep.rest()
      return 0
    }
    const first = consumer.indexAt(0)
    const line = consumer.sendLine(first)
    const sender = this.#senders[line]
    const taken = sender.trySend(this.#headers.at(first), due)
    if (taken === 0) {
      if (sender.isFull) sender.waitForRoom()
      return 0
    }
    this.#account(line, taken)
    consumer.release(Math.abs(taken))
    return Math.abs(taken)
  }

  /** What the reader of the file has put into the ring and was not sent stays there. */
  end(): void {}

  /** Datagrams at the front that are due now, leave on one line, and lie one behind the other in memory. */
  #countDue(ready: number): number {
    const consumer = this.#consumer
    const nowNs = this.#clock.lastMonotonicNs - this.#startNs
    const toEnd = consumer.layout.slotCount - consumer.indexAt(0)
    const limit = Math.min(ready, toEnd)
    const line = consumer.sendLine(consumer.indexAt(0))
    let due = 0
    for (; due < limit; due++) {
      const index = consumer.indexAt(due)
      consumer.readDue(index)
      if (consumer.dueNs > nowNs || consumer.sendLine(index) !== line) break
    }
    return due
  }

  #account(line: number, taken: number): void {
    const counters = this.#state.counters
    const consumer = this.#consumer
    this.#clock.readMonotonic()
    const nowNs = this.#clock.lastMonotonicNs
    if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = nowNs
    counters[SENT.lastNs] = nowNs
    if (taken < 0) {
      counters[SENT.refusedDatagrams] += 1
      this.#state.lines[line][LINE_SENT.refusedDatagrams] += 1
      return
    }
    for (let i = 0; i < taken; i++) {
      const index = consumer.indexAt(i)
      counters[SENT.payloadBytes] += consumer.sendLength(index)
      if (!this.#paced) continue
      consumer.readDue(index)
      this.#state.paceError.record(nowNs - this.#startNs - consumer.dueNs)
    }
    counters[SENT.datagrams] += taken
    this.#state.lines[line][LINE_SENT.datagrams] += taken
  }
}
