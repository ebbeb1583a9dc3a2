import { badOption } from '../../foundation/errors.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import { NS_PER_MS } from '../../foundation/units.js'
import type { CreditPlan } from '../../send/credit/credit.js'
import { FLOW_SETUP_BYTES } from '../../wire/flow-setup.js'
import { meaningless } from './declaration.js'
import type { ReadReceiveOptions, ReceiveFlow } from './receive-options.js'
import type { ReadSendOptions, SendFlowOptions } from './send-options.js'

/** The same, checked and complete. */
export interface ReceiveFlowPlan {
  readonly flow: ReceiveFlow
  /** NaN: what fits. */
  readonly window: number
}

/** @throws {TickwireError} TW_BAD_OPTION */
export function planReceiveFlow(
  { flow, framing, transport, ...given }: ReadReceiveOptions,
  slotBytes: number,
): ReceiveFlowPlan {
  const window = given.window ?? Number.NaN
  if (flow === 'none') {
    if (Number.isNaN(window)) return { flow, window }
    throw meaningless('window', 'nobody is told of it', addCredit())
  }
  if (framing === 'iex-tp' || framing === 'mdp3') {
    throw badOption(
      `Senders with the framing ${framing} have no flow control`,
      `Leave ${optionName('flow')} out, or choose the framing raw or moldudp64.`,
    )
  }
  if (transport === 'portable') {
    throw noFlowControl()
  }
  if (slotBytes < FLOW_SETUP_BYTES) {
    throw badOption(
      `Slots of ${slotBytes} bytes have no room for the ${FLOW_SETUP_BYTES} of a setup`,
      `Leave ${optionName('slotBytes')} out, or give more.`,
    )
  }
  return { flow, window }
}

/** What a flow session is called, and its rules. Null: the sender honours nobody. */
export function planSendFlow(
  options: SendFlowOptions,
  { flow, flowGroup, flowWaitMs, transport }: ReadSendOptions,
): CreditPlan | null {
  if (flow === 'rate') {
    for (const name of ['flowGroup', 'flowWaitMs'] as const) {
      if (options[name] === undefined) continue
      throw meaningless(name, 'nothing but the rate controls this sender', addCredit())
    }
    return null
  }
  if (transport === 'portable') throw noFlowControl()
  const [sessionHigh = 0, sessionLow = 0] = crypto.getRandomValues(new Uint32Array(2))
  return { group: flowGroup, waitNs: flowWaitMs * NS_PER_MS, sessionHigh, sessionLow }
}

function addCredit(): string {
  return `Add ${optionText('flow', 'credit')}, or leave it out.`
}

function noFlowControl() {
  return badOption(
    'The portable transport has no flow control',
    `Use ${optionText('transport', 'socket')}, or leave ${optionName('flow')} out.`,
  )
}
