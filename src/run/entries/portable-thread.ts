import { workerData } from 'node:worker_threads'
import { PortableReceiver } from '../../receive/portable-receiver.js'
import { createFraming } from '../../wire/create-framing.js'
import {
  type BoundLine,
  lineCountersOf,
  type ReceiverData,
  type ReceiverDone,
} from '../memory/feed-data.js'
import { receiveProfile } from '../memory/profile-memories.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { threadMain } from '../thread/thread-port.js'

const data = workerData as ReceiverData
threadMain<BoundLine, ReceiverDone>(async (port) => {
  const { plan } = data
  const control = new ControlBlock(data.control)
  const receiver = new PortableReceiver({
    endpoint: plan.endpoints[data.line],
    ring: data.lines[data.line].ring,
    handlerBell: control.handlerBell,
    counters: lineCountersOf(data, data.line),
    whenFull: plan.whenFull,
    framing: createFraming(plan.framing),
    receiveBufferBytes: plan.receiveBufferBytes,
    allowedSources: plan.allowedSources[data.line],
    profile: receiveProfile(data.profile, data.line, data.epoch),
    stopping: () => control.stopping,
    handlerGone: () => control.handlerGone,
  })
  const collections = new CollectionCounter()
  port.ready(await receiver.open())
  collections.begin()
  await receiver.run()
  collections.end()
  control.noteLineClosed()
  port.done({ collections: collections.count })
})
