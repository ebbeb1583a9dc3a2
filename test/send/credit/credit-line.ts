import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import type { TestContext } from 'node:test'
import { FLOW_SENT, SendState } from '../../../src/account/send-counters.js'
import { sessionEpoch } from '../../../src/foundation/clock.js'
import { SystemClock } from '../../../src/native/system-clock.js'
import { UdpSocket } from '../../../src/native/udp-socket.js'
import { Credit } from '../../../src/send/credit/credit.js'
import type { FlowGroup } from '../../../src/send/credit/flow-group.js'
import { SendLine } from '../../../src/send/lines/send-line.js'
import { FLOW_STATUS_BYTES, FlowStatus } from '../../../src/wire/flow-status.js'

export interface CreditLineOptions {
  readonly group?: FlowGroup
  readonly waitNs?: number
  readonly firstSequence?: number
  readonly wraps?: boolean
  readonly count?: number
  readonly messagesPerDatagram?: number
}

/** What a test says in the name of a receiver; what is left out is right. */
export interface Said {
  readonly receiver?: number
  readonly session?: number
  readonly consumed: number
  readonly window?: number
  readonly leaving?: boolean
}

/** A sender's credit over real sockets, whose receivers and whose clock are the test. */
export class CreditLine {
  readonly credit: Credit
  readonly state = SendState.create(1)
  readonly #port: number

  constructor(t: TestContext, options: CreditLineOptions = {}) {
    const socket = new UdpSocket(false)
    const answers = new UdpSocket(false)
    const nobody = new UdpSocket(false)
    t.after(() => {
      for (const one of [socket, answers, nobody]) one.close()
    })
    nobody.bind('127.0.0.1', 0)
    socket.connect('127.0.0.1', nobody.port())
    // As for a group: anybody can write there.
    answers.bind('127.0.0.1', 0)
    this.#port = answers.port()
    const counters = this.state.lines[0]
    const totals = this.state.counters
    this.credit = new Credit({
      plan: {
        group: options.group ?? 'min',
        waitNs: options.waitNs ?? 0,
        sessionHigh: 7,
        sessionLow: 8,
      },
      lines: [new SendLine({ socket, counters, totals, patient: true })],
      answers: [answers],
      clock: new SystemClock(sessionEpoch(1_700_000_000)),
      counters: totals,
      lineCounters: this.state.lines,
      firstSequence: options.firstSequence ?? 0,
      wraps: options.wraps ?? true,
      count: options.count ?? 1e9,
      messagesPerDatagram: options.messagesPerDatagram ?? 1,
      mayBeShort: false,
    })
    this.credit.nowNs = 1e12
  }

  count(what: keyof typeof FLOW_SENT): number {
    return this.state.counters[FLOW_SENT[what]]
  }

  /** Messages that may be written in all; what was granted before if nothing more may. */
  limit(written = this.credit.written): number {
    this.credit.written = written
    this.credit.nowNs += 2e6
    return this.credit.ask() ? this.credit.granted : written
  }

  /** Lets time pass. */
  pass(ns: number): this {
    this.credit.nowNs += ns
    return this
  }

  /** A socket that a receiver writes from; closed with the test. */
  async from(t: TestContext): Promise<Voice> {
    const socket = createSocket('udp4')
    t.after(() => socket.close())
    socket.bind(0, '127.0.0.1')
    await once(socket, 'listening')
    return new Voice((bytes) => {
      return new Promise((resolve, reject) => {
        socket.send(bytes, this.#port, '127.0.0.1', (error) => (error ? reject(error) : resolve()))
      })
    })
  }
}

/** Writes to a sender; each promise settles when the kernel has delivered. */
export class Voice {
  readonly send: (bytes: Uint8Array) => Promise<void>

  constructor(send: (bytes: Uint8Array) => Promise<void>) {
    this.send = send
  }

  async say(said: Said): Promise<void> {
    const status = new FlowStatus()
    status.sessionHigh = 7
    status.sessionLow = said.session ?? 8
    status.receiverLow = said.receiver ?? 1
    status.consumed = said.consumed
    status.window = said.window ?? 100
    status.leaving = said.leaving ?? false
    const bytes = new Uint8Array(FLOW_STATUS_BYTES)
    status.write(new DataView(bytes.buffer), 0)
    await this.send(bytes)
  }
}
