import { createClock } from '../../native/create-clock.js'
import { type IdleStrategy, SpinIdle } from '../../ring/idle-strategy.js'
import { SlotConsumer } from '../../ring/slot-consumer.js'
import { receiveLine } from '../handling/receive-line.js'
import { openSocketInput } from '../handling/socket-input.js'
import type { FeedData } from '../memory/feed-data.js'
import type { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { scratchHeartbeat } from '../thread/heartbeat.js'
import { madeUpFeed } from './made-up-feed.js'
import { pauseInTurn } from './pause-for-compiler.js'
import { rehearsedCounter } from './rehearsed-counter.js'
import { type Outlet, RehearsalScript } from './script.js'

/** Runs, of which every so many and the last ones end with the first datagram, and batches in each of the others. */
const RUNS = 10
const SHORT_EVERY = 4
/** They begin with the loop that the others had compiled while it ran, which holds for that run alone. */
const LAST_SHORT = 2
const BATCHES = 20
/** Datagrams that come alone behind each batch, to a handler that sleeps. */
const SINGLES = 20
const PAUSE_EVERY = 2
/** Turns without work before the next batch is sent. They are cheap, and are rehearsed too. */
const IDLE_TURNS = 6
/** Of so many batches nobody takes as many from the ring as overflow it. */
const OVERFLOW_EVERY = 20
const OVERFLOW_BATCHES = 4
/** Every so many times the handler sleeps. */
const ASLEEP_EVERY = 4

/** With the last object of its kind the collector takes the code that was compiled for it: one is kept. */
const KEPT: object[] = []

/**
 * Runs the receiving side on a made-up feed before the thread says that it is ready, by what receives the
 * real one: see `rehearseHandling` for why. For the thread that will receive a line.
 */
export function rehearseReceiving(data: FeedData): void {
  const { framing, flow } = data.plan
  const script = new RehearsalScript(framing, data.epoch, flow === 'credit').prepare()
  const collections = rehearsedCounter()
  const clock = createClock(data.epoch)
  const control = new ControlBlock(data.control)
  // Who is asked to stop meanwhile has nothing to rehearse for.
  for (let run = 0; run < RUNS && !control.stopping; run++) {
    const short = run % SHORT_EVERY === 0 || run >= RUNS - LAST_SHORT
    perform(madeUpFeed(data, run, data.plan.whenFull), script, short, collections)
    if (short || run % PAUSE_EVERY === 0) pauseInTurn(clock, collections)
  }
}

function perform(
  feed: FeedData,
  script: RehearsalScript,
  short: boolean,
  collections: CollectionCounter,
): void {
  const control = new ControlBlock(feed.control)
  const input = openSocketInput(feed, 0)
  const outlet = script.toPort(input.bound.port)
  const taker = new Taker(feed, script, outlet, control)
  KEPT[0] = taker
  const heartbeat = scratchHeartbeat(createClock(feed.epoch), collections)
  if (short) {
    taker.play()
    const stop = { begin: () => control.requestStop() }
    KEPT[1] = stop
    receiveLine(input, control, new SpinIdle(), collections, heartbeat, stop)
  } else {
    receiveLine(input, control, taker, collections, heartbeat)
  }
  outlet.close()
}

/** Takes what was received when the receiver idles, and sends the next batch; at the end asks for a stop. */
class Taker implements IdleStrategy {
  readonly #script: RehearsalScript
  readonly #outlets: readonly Outlet[]
  readonly #control: ControlBlock
  readonly #consumer: SlotConsumer
  readonly #trains: boolean
  readonly #slots: number
  #left = BATCHES
  #singles = SINGLES
  /** Whether somebody takes what comes. */
  #takes = true
  #turns = 0

  constructor(feed: FeedData, script: RehearsalScript, outlet: Outlet, control: ControlBlock) {
    this.#script = script
    this.#outlets = [outlet]
    this.#control = control
    this.#consumer = new SlotConsumer(feed.lines[0].ring)
    this.#trains = feed.plan.gro
    this.#slots = feed.plan.slots
  }

  idle(workCount: number): void {
    if (workCount > 0 || ++this.#turns % IDLE_TURNS !== 0) return
    if (this.#takes) {
      this.#consumer.release(this.#consumer.take(this.#slots))
      if (this.#singles-- > 0) {
        this.#control.handlerBell.arm()
        this.#script.playOne(this.#outlets)
        return
      }
    }
    const left = this.#left--
    this.#takes = left % OVERFLOW_EVERY < OVERFLOW_EVERY - OVERFLOW_BATCHES
    this.#singles = SINGLES
    if (left === 0) this.#control.requestStop()
    if (left <= 0) return
    if (left % ASLEEP_EVERY === 0) this.#control.handlerBell.arm()
    this.play()
  }

  play(): void {
    this.#script.play(this.#outlets, this.#trains)
  }
}
