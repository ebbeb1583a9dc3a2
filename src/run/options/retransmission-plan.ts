import { optionText } from '../../foundation/option-name.js'
import { planRetransmissionLimits, type RetransmissionLimits } from '../../retransmit/limits.js'
import type { ResponseFraming } from '../../retransmit/response-framing.js'
import { createRetransmitStore, DEFAULT_STORE_BYTES } from '../../retransmit/store-layout.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
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

/** @throws {TickwireError} as `createRetransmitStore` and `Retransmission.start` do */
export async function startRetransmission(
  plan: RetransmissionPlan,
  framing: SendFraming,
): Promise<StoredRetransmission> {
  const store = createRetransmitStore(plan.storeBytes)
  const { endpoint, limits } = plan
  return { server: await Retransmission.start({ endpoint, framing, store, limits }), store }
}
