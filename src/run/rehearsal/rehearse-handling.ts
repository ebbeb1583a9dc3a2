import type { Handler } from '../../handle/handler.js'
import { BusyHandler, CountingHandler } from '../../handle/loop/built-in-handlers.js'
import type { Naming } from '../../handle/loop/naming.js'
import { Outlet as OurOutlet } from '../../handle/outlet/outlet.js'
import { createClock } from '../../native/create-clock.js'
import { RecordConsumer } from '../../record/record-ring.js'
import { type IdleStrategy, ParkIdle, SpinIdle } from '../../ring/idle-strategy.js'
import { createRecordRing } from '../../ring/record-ring.js'
import { parseEndpoint } from '../../transport/endpoint.js'
import { SAMPLE_SESSIONS } from '../../wire/sample-datagram.js'
import { Delivery } from '../handling/delivery.js'
import { openFlow } from '../handling/flow-port.js'
import { InlineAgent } from '../handling/inline-agent.js'
import type { LineInput } from '../handling/line-input.js'
import { openMappedInput } from '../handling/mapped-input.js'
import { PARK_MS, ParkingAgent } from '../handling/parking-agent.js'
import { openSocketInput } from '../handling/socket-input.js'
import {
  type ActiveTransport,
  createFeedData,
  createReader,
  type FeedData,
  slotSource,
} from '../memory/feed-data.js'
import type { HandlerChoice } from '../options/receive-plan.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import type { Agent } from '../thread/duty-cycle.js'
import { scratchHeartbeat } from '../thread/heartbeat.js'
import { pauseForCompiler } from './pause-for-compiler.js'
import { rehearseBooks } from './rehearse-books.js'
import { type Outlet, RehearsalScript } from './script.js'

/**
 * Runs the reading side on a made-up feed before the thread says that it is ready, so that V8 has
 * compiled it, with all its turns, when the first real message comes. Without this the first tens of
 * thousands of messages run in the interpreter, at a tenth of the speed and with garbage for every
 * number above 2^31; and the first gap would throw the compiled code away and start that anew.
 *
 * The feed is received and delivered by what receives and delivers the real one, through a transport
 * like the real one on the loopback interface: each run makes all of it anew, so that what happens once
 * in a run has happened often when it matters.
 */
const SLOTS = 256
const SLOT_BYTES = 2048
/** With --gro, where each slot holds a train. */
const TRAIN_SLOTS = 64
const TRAIN_SLOT_BYTES = 65536
const BUFFER_BYTES = 65536
const HOLD_BYTES = 65536
const CONFLATED = 4096
const PROFILED = 8192
/** So small that it is full at times. */
const RECORD_RING_BYTES = 65536
/** Nobody fills gaps here. */
const WAIT_NS = 100_000
const LOOPBACK = 'udp://127.0.0.1:0'
/** A source that is not ours (RFC 5737). */
const ELSEWHERE = '192.0.2.1'
/** Of runs on a feed whose sources are told apart, every so many are a stranger's. */
const STRANGE_EVERY = 8
/** Every so many batches nobody reads for as many as overflow the socket's buffer and the ring. */
const OVERFLOW_EVERY = 64
const OVERFLOW_BATCHES = 16
/** More often where what is done with a backlog has to be rehearsed too; and what counts as one. */
const BACKLOG_EVERY = 24
const BACKLOG_SLOTS = 16
/** Turns without work before the next batch is sent. */
const IDLE_TURNS = 3
/** Batches that lie ready when a run without a prompter begins. */
const READY_BATCHES = 3
/** Runs, and batches in each. To close a mapped ring takes the kernel milliseconds. */
const EXTENT: Readonly<
  Record<ActiveTransport, { readonly runs: number; readonly batches: number }>
> = {
  socket: { runs: 32, batches: 80 },
  mapped: { runs: 6, batches: 240 },
  portable: { runs: 32, batches: 80 },
  // Compiled on the way: nobody waits for the first message of a recording.
  capture: { runs: 0, batches: 0 },
  // As little as behind a broker, whose event loop takes milliseconds.
  nats: { runs: 0, batches: 0 },
}
/** For a feed that is published: it fills soon, and what comes then is dropped. */
const OUTLET_BYTES = 2 ** 18
const PAUSES = 6
/** Stand-ins that build books: more would only take time. */
const BOOK_STAND_INS = 4

/** For the thread that will read the feed. */
export function rehearse(data: FeedData, naming: Naming | undefined): void {
  const { runs, batches } = EXTENT[data.transport]
  const { framing, flow } = data.plan
  const script = new RehearsalScript(framing, data.epoch, flow === 'credit').prepare()
  const collections = new CollectionCounter()
  const handlers = standIns(data)
  const control = new ControlBlock(data.control)
  // Who is asked to stop meanwhile has nothing to rehearse for.
  for (let run = 0; run < runs && !control.stopping; run++) {
    const feed = madeUpFeed(data, run)
    const handler = handlers[run % handlers.length]
    perform(feed, handler, naming, script, run % 2 === 0 ? batches : 0, collections)
    if (run % (runs / PAUSES) < 1) pauseForCompiler()
  }
  collections.disconnect()
  if (data.plan.books !== null) rehearseBooks(data, naming, bookStandIns(data, handlers))
}

/**
 * One run from the opening of its lines to the closed account. With batches to come a prompter sends
 * them one after the other; without, some lie ready and the thread idles as it will.
 */
function perform(
  feed: FeedData,
  handler: Handler,
  naming: Naming | undefined,
  script: RehearsalScript,
  batches: number,
  collections: CollectionCounter,
): void {
  const control = new ControlBlock(feed.control)
  const inputs = feed.lines.map((_, line) => openInput(feed, line))
  const outlets = inputs.map(({ bound }, line) =>
    feed.transport === 'portable'
      ? script.intoRing(feed.lines[line].ring)
      : script.toPort(bound.port),
  )
  const sources = inputs.map(({ source }) => source)
  const flow = feed.transport === 'portable' ? undefined : openFlow(feed)
  const reader = createReader(feed, sources, handler, undefined, flow)
  const parks = !feed.single && feed.placement.handlerParks
  const clock = createClock(feed.epoch)
  const delivery = new Delivery(
    reader,
    handler,
    control,
    inputs.length,
    clock,
    parks,
    naming,
    undefined,
  )
  const inline = new InlineAgent(inputs, delivery.loop, control)
  const park = new ParkIdle(control.handlerBell, feed.placement.handlerSpinTurns, PARK_MS)
  const parking = new ParkingAgent(delivery.loop, reader, park)
  const alone: Agent = parks ? parking : delivery.loop
  const prompter = new Prompter(feed, script, outlets, inputs, control)
  for (let batch = 0; batch < (batches > 0 ? 1 : READY_BATCHES); batch++) prompter.play()
  let idle: IdleStrategy = parks ? park : new SpinIdle()
  if (batches > 0) {
    prompter.left = batches
    idle = prompter
  } else prompter.end()
  delivery.deliver(feed.single ? inline : alone, idle, collections, scratchHeartbeat(clock))
  delivery.close(() => {
    for (const input of inputs) input.settle()
  })
  for (const input of inputs) input.end()
  flow?.close()
  for (const outlet of outlets) outlet.close()
}

/** Sends the next batch when the last one has been handled; at the end it asks for a stop. */
class Prompter implements IdleStrategy {
  left = 0
  readonly #feed: FeedData
  readonly #script: RehearsalScript
  readonly #outlets: readonly Outlet[]
  readonly #inputs: readonly LineInput[]
  readonly #control: ControlBlock
  readonly #trains: boolean
  readonly #records: RecordConsumer | undefined
  #turns = 0

  constructor(
    feed: FeedData,
    script: RehearsalScript,
    outlets: readonly Outlet[],
    inputs: readonly LineInput[],
    control: ControlBlock,
  ) {
    this.#feed = feed
    this.#script = script
    this.#outlets = outlets
    this.#inputs = inputs
    this.#control = control
    this.#trains = feed.plan.gro || feed.transport === 'mapped'
    this.#records = feed.record === null ? undefined : new RecordConsumer(feed.record)
  }

  idle(workCount: number): void {
    if (workCount > 0 || ++this.#turns % IDLE_TURNS !== 0) return
    if (this.left <= 0) {
      this.end()
      return
    }
    const every = this.#feed.plan.behind.when === 'every' ? OVERFLOW_EVERY : BACKLOG_EVERY
    const count = this.left % every === 1 ? OVERFLOW_BATCHES : 1
    this.left--
    for (let i = 0; i < count; i++) this.#script.play(this.#outlets, this.#trains)
    this.#move()
  }

  play(): void {
    this.#script.play(this.#outlets, this.#trains)
    this.#move()
  }

  end(): void {
    if (this.#control.stopping) return
    // A thread that receives too closes its lines itself.
    if (!this.#feed.single) for (const input of this.#inputs) input.close()
    this.#control.requestStop()
  }

  /** Does what receivers' threads do. */
  #move(): void {
    this.#records?.discard()
    if (this.#feed.single) return
    for (const input of this.#inputs) while (input.doWork() > 0);
  }
}

function openInput(feed: FeedData, line: number): LineInput {
  if (feed.transport === 'socket') return openSocketInput(feed, line)
  if (feed.transport === 'mapped') return openMappedInput(feed, line)
  const control = new ControlBlock(feed.control)
  return {
    source: slotSource(feed, line),
    bound: { port: 0, grantedBufferBytes: 0, coalesces: false, busyPolls: false, joined: null },
    doWork: () => 0,
    close: () => control.noteLineClosed(),
    settle() {},
    end() {},
  }
}

/** The same feed, but small, on the loopback interface, and without an end of its own. */
function madeUpFeed(data: FeedData, run: number): FeedData {
  const { plan, transport, placement, epoch } = data
  const { when, limit, messages } = plan.behind
  const slots = plan.gro ? TRAIN_SLOTS : SLOTS
  const source = run % STRANGE_EVERY === 0 ? ELSEWHERE : parseEndpoint(LOOPBACK).address
  return createFeedData(
    {
      ...plan,
      endpoints: plan.endpoints.map(() => parseEndpoint(LOOPBACK)),
      allowedSources: plan.allowedSources.map((allowed) => (allowed.length > 0 ? [source] : [])),
      slots,
      slotBytes: plan.gro ? TRAIN_SLOT_BYTES : SLOT_BYTES,
      whenFull: 'drop-newest',
      behind: {
        when,
        limit: Math.min(limit, BACKLOG_SLOTS),
        messages: Math.min(messages, CONFLATED),
      },
      receiveBufferBytes: BUFFER_BYTES,
      record: plan.record === null ? null : { ...plan.record, ringBytes: RECORD_RING_BYTES },
      profile: plan.profile === null ? null : { ...plan.profile, records: PROFILED },
      count: Number.NaN,
      session: plan.session === undefined ? undefined : SAMPLE_SESSIONS[plan.framing],
      recover: undefined,
      policy: { ...plan.policy, waitNs: Math.min(plan.policy.waitNs, WAIT_NS) },
      holdBytes: HOLD_BYTES,
    },
    transport,
    { ...placement, receiverSpinTurns: Number.POSITIVE_INFINITY },
    epoch,
    'off',
    () => {},
  )
}

/**
 * Handlers in the place of the real one, which must not see what was not sent. A handler of our own is
 * its own stand-in. For one that is not known yet there are several that differ, so that no call is
 * compiled for one of them.
 */
function standIns({ plan, epoch }: FeedData): readonly Handler[] {
  const { handler } = plan
  if (handler.kind === 'outlet') {
    return [new OurOutlet({ ring: createRecordRing(OUTLET_BYTES), waits: false })]
  }
  const plain: Handler[] = handler.kind === 'module' ? strangers() : [new CountingHandler()]
  return isBusy(handler)
    ? plain.map((inner) => new BusyHandler(inner, 1, createClock(epoch)))
    : plain
}

/** The same for books; a handler that is not known may have `onBook` alone. */
function bookStandIns({ plan }: FeedData, handlers: readonly Handler[]): readonly Handler[] {
  if (plan.handler.kind !== 'module') return handlers
  const readers = handlers.slice(0, BOOK_STAND_INS)
  return readers.map((handler, i): Handler => {
    const seen = { kinds: 0, of: i }
    const onBook: Handler['onBook'] = (_book, change) => {
      seen.kinds |= change.kinds
    }
    return {
      ...handler,
      onMessage: (message, sequence) => handler.onMessage(message, sequence),
      onBook,
    }
  })
}

function isBusy(handler: HandlerChoice): boolean {
  return handler.kind !== 'iterate' && handler.workNs > 0
}

function strangers(): Handler[] {
  const onMessage = () => {}
  return [
    { onMessage },
    { onMessage, onGap() {} },
    { onMessage, onSkip() {} },
    { onMessage, onStatus() {} },
    { onMessage, onStart() {} },
    { onMessage, onStop() {} },
  ]
}
