import { ProfileRecorder } from '../../account/profile/profile-recorder.js'
import type { Clock } from '../../foundation/clock.js'
import { createMessageReader } from '../../handle/loop/create-message-reader.js'
import type { MessageReader } from '../../handle/message-reader.js'
import type { Listener } from '../../handle/notices/notices.js'
import { FeedReader } from '../../handle/reader/feed-reader.js'
import type {
  FeedReaderOptions,
  FlowPort,
  RecoveryPort,
} from '../../handle/reader/feed-reader-options.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import { createClock } from '../../native/create-clock.js'
import { LineTap, RecordProducer } from '../../record/record-ring.js'
import type { DatagramSource } from '../../transport/datagram-source.js'
import { BridgedFraming } from '../../wire/bridged/bridged-framing.js'
import { createFraming } from '../../wire/create-framing.js'
import { sessionNumber } from '../../wire/session-number.js'
import {
  type FeedData,
  feedStateOf,
  lineCountersOf,
  recorderCountersOf,
} from '../memory/feed-data.js'

/** The reader of a feed, for whichever thread handles its messages. */
export function createReader(
  data: FeedData,
  sources: readonly DatagramSource[],
  listener: Listener,
  recovery?: RecoveryPort,
  flow?: FlowPort,
  clock?: Clock,
): MessageReader {
  const options = readerOptions(data, sources, listener, recovery, flow, clock)
  return createMessageReader(options, data.plan.behind)
}

/** A reader that takes over from a thread that died: nothing is delivered any more, nor skipped. */
export function createTakeOverReader(
  data: FeedData,
  sources: readonly DatagramSource[],
): FeedReader {
  return new FeedReader(readerOptions(data, sources, {}, undefined, undefined))
}

function readerOptions(
  data: FeedData,
  sources: readonly DatagramSource[],
  listener: Listener,
  recovery: RecoveryPort | undefined,
  flow: FlowPort | undefined,
  clock: Clock = createClock(data.epoch),
): FeedReaderOptions {
  const { plan } = data
  const own = createFraming(plan.framing, plan.session)
  const framing = data.transport === 'nats' ? new BridgedFraming(own) : own
  const state = feedStateOf(data)
  tapSources(data, sources, state)
  return {
    lines: data.lines.map((_, line) => ({
      source: sources[line],
      counters: lineCountersOf(data, line),
    })),
    framing,
    state,
    epoch: data.epoch,
    clock,
    total: plan.count,
    stages: plan.stages,
    profile: data.profile === null ? undefined : new ProfileRecorder(data.profile.handled),
    policy: plan.policy,
    holdBytes: plan.holdBytes,
    watch: plan.watch,
    ask: plan.ask,
    recovery,
    flow,
    onGap: listener.onGap?.bind(listener),
    onStatus: listener.onStatus?.bind(listener),
    onSkip: listener.onSkip?.bind(listener),
    onTop: listener.onTop?.bind(listener),
    onElsewhere: listener.onElsewhere?.bind(listener),
    resume:
      plan.resume === null
        ? undefined
        : { session: sessionNumber(own, plan.resume.session), next: plan.resume.next },
  }
}

/** Lets the recorder have a copy of what sources open. */
function tapSources(
  data: FeedData,
  sources: readonly DatagramSource[],
  { losses }: FeedState,
): void {
  if (data.record === null) return
  const waits = data.transport === 'capture'
  const producer = new RecordProducer(data.record, recorderCountersOf(data), waits)
  losses.listener = producer
  sources.forEach((source, line) => {
    source.tap = new LineTap(producer, line)
  })
}
