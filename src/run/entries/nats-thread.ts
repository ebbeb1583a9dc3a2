import { workerData } from 'node:worker_threads'
import { LINE } from '../../account/line-counters.js'
import { NatsReceiver, type NatsSource, type NatsStart } from '../../receive/nats/nats-receiver.js'
import { type FeedData, lineCountersOf, type ReceiverDone } from '../memory/feed-data.js'
import { countersOf, type RunCounters } from '../memory/run-counters.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { threadMain } from '../thread/thread-port.js'

/** What it is told when the stream is open and all else is planned by what it holds. */
export interface NatsOrder {
  readonly data: FeedData
}

/** Reads a feed from a stream into a ring. */
const { source } = workerData as { readonly source: NatsSource }
threadMain<NatsStart, ReceiverDone>(async (port) => {
  port.prepared()
  const receiver = new NatsReceiver(source)
  const start = await receiver.open()
  const ordered = port.order<NatsOrder>('start')
  port.ready(start)
  const { data } = await ordered
  const control = new ControlBlock(data.control)
  const collections = new CollectionCounter()
  collections.begin()
  await receiver.run({
    ring: data.lines[0].ring,
    handlerBell: control.handlerBell,
    line: lineCountersOf(data, 0),
    counts: subscriberCounters(data.counters),
    framing: data.plan.framing,
    stopping: () => control.stopping,
    handlerGone: () => control.handlerGone,
  })
  collections.end()
  lineCountersOf(data, 0)[LINE.closed] = 1
  control.noteLineClosed()
  port.done({ collections: collections.count })
})

function subscriberCounters(counters: RunCounters): Float64Array {
  return countersOf(counters, 'subscriber')
}
