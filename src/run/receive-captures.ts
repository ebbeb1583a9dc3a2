import { TickwireError } from '../foundation/errors.js'
import { Warnings } from '../foundation/warnings.js'
import type { FramingName } from '../wire/framing.js'
import type { CaptureOrder, CaptureThreadData } from './entries/capture-thread.js'
import { Feed } from './feed/feed.js'
import { Iteration } from './feed/iteration.js'
import { type CaptureStart, OpenCaptures } from './handling/open-captures.js'
import { PROGRESS_BYTES } from './memory/capture-progress.js'
import {
  boundUrls,
  createFeedData,
  type FeedData,
  type HandlerDone,
  handlerContext,
} from './memory/feed-data.js'
import type { CapturePlan } from './options/capture-options.js'
import type { ReceiveOptions } from './options/receive-options.js'
import { type OwnPlan, planReceive, type ReceivePlan } from './options/receive-plan.js'
import {
  endpointWithoutLine,
  placementWithoutLine,
  refuseLineOptions,
} from './options/without-line.js'
import { startRecorder } from './recording/start-recorder.js'
import { Callbacks } from './thread/callbacks.js'
import { ControlBlock } from './thread/control-block.js'
import { Thread } from './thread/thread.js'

/**
 * Reads recordings in place of live lines, in one thread: that of the handler module, or the caller's.
 *
 * @throws {TickwireError} TW_BAD_OPTION, TW_BAD_FILE, TW_FILE_NOT_FOUND, TW_PERMISSION, TW_NOT_SUPPORTED,
 * TW_BAD_HANDLER
 */
export async function receiveCaptures(
  options: ReceiveOptions,
  captures: CapturePlan,
  own: OwnPlan = {},
): Promise<Feed> {
  refuseLineOptions(options, 'the endpoint is a recording, which is read without a socket', [
    'stages',
  ])
  const callbacks = new Callbacks()
  const warnings = new Warnings(callbacks.guard('onWarning', options.onWarning))
  const hosts = captures.urls.map(() => null)
  const rest = { bound: [], hosts, profileFile: undefined, warnings, callbacks, options }
  // Whatever is wrong with an option or the handler is said before a file is opened.
  const { protocol, books, publishTop, bookOrders: _, ...others } = options
  const { handler } = { ...planFor(others, captures, 'raw'), ...own }
  if (handler.kind === 'iterate') {
    const open = await OpenCaptures.open(captures, options.signal)
    refuseBinaryFile(options, open)
    const plan = planFor(options, captures, framingOf(open))
    const data = dataFor(plan, open)
    open.showProgress(data.captureProgress)
    const iteration = await Iteration.open(data, options, callbacks, open)
    const recorder = await startRecorder(data)
    recorder?.begin([])
    const threads = { receivers: [], handler: undefined, recorder: recorder?.thread }
    return new Feed({ data, threads, ...rest, iteration })
  }
  const control = new ControlBlock()
  const stop = () => control.requestStop()
  options.signal?.addEventListener('abort', stop, { once: true })
  if (options.signal?.aborted === true) stop()
  const thread = new Thread<CaptureStart, HandlerDone>('capture', 'capture-thread', {
    captures,
    handler,
    control: control.buffer,
    protocol: protocol ?? 'auto',
    books: books === true || (publishTop?.length ?? 0) > 0,
  } satisfies CaptureThreadData)
  try {
    const start = await thread.ready
    refuseBinaryFile(options, start)
    const plan = { ...planFor(options, captures, framingOf(start)), ...own }
    const data = { ...dataFor(plan, start), control: control.buffer }
    const recorder = await startRecorder(data)
    recorder?.begin([])
    const context = handlerContext(data, boundUrls(plan.endpoints, []))
    thread.order('start', { data, context } satisfies CaptureOrder)
    const threads = { receivers: [], handler: thread, recorder: recorder?.thread }
    return new Feed({ data, threads, ...rest })
  } catch (error) {
    await thread.terminate()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', stop)
  }
}

/** The framing as plans know it: a BinaryFILE's never comes from a socket, and needs no other care. */
function framingOf({ framing }: CaptureStart): FramingName {
  return framing as FramingName
}

function planFor(
  options: ReceiveOptions,
  captures: CapturePlan,
  framing: FramingName,
): ReceivePlan {
  const { speed: _, date: __, dedupeUs: ___, endpoint: ____, ...rest } = options
  // Planned as if it were live, on ports that nobody opens.
  const endpoints = captures.urls.map((_, line) => `udp://127.0.0.1:${line + 1}`)
  const known = framing === ('binaryfile' as string) ? 'moldudp64' : framing
  const plan = planReceive({ ...rest, endpoints, framing: known, transport: 'auto' })
  const urls = captures.urls.map(({ url }) => endpointWithoutLine(url))
  return { ...plan, framing, endpoints: urls, handlerThread: 'own' }
}

function dataFor(plan: ReceivePlan, { epoch }: CaptureStart): FeedData {
  return {
    // A recording is read as fast as it can: a file for those who look on only where one is asked for.
    ...createFeedData(
      plan,
      'capture',
      placementWithoutLine(null),
      epoch,
      plan.counters ?? 'off',
      () => {},
    ),
    captureProgress: new SharedArrayBuffer(PROGRESS_BYTES),
  }
}

/** Its records are no datagrams: a pcap of them could not be read again. */
function refuseBinaryFile({ record }: ReceiveOptions, { framing }: CaptureStart): void {
  if (record === undefined || framing !== 'binaryfile') return
  throw new TickwireError(
    'TW_NOT_SUPPORTED',
    'A BinaryFILE has no datagrams that could be recorded',
    'Read it as it is: its records lie plain, one behind the other.',
  )
}
