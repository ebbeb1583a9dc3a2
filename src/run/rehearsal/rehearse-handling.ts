import type { Handler } from '../../handle/handler.js'
import { BusyHandler, CountingHandler } from '../../handle/loop/built-in-handlers.js'
import type { Naming } from '../../handle/loop/naming.js'
import { Outlet as OurOutlet } from '../../handle/outlet/outlet.js'
import { createClock } from '../../native/create-clock.js'
import { RecordConsumer } from '../../record/record-ring.js'
import type { Doorbell } from '../../ring/doorbell.js'
import type { IdleStrategy } from '../../ring/idle-strategy.js'
import { createRecordRing } from '../../ring/record-ring.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import type { MappedLine } from '../../transport/mapped-line.js'
import type { LineInput } from '../handling/line-input.js'
import { openLine, openMappedInput } from '../handling/mapped-input.js'
import { openHandling } from '../handling/open-handling.js'
import { openSocketInput } from '../handling/socket-input.js'
import { type ActiveTransport, type FeedData, slotSource } from '../memory/feed-data.js'
import type { HandlerChoice } from '../options/receive-plan.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { scratchHeartbeat } from '../thread/heartbeat.js'
import { madeUpFeed } from './made-up-feed.js'
import { pauseInTurn } from './pause-for-compiler.js'
import { rehearsedCounter } from './rehearsed-counter.js'
import { type Outlet, RehearsalScript } from './script.js'

/** Every so many batches nobody reads for as many as overflow the socket's buffer and the ring, and make a backlog. */
const OVERFLOW_EVERY = 24
const OVERFLOW_BATCHES = 5
/** Every so many batches a receiver sleeps until there is room. */
const ASLEEP_EVERY = 8
/** Turns without work before the next batch is sent. */
const IDLE_TURNS = 3
/** Every so many batches as many as a thread needs to look at what time brings about, or to be about to sleep. */
const LONG_IDLE_EVERY = 8
const LONG_IDLE_TURNS = 65
/** Once a run one more, and a thread that parks sleeps. */
const SLEEPS_AT = 8
/** Datagrams that come alone behind each batch. */
const SINGLES = 12
/** Batches that lie ready when a run without a prompter begins. */
const READY_BATCHES = 3
/**
 * Batches in each run that has a prompter; one without follows each. Short runs come first, with all that can be
 * different: what V8 sees anew makes it forget how often it has seen the rest, and throw away what it compiled. Then long
 * ones, in which nothing is new. The last runs begin with the loop that was compiled while others ran, for that run alone.
 */
const LIVE = [10, 10, 10, 10, 45, 90, 0, 0]
const RUNS: Readonly<Record<ActiveTransport, readonly number[]>> = {
  socket: LIVE,
  mapped: LIVE,
  portable: LIVE,
  // Compiled on the way: nobody waits for the first message of a recording.
  capture: [],
  // As little as behind a broker, whose event loop takes milliseconds.
  nats: [],
}
/** For a feed that is published: it fills soon, and what comes then is dropped. */
const OUTLET_BYTES = 2 ** 18
/** Stand-ins that build books: more would only take time. */
const BOOK_STAND_INS = 4

/** With the last object of its kind the collector takes the code that was compiled for it: one is kept. */
const KEPT: Prompter[] = []

/**
 * Runs the reading side on a made-up feed before the thread says that it is ready, so that V8 has
 * compiled it, with all its turns, when the first real message comes. Without this the first tens of
 * thousands of messages run in the interpreter, at a tenth of the speed and with garbage for every
 * number above 2^31; and the first gap would throw the compiled code away and start that anew.
 *
 * The feed is received and delivered by what receives and delivers the real one, through a transport
 * like the real one on the loopback interface: each run makes all of it anew but a mapped ring, so that
 * what happens once in a run has happened often when it matters.
 *
 * For the thread that will handle the feed.
 */
export async function rehearseHandling(data: FeedData, naming: Naming | undefined): Promise<void> {
  const { framing, flow } = data.plan
  const script = new RehearsalScript(framing, data.epoch, flow === 'credit').prepare()
  const collections = rehearsedCounter()
  const clock = createClock(data.epoch)
  const handlers = standIns(data)
  const control = new ControlBlock(data.control)
  const rings = openRings(data)
  // Where another thread receives, what it drops has to be read here.
  const whenFull = data.single ? data.plan.whenFull : 'drop-newest'
  let run = 0
  const performNext = (batches: number) => {
    const feed = madeUpFeed(data, run, whenFull)
    perform(feed, rings, handlers[run % handlers.length], naming, script, batches, collections)
    run++
  }
  for (const batches of RUNS[data.transport]) {
    // Who is asked to stop meanwhile has nothing to rehearse for.
    if (control.stopping) break
    performNext(batches)
    if (batches > 0) performNext(0)
    pauseInTurn(clock, collections)
  }
  for (const ring of rings) ring.closeAside()
  if (data.plan.books === null || data.plan.handler.kind === 'outlet') return
  const { rehearseBooks } = await import('./rehearse-books.js')
  rehearseBooks(data, naming, bookStandIns(data, handlers))
}

/**
 * One run from the opening of its lines to the closed account. With batches to come a prompter sends
 * them one after the other, the first when the thread has idled for a while; without, some lie ready and
 * the thread idles as it will.
 */
function perform(
  feed: FeedData,
  rings: readonly MappedLine[],
  handler: Handler,
  naming: Naming | undefined,
  script: RehearsalScript,
  batches: number,
  collections: CollectionCounter,
): void {
  const control = new ControlBlock(feed.control)
  const inputs = feed.lines.map((_, line) => openInput(feed, line, rings[line]))
  const outlets = inputs.map(({ bound }, line) =>
    feed.transport === 'portable'
      ? script.intoRing(feed.lines[line].ring)
      : script.toPort(bound.port),
  )
  const handling = openHandling(feed, handler, naming, undefined, feed.single ? inputs : undefined)
  const prompter = new Prompter(handling.idle, feed, script, outlets, inputs, control)
  KEPT[0] = prompter
  prompter.begin()
  if (batches > 0) prompter.left = batches
  else {
    for (let batch = 0; batch < READY_BATCHES; batch++) prompter.play()
    prompter.end()
  }
  const idle = batches > 0 ? prompter : handling.idle
  handling.run(collections, scratchHeartbeat(createClock(feed.epoch), collections), idle)
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
  readonly #spaceBells: readonly Doorbell[]
  readonly #own: IdleStrategy
  #idleTurns = 0
  #singles = 0

  /** @param own what the thread does when it idles */
  constructor(
    own: IdleStrategy,
    feed: FeedData,
    script: RehearsalScript,
    outlets: readonly Outlet[],
    inputs: readonly LineInput[],
    control: ControlBlock,
  ) {
    this.#own = own
    this.#feed = feed
    this.#script = script
    this.#outlets = outlets
    this.#inputs = inputs
    this.#control = control
    this.#trains = feed.plan.gro || feed.transport === 'mapped'
    this.#records = feed.record === null ? undefined : new RecordConsumer(feed.record)
    this.#spaceBells = feed.lines.map(({ ring }) => new SlotProducer(ring).spaceBell)
  }

  idle(workCount: number): void {
    this.#own.idle(workCount)
    this.#idleTurns = workCount > 0 ? 0 : this.#idleTurns + 1
    if (this.#idleTurns < this.#wantedTurns()) return
    this.#idleTurns = 0
    if (this.#singles > 0) {
      this.#singles--
      if (!this.#feed.single) this.#nod()
      this.#script.playOne(this.#outlets)
      this.#move()
      return
    }
    if (this.left <= 0) {
      this.end()
      return
    }
    const count = this.left % OVERFLOW_EVERY === 1 ? OVERFLOW_BATCHES : 1
    this.left--
    this.#singles = SINGLES
    for (let i = 0; i < count; i++) this.#script.play(this.#outlets, this.#trains)
    this.#move()
  }

  #wantedTurns(): number {
    if (this.#singles > 0) return IDLE_TURNS
    const wanted = this.left % LONG_IDLE_EVERY === 0 ? LONG_IDLE_TURNS : IDLE_TURNS
    return wanted + (this.left === SLEEPS_AT ? 1 : 0)
  }

  /** Falls asleep, woken beforehand. */
  #nod(): void {
    const { handlerBell } = this.#control
    handlerBell.arm()
    handlerBell.ring()
    handlerBell.wait(1)
  }

  /** What lies ready when a run begins is all in order: nothing is missing yet. */
  begin(): void {
    if (!this.#trains) return
    this.#script.playTrains(this.#outlets)
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

  /** Does what receivers' threads do, and sleeps as they do when there is no room. */
  #move(): void {
    this.#records?.discard()
    if (this.#feed.single) return
    if (this.left % ASLEEP_EVERY === 0) for (const bell of this.#spaceBells) bell.arm()
    for (const input of this.#inputs) while (input.doWork() > 0);
  }
}

/** Mapped rings, one for all runs: to open and to close one takes the kernel tens of milliseconds. */
function openRings(data: FeedData): MappedLine[] {
  if (data.transport !== 'mapped') return []
  const feed = madeUpFeed(data, 0, data.plan.whenFull)
  return feed.lines.map((_, line) => openLine(feed, line))
}

function openInput(feed: FeedData, line: number, kept: MappedLine | undefined): LineInput {
  if (feed.transport === 'socket') return openSocketInput(feed, line)
  if (feed.transport === 'mapped') return openMappedInput(feed, line, kept)
  const control = new ControlBlock(feed.control)
  return {
    source: slotSource(feed, line),
    bound: { port: 0, grantedBufferBytes: 0, coalesces: false, busyPolls: false, joined: null },
    doWork: () => 0,
    close: () => control.noteLineClosed(),
    readLastCounters() {},
    end() {},
  }
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
