import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { LINE_SENT, SENT, type SendState } from '../account/send-counters.js'
import { NS_PER_MS } from '../foundation/units.js'
import type { ThreadClock } from '../native/create-clock.js'
import type { Endpoint } from '../transport/endpoint.js'
import { MOLD_END_OF_SESSION, MOLD_HEADER_BYTES } from '../wire/moldudp64.js'
import type { DatagramWriter, Messages } from './datagrams/datagram-writer.js'
import { PortableLine } from './lines/portable-line.js'
import type { Schedule } from './messages/schedule.js'
import type { SessionParts } from './session/mold-session.js'

/** Datagrams that may be on their way into the kernel at once. */
const WINDOW = 64
/** Timers are this coarse; below it, turns of the event loop pass the time. */
const TIMER_NS = 2 * NS_PER_MS
const MAX_SLEEP_MS = 10

export interface PortableMarketOptions {
  /** One for each line. */
  readonly endpoints: readonly Endpoint[]
  readonly clock: ThreadClock
  readonly messages: Messages
  readonly writer: DatagramWriter
  readonly session: SessionParts | undefined
  readonly schedule: Schedule
  readonly state: SendState
  readonly count: number
  readonly messagesPerDatagram: number
  readonly startDelayNs: number
  /** Stamp messages with the time at which they were due. */
  readonly stampDue: boolean
  readonly stopping: () => boolean
}

/** Sends a generated market with `node:dgram`, on whatever Node runs on. On an event loop. */
export class PortableMarketSender {
  readonly #options: PortableMarketOptions
  readonly #lines: readonly PortableLine[]
  readonly #free: Buffer[]
  #written = 0

  constructor(options: PortableMarketOptions) {
    this.#options = options
    this.#lines = options.endpoints.map(
      (endpoint, line) => new PortableLine(endpoint, options.state.lines[line]),
    )
    const { headerBytes, blockBytes } = options.writer.shape
    const bytes = headerBytes + options.messagesPerDatagram * blockBytes
    this.#free = Array.from({ length: WINDOW }, () => Buffer.alloc(bytes))
  }

  /** @throws {TickwireError} if an endpoint cannot be sent to */
  async open(): Promise<void> {
    for (const line of this.#lines) await line.open()
  }

  async run(): Promise<void> {
    const { clock, schedule, count, session, stopping } = this.#options
    const startNs = clock.monotonicNs() + this.#options.startDelayNs
    this.#restartTimer()
    while (this.#written < count && !stopping()) {
      const nowNs = clock.monotonicNs() - startNs
      const due = nowNs < 0 ? 0 : Math.min(count, schedule.dueCount(nowNs))
      const buffer = due > this.#written ? this.#free.pop() : undefined
      if (buffer !== undefined) {
        this.#send(buffer, nowNs)
        continue
      }
      if (due <= this.#written) await this.#signalIfDue()
      await this.#waitUntil(startNs + schedule.dueNs(this.#written))
    }
    while (this.#free.length < WINDOW) await nextTurn()
    if (session !== undefined) await this.#endSession()
    for (const line of this.#lines) line.close()
  }

  /** Passes some of the time until then. */
  async #waitUntil(dueNs: number): Promise<void> {
    const waitNs = dueNs - this.#options.clock.monotonicNs()
    if (waitNs > TIMER_NS) await sleep(Math.min(MAX_SLEEP_MS, waitNs / NS_PER_MS - 1))
    else await nextTurn()
  }

  #send(buffer: Buffer, nowNs: number): void {
    const {
      clock,
      messages: source,
      writer,
      schedule,
      state,
      count,
      messagesPerDatagram,
    } = this.#options
    const messages = Math.min(messagesPerDatagram, count - this.#written)
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    clock.read()
    source.sentNs = clock.ns
    if (schedule.paced) {
      const lateNs = nowNs - schedule.dueNs(this.#written)
      state.paceError.record(lateNs)
      if (this.#options.stampDue) source.sentNs -= lateNs
    }
    const datagram = buffer.subarray(0, writer.write(view, 0, messages))
    this.#written += messages
    this.#restartTimer()
    let [answers, taken] = [0, 0]
    for (const line of this.#lines) {
      line.send(datagram, (wasTaken) => {
        answers += 1
        if (wasTaken) {
          taken += 1
          line.counters[LINE_SENT.datagrams] += 1
        } else {
          line.counters[LINE_SENT.refusedDatagrams] += 1
          line.counters[LINE_SENT.refusedMessages] += messages
        }
        if (answers < this.#lines.length) return
        this.#free.push(buffer)
        this.#account(messages, datagram.length, taken > 0)
      })
    }
  }

  /** All lines have dealt with a datagram. */
  #account(messages: number, bytes: number, taken: boolean): void {
    const { counters } = this.#options.state
    counters[SENT.lastNs] = this.#options.clock.monotonicNs()
    if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = counters[SENT.lastNs]
    if (taken) {
      counters[SENT.datagrams] += 1
      counters[SENT.messages] += messages
      counters[SENT.payloadBytes] += bytes
    } else {
      counters[SENT.refusedDatagrams] += 1
      counters[SENT.refusedMessages] += messages
    }
  }

  #restartTimer(): void {
    const timer = this.#options.session?.timer
    if (timer === undefined) return
    timer.nowNs = this.#options.clock.monotonicNs()
    timer.restart()
  }

  /** Says that the session is alive, or that it has ended, if it is time for that. */
  async #signalIfDue(): Promise<void> {
    const { session, clock, state } = this.#options
    if (session === undefined) return
    const { timer, writer } = session
    timer.nowNs = clock.monotonicNs()
    if (timer.nowNs < timer.dueNs) return
    const datagram = Buffer.alloc(MOLD_HEADER_BYTES)
    const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.length)
    writer.writeSignal(view, 0, timer.ended ? MOLD_END_OF_SESSION : 0)
    const taken = await Promise.all(this.#lines.map((line) => trySignal(line, datagram)))
    if (taken.includes(true)) {
      state.counters[timer.ended ? SENT.endOfSession : SENT.heartbeats] += 1
    }
    timer.restart()
  }

  async #endSession(): Promise<void> {
    const { session, clock, stopping } = this.#options
    if (session === undefined) return
    session.timer.nowNs = clock.monotonicNs()
    session.timer.end()
    await this.#signalIfDue()
    while (!session.timer.over && !stopping()) {
      await this.#waitUntil(session.timer.dueNs)
      await this.#signalIfDue()
    }
  }
}

/** Tries once more if the first try only brought the answer to an earlier datagram. */
async function trySignal(line: PortableLine, datagram: Uint8Array): Promise<boolean> {
  const send = () => new Promise<boolean>((resolve) => line.send(datagram, resolve))
  return (await send()) || (await send())
}
