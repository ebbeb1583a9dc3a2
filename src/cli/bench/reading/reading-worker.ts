import { writeFileSync } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { FEED } from '../../../account/feed-counters.js'
import { assert } from '../../../foundation/assert.js'
import { currentEpoch } from '../../../foundation/clock.js'
import { CountingHandler } from '../../../handle/loop/built-in-handlers.js'
import { createRunDelivery } from '../../../handle/loop/create-run-delivery.js'
import { HandleLoop } from '../../../handle/loop/handle-loop.js'
import { pinThread } from '../../../native/affinity.js'
import { canUseLibc } from '../../../native/libc.js'
import { createReader } from '../../../run/handling/create-reader.js'
import { createFeedData, feedStateOf, slotSources } from '../../../run/memory/feed-data.js'
import { planReceive } from '../../../run/options/receive-plan.js'
import { growHeap } from '../../../run/rehearsal/grow-heap.js'
import { rehearseHandling } from '../../../run/rehearsal/rehearse-handling.js'
import { CollectionCounter } from '../../../run/thread/collection-counter.js'
import { place } from '../../../run/thread/placement.js'
import { READING_SECTIONS } from './sections.js'
import { ThreadTime } from './thread-time.js'
import { ReadingTraffic } from './traffic.js'

/** The reading side of one section, in a thread of its own, rehearsed like the thread of a handler. */
export interface ReadingWork {
  readonly section: string
  readonly cpu: number
  /** Where the ring is written to, once it is filled for the first time. */
  readonly image: string
}

/** What one round did. */
export interface ReadingRound {
  readonly messages: number
  readonly delivered: number
  /** Processor time of the thread. */
  readonly ns: number
  readonly collections: number
}

/** An order of the starting thread: so many passes. */
export type ReadingOrder = number

const { section: name, cpu, image } = workerData as ReadingWork
const port = parentPort
const section = READING_SECTIONS.find((one) => one.name === name)
assert(port !== null && section !== undefined, 'this module runs in a worker thread, for a section')
if (canUseLibc()) pinThread(cpu)

const epoch = currentEpoch()
const plan = planReceive({
  ...section.options,
  framing: section.framing,
  slots: section.slots,
  handler: null,
  transport: 'socket',
})
const handlerThread = true
const placement = place({
  receivers: 1,
  cpu,
  handlerCpu: null,
  handlerThread,
  idle: 'auto',
  canPin: true,
})
const data = createFeedData(plan, 'socket', placement, epoch, 'off', () => {})
rehearseHandling(data, undefined)
const handler = new CountingHandler()
const reader = createReader(data, slotSources(data), {})
const loop = new HandleLoop(reader, createRunDelivery(reader.run, handler), 1)
const traffic = new ReadingTraffic(data.lines[0].ring, section, epoch)
const processorTime = new ThreadTime()
const { counters } = feedStateOf(data)
traffic.write()
writeFileSync(image, new Uint8Array(data.lines[0].ring))
growHeap()

port.on('message', async (passes: ReadingOrder) => {
  const collections = new CollectionCounter()
  const before = counters[FEED.delivered]
  let ns = 0
  collections.begin()
  for (let pass = 0; pass < passes; pass++) {
    traffic.publish()
    processorTime.read()
    while (loop.doWork() > 0);
    processorTime.read()
    ns += processorTime.elapsedNs
    traffic.write()
  }
  collections.end()
  const round: ReadingRound = {
    messages: passes * traffic.messagesPerPass,
    delivered: counters[FEED.delivered] - before,
    ns,
    collections: collections.count,
  }
  port.postMessage(round)
})
port.postMessage('ready')
