import { TickwireError } from '../../foundation/errors.js'
import type { RetransmissionLimits } from '../../retransmit/limits.js'
import { createRetransmitStore, DEFAULT_STORE_BYTES } from '../../retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../retransmit/store-writer.js'
import type { SendFraming } from '../../send/datagrams/datagram-writer.js'
import { MOLD_FIRST_SEQUENCE } from '../../send/datagrams/mold-datagram-writer.js'
import type { MessageStore } from '../../wire/message-store.js'
import { encodeMoldSession, MOLD_SESSION_BYTES } from '../../wire/moldudp64.js'
import { Retransmission } from '../transmission/request-server.js'

/** What requests carry where the framing has no sessions: ten spaces. */
const NO_SESSION = new Uint8Array(MOLD_SESSION_BYTES).fill(0x20)

/** What of the options of a sender is about messages that are asked for again. */
export interface SendRetransmissionOptions {
  /** Where messages can be asked for again, as `udp://ADDRESS:PORT`; default nowhere. */
  readonly retransmit?: string | undefined
  /** Bytes of the store of what can be asked for. Default 64 MiB. */
  readonly retransmitStoreBytes?: number | undefined
  readonly retransmitLimits?: Partial<RetransmissionLimits> | undefined
}

/** The same, complete. Checked when the server starts. */
export interface RetransmissionPlan {
  readonly endpoint: string
  readonly storeBytes: number
  readonly limits: Partial<RetransmissionLimits>
}

/** Null if nothing can be asked for. @throws {TickwireError} TW_BAD_OPTION */
export function planRetransmission(options: SendRetransmissionOptions): RetransmissionPlan | null {
  const { retransmit, retransmitStoreBytes, retransmitLimits } = options
  if (retransmit !== undefined) {
    return {
      endpoint: retransmit,
      storeBytes: retransmitStoreBytes ?? DEFAULT_STORE_BYTES,
      limits: retransmitLimits ?? {},
    }
  }
  if (retransmitStoreBytes === undefined) return null
  throw new TickwireError(
    'TW_BAD_OPTION',
    'retransmit-store-bytes is given, and nothing can be asked for again',
    'Give --retransmit udp://ADDRESS:PORT too, or leave it out.',
  )
}

/** A server, and the store that a sender is to fill for it. */
export interface StoredRetransmission {
  readonly server: Retransmission
  readonly store: SharedArrayBuffer
}

/** @throws {TickwireError} as `createRetransmitStore` and `Retransmission.start` do */
export async function startRetransmission(
  plan: RetransmissionPlan,
  framing: SendFraming,
): Promise<StoredRetransmission> {
  const store = createRetransmitStore(plan.storeBytes)
  const { endpoint, limits } = plan
  return { server: await Retransmission.start({ endpoint, framing, store, limits }), store }
}

/**
 * The writing end of a store, for the thread that sends.
 *
 * @param session undefined where the framing has none
 */
export function openMessageStore(
  store: SharedArrayBuffer,
  session: string | undefined,
  firstSequence = session === undefined ? 0 : MOLD_FIRST_SEQUENCE,
): MessageStore {
  return new RetransmitStoreWriter(store, {
    session: session === undefined ? NO_SESSION : encodeMoldSession(session),
    firstSequence,
  })
}
