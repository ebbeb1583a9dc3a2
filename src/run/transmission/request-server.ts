import { setTimeout as sleep } from 'node:timers/promises'
import {
  REFUSALS,
  RETRANSMISSION,
  type Refusal,
  retransmissionSection,
} from '../../account/retransmission-counters.js'
import { threadSection } from '../../account/thread-counters.js'
import { currentEpoch } from '../../foundation/clock.js'
import { TickwireError } from '../../foundation/errors.js'
import type { Warnings } from '../../foundation/warnings.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../retransmit/limits.js'
import type { ResponseFraming } from '../../retransmit/response-framing.js'
import { type Endpoint, parseEndpoint, withPort } from '../../transport/endpoint.js'
import type { RetransmissionData, RetransmissionReady } from '../entries/retransmission-thread.js'
import { allocateCounters, type RunCounters } from '../memory/run-counters.js'
import { RETRANSMISSION_THREAD, retransmissionCountersOf } from '../memory/send-counters.js'
import { Thread } from '../thread/thread.js'

/** How long a server that died is left alone before it is started again, doubled each time. */
const RESTART_MS = 50
const LONGEST_RESTART_MS = 5000
/** Requests beyond those that losses explain: so many for each datagram sent, and so many in any case. */
const REQUESTS_PER_DATAGRAM = 1
const REQUESTS_IN_ANY_CASE = 1000

export type RequestThread = Thread<RetransmissionReady, null>

export interface RetransmissionOptions {
  /** Where requests come to: `udp://ADDRESS:PORT`, unicast. Port 0 lets the kernel choose. */
  readonly endpoint: string
  readonly framing: ResponseFraming
  /** As `createRetransmitStore` made it. Requests are refused until a writer has begun a stream. */
  readonly store: SharedArrayBuffer
  readonly limits?: Partial<RetransmissionLimits> | undefined
  /** With sections for the server's and for its thread. Default: in memory of its own. */
  readonly counters?: RunCounters | undefined
}

/** What a retransmission server has done, or has done so far. */
export interface RetransmissionReport {
  /** With the port that was bound. */
  readonly endpoint: string
  /** Datagrams that came in. Each drew a response, or was refused for one reason. */
  readonly requests: number
  /** Datagrams that went out as responses, the messages in them, and their UDP payload. */
  readonly replies: number
  readonly messages: number
  readonly bytes: number
  /** Responses that the kernel did not take; they are in `replies` too. */
  readonly unsent: number
  readonly refused: Readonly<Record<Refusal, number>>
  /** Requests that made the server fail, which none should: it went on with the next. */
  readonly faults: number
  /** Times that the server died and was started again. */
  readonly restarts: number
}

/**
 * A retransmission server at work, in a thread of its own that sleeps until a request comes. All
 * methods are for the thread that started it. Nothing that happens to the server ends a sender: if its
 * thread dies, another takes its place on the same port, with the same counters.
 */
export class Retransmission implements AsyncDisposable {
  /** The URL with the port that was bound. */
  readonly endpoint: string
  readonly #data: RetransmissionData
  readonly #counts: Float64Array
  readonly #createThread: (data: RetransmissionData) => RequestThread
  #thread: RequestThread
  readonly #stopped = new AbortController()
  #problem: TickwireError | undefined
  /** Settles when a stopped server is gone for good. */
  readonly #gone: Promise<void>

  private constructor(
    data: RetransmissionData,
    thread: RequestThread,
    createThread: (data: RetransmissionData) => RequestThread,
  ) {
    this.endpoint = data.endpoint.url
    this.#data = data
    this.#counts = retransmissionCountersOf(data.counters)
    this.#thread = thread
    this.#createThread = createThread
    this.#gone = this.#supervise()
  }

  /**
   * @param createThread how a thread of the server is started
   * @throws {TickwireError} TW_BAD_ENDPOINT, TW_BAD_OPTION, TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL,
   * TW_PERMISSION
   */
  static async start(
    options: RetransmissionOptions,
    createThread = createRequestThread,
  ): Promise<Retransmission> {
    const { framing, store } = options
    const data: RetransmissionData = {
      endpoint: requestEndpoint(options.endpoint),
      framing,
      store,
      limits: planRetransmissionLimits(options.limits ?? {}, framing),
      counters: options.counters ?? ownCounters(),
    }
    const thread = createThread(data)
    try {
      const { port } = await thread.ready
      const bound = { ...data, endpoint: withPort(data.endpoint, port) }
      return new Retransmission(bound, thread, createThread)
    } catch (error) {
      await thread.terminate()
      throw error
    }
  }

  /** Why the server died last, if it did; whether it was started again is in `stats().restarts`. */
  get problem(): TickwireError | undefined {
    return this.#problem
  }

  /**
   * Says what a publisher should know.
   *
   * @param datagramsSent by the sender that the server belongs to
   */
  warn(warnings: Warnings, datagramsSent: number): void {
    if (this.#problem !== undefined) {
      warnings.say(
        `The retransmission server died, and another takes its place: ${this.#problem.message}`,
        'retransmission-died',
      )
    }
    const requests = this.#counts[RETRANSMISSION.requests]
    if (requests > datagramsSent * REQUESTS_PER_DATAGRAM + REQUESTS_IN_ANY_CASE) {
      warnings.say(
        `${requests} retransmission requests came for ${datagramsSent} datagrams that were sent: a client requests again ` +
          'what is on its way to it. Answer each request with one datagram (--datagrams-per-request 1), and look at that client.',
        'retransmission-requests',
      )
    }
  }

  stats(): RetransmissionReport {
    return retransmissionReport(this.#counts, this.endpoint)
  }

  /** Closes the socket and ends the thread. Never rejects; see `problem`. */
  async stop(): Promise<RetransmissionReport> {
    this.#stopped.abort()
    this.#thread.order('stop', null)
    await this.#gone
    return this.stats()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Puts another thread in the place of one that died, until the server is stopped. */
  async #supervise(): Promise<void> {
    const { signal } = this.#stopped
    let waitMs = RESTART_MS
    for (;;) {
      try {
        await this.#thread.ready
        waitMs = RESTART_MS
        await this.#thread.done
      } catch (error) {
        this.#problem = error as TickwireError
      }
      await this.#thread.gone
      if (signal.aborted) return
      await sleep(waitMs, undefined, { signal }).catch(() => {})
      if (signal.aborted) return
      waitMs = Math.min(2 * waitMs, LONGEST_RESTART_MS)
      this.#counts[RETRANSMISSION.restarts] += 1
      this.#thread = this.#createThread(this.#data)
    }
  }
}

/** The thread of a server, started. */
export function createRequestThread(data: RetransmissionData): RequestThread {
  return new Thread('retransmission', 'retransmission-thread', data)
}

/** What the counters of a server say. */
export function retransmissionReport(
  counters: Float64Array,
  endpoint: string,
): RetransmissionReport {
  const refused = REFUSALS.map((reason) => [reason, counters[RETRANSMISSION[reason]]])
  return {
    endpoint,
    requests: counters[RETRANSMISSION.requests],
    replies: counters[RETRANSMISSION.responses],
    messages: counters[RETRANSMISSION.messages],
    bytes: counters[RETRANSMISSION.bytes],
    unsent: counters[RETRANSMISSION.unsent],
    refused: Object.fromEntries(refused) as Record<Refusal, number>,
    faults: counters[RETRANSMISSION.faults],
    restarts: counters[RETRANSMISSION.restarts],
  }
}

function ownCounters(): RunCounters {
  const table = [retransmissionSection(), threadSection(RETRANSMISSION_THREAD)]
  return allocateCounters(table, currentEpoch(), 'off', () => {})
}

function requestEndpoint(text: string): Endpoint {
  const endpoint = parseEndpoint(text)
  if (endpoint.multicast) {
    throw new TickwireError(
      'TW_BAD_ENDPOINT',
      `The endpoint "${text}" is a group, and requests come to one server`,
      'Give an address of this machine, for example udp://127.0.0.1:9002.',
    )
  }
  return endpoint
}
