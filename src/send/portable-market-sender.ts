import { createSocket, type Socket } from 'node:dgram'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { SENT, type SendState } from '../account/send-counters.js'
import { NS_PER_MS } from '../foundation/units.js'
import type { ThreadClock } from '../native/create-clock.js'
import { systemError } from '../native/errno.js'
import { dgramInterfaceOf, type Endpoint } from '../transport/endpoint.js'
import { MARKET_DATA_BYTES } from '../wire/index.js'
import type { Market } from './market.js'
import type { Schedule } from './schedule.js'

/** Datagrams that may be on their way into the kernel at once. */
const WINDOW = 64
/** Timers are this coarse; below it, turns of the event loop pass the time. */
const TIMER_NS = 2 * NS_PER_MS

export interface PortableMarketOptions {
  readonly endpoint: Endpoint
  readonly clock: ThreadClock
  readonly market: Market
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
  readonly #socket: Socket
  readonly #free: Buffer[]
  #written = 0

  constructor(options: PortableMarketOptions) {
    this.#options = options
    this.#socket = createSocket(options.endpoint.ipv6 ? 'udp6' : 'udp4')
    const bytes = options.messagesPerDatagram * MARKET_DATA_BYTES
    this.#free = Array.from({ length: WINDOW }, () => Buffer.alloc(bytes))
  }

  /** @throws {TickwireError} if the endpoint cannot be sent to */
  async open(): Promise<void> {
    const { endpoint } = this.#options
    const networkInterface = endpoint.multicast ? dgramInterfaceOf(endpoint) : undefined
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('error', reject)
      this.#socket.bind(0, () => {
        if (endpoint.multicast) {
          this.#socket.setMulticastTTL(endpoint.ttl)
          if (networkInterface !== undefined) this.#socket.setMulticastInterface(networkInterface)
        }
        this.#socket.connect(endpoint.port, endpoint.address, () => resolve())
      })
    }).catch((error: NodeJS.ErrnoException) => {
      this.#socket.close()
      throw systemError(
        error.syscall ?? 'connect',
        error.code ?? 'unknown',
        `Connecting to ${endpoint.address} port ${endpoint.port}`,
      )
    })
    this.#socket.removeAllListeners('error')
    // A port that nobody listens on is reported here as well as to the send that follows.
    this.#socket.on('error', () => {})
  }

  async run(): Promise<void> {
    const { clock, schedule, count, stopping } = this.#options
    const startNs = clock.monotonicNs() + this.#options.startDelayNs
    while (this.#written < count && !stopping()) {
      const nowNs = clock.monotonicNs() - startNs
      const due = nowNs < 0 ? 0 : Math.min(count, schedule.dueCount(nowNs))
      const buffer = due > this.#written ? this.#free.pop() : undefined
      if (buffer !== undefined) {
        this.#send(buffer, nowNs)
        continue
      }
      const waitNs = schedule.dueNs(this.#written) - nowNs
      if (waitNs > TIMER_NS) await sleep(Math.min(10, waitNs / NS_PER_MS - 1))
      else await nextTurn()
    }
    while (this.#free.length < WINDOW) await nextTurn()
    this.#socket.close()
  }

  #send(buffer: Buffer, nowNs: number): void {
    const { clock, market, schedule, state, count, messagesPerDatagram } = this.#options
    const counters = state.counters
    const messages = Math.min(messagesPerDatagram, count - this.#written)
    const view = new DataView(buffer.buffer, buffer.byteOffset, buffer.length)
    clock.read()
    market.sentNs = clock.ns
    if (schedule.paced) {
      const lateNs = nowNs - schedule.dueNs(this.#written)
      state.paceError.record(lateNs)
      if (this.#options.stampDue) market.sentNs -= lateNs
    }
    for (let i = 0; i < messages; i++) market.write(view, i * MARKET_DATA_BYTES)
    this.#written += messages
    this.#socket.send(buffer, 0, messages * MARKET_DATA_BYTES, (error) => {
      this.#free.push(buffer)
      counters[SENT.lastNs] = clock.monotonicNs()
      if (counters[SENT.firstNs] === 0) counters[SENT.firstNs] = counters[SENT.lastNs]
      if (error === null) {
        counters[SENT.datagrams] += 1
        counters[SENT.messages] += messages
        counters[SENT.payloadBytes] += messages * MARKET_DATA_BYTES
      } else {
        counters[SENT.refusedDatagrams] += 1
        counters[SENT.refusedMessages] += messages
        if ('code' in error && error.code === 'ECONNREFUSED') counters[SENT.unreachable] += 1
      }
    })
  }
}
