import { workerData } from 'node:worker_threads'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { SpinIdle } from '../../ring/idle-strategy.js'
import { openSocketInput } from '../handling/socket-input.js'
import {
  type BoundLine,
  type ReceiverData,
  type ReceiverDone,
  threadCountersOf,
} from '../memory/feed-data.js'
import { measureReceiverCost } from '../memory/profile-memories.js'
import { settleHeap } from '../rehearsal/settle-heap.js'
import { warmUpReceiver } from '../rehearsal/warm-up.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { runDutyCycle } from '../thread/duty-cycle.js'
import { Heartbeat, SLEEPING_REST, SPINNING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

const data = workerData as ReceiverData
threadMain<BoundLine, ReceiverDone>(async (port) => {
  const cpu = data.placement.receiverCpus[data.line]
  if (cpu !== null) pinThread(cpu)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  warmUpReceiver(data.epoch, data.profile !== null, data.plan.whenFull)
  if (data.profile !== null) measureReceiverCost(data.profile.thrownAway[data.line], data.epoch)
  const input = openSocketInput(data, data.line)
  const control = new ControlBlock(data.control)
  const counters = threadCountersOf(data, `receiver ${data.line}`)
  const sleeps = data.placement.receiverSpinTurns !== Number.POSITIVE_INFINITY
  const rest = sleeps ? SLEEPING_REST : SPINNING_REST
  const collections = new CollectionCounter(counters)
  const heartbeat = new Heartbeat(counters, createClock(data.epoch), rest, collections)
  settleHeap()
  port.ready(input.bound)
  runDutyCycle(input, new SpinIdle(), () => control.stopping, collections.begin, heartbeat)
  collections.end()
  input.close()
  port.done({ collections: collections.count })
})
