import { type BooksRunReport, booksRunReport } from '../../account/book-counters.js'
import { SUBSCRIBER } from '../../account/bridge-counters.js'
import {
  deliveredSoFar,
  FEED,
  FEED_LINE,
  feedLineCounters,
  LATENCY_FROM,
} from '../../account/feed-counters.js'
import { type LatencySummary, summarize } from '../../account/histogram.js'
import { efficiencyPercent, type Ledger, ledgerOf } from '../../account/ledger.js'
import { LINE } from '../../account/line-counters.js'
import { RECORDER, type RecorderCounts, recorderCounts } from '../../account/recorder-counters.js'
import type { EndedBy } from '../../foundation/ended-by.js'
import { optionName } from '../../foundation/option-name.js'
import { NS_PER_SECOND } from '../../foundation/units.js'
import type { WhenBehind } from '../../handle/behind-policy.js'
import type { NamedStream } from '../../handle/notices/other-streams.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { errnoName } from '../../native/errno.js'
import type { RecordedFile } from '../../record/recording-file.js'
import { GapTable, LOSS } from '../../sequence/gap-table.js'
import { LINE_TRACK } from '../../sequence/line/line-state.js'
import { RIVAL_DATAGRAMS } from '../../sequence/tracker-limits.js'
import { lineAt, TRACK } from '../../sequence/tracker-state.js'
import type { CaptureFramingName } from '../../wire/framing.js'
import { bookCountersOf } from '../memory/feed-books.js'
import {
  type ActiveTransport,
  type BoundLine,
  type FeedData,
  feedStateOf,
  lineCountersOf,
  recorderCountersOf,
} from '../memory/feed-data.js'
import { collectionsSoFar, countersOf } from '../memory/run-counters.js'
import { filteredByKernel } from '../options/allowed-sources.js'
import {
  type BridgeReport,
  bridgeReport,
  type SubscriberReport,
  subscriberReport,
} from './bridge-report.js'
import { namesOf, SECOND_STREAM_REMEDY, streamsText } from './feed-alarm.js'
import type { ProfileReport } from './profiling.js'

const LINE_STATE_NAMES = ['live', 'silent', 'behind'] as const

/** What happened in a run, or has happened so far. `null` stands for what cannot be known. */
export interface ReceiveReport {
  readonly command: 'receive'
  /** What the feed is called: by its options, or as its first endpoint. */
  readonly name: string
  readonly transport: ActiveTransport
  readonly framing: CaptureFramingName
  /** How messages get their names; `auto`: as each datagram's header says. */
  readonly protocol: string
  /** Datagrams that came out of the kernel, those of other sources included. */
  readonly datagrams: number
  /** Messages in those that the handling side has looked at, duplicates included. */
  readonly messages: number
  readonly delivered: number
  readonly ledger: Ledger
  readonly lines: readonly LineReport[]
  /** From the first to the last message, without those that lay in the socket before the first look. */
  readonly elapsedSeconds: number | null
  readonly messagesPerSecond: number | null
  readonly efficiencyPercent: number | null
  /** Null for a recording: recorded time has no latency to anybody. */
  readonly latencyNs: LatencySummary | null
  /** Whose time stamp latency is counted from: the message's own or the kernel's at reception. */
  readonly latencyFrom: 'sender' | 'kernel' | null
  /** With `stages`: from sent to kernel, from there to taken, from there to handed over. */
  readonly stagesNs: {
    readonly toKernel: LatencySummary
    readonly toTaken: LatencySummary
    readonly toDelivered: LatencySummary
  } | null
  /** Null for a recording, as are `receiveBufferBytes` and `pinned`. */
  readonly ring: RingReport | null
  /** Null where there is no socket. */
  readonly receiveBufferBytes: { readonly asked: number; readonly granted: number } | null
  /** Per thread, from the first message on; null while it runs, or where there is no such thread. */
  readonly garbageCollections: { readonly receiver: number | null; readonly handler: number | null }
  readonly pinned: { readonly receiver: number | null; readonly handler: number | null } | null
  /** Whether the kernel coalesced datagrams; a line's counts are then of trains. */
  readonly gro: boolean
  /** Guarantees that the transport cannot give. */
  readonly missing: readonly string[]
  readonly heartbeats: number
  readonly invalidDatagrams: number
  /** Octets that publishers sent behind the messages of datagrams; they were skipped. */
  readonly trailingBytes: number
  /** Messages that lay in the socket before the first look: they are in no latency and no rate. */
  readonly earlyMessages: number
  /** Messages that filled a gap after a later one had come. */
  readonly late: number
  /** Messages that came after they had been declared lost. */
  readonly tooLate: number
  /** Times that the publisher restarted, and that it ended a session. */
  readonly restarts: number
  readonly sessionEnds: number
  /** Messages that were shorter than their type must be: no method saw them. */
  readonly messageFaults: number
  /** Messages of types that the protocol does not know. */
  readonly unknownMessages: number
  /** Datagrams of sessions that were not asked for, and of other streams on the same lines. */
  readonly foreignDatagrams: number
  /** The sequence with which the feed began; null where that was the first of its session. */
  readonly joinedAtSequence: number | null
  /** Times that nothing came, not even a heartbeat, for too long. */
  readonly staleAlarms: number
  /** Whether that is so now, or was at the end. */
  readonly stale: boolean
  /** Gaps that were seen, filled or not. */
  readonly gaps: number
  /** What was done while the handler was behind. */
  readonly behind: BehindReport
  /** What was asked for again, and what came of it; null without a retransmission server. */
  readonly recovery: RecoveryReport | null
  /** What is known of the books; null without `books`. */
  readonly books: BooksRunReport | null
  /** What was noted for `tune`; null without `profile`. */
  readonly profile: ProfileReport | null
  /** What senders were told of consumption; null without flow control. */
  readonly flow: ReceiveFlowReport | null
  /** What was written of what arrived; null without `record`. */
  readonly recording: RecordingReport | null
  /** What ended the run; null while it runs. */
  readonly endedBy: EndedBy | null
  readonly warnings: readonly string[]
  /** Only where the feed is published to a stream. */
  readonly bridge?: BridgeReport
  /** Only where it comes from one. */
  readonly stream?: SubscriberReport
}

/** Of a run over live lines, of which all of this is known. */
export type LiveReport = ReceiveReport & {
  readonly [Key in 'latencyNs' | 'ring' | 'receiveBufferBytes' | 'pinned']: NonNullable<
    ReceiveReport[Key]
  >
}

export interface RingReport {
  readonly slots: number
  readonly slotBytes: number
  /** Null: the kernel's own ring does not tell. */
  readonly highWater: number | null
  readonly fullCount: number | null
  readonly used: number | null
}

export interface BehindReport {
  readonly policy: WhenBehind
  /** Slots that may wait before the handler counts as behind; null without a limit, or with its own. */
  readonly limitSlots: number | null
  /** Times that the handler was told of messages that were skipped. */
  readonly skips: number
  /** Messages that wait outside of the ring at this moment. */
  readonly pending: number
}

/** What a run has recorded. */
export interface RecordingReport extends RecorderCounts {
  /** Null while the run goes on. */
  readonly files: readonly RecordedFile[] | null
  /** Whether datagrams are written, or why not. */
  readonly state: 'writing' | 'disk-full' | 'failing'
  /** Of the ring before the recorder's thread: its bytes, and the most that ever waited. */
  readonly ring: { readonly bytes: number; readonly highWaterBytes: number }
}

export interface RecoveryReport {
  readonly endpoint: string
  readonly requests: number
  /** Requests that the kernel did not take. */
  readonly requestsFailed: number
  /** Gaps that were asked for, and how many requests each took in the mean; null before the first. */
  readonly gapsAsked: number
  readonly requestsPerGap: number | null
  /** Datagrams that came as answers, and those of them that filled nothing. */
  readonly answers: number
  readonly badAnswers: number
  /** From the opening of a gap to the coming of each message that was asked for. */
  readonly latencyNs: LatencySummary
}

export interface ReceiveFlowReport {
  /** Messages that a sender may have on their way here or waiting. */
  readonly window: number
  /** Datagrams by which senders made themselves known. */
  readonly setups: number
  /** What they were told, and could not be told. */
  readonly statuses: number
  readonly statusesFailed: number
}

export interface LineReport {
  readonly endpoint: string
  /** The host name that was looked up for it at the start; null where an address was given. */
  readonly host: string | null
  readonly messages: LineMessages
  readonly datagrams: number
  readonly kernelDrops: number | null
  readonly ringDrops: number
  /** Datagrams that brought something new to the feed. */
  readonly firstToArrive: number
  /** What the line is, and how often it fell silent or far behind while another went on. */
  readonly state: 'live' | 'silent' | 'behind'
  readonly silentAlarms: number
  readonly behindAlarms: number
  /** By how much it was ahead of another with the datagrams that it brought first; null with one line. */
  readonly leadNs: LatencySummary | null
  /** The interface on which a group was joined, and how often it was joined again; null: it is no group. */
  readonly joined: string | null
  readonly rejoins: number
  /** Receive calls that failed, and the kernel's name for why the last one did; null: none did. */
  readonly receiveErrors: number
  readonly lastReceiveError: string | null
  /** Datagrams of sources that are not allowed; null: the kernel keeps them back and does not count. */
  readonly otherSources: number | null
}

/**
 * What became of the messages that a line brought: an account of its own, counted beside the ledger.
 * seen = first + duplicates + late + tooLate + held + foreign.
 */
export interface LineMessages {
  /** Messages in the line's valid datagrams. */
  readonly seen: number
  /** New to the feed when they came. */
  readonly first: number
  /** There already. */
  readonly duplicates: number
  /** Those of them that came while it was remembered what had been there; and of these the ones that differ. */
  readonly compared: number
  /** Null: there were duplicates, and none could be compared. */
  readonly conflicts: number | null
  /** Filled a gap. */
  readonly late: number
  /** Came when they had been declared lost. */
  readonly tooLate: number
  /** Wait for a witness, were believed too late to be delivered, or lie beyond the total. */
  readonly held: number
  /** Of another stream than the feed's. */
  readonly foreign: number
}

/** What only the starter of the threads knows. */
export interface RunFacts {
  /** Whether the handling thread is at work at this moment. */
  readonly running: boolean
  readonly bound: readonly BoundLine[]
  readonly urls: readonly string[]
  readonly hosts: readonly (string | null)[]
  readonly collections: { readonly receiver: number | null; readonly handler: number | null }
  readonly warnings: readonly string[]
  readonly profile: ProfileReport | null
  /** What was recorded; null while it is not known. */
  readonly files: readonly RecordedFile[] | null
  readonly endedBy: EndedBy | null
}

const MISSING_IN_PORTABLE = [
  'kernel drop count',
  'kernel time stamps',
  'batched receive',
  'pinning',
]

/** The names of threads of which each does one thing. */
const THREADS = { receiver: /^receiver/, handler: /^handler$/ }

/** Of the thread that reads a stream; what the bridge's receivers had lost is told. */
const MISSING_IN_STREAMS = ['pinning', 'receiving without an event loop']

/** What of a feed a report is made from, beside what only the starter of the threads knows. */
export type ReportedFeed = Pick<
  FeedData,
  'transport' | 'single' | 'plan' | 'placement' | 'epoch' | 'counters'
>

/** All but the counters that a report is made from. */
export interface ReceiveFacts extends Omit<ReportedFeed, 'counters'> {
  readonly command: 'receive'
  readonly facts: RunFacts
}

/** What stands beside the counters of a feed, so that its report can be made elsewhere. */
export function receiveFacts(data: ReportedFeed, facts: RunFacts): ReceiveFacts {
  const { transport, single, plan, placement, epoch } = data
  return { command: 'receive', transport, single, plan, placement, epoch, facts }
}

/** Guarantees that a transport cannot give. */
export function missingIn(transport: ActiveTransport): readonly string[] {
  if (transport === 'nats') return MISSING_IN_STREAMS
  return transport === 'portable' ? MISSING_IN_PORTABLE : []
}

/** Reads the shared memory of a feed. Any thread; a running feed's figures may be a moment old. */
export function receiveReport(data: ReportedFeed, facts: RunFacts): ReceiveReport {
  const state = feedStateOf(data)
  const counts = state.counters
  const { transport, single } = data
  const portable = transport === 'portable'
  const ledger = ledgerFrom(state, portable, facts.running)
  const elapsedSeconds =
    counts[FEED.firstMessageNs] > 0 && counts[FEED.lastMessageNs] > counts[FEED.firstMessageNs]
      ? (counts[FEED.lastMessageNs] - counts[FEED.firstMessageNs]) / NS_PER_SECOND
      : null
  const lines = data.plan.endpoints.map((endpoint, i): LineReport => {
    const received = lineCountersOf(data, i)
    const seen = feedLineCounters(counts, i)
    return {
      endpoint: facts.urls[i],
      host: facts.hosts[i] ?? null,
      messages: lineMessages(state, i),
      datagrams: received[LINE.datagrams],
      kernelDrops: portable ? null : received[LINE.kernelDrops],
      ringDrops: received[LINE.ringDroppedDatagrams],
      firstToArrive: seen[FEED_LINE.firstToArrive],
      state: LINE_STATE_NAMES[seen[FEED_LINE.state]] ?? 'live',
      silentAlarms: seen[FEED_LINE.silentAlarms],
      behindAlarms: seen[FEED_LINE.behindAlarms],
      leadNs: state.leads[i] === undefined ? null : summarize(state.leads[i].snapshot()),
      joined: facts.bound[i]?.joined ?? null,
      rejoins: received[LINE.joins],
      receiveErrors: received[LINE.receiveErrors],
      lastReceiveError:
        received[LINE.receiveErrno] === 0 ? null : errnoName(received[LINE.receiveErrno]),
      otherSources: filteredByKernel(endpoint)
        ? null
        : seen[FEED_LINE.otherSources] + received[LINE.otherSources],
    }
  })
  const remote = transport === 'nats'
  const repeated = remote ? countersOf(data.counters, 'subscriber')[SUBSCRIBER.duplicates] : 0
  const mapped = transport === 'mapped'
  const rings = data.plan.endpoints.map((_, line) => lineCountersOf(data, line))
  const coalesces = facts.bound.some((one) => one.coalesces)
  return {
    command: 'receive',
    name: data.plan.name ?? facts.urls[0] ?? '',
    transport,
    framing: data.plan.framing,
    protocol: data.plan.protocol,
    datagrams: coalesces
      ? counts[FEED.datagrams] + sum(lines.map((line) => line.ringDrops + (line.otherSources ?? 0)))
      : sum(lines.map((line) => line.datagrams)),
    messages: counts[FEED.messages],
    delivered: ledger.delivered,
    ledger: { ...ledger, duplicates: ledger.duplicates + repeated },
    lines: remote ? lines.map((line) => withRepeated(line, repeated)) : lines,
    elapsedSeconds,
    messagesPerSecond:
      elapsedSeconds === null
        ? null
        : Math.round(((counts[FEED.messages] - counts[FEED.early]) / elapsedSeconds) * 10) / 10,
    efficiencyPercent: efficiencyPercent(ledger),
    latencyNs: summarize(state.latency.snapshot()),
    latencyFrom: latencySource(counts[FEED.latencyFrom], portable),
    stagesNs: data.plan.stages ? stageSummaries(state) : null,
    ring: {
      slots: data.plan.slots,
      slotBytes: data.plan.slotBytes,
      highWater: mapped ? null : Math.max(...rings.map((ring) => ring[LINE.ringHighWater])),
      fullCount: mapped ? null : sum(rings.map((ring) => ring[LINE.ringFullCount])),
      used: mapped ? null : sum(rings.map((ring) => ring[LINE.ringUsed])),
    },
    receiveBufferBytes: remote
      ? null
      : {
          asked: data.plan.receiveBufferBytes,
          granted: Math.min(...facts.bound.map((one) => one.grantedBufferBytes)),
        },
    garbageCollections: collectionsOf(data, facts),
    pinned: {
      receiver: data.placement.receiverCpus[0] ?? null,
      handler: single ? (data.placement.receiverCpus[0] ?? null) : data.placement.handlerCpu,
    },
    gro: coalesces,
    missing: missingIn(transport),
    earlyMessages: counts[FEED.early],
    heartbeats: counts[FEED.heartbeats],
    invalidDatagrams: counts[FEED.invalidDatagrams],
    trailingBytes: counts[FEED.trailingBytes],
    late: state.tracker[TRACK.late],
    tooLate: state.tracker[TRACK.tooLate],
    restarts: state.tracker[TRACK.restarts],
    sessionEnds: counts[FEED.sessionEnds],
    messageFaults: counts[FEED.messageFaults],
    unknownMessages: counts[FEED.unknownMessages],
    foreignDatagrams: counts[FEED.foreignDatagrams] + state.tracker[TRACK.otherDatagrams],
    joinedAtSequence: joinedAt(state),
    staleAlarms: counts[FEED.staleAlarms],
    stale: counts[FEED.stale] === 1,
    gaps: state.tracker[TRACK.gaps],
    behind: {
      policy: data.plan.behind.when,
      limitSlots: numberOrNull(data.plan.behind.limit),
      skips: counts[FEED.skips],
      pending: counts[FEED.pending],
    },
    recovery: recoveryReport(data, state),
    books: booksReport(data, state),
    profile: facts.profile,
    flow: flowReport(data, state),
    recording: recordingReport(data, facts),
    endedBy: facts.endedBy,
    warnings: [...facts.warnings, ...strangerWarnings(state, data)],
    ...(data.plan.handler.kind === 'outlet'
      ? { bridge: bridgeReport(countersOf(data.counters, 'bridge')) }
      : {}),
    ...(remote ? { stream: subscriberReport(countersOf(data.counters, 'subscriber')) } : {}),
  }
}

/** What came again was found out before the ring; the kernel of this machine has seen none of it. */
function withRepeated(line: LineReport, repeated: number): LineReport {
  const { messages } = line
  return {
    ...line,
    kernelDrops: null,
    messages: {
      ...messages,
      seen: messages.seen + repeated,
      duplicates: messages.duplicates + repeated,
    },
  }
}

function joinedAt({ tracker }: FeedState): number | null {
  return tracker[TRACK.started] === 1 ? numberOrNull(tracker[TRACK.joinedAt]) : null
}

/** Two streams on one group and port are a mistake in a configuration, and look like a perfect feed. */
function strangerWarnings(state: FeedState, { plan, transport }: ReportedFeed): readonly string[] {
  const { counters, tracker } = state
  const streams = state.namedStreams()
  const strangers = tracker[TRACK.otherDatagrams]
  const warnings: string[] = []
  // The alarm of a live feed has said so.
  const said = transport !== 'capture' && counters[FEED.rivalAlarms] > 0
  if (strangers >= RIVAL_DATAGRAMS && !said) {
    warnings.push(
      `${strangers} datagrams were of another stream that shares the feed's address and port${streamsText(streams)}, and are counted as foreign. ${SECOND_STREAM_REMEDY}`,
    )
  }
  const foreign = counters[FEED.foreignDatagrams]
  if (foreign > 0 && counters[FEED.messages] === 0) {
    const asked = plan.session === undefined ? '' : ` Asked for was ${plan.session}.`
    warnings.push(
      `All ${foreign} datagrams that came were of other sessions or streams: ${streamList(streams, 'other')}.${asked} Ask for one of them (${optionName('session')}), or look at the endpoint.`,
    )
  }
  const answers = counters[FEED.answers]
  if (answers > 0 && counters[FEED.foreignAnswers] === answers) {
    warnings.push(
      `All ${answers} answers of the retransmission server were of another session than the feed's: ${streamList(streams, 'answer')}. Look whether the server keeps this feed (${optionName('recover')}).`,
    )
  }
  return warnings
}

function streamList(streams: readonly NamedStream[], role: NamedStream['role']): string {
  return namesOf(streams, role).join(', ') || 'not named'
}

function lineMessages({ tracker }: FeedState, line: number): LineMessages {
  const at = lineAt(line)
  return {
    seen: tracker[at + LINE_TRACK.seen],
    first: tracker[at + LINE_TRACK.first],
    duplicates: tracker[at + LINE_TRACK.duplicates],
    compared: tracker[at + LINE_TRACK.compared],
    conflicts: conflictsOf(tracker, at),
    late: tracker[at + LINE_TRACK.late],
    tooLate: tracker[at + LINE_TRACK.tooLate],
    held: tracker[at + LINE_TRACK.held],
    foreign: tracker[at + LINE_TRACK.foreign],
  }
}

function conflictsOf(tracker: Float64Array, at: number): number | null {
  const unknown = tracker[at + LINE_TRACK.compared] === 0 && tracker[at + LINE_TRACK.duplicates] > 0
  return unknown ? null : tracker[at + LINE_TRACK.conflicts]
}

function recoveryReport(data: ReportedFeed, state: FeedState): RecoveryReport | null {
  const { recover } = data.plan
  if (recover === undefined) return null
  const counts = state.counters
  const gapsAsked = counts[FEED.gapsAsked]
  return {
    endpoint: recover.url,
    requests: counts[FEED.requests],
    requestsFailed: counts[FEED.requestsFailed],
    gapsAsked,
    requestsPerGap:
      gapsAsked === 0
        ? null
        : Math.round(((counts[FEED.requests] + counts[FEED.requestsFailed]) / gapsAsked) * 1000) /
          1000,
    answers: counts[FEED.answers],
    badAnswers: counts[FEED.badAnswers],
    latencyNs: summarize(state.recovery.snapshot()),
  }
}

function booksReport(data: ReportedFeed, { counters }: FeedState): BooksRunReport | null {
  if (data.plan.books === null) return null
  return booksRunReport(bookCountersOf(data), counters[FEED.lastMessageNs])
}

const RECORDER_STATE_NAMES = ['writing', 'disk-full', 'failing'] as const

function recordingReport(data: ReportedFeed, { files }: RunFacts): RecordingReport | null {
  if (data.plan.record === null) return null
  const counters = recorderCountersOf(data)
  return {
    ...recorderCounts(counters),
    files,
    state: RECORDER_STATE_NAMES[counters[RECORDER.state]] ?? 'writing',
    ring: {
      bytes: counters[RECORDER.ringBytes],
      highWaterBytes: counters[RECORDER.ringHighWaterBytes],
    },
  }
}

function flowReport(data: ReportedFeed, { counters }: FeedState): ReceiveFlowReport | null {
  if (data.plan.flow === 'none') return null
  return {
    window: counters[FEED.window],
    setups: counters[FEED.setups],
    statuses: counters[FEED.statuses],
    statusesFailed: counters[FEED.statusesFailed],
  }
}

function ledgerFrom(state: FeedState, portable: boolean, running: boolean): Ledger {
  const track = state.tracker
  const lost = (reason: keyof typeof LOSS) => track[TRACK.lost + LOSS[reason]]
  const delivered = deliveredSoFar(state.counters)
  const skipped = state.counters[FEED.skipped]
  const losses = {
    kernel: portable ? null : lost('kernel'),
    ring: lost('ring'),
    network: lost('network'),
    invalid: lost('invalid'),
    unrecovered: lost('unrecovered'),
    cutOff: lost('cutOff') + state.counters[FEED.undelivered],
  }
  // A gap that is still open is missing; until it closes, the network has it. Read behind what is lost,
  // so that a gap that closes at this moment is in neither, and not in both.
  losses.network += new GapTable(track.subarray(TRACK.table)).missing
  const settled =
    delivered +
    skipped +
    (losses.kernel ?? 0) +
    losses.ring +
    losses.network +
    losses.invalid +
    losses.unrecovered +
    losses.cutOff
  // Read last, so that it is never behind the parts; the messages on their way to the handler at this
  // moment are in neither.
  const expected = running ? Math.min(settled, track[TRACK.expected]) : track[TRACK.expected]
  return ledgerOf({
    expected,
    delivered,
    skipped,
    lost: losses,
    duplicates: track[TRACK.duplicates],
    recovered: track[TRACK.recovered],
  })
}

function stageSummaries(state: FeedState): NonNullable<ReceiveReport['stagesNs']> {
  const [toKernel, toTaken, toDelivered] = state.stages
  return {
    toKernel: summarize(toKernel.snapshot()),
    toTaken: summarize(toTaken.snapshot()),
    toDelivered: summarize(toDelivered.snapshot()),
  }
}

function latencySource(code: number, portable: boolean): 'sender' | 'kernel' | null {
  if (code === LATENCY_FROM.sender) return 'sender'
  return code === LATENCY_FROM.kernel && !portable ? 'kernel' : null
}

function numberOrNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** What ended threads have told; while they run, what they have counted so far. */
function collectionsOf({ counters, single }: ReportedFeed, { collections }: RunFacts) {
  const names = single ? { receiver: /^feed$/, handler: /^feed$/ } : THREADS
  return {
    receiver: collections.receiver ?? collectionsSoFar(counters, names.receiver),
    handler: collections.handler ?? collectionsSoFar(counters, names.handler),
  }
}
