import { bridgeSection, subscriberSection } from '../../account/bridge-counters.js'
import type { CounterSection } from '../../account/counters-layout.js'
import { lineSection } from '../../account/line-counters.js'
import { machineSection } from '../../account/machine-counters.js'
import type { ProfileMemories } from '../../account/profile/service-profile.js'
import { recorderSection } from '../../account/recorder-counters.js'
import { threadSection } from '../../account/thread-counters.js'
import type { SessionEpoch } from '../../foundation/clock.js'
import type { HandlerContext } from '../../handle/handler.js'
import { FeedState, feedStateSections } from '../../handle/state/feed-state.js'
import { createRecordRing } from '../../record/record-ring.js'
import type { RecordedFile } from '../../record/recording-file.js'
import { createRing } from '../../ring/layout.js'
import { type Endpoint, withPort } from '../../transport/endpoint.js'
import { SlotSource } from '../../transport/slot-source.js'
import type { CaptureEnd } from '../handling/open-captures.js'
import type { ReceivePlan } from '../options/receive-plan.js'
import { ControlBlock } from '../thread/control-block.js'
import type { Placement } from '../thread/placement.js'
import { bookSections } from './feed-books.js'
import { createProfileMemories } from './profile-memories.js'
import {
  allocateCounters,
  type CountersChoice,
  countersOf,
  openCounters,
  type RunCounters,
  runSections,
  sectionOf,
} from './run-counters.js'

/** The transport that is in use, once `auto` has been decided. */
export type ActiveTransport = 'socket' | 'mapped' | 'portable' | 'capture' | 'nats'

/** What all threads of one feed share; it travels to each as its `workerData`. */
export interface FeedData {
  readonly transport: ActiveTransport
  /** Whether one thread receives and handles. */
  readonly single: boolean
  readonly plan: ReceivePlan
  readonly placement: Placement
  readonly epoch: SessionEpoch
  readonly control: SharedArrayBuffer
  /** All that the run counts; see `feedStateOf`, `lineCountersOf`, `threadCountersOf`. */
  readonly counters: RunCounters
  readonly lines: readonly LineData[]
  /** What is noted for `tune`; null: nothing. */
  readonly profile: ProfileMemories | null
  /** The ring before the recorder's thread; null: nothing is recorded. */
  readonly record: SharedArrayBuffer | null
  /** How far a run over recordings has come, as PROGRESS lays it out; undefined in a live one. */
  readonly captureProgress?: SharedArrayBuffer | undefined
}

export interface LineData {
  readonly ring: SharedArrayBuffer
}

/** The label of what the receiver of a line counts. */
function lineLabel(line: number): string {
  return `line ${line}`
}

/** The hot threads of a feed, as their counters are labelled. */
export function threadNames(plan: ReceivePlan, transport: ActiveTransport): string[] {
  if (isSingle(plan, transport)) return ['feed']
  const receivers = plan.endpoints.map((_, line) => `receiver ${line}`)
  return plan.handler.kind === 'iterate' ? receivers : [...receivers, 'handler']
}

/** Everything that a feed counts. */
export function feedTable(plan: ReceivePlan, transport: ActiveTransport): CounterSection[] {
  return [
    ...(plan.handler.kind === 'outlet' ? [bridgeSection()] : []),
    ...(transport === 'nats' ? [subscriberSection()] : []),
    ...feedStateSections(plan.endpoints.length),
    ...plan.endpoints.map((_, line) => lineSection(lineLabel(line))),
    ...threadNames(plan, transport).map(threadSection),
    machineSection(),
    ...bookSections(plan),
    ...(plan.record === null ? [] : [recorderSection()]),
    ...runSections(),
  ]
}

/** The state of a feed, for the thread that calls it. */
export function feedStateOf({ counters, plan }: Pick<FeedData, 'counters' | 'plan'>): FeedState {
  const { offset } = sectionOf(counters, 'feed')
  return new FeedState(openCounters(counters), offset, plan.endpoints.length)
}

/** What the receiver of a line counts, for the thread that calls it. */
export function lineCountersOf(
  { counters }: Pick<FeedData, 'counters'>,
  line: number,
): Float64Array {
  return countersOf(counters, lineLabel(line))
}

/** What a hot thread says of itself, for the thread that calls it. */
export function threadCountersOf(
  { counters }: Pick<FeedData, 'counters'>,
  name: string,
): Float64Array {
  return countersOf(counters, `thread ${name}`)
}

/** What the recorder of a feed counts, for the thread that calls it. */
export function recorderCountersOf({ counters }: Pick<FeedData, 'counters'>): Float64Array {
  return countersOf(counters, 'recorder')
}

export interface ReceiverData extends FeedData {
  /** Index of the line that the thread receives. */
  readonly line: number
}

/** What a receiver has bound. */
export interface BoundLine {
  readonly port: number
  readonly grantedBufferBytes: number
  readonly coalesces: boolean
  readonly busyPolls: boolean
  /** The interface on which a group was joined; null: it is none, or nobody knows. */
  readonly joined: string | null
}

export interface ReceiverDone {
  readonly collections: number
}

/** What a recorder has written. */
export interface RecorderDone {
  readonly files: readonly RecordedFile[]
}

export interface HandlerDone {
  readonly collections: number
  /** Set if the handler threw. */
  readonly failure: HandlerFailure | null
  /** What became of the recordings that it read, if it did. */
  readonly captures?: CaptureEnd | undefined
}

export interface HandlerFailure {
  readonly sequence: number
  readonly message: string
  readonly stack: string | undefined
}

/**
 * Allocates all that a feed's threads share.
 *
 * @param choice where its counters lie
 * @throws {TickwireError} as `allocateCounters` does
 */
export function createFeedData(
  plan: ReceivePlan,
  transport: ActiveTransport,
  placement: Placement,
  epoch: SessionEpoch,
  choice: CountersChoice,
  warn: (warning: string) => void = () => {},
): FeedData {
  // The mapped transport's ring is the kernel's own.
  const slots = transport === 'mapped' || transport === 'capture' ? 1 : plan.slots
  return {
    transport,
    single: isSingle(plan, transport),
    plan,
    placement,
    epoch,
    control: new ControlBlock().buffer,
    counters: allocateCounters(feedTable(plan, transport), epoch, choice, warn),
    lines: plan.endpoints.map((_, line) => ({
      ring: createRing(slots, plan.slotBytes, needsNames(plan, transport, line)),
    })),
    profile: createProfileMemories(plan),
    record: plan.record === null ? null : createRecordRing(plan.record.ringBytes),
  }
}

/** Whether one thread receives and handles: asked for, or the transport's nature. */
export function isSingle(plan: ReceivePlan, transport: ActiveTransport): boolean {
  return plan.handlerThread === 'inline' || transport === 'mapped' || transport === 'capture'
}

/** Whether the reader of a slot ring has to know who sent what is in it. */
function needsNames(plan: ReceivePlan, transport: ActiveTransport, line: number): boolean {
  return (
    plan.flow === 'credit' || plan.record !== null || slotFilter(plan, transport, line).length > 0
  )
}

/** The sources that a slot ring's reader tells from others; none where its receiver has done so. */
function slotFilter(
  plan: ReceivePlan,
  transport: ActiveTransport,
  line: number,
): readonly string[] {
  return transport === 'socket' ? plan.allowedSources[line] : []
}

/** The slot ring of a line, for the thread that handles what comes in it. */
export function slotSource(data: FeedData, line: number): SlotSource {
  const allowed = slotFilter(data.plan, data.transport, line)
  return new SlotSource(data.lines[line].ring, data.epoch, allowed)
}

/** The slot rings of a feed, for a thread that handles what others receive. */
export function slotSources(data: FeedData): SlotSource[] {
  return data.lines.map((_, line) => slotSource(data, line))
}

/** The endpoints with the ports that the kernel chose for port 0; recordings have none. */
export function boundUrls(
  endpoints: readonly Endpoint[],
  bound: readonly BoundLine[],
): readonly string[] {
  return endpoints.map((endpoint, i) => {
    const line = bound[i]
    return line === undefined ? endpoint.url : withPort(endpoint, line.port).url
  })
}

/** What the handler is told at its start. */
export function handlerContext(data: FeedData, urls: readonly string[]): HandlerContext {
  const { endpoints: _, ...options } = data.plan
  return { feed: data.plan.framing, endpoints: urls, options }
}
