import type { HistogramSnapshot } from '../../account/histogram.js'
import { FLOW_SENT, LINE_SENT, SENT } from '../../account/send-counters.js'
import type { EndedBy } from '../../foundation/ended-by.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import { errnoName } from '../../native/errno.js'
import { type CreditPlan, HELD } from '../../send/credit/credit.js'
import type { FlowGroup } from '../../send/credit/flow-group.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
import type { RunCounters } from '../memory/run-counters.js'
import { collectionsSoFar } from '../memory/run-counters.js'
import { retransmissionCountersOf, sendStateOf } from '../memory/send-counters.js'
import type { SendPlan } from '../options/send-plan.js'
import { type RetransmissionReport, retransmissionReport } from './request-server.js'

/** Over a shorter time a rate says nothing. */
const SHORTEST_RATED_NS = 1e6

/** What a sender has done on one of its lines. */
export interface SendLineReport {
  readonly endpoint: string
  /** Those with messages that the kernel took. */
  readonly datagrams: number
  /** What the kernel did not take on this line: messages, or datagrams where messages are not known. */
  readonly refused: number
  /** The kernel's name for why it refused last: `ENOBUFS` for a full queue of the interface; null: it did not. */
  readonly refusedBy: string | null
  readonly unreachable: number
}

/** What a sender has done, or has done so far. */
export interface SendReport {
  readonly command: 'send'
  /** What metrics and counters call the feed. */
  readonly name: string
  readonly transport: 'socket' | 'portable'
  /** The first line's. */
  readonly endpoint: string
  /** Null for a replay, which sends datagrams as they are. */
  readonly framing: SendFraming | null
  /** Null where the framing has none. */
  readonly session: string | null
  /** That the kernel took on one line at least; each counts once. Null where the sender does not know the messages in its datagrams. */
  readonly messages: number | null
  /** Those with messages; each counts once, whatever the number of lines. */
  readonly datagrams: number
  readonly payloadBytes: number
  /** What the kernel took on no line: messages, or datagrams where messages are not known. */
  readonly refused: number
  /** Times that a destination answered that nobody listens there; the kernel had taken those. */
  readonly unreachable: number
  /** MoldUDP64: datagrams that said that the session is alive, and that it has ended; each counts once. */
  readonly heartbeats: number
  readonly endOfSession: number
  readonly lines: readonly SendLineReport[]
  /** From the beginning of the first send call to the end of the last. */
  readonly elapsedSeconds: number | null
  readonly messagesPerSecond: number | null
  readonly datagramsPerSecond: number | null
  /** How late datagrams left against the schedule; null where there is none. */
  readonly paceErrorNs: {
    readonly p50: number | null
    readonly p99: number | null
    readonly max: number | null
  }
  /** Segmentation offload: whether it was asked for, the sends that were cut, and why it was abandoned. */
  readonly gso: {
    readonly asked: boolean
    readonly trains: number
    readonly refused: string | null
  }
  readonly garbageCollections: number | null
  readonly pinned: number | null
  /** How receivers controlled the sender; null where nobody did. */
  readonly flow: SendFlowReport | null
  /** What was asked for again; null where nothing could be. */
  readonly retransmission: RetransmissionReport | null
  /** What ended the sender; null while it is at work. */
  readonly endedBy: EndedBy | null
  readonly warnings: readonly string[]
}

/** What of a sender's plan a report is made from. */
type ReportedPlan = Pick<SendPlan, 'framing' | 'session' | 'gso' | 'credit' | 'messagesPerDatagram'>

export function reportedPlan(plan: SendPlan): ReportedPlan {
  const { framing, session, gso, credit, messagesPerDatagram } = plan
  return { framing, session, gso, credit, messagesPerDatagram }
}

/** All but the counters that a report is made from. */
export interface SendFacts {
  readonly command: 'send'
  /** As the caller calls the feed; null: it has no name. */
  readonly name: string | null
  /** URLs, one per line. */
  readonly endpoints: readonly string[]
  readonly portable: boolean
  readonly cpu: number | null
  /** Null for a replay. */
  readonly plan: ReportedPlan | null
  readonly retransmitEndpoint: string | null
  /** Null while the sender runs. */
  readonly garbageCollections: number | null
  readonly endedBy: EndedBy | null
  readonly warnings: readonly string[]
}

/** Reads the counters of a sender. Any thread; a running sender's figures may be a moment old. */
export function sendReport(counters: RunCounters, facts: SendFacts): SendReport {
  const { plan } = facts
  const state = sendStateOf(counters, facts.endpoints.length)
  const counts = state.counters
  const perDatagram = plan?.messagesPerDatagram ?? 1
  // Taken by the kernel and told of later. With several lines nobody knows which one had it.
  const late = facts.endpoints.length > 1 ? 0 : state.lines[0][LINE_SENT.undeliverable]
  const lines = facts.endpoints.map((endpoint, line): SendLineReport => {
    const seen = state.lines[line]
    const late = seen[LINE_SENT.undeliverable]
    const errno = seen[LINE_SENT.refusedErrno]
    const refused = plan === null ? LINE_SENT.refusedDatagrams : LINE_SENT.refusedMessages
    return {
      endpoint,
      datagrams: seen[LINE_SENT.datagrams] - late,
      refused: seen[refused] + late * perDatagram,
      refusedBy: errno === 0 ? null : errnoName(errno),
      unreachable: seen[LINE_SENT.unreachable],
    }
  })
  const elapsedNs = counts[SENT.lastNs] - counts[SENT.firstNs]
  const elapsedSeconds = elapsedNs > 0 ? elapsedNs / NS_PER_SECOND : null
  const perSecond = (count: number) =>
    elapsedSeconds === null || elapsedNs < SHORTEST_RATED_NS
      ? null
      : Math.round((count / elapsedSeconds) * 10) / 10
  return {
    command: 'send',
    name: facts.name ?? lines[0].endpoint,
    transport: facts.portable ? 'portable' : 'socket',
    endpoint: lines[0].endpoint,
    framing: plan?.framing ?? null,
    session: plan?.session?.name ?? null,
    messages: plan === null ? null : counts[SENT.messages] - late * perDatagram,
    datagrams: counts[SENT.datagrams] - late,
    payloadBytes: counts[SENT.payloadBytes],
    refused:
      counts[plan === null ? SENT.refusedDatagrams : SENT.refusedMessages] + late * perDatagram,
    unreachable: lines.reduce((sum, line) => sum + line.unreachable, 0),
    heartbeats: counts[SENT.heartbeats],
    endOfSession: counts[SENT.endOfSession],
    lines,
    elapsedSeconds,
    messagesPerSecond: plan === null ? null : perSecond(counts[SENT.messages]),
    datagramsPerSecond: perSecond(counts[SENT.datagrams]),
    paceErrorNs: paceError(state.paceError.snapshot()),
    gso: {
      asked: plan?.gso ?? false,
      trains: counts[SENT.trains],
      refused: counts[SENT.offloadErrno] === 0 ? null : errnoName(counts[SENT.offloadErrno]),
    },
    garbageCollections: facts.garbageCollections ?? collectionsSoFar(counters, /^sender$/),
    pinned: facts.cpu,
    flow: sendFlowReport(plan?.credit ?? null, counts),
    retransmission:
      facts.retransmitEndpoint === null
        ? null
        : retransmissionReport(retransmissionCountersOf(counters), facts.retransmitEndpoint),
    endedBy: facts.endedBy,
    warnings: [...facts.warnings],
  }
}

function paceError(snapshot: HistogramSnapshot): SendReport['paceErrorNs'] {
  return { p50: snapshot.percentile(50), p99: snapshot.percentile(99), max: snapshot.max }
}

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
  /** Datagrams of receivers that were honoured, and what came beside them: garbage, strangers, lies. */
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
