import { optionText } from '../../foundation/option-name.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../retransmit/limits.js'
import type { ResponseFraming } from '../../retransmit/response-framing.js'
import { createRetransmitStore, DEFAULT_STORE_BYTES } from '../../retransmit/store-layout.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
import type { RunCounters } from '../memory/run-counters.js'
import { Retransmission } from '../transmission/request-server.js'
import { meaningless } from './declaration.js'
import type { SendRetransmissionOptions } from './send-options.js'

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
    refuseAlone('retransmitStoreBytes', retransmitStoreBytes)
    refuseAlone('datagramsPerRequest', datagramsPerRequest)
    refuseAlone('retransmitLimits', retransmitLimits)
    return null
  }
  const perRequest =
    datagramsPerRequest === undefined ? {} : { maxReplyDatagrams: datagramsPerRequest }
  return {
    endpoint: retransmit,
    storeBytes: retransmitStoreBytes ?? DEFAULT_STORE_BYTES,
    limits: planRetransmissionLimits({ ...retransmitLimits, ...perRequest }, framing),
  }
}

/** An option that means nothing where no server is asked for. */
function refuseAlone(name: string, value: unknown): void {
  if (value === undefined) return
  throw meaningless(
    name,
    'no message can be requested again',
    `Add ${optionText('retransmit', 'udp://ADDRESS:PORT')}, or leave it out.`,
  )
}

/** A server, and the store that a sender is to fill for it. */
export interface StoredRetransmission {
  readonly server: Retransmission
  readonly store: SharedArrayBuffer
}

/**
 * Undefined if no messages can be requested.
 *
 * @throws {TickwireError} as `createRetransmitStore` and `Retransmission.start` do
 */
export async function startRetransmission(
  plan: { readonly retransmission: RetransmissionPlan | null; readonly framing: SendFraming },
  counters: RunCounters,
): Promise<StoredRetransmission | undefined> {
  const { retransmission, framing } = plan
  if (retransmission === null) return undefined
  const { endpoint, limits, storeBytes } = retransmission
  const store = createRetransmitStore(storeBytes)
  const options = { endpoint, framing, store, limits, counters }
  return { server: await Retransmission.start(options), store }
}
