import { SENT, type SendState } from '../account/send-counters.js'
import { assert } from '../foundation/assert.js'
import { ZERO_NS } from '../foundation/units.js'
import { EINVAL, UDP_MAX_SEGMENTS } from '../native/constants.js'
import type { SystemClock } from '../native/system-clock.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { Credit, type CreditPlan } from './credit/credit.js'
import {
  type DatagramWriter,
  MAX_PAYLOAD_BYTES,
  type Messages,
} from './datagrams/datagram-writer.js'
import { PacedSleep } from './lines/paced-sleep.js'
import { SendLine } from './lines/send-line.js'
import { SendVector } from './lines/send-vector.js'
import type { SendSchedule } from './messages/schedule.js'
import { MoldSession, type SessionParts } from './session/mold-session.js'

export interface MarketLoopOptions {
  /** One for each line, connected. */
  readonly sockets: readonly UdpSocket[]
  readonly clock: SystemClock
  /** What `writer` writes; the loop sets its time. */
  readonly messages: Messages
  readonly writer: DatagramWriter
  /** What has to be said besides messages; undefined where a framing has no sessions. */
  readonly session: SessionParts | undefined
  readonly schedule: SendSchedule
  /** With as many lines as there are sockets. */
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
  /** Nanoseconds from the making of the loop to the first message; with credit, from the first receiver. */
  readonly startDelayNs: number
  /** Keeps the sender within what its receivers can hold; undefined: nobody does. */
  readonly credit?: CreditPlan | undefined
  /** With credit, per line where what its receivers answer is read. */
  readonly answers?: readonly UdpSocket[] | undefined
}

/**
 * The sender's duty cycle for messages, made up or offered: writes the messages that are due into a vector of
 * datagrams and hands them over on every line, with one call each. The vector is filled anew when all
 * lines have dealt with it. One thread, the one that made the sockets.
 */
export class MarketLoop {
  readonly #clock: SystemClock
  readonly #messages: Messages
  readonly #writer: DatagramWriter
  readonly #session: MoldSession | undefined
  readonly #schedule: SendSchedule
  readonly #runsAhead: boolean
  readonly #state: SendState
  readonly #counters: Float64Array
  #count: number
  readonly #perDatagram: number
  readonly #lines: readonly SendLine[]
  readonly #batch: number
  readonly #vector: SendVector
  readonly #sleep: PacedSleep
  readonly #startDelayNs: number
  readonly #stampDue: boolean
  readonly #credit: Credit | undefined
  /** The first turn starts the schedule. */
  #started = false
  #startNs = ZERO_NS
  /** When the next message is due, by the monotonic clock: kept, so that a turn that finds nothing due asks nobody. */
  #dueNs = ZERO_NS
  /** Messages written since the start, and those that were due at the last look: a field, not to be boxed. */
  #written = 0
  #due = 0
  /** Messages that may be written in all: the count, or what there is credit for. */
  #end = 0
  /** Entries of the vector times lines, less those that were taken or refused. */
  #pending = 0

  constructor(options: MarketLoopOptions) {
    const { state, writer, clock } = options
    this.#clock = clock
    this.#messages = options.messages
    this.#writer = writer
    this.#schedule = options.schedule
    this.#runsAhead = options.schedule.runsAhead
    this.#state = state
    this.#counters = state.counters
    this.#count = options.count
    this.#end = options.count
    this.#perDatagram = options.messagesPerDatagram
    this.#batch = options.batch
    this.#lines = options.sockets.map(
      (socket, line) =>
        new SendLine({
          socket,
          counters: state.lines[line],
          totals: state.counters,
          patient: options.sockets.length === 1,
        }),
    )
    const { headerBytes, blockBytes } = writer.shape
    const datagramBytes = headerBytes + this.#perDatagram * blockBytes
    this.#vector = new SendVector({
      batch: options.batch,
      messagesPerDatagram: this.#perDatagram,
      datagramBytes,
      perEntry: options.offload ? this.#startOffload(datagramBytes) : 1,
    })
    this.#session =
      options.session === undefined
        ? undefined
        : new MoldSession({
            ...options.session,
            lines: this.#lines,
            clock,
            counters: state.counters,
          })
    this.#credit = options.credit === undefined ? undefined : this.#createCredit(options)
    this.#sleep = new PacedSleep(clock)
    this.#startDelayNs = options.startDelayNs
    this.#stampDue = options.stampDue && options.schedule.paced
  }

  get done(): boolean {
    const credit = this.#credit
    if (credit?.gaveUp === true) return true
    if (this.#written < this.#count || this.#pending > 0) return false
    if (credit !== undefined && !this.#isDrained(credit)) return false
    return this.#session === undefined || this.#session.over
  }

  /** One turn: at most one send call per line. Returns how much it did. */
  doWork(): number {
    if (this.#pending > 0) return this.#handOver()
    if (this.#written < this.#count && this.#fill()) return this.#handOver()
    return this.#idle()
  }

  /**
   * The run was stopped: hands over what has been written, since it has its sequence already, and ends
   * the session.
   */
  end(): void {
    for (const line of this.#lines) line.hurry()
    while (this.#pending > 0) this.#handOver()
    this.#session?.end()
  }

  #handOver(): number {
    const counters = this.#counters
    if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = this.#clock.monotonicNs()
    let dealt = 0
    for (let i = 0; i < this.#lines.length; i++) dealt += this.#lines[i].trySend(this.#vector)
    if (dealt === 0) {
      this.#waitForRoom()
      return 0
    }
    this.#clock.readMonotonic()
    counters[SENT.lastNs] = this.#clock.lastMonotonicNs
    if (this.#session !== undefined) this.#session.noteSent()
    this.#pending -= dealt
    if (this.#pending === 0) this.#account()
    return dealt
  }

  /** No line got rid of anything: waits for one, if a full buffer is the reason. */
  #waitForRoom(): void {
    for (let i = 0; i < this.#lines.length; i++)
      if (this.#lines[i].waitForRoom(this.#vector)) return
  }

  /** All lines have dealt with the vector. */
  #account(): void {
    const counters = this.#counters
    const vector = this.#vector
    vector.countRefused(this.#lines.length)
    const datagrams = vector.datagrams - vector.refusedDatagrams
    const messages = vector.messages - vector.refusedMessages
    counters[SENT.datagrams] += datagrams
    counters[SENT.messages] += messages
    counters[SENT.payloadBytes] += vector.payloadBytes - vector.refusedBytes
    counters[SENT.refusedDatagrams] += vector.refusedDatagrams
    counters[SENT.refusedMessages] += vector.refusedMessages
    vector.clear()
    for (let i = 0; i < this.#lines.length; i++) this.#lines[i].rewind()
  }

  /** Datagrams per train: as many as fit a send, if the kernel cuts at all. */
  #startOffload(datagramBytes: number): number {
    if (this.#lines.every((line) => line.tryOffload(this.#perDatagram, datagramBytes))) {
      return Math.min(UDP_MAX_SEGMENTS, Math.floor(MAX_PAYLOAD_BYTES / datagramBytes))
    }
    for (const line of this.#lines) line.endOffload()
    this.#counters[SENT.offloadErrno] = EINVAL
    return 1
  }

  /** The device of one line cannot cut: goes on datagram by datagram on all of them. */
  #endOffload(): void {
    for (const line of this.#lines) line.endOffload()
    this.#vector.endTrains()
  }

  /** Writes all that is due, up to a batch; false if nothing is. */
  #fill(): boolean {
    if (!this.#started && !this.#start()) return false
    this.#clock.readMonotonic()
    if (this.#clock.lastMonotonicNs < this.#dueNs) return false
    const nowNs = this.#clock.lastMonotonicNs - this.#startNs
    this.#lookForDue(nowNs)
    if (this.#due <= this.#written) return false
    this.#end = this.#runsAhead ? this.#count : this.#due
    if (this.#credit !== undefined && !this.#askCredit(this.#credit)) return false
    if (this.#vector.perEntry > 1 && this.#counters[SENT.offloadErrno] !== 0) this.#endOffload()
    this.#clock.read()
    const wallNs = this.#clock.ns
    this.#messages.sentNs = wallNs
    while (this.#vector.filled < this.#batch && this.#written < this.#due) {
      if (this.#schedule.paced) {
        const lateNs = nowNs - this.#schedule.dueNs(this.#written)
        this.#state.paceError.record(lateNs)
        if (this.#stampDue) this.#messages.sentNs = wallNs - lateNs
      }
      this.#writeEntry()
    }
    this.#dueNs = this.#startNs + this.#schedule.dueNs(this.#written)
    this.#pending = this.#vector.filled * this.#lines.length
    return true
  }

  #lookForDue(nowNs: number): void {
    this.#due = Math.min(this.#count, this.#schedule.dueCount(nowNs))
    if (this.#schedule.total < this.#count) this.#count = this.#schedule.total
  }

  /** Starts the schedule; with credit only when somebody is there. */
  #start(): boolean {
    const credit = this.#credit
    if (credit !== undefined) {
      this.#tellTime(credit)
      if (!credit.ready()) {
        // It may have ended before anybody came.
        this.#lookForDue(0)
        return false
      }
    }
    this.#started = true
    this.#clock.readMonotonic()
    this.#startNs = this.#clock.lastMonotonicNs + this.#startDelayNs
    this.#dueNs = this.#startNs + this.#schedule.dueNs(0)
    if (this.#session !== undefined) this.#session.noteSent()
    return true
  }

  #askCredit(credit: Credit): boolean {
    credit.written = this.#written
    credit.nowNs = this.#clock.lastMonotonicNs
    if (!credit.ask()) return false
    this.#end = Math.min(this.#end, credit.granted)
    this.#due = Math.min(this.#due, this.#end)
    return true
  }

  #tellTime(credit: Credit): void {
    this.#clock.readMonotonic()
    credit.written = this.#written
    credit.nowNs = this.#clock.lastMonotonicNs
  }

  #createCredit(options: MarketLoopOptions): Credit {
    const { credit, answers, clock, state, writer, count, messagesPerDatagram } = options
    assert(credit !== undefined && answers !== undefined, 'credit comes by way of sockets')
    return new Credit({
      plan: credit,
      answers,
      lines: this.#lines,
      clock,
      counters: state.counters,
      lineCounters: state.lines,
      firstSequence: writer.firstSequence,
      wraps: writer.sequenceBits === 32,
      count,
      messagesPerDatagram,
      mayBeShort: !this.#runsAhead,
    })
  }

  #writeEntry(): void {
    const vector = this.#vector
    const offset = vector.offsetOf(vector.filled)
    let bytes = 0
    let messages = 0
    // Whole datagrams, of which the last may run a little ahead of its schedule; no longer trains than are due.
    for (let i = 0; i < vector.perEntry && this.#written < this.#due; i++) {
      const part = Math.min(this.#perDatagram, this.#end - this.#written)
      bytes += this.#writer.write(vector.bytes, offset + bytes, part)
      messages += part
      this.#written += part
    }
    vector.add(messages, bytes)
  }

  /** Nothing is due: says what a session has to say, or gives the core away for a while. */
  #idle(): number {
    const session = this.#session
    const finished = this.#written >= this.#count
    const sleep = this.#sleep
    sleep.untilNs = finished ? Number.POSITIVE_INFINITY : this.#dueNs
    if (session !== undefined) {
      const said = finished ? session.end() : session.doWork()
      if (said > 0) return said
      sleep.untilNs = Math.min(sleep.untilNs, session.timer.dueNs)
    }
    // Nobody need wait any more.
    if (this.#credit !== undefined && this.#attend(this.#credit, finished)) return 1
    sleep.rest()
    return 0
  }
  #isDrained(credit: Credit): boolean {
    credit.written = this.#written
    return credit.drained
  }

  /** Listens to the receivers meanwhile; true if it waited for them. */
  #attend(credit: Credit, finished: boolean): boolean {
    this.#tellTime(credit)
    credit.attend()
    if (!credit.isHeld && !(finished && !this.#isDrained(credit))) return false
    credit.wait()
    return true
  }
}
