import { setImmediate as nextTurn } from 'node:timers/promises'
import { workerData } from 'node:worker_threads'
import type { HandlerContext } from '../../handle/handler.js'
import { createClock } from '../../native/create-clock.js'
import { createReader } from '../handling/create-reader.js'
import { deliverCaptures } from '../handling/deliver-captures.js'
import { Delivery } from '../handling/delivery.js'
import { loadBooks } from '../handling/load-books.js'
import { loadHandler, startHandler, stopHandler } from '../handling/load-handler.js'
import { loadNaming } from '../handling/load-naming.js'
import { type CaptureStart, OpenCaptures } from '../handling/open-captures.js'
import type { FeedData, HandlerDone } from '../memory/feed-data.js'
import type { CapturePlan } from '../options/capture-options.js'
import { planProtocol } from '../options/protocol-plan.js'
import type { HandlerChoice } from '../options/receive-plan.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { threadMain } from '../thread/thread-port.js'

/** What a thread that reads recordings is given. */
export interface CaptureThreadData {
  /** As it was asked for: what it means follows from the framing. */
  readonly protocol: string
  readonly captures: CapturePlan
  readonly handler: HandlerChoice
  /** Whether books are built: a handler may then have `onBook` alone. */
  readonly books: boolean
  readonly control: SharedArrayBuffer
}

/** What it is told when the recordings are open and all else is planned by what they are. */
export interface CaptureOrder {
  readonly data: FeedData
  readonly context: HandlerContext
}

/** How often a wait for a pipe looks whether it shall stop. */
const STOP_LOOK_MS = 50

/** Reads recordings and handles their messages, in one thread. */
const {
  captures: plan,
  handler: source,
  control: controlBuffer,
  protocol: asked,
  books,
} = workerData as CaptureThreadData
threadMain<CaptureStart, HandlerDone>(async (port) => {
  const control = new ControlBlock(controlBuffer)
  const stop = new AbortController()
  const timer = setInterval(() => {
    if (control.stopping) stop.abort()
  }, STOP_LOOK_MS)
  try {
    const captures = await OpenCaptures.open(plan, stop.signal)
    const { framing, epoch } = captures
    const protocol = planProtocol(asked, framing)
    const naming = await loadNaming({ protocol, framing, handler: source })
    port.prepared()
    const handler = await loadHandler({ handler: source, books }, epoch, naming?.methods)
    const ordered = port.order<CaptureOrder>('start')
    port.ready({ framing, epoch })
    const { data, context } = await ordered
    captures.showProgress(data.captureProgress)
    await startHandler(handler, context)
    const { sources, clock } = captures.lines
    const keeper = await loadBooks(data)
    const listener = keeper?.listener(handler) ?? handler
    const reader = createReader(data, sources, listener, undefined, undefined, clock)
    const wallClock = createClock(epoch)
    const count = sources.length
    const delivery = new Delivery(reader, handler, control, count, wallClock, true, naming, keeper)
    const collections = new CollectionCounter()
    stop.signal.addEventListener('abort', () => captures.interrupt(), { once: true })
    const failure = await deliverCaptures(captures, delivery, reader, control, collections)
    clearInterval(timer)
    const late = delivery.close(() => {})
    const end = await captures.close()
    await nextTurn()
    port.done({
      collections: collections.count,
      failure: failure ?? late,
      captures: end,
    })
    const report = await port.order<unknown>('stop')
    await stopHandler(handler, report)
  } finally {
    clearInterval(timer)
  }
})
