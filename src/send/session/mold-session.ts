import { SENT } from '../../account/send-counters.js'
import type { SystemClock } from '../../native/system-clock.js'
import { MOLD_END_OF_SESSION, MOLD_HEADER_BYTES } from '../../wire/moldudp64.js'
import type { MoldDatagramWriter } from '../datagrams/mold-datagram-writer.js'
import type { SendLine } from '../lines/send-line.js'
import { SendVector } from '../lines/send-vector.js'
import type { SessionTimer } from './session-timer.js'

/** What writes a session's datagrams, and knows when it has to be heard without a message. */
export interface SessionParts {
  readonly writer: MoldDatagramWriter
  readonly timer: SessionTimer
}

export interface MoldSessionOptions extends SessionParts {
  readonly lines: readonly SendLine[]
  readonly clock: SystemClock
  /** `SENT` */
  readonly counters: Float64Array
}

/** Says on every line that a session is alive, and that it has ended. The sender's thread. */
export class MoldSession {
  /** Says when there is something to say next, by the monotonic clock. */
  readonly timer: SessionTimer
  readonly #writer: MoldDatagramWriter
  readonly #lines: readonly SendLine[]
  readonly #clock: SystemClock
  readonly #counters: Float64Array
  /** The one datagram without messages. */
  readonly #signal = new SendVector({
    batch: 1,
    perEntry: 1,
    messagesPerDatagram: 1,
    datagramBytes: MOLD_HEADER_BYTES,
  })

  constructor(options: MoldSessionOptions) {
    this.#writer = options.writer
    this.timer = options.timer
    this.#lines = options.lines
    this.#clock = options.clock
    this.#counters = options.counters
    this.#signal.add(0, MOLD_HEADER_BYTES)
  }

  /** Whether the end has been said for long enough. */
  get over(): boolean {
    return this.timer.over
  }

  /** Messages went out at the time that the clock read last, or the run begins. */
  noteSent(): void {
    this.timer.nowNs = this.#clock.lastMonotonicNs
    this.timer.restart()
  }

  /** Says what is due; returns how many datagrams that took. */
  doWork(): number {
    this.#clock.readMonotonic()
    this.timer.nowNs = this.#clock.lastMonotonicNs
    return this.timer.nowNs >= this.timer.dueNs ? this.#say() : 0
  }

  /** All messages are out. Says so, now and, with further turns, for a while. */
  end(): number {
    if (!this.timer.ended) {
      this.#clock.readMonotonic()
      this.timer.nowNs = this.#clock.lastMonotonicNs
      this.timer.end()
    }
    return this.doWork()
  }

  #say(): number {
    const { ended } = this.timer
    const signal = this.#signal
    this.#writer.writeSignal(signal.bytes, signal.offsetOf(0), ended ? MOLD_END_OF_SESSION : 0)
    let taken = 0
    for (let i = 0; i < this.#lines.length; i++) {
      if (this.#lines[i].trySignal(signal.headerAt(0))) taken += 1
    }
    if (taken > 0) this.#counters[ended ? SENT.endOfSession : SENT.heartbeats] += 1
    this.timer.restart()
    return this.#lines.length
  }
}
