import { randomFillSync } from 'node:crypto'
import { TickwireError } from '../../foundation/errors.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { type CreditPlan, FLOW_GROUPS, type FlowGroup } from '../../send/credit/credit.js'
import { FLOW_SETUP_BYTES } from '../../wire/flow-setup.js'
import { MAX_WINDOW } from '../../wire/flow-status.js'
import type { FramingName } from '../../wire/framing.js'
import { oneOf, optionalWhole, whole } from './checks.js'

export const RECEIVE_FLOWS = ['none', 'credit'] as const
export type ReceiveFlow = (typeof RECEIVE_FLOWS)[number]

/** What of the options of a receiver is about flow control. */
export interface ReceiveFlowOptions {
  /**
   * `credit`: tell the sender what has been consumed, so that it never sends more than fits here; it has
   * to be sending with flow control too. Default `none`.
   */
  readonly flow?: ReceiveFlow | undefined
  /**
   * Messages that the sender may have on their way here or waiting. Default: what the ring and the
   * socket's buffer hold in any case. At most 2^20.
   */
  readonly window?: number | undefined
}

/** The same, checked and complete. */
export interface ReceiveFlowPlan {
  readonly flow: ReceiveFlow
  /** NaN: what fits. */
  readonly window: number
}

/** @throws {TickwireError} TW_BAD_OPTION */
export function planReceiveFlow(
  options: ReceiveFlowOptions & { readonly transport?: string | undefined },
  framing: FramingName,
  slotBytes: number,
): ReceiveFlowPlan {
  const flow = oneOf('flow', options.flow ?? 'none', RECEIVE_FLOWS)
  const window = optionalWhole('window', options.window, 1, MAX_WINDOW)
  if (flow === 'none') {
    if (Number.isNaN(window)) return { flow, window }
    throw bad(
      `window is ${window}, but nobody is told of it`,
      'Add --flow credit, or leave --window out.',
    )
  }
  if (framing === 'iex-tp') {
    throw bad(
      'Senders with the framing iex-tp have no flow control',
      'Leave --flow out, or choose the framing raw or moldudp64.',
    )
  }
  if (options.transport === 'portable') {
    throw bad(
      'The portable transport has no flow control',
      'Use --transport socket, or leave --flow out.',
    )
  }
  if (slotBytes < FLOW_SETUP_BYTES) {
    throw bad(
      `Slots of ${slotBytes} bytes have no room for the ${FLOW_SETUP_BYTES} of a setup`,
      'Leave --slot-bytes out, or give more.',
    )
  }
  return { flow, window }
}

export const SEND_FLOWS = ['rate', 'credit'] as const
export type SendFlow = (typeof SEND_FLOWS)[number]
const DEFAULT_FLOW_WAIT_MS = 10_000

/** What of the options of a sender is about flow control. */
export interface SendFlowOptions {
  /**
   * `credit`: never send more than receivers say that they can hold, and start when the first one shows
   * up. `rate` (the default): send what is due, whoever listens.
   */
  readonly flow?: SendFlow | undefined
  /** With credit, whose window counts: the smallest (`min`, the default) or the largest (`max`). */
  readonly flowGroup?: FlowGroup | undefined
  /**
   * With credit, how long to wait while there is no receiver, in milliseconds; 0: as long as it takes.
   * Default 10,000. After that the run ends with TW_NO_RECEIVER.
   */
  readonly flowWaitMs?: number | undefined
}

/** What a flow session is called, and its rules. Null: the sender heeds nobody. */
export function planSendFlow(
  options: SendFlowOptions & { readonly transport?: string | undefined },
  defaultWaitMs = DEFAULT_FLOW_WAIT_MS,
): CreditPlan | null {
  const { flowGroup, flowWaitMs } = options
  if (oneOf('flow', options.flow ?? 'rate', SEND_FLOWS) === 'rate') {
    for (const [name, value] of Object.entries({ flowGroup, flowWaitMs })) {
      if (value === undefined) continue
      throw bad(
        `${name} is ${value}, but nothing but the rate controls this sender`,
        'Add --flow credit, or leave it out.',
      )
    }
    return null
  }
  if (options.transport === 'portable') {
    throw bad(
      'The portable transport has no flow control',
      'Use --transport socket, or leave --flow out.',
    )
  }
  const [sessionHigh = 0, sessionLow = 0] = randomFillSync(new Uint32Array(2))
  return {
    group: oneOf('flow-group', flowGroup ?? 'min', FLOW_GROUPS),
    waitNs: whole('flow-wait-ms', flowWaitMs ?? defaultWaitMs, 0) * NS_PER_MS,
    sessionHigh,
    sessionLow,
  }
}

function bad(what: string, remedy: string): TickwireError {
  return new TickwireError('TW_BAD_OPTION', what, remedy)
}
