import {
  createRetransmissionCounters,
  REFUSALS,
  RETRANSMISSION,
  type Refusal,
} from '../../account/retransmission-counters.js'
import { TickwireError } from '../../foundation/errors.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../retransmit/limits.js'
import type { ReplyFraming } from '../../retransmit/server.js'
import { type Endpoint, parseEndpoint, withPort } from '../../transport/endpoint.js'
import type { RetransmissionData, RetransmissionReady } from '../entries/retransmission-thread.js'
import { Thread } from '../thread/thread.js'

export interface RetransmissionOptions {
  /** Where requests come to: `udp://ADDRESS:PORT`, unicast. Port 0 lets the kernel choose. */
  readonly endpoint: string
  readonly framing: ReplyFraming
  /** As `createRetransmitStore` made it. Requests are refused until a writer has begun a stream. */
  readonly store: SharedArrayBuffer
  readonly limits?: Partial<RetransmissionLimits> | undefined
}

/** What a retransmission server has done, or has done so far. */
export interface RetransmissionReport {
  /** With the port that was bound. */
  readonly endpoint: string
  /** Datagrams that came in. Each was answered, or refused for one reason. */
  readonly requests: number
  readonly replies: number
  readonly messages: number
  readonly bytes: number
  /** Replies that the kernel did not take; they are in `replies` too. */
  readonly unsent: number
  readonly refused: Readonly<Record<Refusal, number>>
}

/**
 * A retransmission server at work, in a thread of its own that sleeps until a request comes. All
 * methods are for the thread that started it. Nothing that happens to the server ends a sender.
 */
export class Retransmission implements AsyncDisposable {
  /** The URL with the port that was bound. */
  readonly endpoint: string
  readonly #thread: Thread<RetransmissionReady, null>
  readonly #counters: Float64Array
  #problem: TickwireError | undefined

  private constructor(
    endpoint: string,
    thread: Thread<RetransmissionReady, null>,
    counters: Float64Array,
  ) {
    this.endpoint = endpoint
    this.#thread = thread
    this.#counters = counters
    thread.done.catch((error: TickwireError) => {
      this.#problem = error
    })
  }

  /**
   * @throws {TickwireError} TW_BAD_ENDPOINT, TW_BAD_OPTION, TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL,
   * TW_PERMISSION
   */
  static async start(options: RetransmissionOptions): Promise<Retransmission> {
    const endpoint = requestEndpoint(options.endpoint)
    const counters = createRetransmissionCounters()
    const data: RetransmissionData = {
      endpoint,
      framing: options.framing,
      store: options.store,
      limits: planRetransmissionLimits(options.limits ?? {}),
      counters,
    }
    const thread = new Thread<RetransmissionReady, null>(
      'retransmission',
      'retransmission-thread',
      data,
    )
    try {
      const { port } = await thread.ready
      return new Retransmission(withPort(endpoint, port).url, thread, counters)
    } catch (error) {
      await thread.terminate()
      throw error
    }
  }

  /** Why the server does not answer any more, if its thread has died. */
  get problem(): TickwireError | undefined {
    return this.#problem
  }

  stats(): RetransmissionReport {
    const counters = this.#counters
    const refused = REFUSALS.map((reason) => [reason, counters[RETRANSMISSION[reason]]])
    return {
      endpoint: this.endpoint,
      requests: counters[RETRANSMISSION.requests],
      replies: counters[RETRANSMISSION.replies],
      messages: counters[RETRANSMISSION.messages],
      bytes: counters[RETRANSMISSION.bytes],
      unsent: counters[RETRANSMISSION.unsent],
      refused: Object.fromEntries(refused) as Record<Refusal, number>,
    }
  }

  /** Closes the socket and ends the thread. Never rejects; see `problem`. */
  async stop(): Promise<RetransmissionReport> {
    this.#thread.order('stop', null)
    await this.#thread.gone
    return this.stats()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
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
