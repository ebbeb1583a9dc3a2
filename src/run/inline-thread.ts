import { workerData } from 'node:worker_threads'
import type { HandlerContext } from '../handle/handler.js'
import { pinThread } from '../native/affinity.js'
import { createClock } from '../native/create-clock.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import { ControlBlock } from './control-block.js'
import { Delivery } from './delivery.js'
import { type Agent, CollectionCounter } from './duty-cycle.js'
import { type BoundLine, createReader, type FeedData, type HandlerDone } from './feed-threads.js'
import { loadHandler, startHandler, stopHandler } from './load-handler.js'
import { boundLine, openLine } from './open-line.js'
import { settleHeap } from './settle-heap.js'
import { threadMain } from './thread-harness.js'
import { warmUpReader, warmUpReceiver } from './warm-up.js'

/** Receives all lines and handles their messages in one thread: no hand-over, so no wake-up. */
const data = workerData as FeedData
threadMain<readonly BoundLine[], HandlerDone>(async (port) => {
  const { plan, placement } = data
  const cpu = placement.receiverCpus[0] ?? null
  if (cpu !== null) pinThread(cpu)
  const control = new ControlBlock(data.control)
  const lines = data.lines.map((_, i) => openLine(data, i))
  const handler = await loadHandler(plan.handler, data.epoch)
  port.ready(lines.map(({ opened }) => boundLine(opened)))
  const context = await port.order<HandlerContext>('start')
  await startHandler(handler, context)
  const reader = createReader(data, handler.onGap?.bind(handler))
  const delivery = new Delivery(reader, handler, control, lines.length, createClock(data.epoch))
  let open = true
  const closeLines = () => {
    if (open) for (const line of lines) line.close()
    open = false
  }
  const agent: Agent = {
    doWork() {
      let work = 0
      if (open) for (let i = 0; i < lines.length; i++) work += lines[i].loop.doWork()
      work += delivery.loop.doWork()
      if (work === 0 && control.stopping) closeLines()
      return work
    },
  }
  const collections = new CollectionCounter()
  warmUpReceiver(data.epoch)
  warmUpReader(plan.framing, data.epoch)
  settleHeap()
  const failure = delivery.deliver(agent, new SpinIdle(), collections)
  closeLines()
  delivery.close()
  port.done({ collections: await collections.count(), failure })
  const report = await port.order<unknown>('stop')
  await stopHandler(handler, report)
})
