import { optionName, optionText } from '../foundation/option-name.js'
import type { ResponseFraming } from '../retransmit/response-framing.js'
import { createRetransmitStore } from '../retransmit/store-layout.js'
import type { RunCounters } from '../run/memory/run-counters.js'
import { meaningless } from '../run/options/declaration.js'
import { planRetransmission } from '../run/options/retransmission-plan.js'
import { Retransmission, type RetransmissionReport } from '../run/transmission/request-server.js'
import { RecordingStore } from './recording-store.js'
import type { ReadReplayOptions } from './replay-options.js'

/** How long the tail of a recording can be asked for, if nobody says how long. */
const DEFAULT_LINGER_MS = 1000

/** What was asked for again, and what there was to ask for. */
export interface ReplayRetransmissionReport extends RetransmissionReport {
  /** Messages of the recording that were put into the store. */
  readonly stored: number
  /** Datagrams of the recording that the framing could not read. */
  readonly unreadable: number
  /** Datagrams of another protocol or channel than the first one's: nobody can request them. */
  readonly otherStreams: number
}

/** A replay's retransmission server and the store that it answers from. */
export class ReplayRetransmission {
  readonly server: Retransmission
  readonly #store: RecordingStore

  private constructor(server: Retransmission, store: RecordingStore) {
    this.server = server
    this.#store = store
  }

  /** Undefined if none was asked for. @throws {TickwireError} as `Retransmission.start` does */
  static async start(
    options: ReadReplayOptions,
    counters: RunCounters,
  ): Promise<ReplayRetransmission | undefined> {
    const { session } = options
    const framing = answerable(options)
    const plan = planRetransmission(options, framing)
    if (plan === null) {
      if (session === undefined) return undefined
      throw meaningless(
        'session',
        'no message can be requested again',
        `Add ${optionText('retransmit', 'udp://ADDRESS:PORT')}, or leave it out.`,
      )
    }
    const { endpoint, storeBytes, limits } = plan
    const buffer = createRetransmitStore(storeBytes)
    const store = new RecordingStore(buffer, framing, session)
    const server = await Retransmission.start({
      ...{ endpoint, framing, store: buffer, limits },
      counters,
    })
    return new ReplayRetransmission(server, store)
  }

  /** Stores the messages of a datagram that is about to be sent. */
  add(payload: Uint8Array): void {
    this.#store.add(payload)
  }

  /** Why messages cannot be asked for, in sentences. */
  warnings(): readonly string[] {
    const warnings: string[] = []
    if (this.#store.unreadable > 0 && this.#store.stored === 0) {
      warnings.push(
        `No datagram could be read, so no message could be requested. Choose another ${optionName('framing')}.`,
      )
    }
    return warnings
  }

  report(): ReplayRetransmissionReport {
    const { stored, unreadable, otherStreams } = this.#store
    return { ...this.server.stats(), stored, unreadable, otherStreams }
  }
}

/** The framing, if messages in it can be asked for again. */
function answerable({ framing, retransmit }: ReadReplayOptions): ResponseFraming {
  if (framing !== 'mdp3') return framing
  if (retransmit === undefined) return 'raw'
  throw meaningless('retransmit', 'MDP 3.0 answers no requests over UDP', 'Leave it out.')
}

/** How long a replay stays after its last datagram. */
export function lingerMsOf({ lingerMs, retransmit }: ReadReplayOptions): number {
  return lingerMs ?? (retransmit === undefined ? 0 : DEFAULT_LINGER_MS)
}
