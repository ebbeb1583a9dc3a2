import { workerData } from 'node:worker_threads'
import { pinThread } from '../native/affinity.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import { ControlBlock } from './control-block.js'
import { CollectionCounter, runDutyCycle } from './duty-cycle.js'
import type { BoundLine, ReceiverData, ReceiverDone } from './feed-threads.js'
import { boundLine, openLine } from './open-line.js'
import { settleHeap } from './settle-heap.js'
import { threadMain } from './thread-harness.js'
import { warmUpReceiver } from './warm-up.js'

const data = workerData as ReceiverData
threadMain<BoundLine, ReceiverDone>(async (port) => {
  const cpu = data.placement.receiverCpus[data.line]
  if (cpu !== null) pinThread(cpu)
  const line = openLine(data, data.line)
  const control = new ControlBlock(data.control)
  const collections = new CollectionCounter()
  warmUpReceiver(data.epoch)
  settleHeap()
  port.ready(boundLine(line.opened))
  runDutyCycle(line.loop, new SpinIdle(), () => control.stopping, collections.begin)
  collections.end()
  line.close()
  port.done({ collections: await collections.count() })
})
