import { TickwireError } from '../foundation/errors.js'
import type { RetransmissionLimits } from '../retransmit/limits.js'
import { createRetransmitStore } from '../retransmit/store-layout.js'
import { oneOf, whole } from '../run/options/checks.js'
import { planRetransmission } from '../run/options/retransmission-options.js'
import { Retransmission, type RetransmissionReport } from '../run/transmission/request-server.js'
import { FRAMING_NAMES, type FramingName } from '../wire/framing.js'
import { RecordingStore } from './recording-store.js'

/** How long the tail of a recording can be asked for, if nobody says how long. */
const DEFAULT_LINGER_MS = 1000

/** What of the options of a replay is about messages that are asked for again. */
export interface ReplayRetransmissionOptions {
  /** Where the replayed messages can be asked for again, as `udp://ADDRESS:PORT`; default nowhere. */
  readonly retransmit?: string | undefined
  /** Bytes of the store of what can be asked for. Default 64 MiB. */
  readonly retransmitStoreBytes?: number | undefined
  /** Datagrams that answer one request. Default 1 for `moldudp64`, else 16. */
  readonly datagramsPerRequest?: number | undefined
  readonly retransmitLimits?: Partial<RetransmissionLimits> | undefined
  /** How messages lie in the recorded datagrams. Default raw. */
  readonly framing?: FramingName | undefined
  /** What requests have to carry, where the recording does not say that. */
  readonly session?: string | undefined
  /** How long it goes on after the last datagram. Default 1,000 with `retransmit`, else 0. */
  readonly lingerMs?: number | undefined
}

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
    options: ReplayRetransmissionOptions,
  ): Promise<ReplayRetransmission | undefined> {
    const framing = oneOf('framing', options.framing ?? 'raw', FRAMING_NAMES)
    const plan = planRetransmission(options, framing)
    if (plan === null) {
      refuseWithout('session', options.session)
      return undefined
    }
    const { endpoint, storeBytes, limits } = plan
    const buffer = createRetransmitStore(storeBytes)
    const store = new RecordingStore(buffer, framing, options.session)
    const server = await Retransmission.start({ endpoint, framing, store: buffer, limits })
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
        'No datagram could be read, so no message could be asked for again. Choose with --framing.',
      )
    }
    return warnings
  }

  report(): ReplayRetransmissionReport {
    const { stored, unreadable, otherStreams } = this.#store
    return { ...this.server.stats(), stored, unreadable, otherStreams }
  }
}

/** Checks the time to linger, and gives its default. */
export function planLingerMs(options: ReplayRetransmissionOptions): number {
  const fallback = options.retransmit === undefined ? 0 : DEFAULT_LINGER_MS
  // setTimeout takes no more.
  return whole('linger-ms', options.lingerMs ?? fallback, 0, 2 ** 31 - 1)
}

function refuseWithout(name: string, value: unknown): void {
  if (value === undefined) return
  throw new TickwireError(
    'TW_BAD_OPTION',
    `${name} is given, and nothing can be asked for again`,
    'Give --retransmit udp://ADDRESS:PORT too, or leave it out.',
  )
}
