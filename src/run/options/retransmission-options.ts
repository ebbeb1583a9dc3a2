import { TickwireError } from '../../foundation/errors.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../retransmit/limits.js'
import type { ResponseFraming } from '../../retransmit/response-framing.js'
import { createRetransmitStore, DEFAULT_STORE_BYTES } from '../../retransmit/store-layout.js'
import { RetransmitStoreWriter } from '../../retransmit/store-writer.js'
import type { SendFraming } from '../../send/datagrams/datagram-writer.js'
import { MOLD_FIRST_SEQUENCE } from '../../send/datagrams/mold-datagram-writer.js'
import type { MessageStore } from '../../wire/message-store.js'
import { encodeMoldSession, MOLD_SESSION_BYTES } from '../../wire/moldudp64.js'
import { Retransmission } from '../transmission/request-server.js'
import { whole } from './checks.js'

/** What requests carry where the framing has no sessions: ten spaces. */
const NO_SESSION = new Uint8Array(MOLD_SESSION_BYTES).fill(0x20)

/** With the smallest payloads, what a few megabytes take. */
const MAX_PER_REQUEST = 65_536

/** What of the options of a sender is about messages that are requested again. */
export interface SendRetransmissionOptions {
  /** Where messages can be asked for again, as `udp://ADDRESS:PORT`; default nowhere. */
  readonly retransmit?: string | undefined
  /** Bytes of the store of what can be asked for. Default 64 MiB. */
  readonly retransmitStoreBytes?: number | undefined
  /** Datagrams that answer one request. Default 1 for `moldudp64`, else 16. */
  readonly datagramsPerRequest?: number | undefined
  readonly retransmitLimits?: Partial<RetransmissionLimits> | undefined
}

/** The same, checked and complete. */
export interface RetransmissionPlan {
  readonly endpoint: string
  readonly storeBytes: number
  readonly limits: RetransmissionLimits
}

/** Null if nothing can be requested. @throws {TickwireError} TW_BAD_OPTION */
export function planRetransmission(
  options: SendRetransmissionOptions,
  framing: ResponseFraming,
): RetransmissionPlan | null {
  const { retransmit, retransmitStoreBytes, datagramsPerRequest, retransmitLimits } = options
  if (retransmit === undefined) {
    refuseAlone('retransmit-store-bytes', retransmitStoreBytes)
    refuseAlone('datagrams-per-request', datagramsPerRequest)
    refuseAlone('retransmitLimits', retransmitLimits)
    return null
  }
  const perRequest =
    datagramsPerRequest === undefined
      ? {}
      : {
          maxReplyDatagrams: whole(
            'datagrams-per-request',
            datagramsPerRequest,
            1,
            MAX_PER_REQUEST,
          ),
        }
  return {
    endpoint: retransmit,
    storeBytes: retransmitStoreBytes ?? DEFAULT_STORE_BYTES,
    limits: planRetransmissionLimits({ ...retransmitLimits, ...perRequest }, framing),
  }
}

/** An option that means nothing where no server is asked for. */
function refuseAlone(name: string, value: unknown): void {
  if (value === undefined) return
  throw new TickwireError(
    'TW_BAD_OPTION',
    `${name} is given, and no messages can be requested`,
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
