import { FLOW_SENT } from '../../account/send-counters.js'
import { type CreditPlan, HELD } from '../../send/credit/credit.js'
import type { FlowGroup } from '../../send/credit/flow-group.js'

/** Times that a sender was held up, and for how long. */
export interface HeldReport {
  readonly count: number
  readonly totalNs: number
  readonly longestNs: number
}

/** How receivers have controlled a sender. */
export interface SendFlowReport {
  /** Whose window counts. */
  readonly group: FlowGroup
  /** Receivers at this moment; that came, that said goodbye, and that fell silent. */
  readonly receivers: number
  readonly joined: number
  readonly left: number
  readonly dropped: number
  /** The window that counts at this moment, and how much of it is out; in messages. */
  readonly window: number
  readonly outstanding: number
  /** What holds the sender up at this moment: no credit, or no receiver; null: nothing. */
  readonly heldBy: 'credit' | 'receiver' | null
  /** For want of credit, though messages were due. */
  readonly blocked: HeldReport
  /** For want of any receiver. */
  readonly waited: HeldReport
  /** Datagrams of receivers that were heeded, and what came beside them: garbage, strangers, lies. */
  readonly statuses: number
  readonly refused: number
  /** Times that the sender made itself known. */
  readonly setups: number
}

/** @param counters `FLOW_SENT` */
export function sendFlowReport(
  credit: CreditPlan | null,
  counters: Float64Array,
): SendFlowReport | null {
  if (credit === null) return null
  const held = counters[FLOW_SENT.held]
  return {
    group: credit.group,
    receivers: counters[FLOW_SENT.receivers],
    joined: counters[FLOW_SENT.joined],
    left: counters[FLOW_SENT.left],
    dropped: counters[FLOW_SENT.dropped],
    window: counters[FLOW_SENT.window],
    outstanding: counters[FLOW_SENT.outstanding],
    heldBy: held === HELD.blocked ? 'credit' : held === HELD.waiting ? 'receiver' : null,
    blocked: {
      count: counters[FLOW_SENT.blockedCount],
      totalNs: counters[FLOW_SENT.blockedNs],
      longestNs: counters[FLOW_SENT.blockedLongestNs],
    },
    waited: {
      count: counters[FLOW_SENT.waitedCount],
      totalNs: counters[FLOW_SENT.waitedNs],
      longestNs: counters[FLOW_SENT.waitedLongestNs],
    },
    statuses: counters[FLOW_SENT.statuses],
    refused: counters[FLOW_SENT.refused],
    setups: counters[FLOW_SENT.setups],
  }
}
