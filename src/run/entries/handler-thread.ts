import { workerData } from 'node:worker_threads'
import type { HandlerContext } from '../../handle/handler.js'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { loadBooks } from '../handling/load-books.js'
import { loadHandler, startHandler, stopHandler } from '../handling/load-handler.js'
import { loadNaming } from '../handling/load-naming.js'
import { openHandling } from '../handling/open-handling.js'
import { type FeedData, type HandlerDone, threadCountersOf } from '../memory/feed-data.js'
import { measureHandlerCost } from '../memory/profile-memories.js'
import { growHeap } from '../rehearsal/grow-heap.js'
import { rehearseHandling } from '../rehearsal/rehearse-handling.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { Heartbeat, SLEEPING_REST, SPINNING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

/** Handles what other threads receive. */
const data = workerData as FeedData
threadMain<null, HandlerDone>(async (port) => {
  const { plan, placement } = data
  if (placement.handlerCpu !== null) pinThread(placement.handlerCpu)
  const naming = await loadNaming(plan)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  await rehearseHandling(data, naming)
  if (data.profile !== null) measureHandlerCost(data.profile.handled, data.epoch)
  port.prepared()
  const handler = await loadHandler(plan, data.epoch, naming?.methods)
  const context = await port.order<HandlerContext>('start')
  await startHandler(handler, context)
  const books = await loadBooks(data)
  const handling = openHandling(data, handler, naming, books)
  const rest = placement.handlerParks ? SLEEPING_REST : SPINNING_REST
  const counters = threadCountersOf(data, 'handler')
  const collections = new CollectionCounter(counters)
  const heartbeat = new Heartbeat(counters, createClock(data.epoch), rest, collections)
  growHeap()
  port.ready(null)
  const failure = handling.run(collections, heartbeat)
  port.done({ collections: collections.count, failure })
  const report = await port.order<unknown>('stop')
  await stopHandler(handler, report)
})
