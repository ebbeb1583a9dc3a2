import { workerData } from 'node:worker_threads'
import { pinThread } from '../native/affinity.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import { ControlBlock } from './control-block.js'
import { CollectionCounter, runDutyCycle } from './duty-cycle.js'
import type { BoundLine, ReceiverData, ReceiverDone } from './feed-threads.js'
import { measureReceiverCost } from './profile-memory.js'
import { settleHeap } from './settle-heap.js'
import { openSocketInput } from './socket-input.js'
import { threadMain } from './thread-harness.js'
import { warmUpReceiver } from './warm-up.js'

const data = workerData as ReceiverData
threadMain<BoundLine, ReceiverDone>(async (port) => {
  const cpu = data.placement.receiverCpus[data.line]
  if (cpu !== null) pinThread(cpu)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  warmUpReceiver(data.epoch, data.profile !== null, data.plan.whenFull)
  if (data.profile !== null) measureReceiverCost(data.profile.thrownAway[data.line], data.epoch)
  const input = openSocketInput(data, data.line)
  const control = new ControlBlock(data.control)
  const collections = new CollectionCounter()
  settleHeap()
  port.ready(input.bound)
  runDutyCycle(input, new SpinIdle(), () => control.stopping, collections.begin)
  collections.end()
  input.close()
  port.done({ collections: await collections.count() })
})
