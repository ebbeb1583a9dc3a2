import { LINE, LINE_COUNTERS_BYTES, lineCounters } from '../../src/account/line-counters.js'
import { type Clock, sessionEpoch } from '../../src/foundation/clock.js'
import type { AnyMessageView, FeedStatus, Gap } from '../../src/handle/handler.js'
import { createRunDelivery } from '../../src/handle/loop/create-run-delivery.js'
import { HandleLoop } from '../../src/handle/loop/handle-loop.js'
import { FeedReader } from '../../src/handle/reader/feed-reader.js'
import { FeedState } from '../../src/handle/state/feed-state.js'
import { createFraming } from '../../src/wire/create-framing.js'
import { Agenda } from './agenda.js'
import { readMessage } from './content.js'
import type { Datagram, Stream } from './datagram.js'
import { Line } from './line.js'
import { Oracle } from './oracle.js'
import { promisesOf } from './promises.js'
import { Publisher } from './publisher.js'
import { Random } from './random.js'
import { ReceiveQueue } from './receive-queue.js'
import { RequestServer } from './request-server.js'
import { Rival } from './rival.js'
import type { Scenario } from './scenario.js'
import { Spoofer } from './spoofer.js'
import { Trace } from './trace.js'
import { hold } from './violation.js'

const EPOCH = sessionEpoch(1_700_000_000)
const START_NS = 1e12
const MAX_DATAGRAM_BYTES = 512
const MAX_ANSWER_BYTES = 1500
const ANSWER_SLOTS = 256
const NO_COUNTERS = new Float64Array(16)
const MAX_TURNS = 1_000_000
/** Idle, the reading side looks at what time alone brings about this often. */
const IDLE_NS = 5e6
/** After the last datagram, in waits for a gap: one that could not be asked for gets ten. */
const MOST_WAITS = 12
const GRACE_NS = 3e9
const MOST_SLEEPS = 50
/** When a stopped reading side no longer waits for gaps. */
const STOP_GRACE_NS = 500e6
/** After the last datagram the run goes on for so long, for what only time brings about. */
const REST_NS = 250e6
const LEAST_NS = 100

/** What a run did. */
export interface Outcome {
  readonly turns: number
  readonly simulatedNs: number
  readonly requests: number
  readonly recovered: number
  readonly late: number
  readonly duplicates: number
  readonly lost: number
  readonly restarts: number
}

/** Who else is shown what happens: what is built on a feed can be tried in the same worlds. */
export interface Observer {
  /** Called before a datagram is sent; `held` tells its stream, first sequence and count. */
  onPublish?(held: Parameters<RequestServer['append']>[0]): void
  /** Called with each message as the handler gets it. */
  onMessage?(message: AnyMessageView, sequence: number, late: boolean): void
  onGap?(gap: Gap): void
  onStatus?(status: FeedStatus): void
}

/** One run of the real reading side in a simulated world, from its scenario to the closed account. */
export class Simulation {
  readonly #scenario: Scenario
  readonly #trace: Trace
  readonly #observer: Observer
  readonly #agenda = new Agenda()
  readonly #random: Random
  readonly #oracle: Oracle
  readonly #publisher: Publisher
  readonly #lines: readonly Line[]
  readonly #counters: readonly Float64Array[]
  readonly #server: RequestServer | undefined
  readonly #spoofer: Spoofer
  readonly #rival: Rival | undefined
  #session = ''
  readonly #reader: FeedReader
  readonly #loop: HandleLoop
  readonly #clock: Clock = { ns: START_NS, read: () => this.#readClock() }
  /** What the reading side's thread has come to; the world outside follows. */
  #nowNs = START_NS
  /** When something came, or was on its way, last. */
  #lastNs = START_NS
  #clockAheadNs = 0
  #stopped = false
  #stoppedNs = 0

  /** @param write gets a line for each thing that happens; undefined: nobody wants to know */
  constructor(scenario: Scenario, write?: (line: string) => void, observer: Observer = {}) {
    this.#observer = observer
    this.#scenario = scenario
    this.#trace = new Trace(write)
    this.#random = new Random(scenario.seed, 1)
    const state = FeedState.create(scenario.lines.length)
    this.#oracle = new Oracle(scenario, promisesOf(scenario), state)
    this.#lines = scenario.lines.map((line, i) => {
      const queue = new ReceiveQueue(line.queueDatagrams, MAX_DATAGRAM_BYTES, (datagram) =>
        this.#onOpen(i, datagram),
      )
      const random = new Random(scenario.seed, 10 + i)
      return new Line(scenario.framing, line, queue, this.#agenda, random)
    })
    const drops = () => this.#lines.map(({ queue }) => queue.dropped + queue.discarded)
    this.#oracle.dropped = () => drops().reduce((sum, dropped) => sum + dropped)
    this.#oracle.leastDropped = () => Math.min(...drops())
    this.#counters = this.#lines.map(() =>
      lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0),
    )
    this.#publisher = new Publisher(
      scenario.framing,
      scenario.publisher,
      this.#agenda,
      new Random(scenario.seed, 2),
      this,
    )
    this.#oracle.total = this.#publisher.messages
    this.#server = this.#createServer()
    this.#spoofer = new Spoofer(scenario, new Random(scenario.seed, 4), this.#lines, this.#server)
    this.#lines.forEach(({ queue }, i) => {
      const { discards, stampBackChance } = scenario.lines[i] ?? {}
      const counters = this.#counters[i]
      if (discards && counters !== undefined) {
        queue.discards = { framing: createFraming(scenario.framing), counters }
      }
      const stamps = new Random(scenario.seed, 40 + i)
      queue.stampBack = () => (stamps.chance(stampBackChance ?? 0) ? stamps.whole(1, 3) : 0)
    })
    this.#rival = this.#createRival()
    this.#reader = this.#createReader(state)
    this.#loop = new HandleLoop(this.#reader, createRunDelivery(this.#reader.run, this), 1)
  }

  /** @throws {Violation} if a promise is broken */
  run(): Outcome {
    this.#publisher.start(START_NS)
    let turns = 0
    while (!this.#isOver()) {
      hold(++turns < MAX_TURNS, 'ends', () => 'it does not')
      this.#turn()
      if (!this.#isQuiet()) this.#lastNs = this.#nowNs
      const { sleepChance, sleepNs } = this.#scenario.thread
      const asleepNs = sleepChance > 0 ? MOST_SLEEPS * sleepNs : 0
      const mostNs = MOST_WAITS * this.#scenario.waitNs + GRACE_NS + asleepNs
      hold(
        this.#nowNs - this.#lastNs < mostNs,
        'ends',
        () => 'gaps are waited for and nothing comes',
      )
    }
    this.#finish()
    const simulatedNs = this.#nowNs - START_NS
    return { turns, simulatedNs, ...this.#oracle.outcome }
  }

  onStream(stream: Stream) {
    this.#trace.note(this.#agenda.nowNs, 'stream', stream)
    this.#session = stream.session
    this.#oracle.onStream(stream)
    if (this.#scenario.strayFirst) this.#spoofer.precede(stream, START_NS)
    this.#server?.begin(stream)
  }

  onPublish(held: Parameters<RequestServer['append']>[0]): void {
    this.#server?.append(held)
    this.#oracle.onPublish(held)
    this.#observer.onPublish?.(held)
  }

  send(datagram: Datagram, nowhere: boolean): void {
    const { nowNs } = this.#agenda
    this.#trace.datagram(nowNs, nowhere ? 'sent nowhere' : 'sent', datagram)
    if (nowhere) return
    const { progress } = this.#publisher
    for (const line of this.#lines) line.send(datagram, nowNs, progress)
    const { held } = datagram
    if (held === undefined || !this.#oracle.begun) return
    this.#spoofer.consider(held, nowNs)
    this.#rival?.consider(progress, this.#session, nowNs)
  }

  onMessage(message: AnyMessageView, sequence: number): void {
    this.#deliver(message, sequence, false)
  }

  onLate(message: AnyMessageView, sequence: number): void {
    this.#deliver(message, sequence, true)
  }

  onGap(gap: Gap): void {
    this.#trace.note(this.#nowNs, 'gap', gap)
    this.#oracle.onGap(gap)
    this.#observer.onGap?.(gap)
  }

  onStatus(status: FeedStatus): void {
    this.#trace.note(this.#nowNs, 'status', status)
    const { line, kind } = status
    hold(line < this.#lines.length, 'status', () => `${kind} is said of line ${line}`)
    this.#oracle.onStatus(status)
    this.#observer.onStatus?.(status)
  }

  #deliver(message: AnyMessageView, sequence: number, late: boolean): void {
    const { bytes, offset, length } = message
    for (const { queue } of this.#lines) queue.noteDelivered(bytes, offset)
    this.#nowNs += this.#scenario.thread.messageNs
    const content = readMessage(this.#scenario.framing, bytes, offset, length)
    this.#trace.note(this.#nowNs, late ? 'late' : 'message', { feedSequence: sequence, ...content })
    this.#oracle.onMessage(content, sequence, late)
    this.#observer.onMessage?.(message, sequence, late)
  }

  #onOpen(line: number, datagram: Datagram): void {
    this.#nowNs += this.#scenario.thread.datagramNs
    this.#trace.datagram(this.#nowNs, `line ${line} opened`, datagram)
    this.#oracle.onOpen(datagram, line, this.#nowNs)
  }

  /** What has happened outside, then one turn of the reading side's thread. */
  #turn(): void {
    const { sleepChance, sleepNs, pollNs } = this.#scenario.thread
    this.#agenda.runUntil(this.#nowNs)
    if (!this.#stopped && this.#publisher.progress > this.#scenario.stopAt) this.#stop()
    if (this.#stopped && this.#nowNs - this.#stoppedNs > STOP_GRACE_NS) this.#reader.giveUpGaps()
    if (this.#random.chance(this.#scenario.thread.clockChance)) this.#setClock()
    const work = this.#loop.doWork()
    if (this.#reader.problem !== undefined) throw this.#reader.problem
    this.#oracle.check(this.#clock.ns)
    if (this.#random.chance(sleepChance)) this.#nowNs += sleepNs * this.#random.unit()
    if (work > 0) return
    const idleNs = this.#reader.left() === 'gaps' ? pollNs : IDLE_NS
    const wakesNs = Math.min(this.#nowNs + idleNs, this.#agenda.nextNs)
    this.#nowNs = Math.max(this.#nowNs + LEAST_NS, wakesNs)
  }

  /** Nothing more comes in, and what is there is dealt with. */
  #stop(): void {
    this.#trace.note(this.#nowNs, 'stopped', {})
    this.#stopped = true
    this.#stoppedNs = this.#nowNs
    for (const { queue } of this.#lines) queue.closed = true
  }

  /** Whether nothing is on its way, so that only time can bring anything about. */
  #isQuiet(): boolean {
    return this.#stopped || (this.#agenda.size === 0 && this.#reader.left() !== 'messages')
  }

  #isOver(): boolean {
    const { pollNs } = this.#scenario.thread
    const restNs = this.#stopped ? 0 : REST_NS + pollNs
    if (this.#reader.complete) return true
    return (
      this.#isQuiet() && this.#nowNs - this.#lastNs >= restNs && this.#reader.left() === 'nothing'
    )
  }

  #finish(): void {
    this.#lines.forEach(({ queue }, i) => {
      const counters = this.#counters[i]
      if (counters !== undefined) counters[LINE.kernelDrops] = queue.dropped
    })
    this.#reader.fail()
    this.#reader.finish()
    if (this.#reader.problem !== undefined) throw this.#reader.problem
    this.#oracle.finish()
  }

  #readClock(): void {
    this.#clock.ns = this.#nowNs + this.#clockAheadNs
  }

  #setClock(): void {
    this.#clockAheadNs += this.#scenario.thread.clockStepNs
    this.#trace.note(this.#nowNs, 'clock is set', { aheadNs: this.#clockAheadNs })
    for (const { queue } of this.#lines) queue.clockAheadNs = this.#clockAheadNs
    if (this.#server !== undefined) this.#server.source.clockAheadNs = this.#clockAheadNs
  }

  #createServer(): RequestServer | undefined {
    const { server, framing, seed } = this.#scenario
    if (server === undefined) return undefined
    const answers = new ReceiveQueue(ANSWER_SLOTS, MAX_ANSWER_BYTES, (datagram) => {
      this.#nowNs += this.#scenario.thread.datagramNs
      this.#trace.datagram(this.#nowNs, 'answer opened', datagram)
      this.#oracle.onAnswer(datagram)
    })
    const world = {
      now: () => this.#nowNs,
      progress: () => this.#publisher.progress,
    }
    const random = new Random(seed, 3)
    const made = new RequestServer(framing, server, answers, this.#agenda, random, world)
    made.onRequest = (first, count) => {
      this.#trace.note(this.#nowNs, 'request', { first, count })
      this.#oracle.onRequest(this.#nowNs, first, count)
    }
    return made
  }

  #createRival(): Rival | undefined {
    const { rival, framing } = this.#scenario
    if (rival === undefined) return undefined
    const send = (datagram: Datagram) => {
      const { nowNs } = this.#agenda
      for (const line of this.#lines) line.bring(datagram.payload, nowNs)
    }
    return new Rival(framing, rival, this.#agenda, send, () => this.#publisher.progress === 1)
  }

  #createReader(state: FeedState): FeedReader {
    const { framing, ordered, waitNs, ask, holdBytes } = this.#scenario
    return new FeedReader({
      lines: this.#lines.map(({ queue }, i) => ({
        source: queue,
        counters: this.#counters[i] ?? NO_COUNTERS,
      })),
      framing: createFraming(framing),
      state,
      epoch: EPOCH,
      clock: this.#clock,
      total: this.#scenario.totalKnown ? this.#publisher.messages : Number.NaN,
      stages: false,
      policy: { ordered, recovering: this.#server !== undefined, waitNs },
      holdBytes,
      watch: { silentNs: 1e9, behindMessages: 1e4, staleNs: 3e9 },
      recovery: this.#server,
      profile: undefined,
      ask,
      onGap: (gap) => this.onGap(gap),
      onStatus: (status) => this.onStatus(status),
    })
  }
}
