import { setTimeout as sleep } from 'node:timers/promises'
import { type BooksRunReport, booksRunReport } from '../../account/book-counters.js'
import { deliveredSoFar, FEED } from '../../account/feed-counters.js'
import type { HistogramSnapshot } from '../../account/histogram.js'
import { LINE } from '../../account/line-counters.js'
import type { ServiceProfile } from '../../account/profile/service-profile.js'
import type { BookTop } from '../../account/top-section.js'
import type { Books } from '../../book/index.js'
import type { CaptureReader } from '../../capture/capture-reader.js'
import type { SessionEpoch } from '../../foundation/clock.js'
import { deferred } from '../../foundation/deferred.js'
import { abortedBy, type EndedBy } from '../../foundation/ended-by.js'
import { TickwireError } from '../../foundation/errors.js'
import { optionName } from '../../foundation/option-name.js'
import type { OutputFile } from '../../foundation/output-file.js'
import type { Warnings } from '../../foundation/warnings.js'
import type { AnyMessageView } from '../../handle/handler.js'
import type { FeedState } from '../../handle/state/feed-state.js'
import type { CpuClaims } from '../../native/cpu-claims.js'
import type { RecordedFile } from '../../record/recording-file.js'
import { ringStatistics } from '../../ring/ring-statistics.js'
import { GapTable } from '../../sequence/gap-table.js'
import { TRACK } from '../../sequence/tracker-state.js'
import type { CaptureEnd } from '../handling/open-captures.js'
import { type CaptureProgress, readProgress } from '../memory/capture-progress.js'
import { CountersKeeper } from '../memory/counters-keeper.js'
import { bookCountersOf, readTop } from '../memory/feed-books.js'
import {
  type BoundLine,
  boundUrls,
  type FeedData,
  feedStateOf,
  type HandlerDone,
  lineCountersOf,
  type ReceiverDone,
  type RecorderDone,
} from '../memory/feed-data.js'
import { countersOf, type RunCounters } from '../memory/run-counters.js'
import { letWatch } from '../memory/watched-run.js'
import type { BooksPlan } from '../options/books-plan.js'
import type { ReceiveOptions } from '../options/receive-options.js'
import { endRecorder } from '../recording/end-recorder.js'
import type { Callbacks } from '../thread/callbacks.js'
import { ControlBlock } from '../thread/control-block.js'
import type { Thread } from '../thread/thread.js'
import { AlarmWatch } from './alarm-poller.js'
import { type BridgeReport, bridgeReport } from './bridge-report.js'
import { captureReport } from './capture-report.js'
import { alarmText } from './feed-alarm.js'
import { FeedFailure } from './feed-failure.js'
import type { MessageBatch } from './feed-iterator.js'
import { handlerThrew, noBooks, ON_STOP_MS, onStopStuck, unexpected } from './handler-errors.js'
import type { Iteration } from './iteration.js'
import { NetworkWatch } from './network-watch.js'
import { Profiling } from './profiling.js'
import { type ReceiveReport, type RunFacts, receiveFacts, receiveReport } from './receive-report.js'
import { watchLimits } from './run-limits.js'
import { Standstill } from './standstill.js'

/** How often a stopping feed is looked at. */
const WATCH_MS = 20
/** A stopping handler that delivers nothing for this long is stuck. */
const STUCK_MS = 2500
/** A handler's thread that is done may linger this long. */
const LINGER_MS = 500

/**
 * A feed that is being received. All methods are for the thread that called `receive`.
 *
 * With a handler module it runs by itself; without one, iterate over it, once:
 *
 * ```ts
 * for await (const batch of feed) while (batch.next()) use(batch.message, batch.sequence)
 * ```
 */
export class Feed<View extends AnyMessageView = AnyMessageView>
  implements AsyncDisposable, AsyncIterable<MessageBatch<View>>
{
  /** The URLs of the lines with the ports that were bound. */
  readonly endpoints: readonly string[]
  /** What the feed is called: the option `name`, or its first endpoint. */
  readonly name: string
  /** Settles with the report when the run is over; rejects with a FeedFailure if it went wrong. */
  readonly finished: Promise<ReceiveReport>
  readonly #data: FeedData
  readonly #control: ControlBlock
  readonly #state: FeedState
  readonly #lineCounters: readonly Float64Array[]
  readonly #keeper: CountersKeeper
  readonly #threads: FeedThreads
  readonly #bound: readonly BoundLine[]
  readonly #warnings: Warnings
  readonly #hosts: readonly (string | null)[]
  /** Undefined where nothing comes from the network. */
  readonly #network: NetworkWatch | undefined
  readonly #callbacks: Callbacks
  readonly #claims: CpuClaims | undefined
  readonly #iteration: Iteration | undefined
  readonly #profiling: Profiling
  #captureEnd: CaptureEnd | undefined
  #recordedFiles: readonly RecordedFile[] | null = null
  readonly #stopRequested = deferred<void>()
  #failure: TickwireError | undefined
  /** Who asked for the stop first. */
  #stoppedBy: EndedBy | undefined
  #final: ReceiveReport | undefined

  constructor({ data, threads, bound, hosts, profileFile, iteration, ...rest }: FeedParts) {
    const { warnings, callbacks, claims, options } = rest
    this.#iteration = iteration
    this.#data = data
    this.#threads = threads
    this.#bound = bound
    this.#warnings = warnings
    this.#hosts = hosts
    this.#callbacks = callbacks
    this.#claims = claims
    const remote = data.transport === 'capture' || data.transport === 'nats'
    this.#network = remote ? undefined : new NetworkWatch(data, bound)
    this.#control = new ControlBlock(data.control)
    this.#state = feedStateOf(data)
    this.#lineCounters = data.lines.map((_, line) => lineCountersOf(data, line))
    this.#profiling = new Profiling(data, profileFile)
    this.endpoints = boundUrls(data.plan.endpoints, bound)
    this.name = data.plan.name ?? this.endpoints[0] ?? ''
    this.#keeper = new CountersKeeper(data.counters, {
      refresh: () => {
        this.#copyRings()
        this.#network?.readBuffers()
        this.#warnOfShortSlots()
      },
      facts: () => receiveFacts(data, this.#facts(true, null, null)),
      report: () => this.stats(),
      warnings: () => this.#warnings.all,
    })
    this.finished = this.#run(options)
    // Whoever only calls stop() is told there.
    this.finished.catch(() => {})
    letWatch(this, {
      counters: data.counters,
      facts: () => receiveFacts(data, this.#facts(true, null, null)),
      finished: this.finished,
    })
  }

  /** From which the feed's times are counted. */
  get epoch(): SessionEpoch {
    return this.#data.epoch
  }

  /**
   * With `books`, where this thread iterates over the feed: the books as of the message that the loop is at.
   *
   * @throws {TickwireError} TW_BAD_OPTION where they are not built on this thread, or nobody knows yet what
   * they are built from: then the header of the first datagram tells
   */
  get books(): Books {
    const books = this.#iteration?.books
    if (books === undefined) throw noBooks(this.#data.plan)
    return books
  }

  /**
   * The top of a book that is published, as it was a moment ago, whichever thread builds it; undefined: it is
   * not among those of `publishTop`.
   */
  top(symbol: string): BookTop | undefined {
    return readTop(this.#data, symbol)
  }

  /** Where the run counts, for threads that count along with it. */
  get counters(): RunCounters {
    return this.#data.counters
  }

  /** The books that are built of the feed; null: none. */
  get booksPlan(): BooksPlan | null {
    return this.#data.plan.books
  }

  /** What is known of the books of a feed that is published; it goes on after the feed has ended. */
  bookCounts(): BooksRunReport | null {
    if (this.#data.plan.books === null) return null
    const { counters } = feedStateOf(this.#data)
    return booksRunReport(bookCountersOf(this.#data), counters[FEED.lastMessageNs])
  }

  /** What a feed that is published has counted beside; it goes on after the feed has ended. */
  bridgeCounts(): BridgeReport {
    return bridgeReport(countersOf(this.#data.counters, 'bridge'))
  }

  /** A report of what has happened so far. It costs microseconds; not for a hot loop. */
  stats(): ReceiveReport {
    return this.#final ?? this.#report(true, null, null)
  }

  /** How far the reading of a recording has come; zeros where there is none. */
  captureProgress(): CaptureProgress {
    return readProgress(this.#data.captureProgress)
  }

  /** Messages that are missing at this moment and may still come, or are held back. */
  get openGaps(): number {
    const { tracker } = this.#state
    return new GapTable(tracker.subarray(TRACK.table)).missing
  }

  /** The only recording that the caller's own thread reads; undefined where there is none. */
  get reading(): CaptureReader | undefined {
    return this.#iteration?.captures?.reading
  }

  /** The distribution of latency so far, for more percentiles than the report has. */
  latency(): HistogramSnapshot {
    return this.#state.latency.snapshot()
  }

  /**
   * With `profile`, the arrivals and services so far; null without it. It copies all of them: for after
   * the run.
   */
  profile(): ServiceProfile | null {
    return this.#profiling.profile()
  }

  /**
   * Ends the run: what the kernel and the rings hold is still delivered, for two seconds at most.
   *
   * @returns the report
   * @throws {FeedFailure} if the run went wrong
   */
  async stop(): Promise<ReceiveReport> {
    this.#requestStop('abort')
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  /** Batches of messages, on the caller's thread. Leaving the loop stops the feed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<MessageBatch<View>, void, undefined> {
    if (this.#iteration === undefined) {
      throw new TickwireError(
        'TW_BAD_OPTION',
        'A feed with a handler module cannot be iterated over',
        'Leave the handler out of the options of receive().',
      )
    }
    if (this.#iteration.iterator.isRunning) {
      throw new TickwireError(
        'TW_BAD_OPTION',
        'The feed is being iterated over already, and its batches are one object that is used again',
        'Use one loop at a time; hand copies of messages to whoever else wants them.',
      )
    }
    let left = true
    try {
      // The reader's view is that of the feed's framing, which View is made from.
      yield* this.#iteration.iterator.batches() as AsyncGenerator<
        MessageBatch<View>,
        void,
        undefined
      >
      left = false
    } finally {
      this.#requestStop(left ? 'abort' : undefined)
    }
    await this.finished
  }

  async #run({ signal, onAlarm }: ReceiveOptions): Promise<ReceiveReport> {
    const tell = this.#callbacks.guard('onAlarm', onAlarm)
    const alarms = new AlarmWatch(this.#data, (alarm) => {
      // Of a recording they follow from its counts, so that the report depends on nothing else.
      if (this.#data.transport !== 'capture') {
        this.#warnings.note(alarmText(alarm, this.endpoints))
      }
      tell?.(alarm)
    })
    this.#superviseCallbacks()
    const abort = () => this.#requestStop(signal === undefined ? 'abort' : abortedBy(signal))
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted === true) abort()
    const endWatch = watchLimits(
      this.#data.plan,
      () => this.#progress(),
      (limit) => this.#requestStop(limit),
    )
    try {
      this.#superviseReceivers()
      const handler = await this.#awaitHandler()
      this.#captureEnd ??= handler?.captures
      for (const warning of this.#captureEnd?.warnings ?? []) this.#warnings.say(warning)
      const receivers = await this.#awaitReceivers()
      // Once the account is closed: it stands beside the last file.
      const recorded = await endRecorder(this.#data, this.#threads.recorder)
      this.#recordedFiles = recorded.files
      if (recorded.problem !== undefined) this.#fail(recorded.problem)
      if (handler?.failure) this.#fail(handlerThrew(handler.failure))
      alarms.stop()
      this.#warnOfShortSlots()
      if (this.#callbacks.problem !== undefined) this.#fail(this.#callbacks.problem)
      for (const reason of this.#network?.reasons() ?? []) this.#warnings.say(reason)
      const report = this.#report(false, receivers, handler?.collections ?? null)
      this.#final = report
      const unread = this.#captureEnd?.problem ?? null
      if (unread !== null) this.#fail(TickwireError.fromRecord(unread))
      const unsaved = this.#profiling.save()
      if (unsaved !== undefined) this.#fail(unsaved)
      await this.#tellHandler(report)
      if (this.#failure !== undefined) {
        this.#final = { ...report, endedBy: 'failure' }
        throw new FeedFailure(this.#failure, this.#final)
      }
      return report
    } finally {
      signal?.removeEventListener('abort', abort)
      this.#requestStop()
      endWatch()
      this.#network?.stop()
      this.#claims?.release()
      alarms.stop()
      this.#keeper.end()
    }
  }

  /** @param reason undefined: that is known already, or follows from what the handling side has counted */
  #requestStop(reason?: EndedBy): void {
    this.#stoppedBy ??= reason
    this.#control.requestStop()
    this.#stopRequested.resolve()
  }

  /**
   * A number that grows whenever a datagram arrives or is dropped, or a message is dealt with. Where
   * sources are told apart a datagram has arrived when it is known whose it is: strangers keep no run alive.
   */
  #progress(): number {
    const counts = this.#state.counters
    let sum = counts[FEED.datagrams] + deliveredSoFar(counts) + counts[FEED.undelivered]
    this.#data.lines.forEach((_, i) => {
      const counters = this.#lineCounters[i]
      const filtered = this.#data.plan.allowedSources[i].length > 0
      sum += counters[filtered ? LINE.ringDroppedDatagrams : LINE.datagrams]
      if (!filtered) sum += counters[LINE.kernelDrops]
    })
    return sum
  }

  /** A function of the caller's that throws ends the run, as a handler does. */
  #superviseCallbacks(): void {
    this.#callbacks.failed.then((error) => {
      this.#fail(error)
      this.#requestStop()
    })
  }

  /** A receiver that dies ends the run; its line counts as closed, since nothing more comes from it. */
  #superviseReceivers(): void {
    for (const receiver of this.#threads.receivers) {
      receiver.done.catch((error: TickwireError) => {
        this.#fail(error)
        this.#requestStop()
        this.#control.noteLineClosed()
      })
    }
  }

  async #awaitReceivers(): Promise<number | null> {
    const results = await Promise.allSettled(this.#threads.receivers.map(({ done }) => done))
    let collections: number | null = null
    for (const result of results) {
      if (result.status === 'fulfilled') collections = (collections ?? 0) + result.value.collections
    }
    return collections
  }

  async #awaitHandler(): Promise<HandlerDone | null> {
    const { handler } = this.#threads
    if (handler === undefined) {
      this.#captureEnd = await this.#iteration?.closed(this.#stopRequested.promise)
      return null
    }
    try {
      return await Promise.race([handler.done, this.#handlerStuck(handler)])
    } catch (error) {
      this.#fail(this.#handlerFailure(error))
      await handler.gone
      this.#requestStop()
      const { takeOver } = await import('./take-over.js')
      await takeOver(this.#data)
      return null
    }
  }

  /** A handler's thread that simply ended was ended by the handler. */
  #handlerFailure(error: unknown): TickwireError {
    if (!(error instanceof TickwireError)) return unexpected(error)
    if (error.code !== 'TW_THREAD_DIED') return error
    const sequence = this.#state.counters[FEED.currentSequence]
    return new TickwireError(
      'TW_HANDLER_EXITED',
      `${error.what}; the last message in its hands had sequence ${sequence}`,
      'A handler must not call process.exit() nor use up its memory: let it throw, or stop the feed from outside.',
      { cause: error },
    )
  }

  /** Rejects when the handler makes no progress although it was asked to stop; else never settles. */
  async #handlerStuck(handler: Thread<unknown, HandlerDone>): Promise<never> {
    await this.#stopRequested.promise
    const standstill = new Standstill()
    while (!handler.isOver) {
      const ms = standstill.look(this.#progress(), performance.now(), handler.waitedForCoreMs())
      if (ms > STUCK_MS) {
        const sequence = this.#state.counters[FEED.currentSequence]
        // Not awaited: its end would reject `done` first, with a reason that says less.
        handler.terminate().catch(() => {})
        throw new TickwireError(
          'TW_HANDLER_STUCK',
          `The handler did not return from the message with sequence ${sequence} within ${STUCK_MS} ms of the stop, and was ended`,
          'Look for an endless loop or a blocking call in onMessage.',
        )
      }
      await sleep(WATCH_MS)
    }
    return new Promise(() => {})
  }

  async #tellHandler(report: ReceiveReport): Promise<void> {
    const { handler } = this.#threads
    if (handler === undefined) return
    handler.order('stop', report)
    const timer = setTimeout(() => {
      this.#fail(onStopStuck())
      handler.terminate().catch(() => {})
    }, ON_STOP_MS)
    await Promise.race([handler.stopped, handler.gone])
    clearTimeout(timer)
    // What it printed is still on its way; what it left open would keep the thread for ever.
    const end = setTimeout(() => handler.terminate().catch(() => {}), LINGER_MS)
    await handler.gone
    clearTimeout(end)
    if (handler.lateProblem !== undefined) this.#fail(handler.lateProblem)
  }

  /** The first thing that goes wrong is the one to tell. */
  #fail(error: TickwireError): void {
    this.#failure ??= error
    this.#keeper.noteError(error)
  }

  /** Once the run is over. */
  #endedBy(): EndedBy {
    if (this.#failure !== undefined) return 'failure'
    if (this.#stoppedBy !== undefined) return this.#stoppedBy
    if (this.#state.counters[FEED.complete] === 1) return 'count'
    return this.#data.transport === 'capture' ? 'end-of-file' : 'end-of-session'
  }

  #report(running: boolean, receiver: number | null, handler: number | null): ReceiveReport {
    this.#copyRings()
    const report = receiveReport(this.#data, this.#facts(running, receiver, handler))
    return this.#data.transport === 'capture' ? captureReport(report, this.#captureEnd) : report
  }

  #facts(running: boolean, receiver: number | null, handler: number | null): RunFacts {
    return {
      running,
      bound: this.#bound,
      urls: this.endpoints,
      collections: { receiver: this.#data.single ? handler : receiver, handler },
      hosts: this.#hosts,
      warnings: [...this.#warnings.all],
      profile: this.#profiling.report(),
      files: this.#recordedFiles,
      endedBy: running ? null : this.#endedBy(),
    }
  }

  /** A datagram that is longer than its slot is cut by the kernel, and nothing of it can be read. */
  #warnOfShortSlots(): void {
    const { transport, plan } = this.#data
    if (this.#state.counters[FEED.damaged] === 0) return
    if (transport !== 'socket' && transport !== 'portable') return
    this.#warnings.say(
      `Datagrams come that are longer than a slot of ${plan.slotBytes} bytes: they are cut, and count as invalid. ` +
        `Give more with ${optionName('slotBytes')}.`,
      'slot-bytes',
    )
  }

  /** Puts the figures of the rings among the counters, where every reader finds them. */
  #copyRings(): void {
    this.#data.lines.forEach(({ ring }, line) => {
      const counters = this.#lineCounters[line]
      const { used, highWater, fullCount } = ringStatistics(ring)
      counters[LINE.ringUsed] = used
      counters[LINE.ringHighWater] = highWater
      counters[LINE.ringFullCount] = fullCount
    })
  }
}

/** What a feed is made of. */
export interface FeedParts {
  readonly data: FeedData
  readonly threads: FeedThreads
  readonly bound: readonly BoundLine[]
  /** The names that the endpoints were given by; null where they were addresses. */
  readonly hosts: readonly (string | null)[]
  /** Where the profile is written; undefined: nowhere. */
  readonly profileFile: OutputFile | undefined
  readonly warnings: Warnings
  readonly callbacks: Callbacks
  /** Of the receivers' CPUs; undefined where there are none. */
  readonly claims?: CpuClaims
  readonly options: ReceiveOptions
  /** What handles the messages where the caller iterates over them; undefined: a thread does. */
  readonly iteration?: Iteration | undefined
}

/** The threads of one feed. Without a handler thread the caller handles; without receivers it receives too. */
export interface FeedThreads {
  readonly receivers: readonly Thread<unknown, ReceiverDone>[]
  readonly handler: Thread<unknown, HandlerDone> | undefined
  /** What writes the recording; undefined: nothing is recorded. */
  readonly recorder?: Thread<null, RecorderDone> | undefined
}
