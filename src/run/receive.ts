import { currentEpoch } from '../foundation/clock.js'
import { OutputFile } from '../foundation/output-file.js'
import { Warnings } from '../foundation/warnings.js'
import type { ViewOf } from '../handle/handler.js'
import { CpuClaims } from '../native/cpu-claims.js'
import { libc, shouldUseLibc } from '../native/libc.js'
import { closeWakePipe, openWakePipe } from '../native/wake-pipe.js'
import { tryToBind } from '../transport/socket-line.js'
import type { Feed, FeedThreads } from './feed/feed.js'
import {
  type ActiveTransport,
  type BoundLine,
  boundUrls,
  createFeedData,
  type FeedData,
  type HandlerDone,
  handlerContext,
  isSingle,
  type ReceiverDone,
} from './memory/feed-data.js'
import { closeCounters } from './memory/run-counters.js'
import type { CaptureFraming } from './options/capture-options.js'
import { planCaptures } from './options/capture-options.js'
import { planNats, refuseNatsOptions } from './options/nats-options.js'
import { needsLinux } from './options/needs-linux.js'
import type { ReceiveOptions } from './options/receive-options.js'
import { type OwnPlan, planReceive, type ReceivePlan } from './options/receive-plan.js'
import { hostNames, resolveReceiveHosts } from './options/resolve-hosts.js'
import { type Recorder, startRecorder } from './recording/start-recorder.js'
import { Callbacks } from './thread/callbacks.js'
import { ControlBlock } from './thread/control-block.js'
import { place } from './thread/placement.js'
import type { ThreadEntry } from './thread/start-worker.js'
import { Thread } from './thread/thread.js'

/**
 * Starts to receive a feed: a pinned thread per line, a ring, and a thread for the handler. Resolves
 * when everything is bound and ready, so a sender may start then. Endpoints that are recordings are read
 * in one thread instead, on their own time. The type of the messages follows from the framing: `raw`, the
 * default, has a MarketDataView.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_ENDPOINT, TW_PORT_IN_USE, TW_ADDRESS_NOT_LOCAL,
 * TW_NO_SUCH_CPU, TW_NO_SUCH_INTERFACE, TW_BAD_HANDLER, TW_FILE_NOT_FOUND, TW_NO_FFI, TW_PERMISSION,
 * TW_CALLBACK_THREW
 */
export async function receive<
  Framing extends CaptureFraming = 'raw',
  Protocol extends string = 'auto',
>(
  options: ReceiveOptions & {
    readonly framing?: Framing | undefined
    readonly protocol?: Protocol | undefined
  } = {},
): Promise<Feed<ViewOf<Framing, Protocol>>> {
  return (await receiveFeed(options)) as unknown as Feed<ViewOf<Framing, Protocol>>
}

/**
 * The same for those who take messages elsewhere than to a handler.
 *
 * @param own what no caller of `receive` can ask for
 * @throws {TickwireError} as `receive` does
 */
export async function receiveFeed(options: ReceiveOptions, own: OwnPlan = {}): Promise<Feed> {
  const captures = planCaptures(options)
  if (captures !== undefined) {
    const { receiveCaptures } = await import('./receive-captures.js')
    return receiveCaptures(options, captures, own)
  }
  const stream = planNats(options)
  if (stream !== undefined) {
    const { receiveNats } = await import('./receive-nats.js')
    return receiveNats(options, stream, own)
  }
  refuseNatsOptions(options)
  const plan = { ...planReceive(await resolveReceiveHosts(options)), ...own }
  const transport = chooseTransport(plan)
  const claims = new CpuClaims()
  try {
    return await startFeed(options, plan, transport, claims)
  } catch (error) {
    claims.release()
    throw error
  }
}

async function startFeed(
  options: ReceiveOptions,
  plan: ReceivePlan,
  transport: ActiveTransport,
  claims: CpuClaims,
): Promise<Feed> {
  const single = isSingle(plan, transport)
  const placement = place({
    receivers: single ? 1 : plan.endpoints.length,
    cpu: plan.cpu,
    handlerCpu: plan.handlerCpu,
    handlerThread: !single && plan.handler.kind !== 'iterate',
    idle: plan.idle,
    canPin: transport !== 'portable',
    tryClaim: (cpu) => claims.tryClaim(cpu),
  })
  if (transport !== 'portable') for (const endpoint of plan.endpoints) tryToBind(endpoint)
  const notes: string[] = []
  const note = (warning: string) => notes.push(warning)
  // Opened before the run, so that a wrong path is known before there is something to lose.
  const file = plan.profile?.file ?? null
  const profileFile = file === null ? undefined : new OutputFile(file)
  let data: FeedData
  try {
    data = createFeedData(plan, transport, placement, currentEpoch(), plan.counters, note)
  } catch (error) {
    profileFile?.discard()
    throw error
  }
  const started: Thread<unknown, unknown>[] = []
  let recorder: Recorder | undefined
  try {
    recorder = await startRecorder(data)
    // Loaded while the threads load theirs.
    const [{ threads: hot, bound }, { Feed }, { startWarnings }] = await Promise.all([
      startThreads(data, transport, started),
      import('./feed/feed.js'),
      import('./feed/start-warnings.js'),
    ])
    const threads = { ...hot, recorder: recorder?.thread }
    const callbacks = new Callbacks()
    const warnings = new Warnings(callbacks.guard('onWarning', options.onWarning))
    for (const warning of [
      ...notes,
      ...placement.warnings,
      ...startWarnings(plan, transport, bound),
    ]) {
      warnings.say(warning)
    }
    if (callbacks.problem !== undefined) throw callbacks.problem
    const iteration =
      plan.handler.kind === 'iterate' ? await iterate(data, options, callbacks) : undefined
    const hosts = hostNames(options)
    recorder?.begin(bound)
    return new Feed({
      data,
      threads,
      bound,
      hosts,
      profileFile,
      warnings,
      callbacks,
      claims,
      options,
      iteration,
    })
  } catch (error) {
    profileFile?.discard()
    const control = new ControlBlock(data.control)
    control.noteHandlerGone()
    control.requestStop()
    recorder?.abandon()
    await endThreads(recorder === undefined ? started : [...started, recorder.thread])
    closeCounters(data.counters)
    throw error
  }
}

async function iterate(data: FeedData, options: ReceiveOptions, callbacks: Callbacks) {
  const { Iteration } = await import('./feed/iteration.js')
  return Iteration.open(data, options, callbacks)
}

/** How long threads may take to close their sockets by themselves. */
const CLOSE_MS = 1000

/** Ends what was started, and waits until it is gone. */
async function endThreads(started: readonly Thread<unknown, unknown>[]): Promise<void> {
  const timer = setTimeout(() => {
    for (const thread of started) thread.terminate().catch(() => {})
  }, CLOSE_MS)
  await Promise.all(started.map((thread) => (thread.isReady ? thread.gone : thread.terminate())))
  clearTimeout(timer)
}

function chooseTransport(plan: ReceivePlan): ActiveTransport {
  if (plan.transport === 'socket' || plan.transport === 'mapped') libc()
  if (plan.transport !== 'auto') return plan.transport
  if (shouldUseLibc()) return 'socket'
  if (plan.recover !== undefined) throw needsLinux('Requesting lost messages', 'recover')
  if (plan.flow === 'credit') throw needsLinux('Flow control', 'flow')
  if (plan.handlerThread === 'inline') throw needsLinux('An inline handler', 'handlerThread')
  return 'portable'
}

async function startThreads(
  data: FeedData,
  transport: ActiveTransport,
  started: Thread<unknown, unknown>[],
): Promise<{ readonly threads: FeedThreads; readonly bound: readonly BoundLine[] }> {
  const { plan } = data
  if (data.single) {
    const single = new Thread<readonly BoundLine[], HandlerDone>('feed', 'single-thread', data)
    started.push(single)
    const bound = await single.ready
    return { threads: { receivers: [], handler: single }, bound }
  }
  const { receivers, handler } = startHotThreads(data, transport, started)
  const bound = await Promise.all(receivers.map(({ ready }) => ready))
  handler?.order('start', handlerContext(data, boundUrls(plan.endpoints, bound)))
  await handler?.ready
  return { threads: { receivers, handler }, bound }
}

/** A thread for each line, and one for the handler, if it has one of its own. */
function startHotThreads(
  data: FeedData,
  transport: ActiveTransport,
  started: Thread<unknown, unknown>[],
) {
  const start = <Ready, Done>(name: string, entry: ThreadEntry, own: object) => {
    const thread = new Thread<Ready, Done>(name, entry, own)
    started.push(thread)
    return thread
  }
  const file = transport === 'socket' ? 'receiver-thread' : 'portable-thread'
  const hasHandler = data.plan.handler.kind !== 'iterate'
  const closeBell = transport === 'socket' && hasHandler ? openBell(data) : undefined
  try {
    const receivers = data.lines.map((_, line) =>
      start<BoundLine, ReceiverDone>(`receiver ${line}`, file, { ...data, line }),
    )
    const handler = hasHandler
      ? start<null, HandlerDone>('handler', 'handler-thread', data)
      : undefined
    return { receivers, handler }
  } finally {
    // Before that some of them could still ring.
    if (closeBell !== undefined) void Promise.all(started.map(({ gone }) => gone)).then(closeBell)
  }
}

/**
 * Lets the handler's thread sleep on a pipe, where it parks.
 *
 * @returns what closes the pipe
 */
function openBell({ placement, control }: FeedData): (() => void) | undefined {
  if (!placement.handlerParks) return undefined
  const pipe = openWakePipe()
  const { handlerBell } = new ControlBlock(control, pipe)
  return () => {
    // A thread that died asleep has left it armed, and this one rings to stop.
    handlerBell.disarm()
    closeWakePipe(pipe)
  }
}
