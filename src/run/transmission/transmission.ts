import { setTimeout as sleep } from 'node:timers/promises'
import type { HistogramSnapshot } from '../../account/histogram.js'
import { FLOW_SENT, LINE_SENT, SENT, SendState } from '../../account/send-counters.js'
import { currentEpoch } from '../../foundation/clock.js'
import { abortedBy, type EndedBy } from '../../foundation/ended-by.js'
import { TickwireError } from '../../foundation/errors.js'
import { optionName, optionText } from '../../foundation/option-name.js'
import { NS_PER_MS, NS_PER_SECOND } from '../../foundation/units.js'
import { Warnings } from '../../foundation/warnings.js'
import { allowedCpus, noSuchCpu } from '../../native/affinity.js'
import { errnoName } from '../../native/errno.js'
import { shouldUseLibc } from '../../native/libc.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
import type { Endpoint } from '../../transport/endpoint.js'
import type { SenderData, SenderDone, SenderSource } from '../entries/sender-thread.js'
import { needsLinux } from '../options/needs-linux.js'
import { Callbacks } from '../thread/callbacks.js'
import { ControlBlock } from '../thread/control-block.js'
import { Thread } from '../thread/thread.js'
import type { Retransmission, RetransmissionReport } from './request-server.js'
import { type SendFlowReport, sendFlowReport } from './send-flow.js'

const DEFAULT_CPU = 1
/** How often somebody looks whether there is anything to warn of. */
const LOOK_MS = 250
/** Over a shorter time a rate says nothing. */
const SHORTEST_RATED_NS = 1e6

/** How a sender ends that nobody stops. */
const END_OF = {
  market: 'count',
  ring: 'end-of-file',
  offers: 'end-of-session',
} as const satisfies Record<SenderSource['kind'], EndedBy>

/** What a sender has done on one of its lines. */
export interface SendLineReport {
  readonly endpoint: string
  /** Those with messages that the kernel took. */
  readonly datagrams: number
  /** What the kernel did not take on this line: messages, or datagrams where messages are not known. */
  readonly refused: number
  readonly unreachable: number
}

/** What a sender has done, or has done so far. */
export interface SendReport {
  readonly command: 'send'
  readonly transport: 'socket' | 'portable'
  /** The first line's. */
  readonly endpoint: string
  /** Null for a replay, which sends datagrams as they are. */
  readonly framing: SendFraming | null
  /** Null where the framing has none. */
  readonly session: string | null
  /** That the kernel took on one line at least; each counts once. Null where the sender does not know the messages in its datagrams. */
  readonly messages: number | null
  /** Those with messages; each counts once, whatever the number of lines. */
  readonly datagrams: number
  readonly payloadBytes: number
  /** What the kernel took on no line: messages, or datagrams where messages are not known. */
  readonly refused: number
  /** Times that a destination answered that nobody listens there; the kernel had taken those. */
  readonly unreachable: number
  /** MoldUDP64: datagrams that said that the session is alive, and that it has ended; each counts once. */
  readonly heartbeats: number
  readonly endOfSession: number
  readonly lines: readonly SendLineReport[]
  /** From the beginning of the first send call to the end of the last. */
  readonly elapsedSeconds: number | null
  readonly messagesPerSecond: number | null
  readonly datagramsPerSecond: number | null
  /** How late datagrams left against the schedule; null where there is none. */
  readonly paceErrorNs: {
    readonly p50: number | null
    readonly p99: number | null
    readonly max: number | null
  }
  /** Segmentation offload: whether it was asked for, the sends that were cut, and why it was given up. */
  readonly gso: {
    readonly asked: boolean
    readonly trains: number
    readonly refused: string | null
  }
  readonly garbageCollections: number | null
  readonly pinned: number | null
  /** How receivers controlled the sender; null where nobody did. */
  readonly flow: SendFlowReport | null
  /** What was asked for again; null where nothing could be. */
  readonly retransmission: RetransmissionReport | null
  /** What ended the sender; null while it is at work. */
  readonly endedBy: EndedBy | null
  readonly warnings: readonly string[]
}

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
  readonly source: SenderSource
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
    this.#state = new SendState(data.state)
    this.finished = this.#run(options.signal)
    this.finished.catch(() => {})
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
    const notes: string[] = []
    if (portable && source.kind === 'market' && source.plan.gso) {
      notes.push(`${optionName('gso')} cannot be had here: the datagrams go one by one.`)
    }
    const data: SenderData = {
      endpoints: options.endpoints,
      cpu: portable ? null : senderCpu(options.cpu, notes),
      portable,
      epoch: currentEpoch(),
      control: new ControlBlock().buffer,
      state: SendState.create(options.endpoints.length).buffer,
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

  /** Receivers that are heeded at this moment; without flow control always 0. */
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
      if (error instanceof SendFailure || !(error instanceof TickwireError)) throw error
      this.#endedBy = 'failure'
      this.#over = true
      throw new SendFailure(error, this.#report(null))
    } finally {
      clearInterval(look)
      signal?.removeEventListener('abort', abort)
      await this.#retransmission?.stop()
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
    this.#retransmission?.warn(this.#warnings, this.#state.counters[SENT.datagrams])
  }

  #report(garbageCollections: number | null): SendReport {
    const counts = this.#state.counters
    const { source } = this.#data
    const plan = source.kind === 'ring' ? undefined : source.plan
    const credit = plan?.credit ?? null
    const lines = this.#lines(plan !== undefined)
    const elapsedNs = counts[SENT.lastNs] - counts[SENT.firstNs]
    const elapsedSeconds = elapsedNs > 0 ? elapsedNs / NS_PER_SECOND : null
    const perSecond = (count: number) =>
      elapsedSeconds === null || elapsedNs < SHORTEST_RATED_NS
        ? null
        : Math.round((count / elapsedSeconds) * 10) / 10
    return {
      command: 'send',
      transport: this.#data.portable ? 'portable' : 'socket',
      endpoint: lines[0].endpoint,
      framing: plan?.framing ?? null,
      session: plan?.session?.name ?? null,
      messages: plan === undefined ? null : counts[SENT.messages],
      datagrams: counts[SENT.datagrams],
      payloadBytes: counts[SENT.payloadBytes],
      refused: counts[plan === undefined ? SENT.refusedDatagrams : SENT.refusedMessages],
      unreachable: lines.reduce((sum, line) => sum + line.unreachable, 0),
      heartbeats: counts[SENT.heartbeats],
      endOfSession: counts[SENT.endOfSession],
      lines,
      elapsedSeconds,
      messagesPerSecond: plan === undefined ? null : perSecond(counts[SENT.messages]),
      datagramsPerSecond: perSecond(counts[SENT.datagrams]),
      paceErrorNs: paceError(this.#state.paceError.snapshot()),
      gso: {
        asked: plan?.gso ?? false,
        trains: counts[SENT.trains],
        refused: counts[SENT.offloadErrno] === 0 ? null : errnoName(counts[SENT.offloadErrno]),
      },
      garbageCollections,
      pinned: this.#data.cpu,
      flow: sendFlowReport(credit, counts),
      retransmission: this.#retransmission?.stats() ?? null,
      endedBy: this.#over ? this.#endedBy : null,
      warnings: [...this.#warnings.all],
    }
  }

  #lines(knowsMessages: boolean): SendLineReport[] {
    return this.#data.endpoints.map(({ url }, line) => {
      const counts = this.#state.lines[line]
      return {
        endpoint: url,
        datagrams: counts[LINE_SENT.datagrams],
        refused: counts[knowsMessages ? LINE_SENT.refusedMessages : LINE_SENT.refusedDatagrams],
        unreachable: counts[LINE_SENT.unreachable],
      }
    })
  }
}

function refuseOnPortable(source: SenderSource): void {
  if (source.kind === 'offers') throw needsLinux('Publishing')
  if (source.kind === 'ring') throw needsLinux('Replay')
  if (source.plan.credit !== null) throw needsLinux('Flow control', 'flow')
}

function paceError(snapshot: HistogramSnapshot): SendReport['paceErrorNs'] {
  return { p50: snapshot.percentile(50), p99: snapshot.percentile(99), max: snapshot.max }
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
