import { workerData } from 'node:worker_threads'
import type { HandlerContext } from '../../handle/handler.js'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { ParkIdle, SpinIdle } from '../../ring/idle-strategy.js'
import { Delivery } from '../handling/delivery.js'
import { openFlow } from '../handling/flow-port.js'
import { loadHandler, startHandler, stopHandler } from '../handling/load-handler.js'
import { loadNaming } from '../handling/load-naming.js'
import { PARK_MS, ParkingAgent } from '../handling/parking-agent.js'
import { openRecovery } from '../handling/recovery-port.js'
import { createBookKeeper } from '../memory/feed-books.js'
import {
  createReader,
  type FeedData,
  type HandlerDone,
  slotSources,
  threadCountersOf,
} from '../memory/feed-data.js'
import { measureHandlerCost } from '../memory/profile-memories.js'
import { rehearse } from '../rehearsal/rehearse-handling.js'
import { settleHeap } from '../rehearsal/settle-heap.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { Heartbeat, SLEEPING_REST, SPINNING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

const data = workerData as FeedData
threadMain<null, HandlerDone>(async (port) => {
  const { plan, placement } = data
  if (placement.handlerCpu !== null) pinThread(placement.handlerCpu)
  const naming = await loadNaming(plan)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  rehearse(data, naming)
  if (data.profile !== null) measureHandlerCost(data.profile.handled, data.epoch)
  const control = new ControlBlock(data.control)
  port.prepared()
  const handler = await loadHandler(plan, data.epoch, naming?.methods)
  const context = await port.order<HandlerContext>('start')
  await startHandler(handler, context)
  const recovery = plan.recover === undefined ? undefined : openRecovery(data, plan.recover)
  const flow = openFlow(data)
  const keeper = createBookKeeper(data)
  const listener = keeper?.listener(handler) ?? handler
  const reader = createReader(data, slotSources(data), listener, recovery, flow)
  const delivery = new Delivery(
    reader,
    handler,
    control,
    data.lines.length,
    createClock(data.epoch),
    placement.handlerParks,
    naming,
    keeper,
  )
  const park = new ParkIdle(control.handlerBell, placement.handlerSpinTurns, PARK_MS)
  const agent = new ParkingAgent(delivery.loop, reader, park)
  const rest = placement.handlerParks ? SLEEPING_REST : SPINNING_REST
  const counters = threadCountersOf(data, 'handler')
  const collections = new CollectionCounter(counters)
  const heartbeat = new Heartbeat(counters, createClock(data.epoch), rest, collections)
  settleHeap()
  port.ready(null)
  const failure = placement.handlerParks
    ? delivery.deliver(agent, park, collections, heartbeat)
    : delivery.deliver(delivery.loop, new SpinIdle(), collections, heartbeat)
  const late = delivery.close(() => {})
  recovery?.close()
  flow?.close()
  port.done({ collections: collections.count, failure: failure ?? late })
  const report = await port.order<unknown>('stop')
  await stopHandler(handler, report)
})
