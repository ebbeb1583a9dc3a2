import { currentEpoch } from '../foundation/clock.js'
import { badOption } from '../foundation/errors.js'
import { optionName } from '../foundation/option-name.js'
import { Warnings } from '../foundation/warnings.js'
import type { NatsSource, NatsStart } from '../receive/nats/nats-receiver.js'
import { MAX_SLOT_BYTES } from '../ring/layout.js'
import type { NatsOrder } from './entries/nats-thread.js'
import { Feed } from './feed/feed.js'
import { Iteration } from './feed/iteration.js'
import {
  createFeedData,
  type HandlerDone,
  handlerContext,
  type ReceiverDone,
} from './memory/feed-data.js'
import { closeCounters } from './memory/run-counters.js'
import type { CaptureFraming } from './options/capture-options.js'
import type { ReceiveOptions } from './options/receive-options.js'
import { type OwnPlan, planReceive, type ReceivePlan } from './options/receive-plan.js'
import {
  endpointWithoutLine,
  placementWithoutLine,
  refuseLineOptions,
} from './options/without-line.js'
import { Callbacks } from './thread/callbacks.js'
import { ControlBlock } from './thread/control-block.js'
import { Thread } from './thread/thread.js'

/** Slots hold batches here, and the stream is the queue before them. */
const SLOTS = 256

/**
 * Reads a feed that a bridge publishes: a thread with an event loop fills the ring, and all behind it is
 * as for a live feed.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_MISSING_PACKAGE, TW_BROKER, TW_STREAM, TW_BAD_HANDLER
 */
export async function receiveNats(
  options: ReceiveOptions,
  source: NatsSource,
  own: OwnPlan = {},
): Promise<Feed> {
  const others = ['session', 'cpu', 'record'] as const
  refuseLineOptions(options, 'the endpoint is a stream, which needs no socket', others)
  refuseInline(options)
  const callbacks = new Callbacks()
  const warnings = new Warnings(callbacks.guard('onWarning', options.onWarning))
  // What is wrong with an option or the handler is said before anybody is asked.
  const { books: _, publishTop: __, bookOrders: ___, ...early } = options
  planFor(early, source, undefined)
  const receiver = new Thread<NatsStart, ReceiverDone>('stream', 'nats-thread', { source })
  const started: Thread<unknown, unknown>[] = [receiver]
  let close = () => {}
  try {
    const start = await receiver.ready
    const plan = { ...planFor(options, source, start), ...own }
    const data = createFeedData(
      plan,
      'nats',
      placementWithoutLine(plan.handlerCpu),
      currentEpoch(),
      plan.counters,
      (warning) => warnings.say(warning),
    )
    close = () => {
      const control = new ControlBlock(data.control)
      control.noteHandlerGone()
      control.requestStop()
      closeCounters(data.counters)
    }
    const handles = plan.handler.kind !== 'iterate'
    const handler = handles
      ? new Thread<null, HandlerDone>('handler', 'handler-thread', data)
      : undefined
    if (handler !== undefined) started.push(handler)
    handler?.order('start', handlerContext(data, [source.endpoint.url]))
    await handler?.ready
    const iteration = handles ? undefined : await Iteration.open(data, options, callbacks)
    const hosts = [null]
    const feed = new Feed({
      data,
      threads: { receivers: [receiver], handler },
      bound: [],
      hosts,
      profileFile: undefined,
      warnings,
      callbacks,
      options,
      iteration,
    })
    receiver.order('start', { data } satisfies NatsOrder)
    return feed
  } catch (error) {
    close()
    await Promise.all(started.map((thread) => thread.terminate()))
    throw error
  }
}

/** @param start what the stream holds; undefined: it was not asked yet */
function planFor(
  options: ReceiveOptions,
  source: NatsSource,
  start: NatsStart | undefined,
): ReceivePlan {
  const { endpoint: _, endpoints: __, framing: asked, protocol: named, ...rest } = options
  const framing = framingFor(asked, start)
  const protocol = named ?? start?.protocol ?? undefined
  const plan = planReceive({
    ...rest,
    slots: rest.slots ?? SLOTS,
    slotBytes: rest.slotBytes ?? MAX_SLOT_BYTES,
    // Planned as if it were live, on a port that nobody opens.
    endpoints: 'udp://127.0.0.1:1',
    framing,
    ...(protocol === undefined || start === undefined ? {} : { protocol }),
  })
  const staleNs = options.staleMs === undefined ? Number.POSITIVE_INFINITY : plan.watch.staleNs
  return {
    ...plan,
    name: plan.name ?? start?.feed ?? source.endpoint.stream,
    // Nothing comes while the publisher is silent; whether that is so, the bridge tells.
    watch: { ...plan.watch, staleNs },
    endpoints: [endpointWithoutLine(source.endpoint.url)],
  }
}

/** As the stream says; before anything was published, as the caller says. */
function framingFor(
  asked: CaptureFraming | undefined,
  start: NatsStart | undefined,
): CaptureFraming {
  const found = start?.framing ?? null
  if (asked !== undefined && asked !== 'auto' && found !== null && asked !== found) {
    throw badOption(
      `${optionName('framing')} is ${asked}, and the feed in the stream has the framing ${found}`,
      'Leave it out.',
    )
  }
  return found ?? (asked === undefined || asked === 'auto' ? 'raw' : asked)
}

function refuseInline({ handlerThread }: ReceiveOptions): void {
  if (handlerThread !== 'inline') return
  throw badOption(
    `${optionName('handlerThread')} is inline, but the endpoint is a stream, which needs a thread with an event loop`,
    'Leave it out.',
  )
}
