import { workerData } from 'node:worker_threads'
import { pinThread } from '../native/affinity.js'
import { createClock } from '../native/create-clock.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import { ControlBlock } from './control-block.js'
import { Delivery } from './delivery.js'
import { CollectionCounter } from './duty-cycle.js'
import {
  type BoundLine,
  boundUrls,
  createReader,
  type FeedData,
  type HandlerDone,
  handlerContext,
} from './feed-threads.js'
import { openFlow } from './flow-input.js'
import { InlineAgent } from './inline-agent.js'
import { loadHandler, startHandler, stopHandler } from './load-handler.js'
import { openMappedInput } from './mapped-input.js'
import { measureHandlerCost, measureReceiverCost } from './profile-memory.js'
import { openRecovery } from './recovery-input.js'
import { rehearse } from './rehearsal.js'
import { settleHeap } from './settle-heap.js'
import { openSocketInput } from './socket-input.js'
import { threadMain } from './thread-harness.js'

/** Receives all lines and handles their messages in one thread: no hand-over, so no wake-up. */
const data = workerData as FeedData
threadMain<readonly BoundLine[], HandlerDone>(async (port) => {
  const { plan, placement } = data
  const mapped = data.transport === 'mapped'
  const cpu = placement.receiverCpus[0] ?? null
  if (cpu !== null) pinThread(cpu)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  rehearse(data)
  if (data.profile !== null) {
    measureHandlerCost(data.profile.handled, data.epoch)
    if (!mapped) measureReceiverCost(data.profile.thrownAway[0], data.epoch)
  }
  const control = new ControlBlock(data.control)
  const inputs = data.lines.map((_, line) =>
    mapped ? openMappedInput(data, line) : openSocketInput(data, line),
  )
  const handler = await loadHandler(plan.handler, data.epoch)
  const bounds = inputs.map(({ bound }) => bound)
  await startHandler(handler, handlerContext(data, boundUrls(plan.endpoints, bounds)))
  const sources = inputs.map(({ source }) => source)
  const recovery = plan.recover === undefined ? undefined : openRecovery(data, plan.recover)
  const flow = openFlow(data)
  const reader = createReader(data, sources, handler, recovery, flow)
  const clock = createClock(data.epoch)
  const delivery = new Delivery(reader, handler, control, inputs.length, clock, false)
  const agent = new InlineAgent(inputs, delivery.loop, control)
  const collections = new CollectionCounter()
  settleHeap()
  port.ready(bounds)
  const failure = delivery.deliver(agent, new SpinIdle(), collections)
  agent.close()
  const late = delivery.close(() => {
    for (const input of inputs) input.settle()
  })
  for (const input of inputs) input.end()
  recovery?.close()
  flow?.close()
  port.done({ collections: await collections.count(), failure: failure ?? late })
  const report = await port.order<unknown>('stop')
  await stopHandler(handler, report)
})
