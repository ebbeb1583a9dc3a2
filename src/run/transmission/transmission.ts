import { setTimeout as sleep } from 'node:timers/promises'
import { FLOW_SENT, LINE_SENT, SENT, type SendState } from '../../account/send-counters.js'
import { abortedBy, type EndedBy } from '../../foundation/ended-by.js'
import { TickwireError } from '../../foundation/errors.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { Warnings } from '../../foundation/warnings.js'
import { allowedCpus, noSuchCpu } from '../../native/affinity.js'
import { EHOSTUNREACH, ENETUNREACH, ENOBUFS } from '../../native/constants.js'
import { errnoName } from '../../native/errno.js'
import { shouldUseLibc } from '../../native/libc.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { Payload, SenderData, SenderDone } from '../entries/sender-thread.js'
import { CountersKeeper } from '../memory/counters-keeper.js'
import { createSendCounters, type SendCounters, sendStateOf } from '../memory/send-counters.js'
import { letWatch } from '../memory/watched-run.js'
import { needsLinux } from '../options/needs-linux.js'
import { Callbacks } from '../thread/callbacks.js'
import { ControlBlock } from '../thread/control-block.js'
import { Thread } from '../thread/thread.js'
import type { Retransmission } from './request-server.js'
import { reportedPlan, type SendFacts, type SendReport, sendReport } from './send-report.js'

const DEFAULT_CPU = 1
/** How often somebody looks whether there is anything to warn of. */
const LOOK_MS = 250
/** How a sender ends that nobody stops. */
const END_OF = {
  market: 'count',
  ring: 'end-of-file',
  offers: 'end-of-session',
} as const satisfies Record<Payload['kind'], EndedBy>

/** A sender that ended with an error; what it had sent is in `report`. */
export class SendFailure extends TickwireError {
  readonly report: SendReport

  constructor(cause: TickwireError, report: SendReport) {
    super(cause.code, cause.what, cause.remedy, { cause })
    this.report = { ...report, endedBy: 'failure' }
  }
}

export interface TransmissionOptions {
  /** From 1 to 16 lines. */
  readonly endpoints: readonly Endpoint[]
  /** Undefined: CPU 1 if this process may use it. */
  readonly cpu: number | null | undefined
  readonly transport: 'auto' | 'socket' | 'portable'
  readonly source: Payload
  /** Where the sender counts; closed at the end of the run. Default: in memory of its own. */
  readonly counters?: SendCounters | undefined
  /** Responds to requests for what is sent; stopped at the end. */
  readonly retransmission?: Retransmission | undefined
  /** How long that goes on when all is sent. Default 0. */
  readonly lingerMs?: number | undefined
  readonly signal: AbortSignal | undefined
  readonly onWarning: ((warning: string) => void) | undefined
}

/** A sender at work. All methods are for the thread that started it. */
export class Transmission implements AsyncDisposable {
  /** Settles with the report when all is sent or the sender was stopped; rejects if it failed. */
  readonly finished: Promise<SendReport>
  readonly #thread: Thread<null, SenderDone>
  readonly #control: ControlBlock
  readonly #data: SenderData
  readonly #state: SendState
  readonly #warnings: Warnings
  readonly #callbacks: Callbacks
  readonly #retransmission: Retransmission | undefined
  readonly #lingerMs: number
  readonly #keeper: CountersKeeper
  /** What ended the sending, or is going to. */
  #endedBy: EndedBy | null = null
  #over = false
  /** Ends the lingering. */
  readonly #stopped = new AbortController()

  private constructor(
    data: SenderData,
    thread: Thread<null, SenderDone>,
    warnings: Warnings,
    options: TransmissionOptions,
    callbacks: Callbacks,
  ) {
    this.#data = data
    this.#callbacks = callbacks
    this.#thread = thread
    this.#warnings = warnings
    this.#retransmission = options.retransmission
    this.#lingerMs = options.lingerMs ?? 0
    this.#control = new ControlBlock(data.control)
    this.#state = sendStateOf(data.counters, data.endpoints.length)
    this.#keeper = new CountersKeeper(data.counters, {
      refresh: () => {},
      facts: () => this.#facts(null),
      report: () => this.stats(),
      warnings: () => this.#warnings.all,
    })
    this.finished = this.#run(options.signal)
    this.finished.catch(() => {})
    letWatch(this, {
      counters: data.counters,
      facts: () => this.#facts(null),
      finished: this.finished,
    })
  }

  /**
   * @throws {TickwireError} TW_NO_SUCH_CPU, TW_UNREACHABLE, TW_NO_SUCH_INTERFACE, TW_NO_FFI,
   * TW_CALLBACK_THREW
   */
  static async start(options: TransmissionOptions): Promise<Transmission> {
    const portable =
      options.transport === 'portable' || (options.transport === 'auto' && !shouldUseLibc())
    const { source } = options
    if (portable) refuseOnPortable(source)
    const callbacks = new Callbacks()
    const warnings = new Warnings(callbacks.guard('onWarning', options.onWarning))
    const send = options.counters ?? createSendCounters(options.endpoints.length, 'off', false)
    const notes = [...send.warnings]
    if (portable && source.kind === 'market' && source.plan.gso) {
      notes.push(`${optionName('gso')} cannot be had here: the datagrams go one by one.`)
    }
    const data: SenderData = {
      endpoints: options.endpoints,
      cpu: portable ? null : senderCpu(options.cpu, notes),
      portable,
      epoch: send.epoch,
      control: new ControlBlock().buffer,
      counters: send.counters,
      source: options.source,
    }
    const thread = new Thread<null, SenderDone>('sender', 'sender-thread', data)
    try {
      await thread.ready
    } catch (error) {
      await thread.terminate()
      throw error
    }
    for (const note of notes) warnings.say(note)
    const transmission = new Transmission(data, thread, warnings, options, callbacks)
    if (callbacks.problem === undefined) return transmission
    await transmission.stop().catch(() => {})
    throw callbacks.problem
  }

  /** The words by which the sender is told to stop, or that its ring is complete. */
  get control(): ControlBlock {
    return this.#control
  }

  /** Receivers that are honoured at this moment; without flow control always 0. */
  get receivers(): number {
    return this.#state.counters[FLOW_SENT.receivers]
  }

  /** URL at which messages can be asked for again; undefined if they cannot. */
  get retransmitEndpoint(): string | undefined {
    return this.#retransmission?.endpoint
  }

  /** A report of what has been sent so far. */
  stats(): SendReport {
    return this.#report(null)
  }

  /** Stops sending at once, and ends the session if there is one. */
  async stop(): Promise<SendReport> {
    this.#requestStop('abort')
    return this.finished
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #run(signal: AbortSignal | undefined): Promise<SendReport> {
    const abort = () => this.#requestStop(signal === undefined ? 'abort' : abortedBy(signal))
    signal?.addEventListener('abort', abort, { once: true })
    if (signal?.aborted === true) abort()
    this.#callbacks.failed.then(() => this.#requestStop('failure'))
    const look = setInterval(() => this.#lookForWarnings(), LOOK_MS)
    try {
      const { collections } = await this.#thread.done
      this.#endedBy ??= END_OF[this.#data.source.kind]
      await this.#linger()
      await this.#retransmission?.stop()
      this.#lookForWarnings()
      this.#over = true
      const report = this.#report(collections)
      const { problem } = this.#callbacks
      if (problem !== undefined) throw new SendFailure(problem, report)
      if (this.#state.counters[FLOW_SENT.gaveUp] === 1) throw noReceiver(report)
      return report
    } catch (error) {
      if (error instanceof TickwireError) this.#keeper.noteError(error)
      if (error instanceof SendFailure || !(error instanceof TickwireError)) throw error
      this.#endedBy = 'failure'
      this.#over = true
      throw new SendFailure(error, this.#report(null))
    } finally {
      clearInterval(look)
      signal?.removeEventListener('abort', abort)
      await this.#retransmission?.stop()
      this.#keeper.end()
    }
  }

  #requestStop(reason: EndedBy): void {
    this.#endedBy ??= reason
    this.#control.requestStop()
    this.#stopped.abort()
  }

  /** Waits, so that the last messages can be asked for too, until the time is over or it is stopped. */
  async #linger(): Promise<void> {
    if (this.#lingerMs === 0 || this.#stopped.signal.aborted) return
    await sleep(this.#lingerMs, undefined, { signal: this.#stopped.signal }).catch(() => {})
  }

  #lookForWarnings(): void {
    this.#state.lines.forEach((counts, line) => {
      const errno = counts[LINE_SENT.refusedErrno]
      if (errno === 0) return
      const { url } = this.#data.endpoints[line]
      this.#warnings.say(
        `The kernel refused datagrams to ${url} with ${errnoName(errno)}: ${refusalRemedy(errno)}`,
      )
    })
    this.#retransmission?.warn(this.#warnings, this.#state.counters[SENT.datagrams])
  }

  #report(garbageCollections: number | null): SendReport {
    return sendReport(this.#data.counters, this.#facts(garbageCollections))
  }

  #facts(garbageCollections: number | null): SendFacts {
    const { source, endpoints, portable, cpu } = this.#data
    return {
      command: 'send',
      name: source.kind === 'ring' ? null : source.plan.name,
      endpoints: endpoints.map(({ url }) => url),
      portable,
      cpu,
      plan: source.kind === 'ring' ? null : reportedPlan(source.plan),
      retransmitEndpoint: this.#retransmission?.endpoint ?? null,
      garbageCollections,
      endedBy: this.#over ? this.#endedBy : null,
      warnings: this.#warnings.all,
    }
  }
}

/** What to do about an error with which datagrams were refused, or never left. */
function refusalRemedy(errno: number): string {
  if (errno === ENOBUFS) return 'the queue of its interface is full (tc -s qdisc). Send slower.'
  if (errno === EHOSTUNREACH || errno === ENETUNREACH) {
    return 'nobody answers for the address (ip neighbour), or no route leads there (ip route get).'
  }
  return `sendmmsg(2) and ip(7) say what that means.`
}

function refuseOnPortable(source: Payload): void {
  if (source.kind === 'offers') throw needsLinux('Publishing')
  if (source.kind === 'ring') throw needsLinux('Replay')
  if (source.plan.credit !== null) throw needsLinux('Flow control', 'flow')
}

function senderCpu(cpu: number | null | undefined, warnings: string[]): number | null {
  if (cpu === null) return null
  const allowed = allowedCpus()
  const wanted = cpu ?? DEFAULT_CPU
  if (allowed.includes(wanted)) return wanted
  if (cpu !== undefined) throw noSuchCpu(wanted, allowed)
  warnings.push(
    `CPU ${wanted} is not one that this process may use; the sender is not pinned. Choose with ${optionName('cpu')}.`,
  )
  return null
}

/** The sender has waited for as long as it should. */
function noReceiver(report: SendReport): SendFailure {
  const waitedMs = Math.round((report.flow?.waited.longestNs ?? 0) / NS_PER_MS)
  const error = new TickwireError(
    'TW_NO_RECEIVER',
    `No receiver answered for ${waitedMs} ms; ${report.messages ?? 0} messages had been sent`,
    `Start a receiver with ${optionText('flow', 'credit')}, wait longer with ${optionName('flowWaitMs')}, or send without flow control.`,
  )
  return new SendFailure(error, report)
}
