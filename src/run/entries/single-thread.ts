import { workerData } from 'node:worker_threads'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { loadBooks } from '../handling/load-books.js'
import { loadHandler, startHandler, stopHandler } from '../handling/load-handler.js'
import { loadNaming } from '../handling/load-naming.js'
import { openMappedInput } from '../handling/mapped-input.js'
import { openHandling } from '../handling/open-handling.js'
import { openSocketInput } from '../handling/socket-input.js'
import {
  type BoundLine,
  boundUrls,
  type FeedData,
  type HandlerDone,
  handlerContext,
  threadCountersOf,
} from '../memory/feed-data.js'
import { measureHandlerCost, measureReceiverCost } from '../memory/profile-memories.js'
import { growHeap } from '../rehearsal/grow-heap.js'
import { rehearseHandling } from '../rehearsal/rehearse-handling.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { Heartbeat, SPINNING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

/** Receives all lines and handles their messages in one thread: no hand-over, so no wake-up. */
const data = workerData as FeedData
threadMain<readonly BoundLine[], HandlerDone>(async (port) => {
  const { plan, placement } = data
  const mapped = data.transport === 'mapped'
  const cpu = placement.receiverCpus[0] ?? null
  if (cpu !== null) pinThread(cpu)
  const naming = await loadNaming(plan)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  await rehearseHandling(data, naming)
  if (data.profile !== null) {
    measureHandlerCost(data.profile.handled, data.epoch)
    if (!mapped) measureReceiverCost(data.profile.thrownAway[0], data.epoch)
  }
  const inputs = data.lines.map((_, line) =>
    mapped ? openMappedInput(data, line) : openSocketInput(data, line),
  )
  port.prepared()
  const handler = await loadHandler(plan, data.epoch, naming?.methods)
  const bounds = inputs.map(({ bound }) => bound)
  await startHandler(handler, handlerContext(data, boundUrls(plan.endpoints, bounds)))
  const books = await loadBooks(data)
  const handling = openHandling(data, handler, naming, books, inputs)
  const counters = threadCountersOf(data, 'feed')
  const collections = new CollectionCounter(counters)
  const heartbeat = new Heartbeat(counters, createClock(data.epoch), SPINNING_REST, collections)
  growHeap()
  port.ready(bounds)
  const failure = handling.run(collections, heartbeat)
  port.done({ collections: collections.count, failure })
  const report = await port.order<unknown>('stop')
  await stopHandler(handler, report)
})
