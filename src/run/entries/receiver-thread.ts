import { workerData } from 'node:worker_threads'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { SpinIdle } from '../../ring/idle-strategy.js'
import { receiveLine } from '../handling/receive-line.js'
import { openSocketInput } from '../handling/socket-input.js'
import {
  type BoundLine,
  type ReceiverData,
  type ReceiverDone,
  threadCountersOf,
} from '../memory/feed-data.js'
import { measureReceiverCost } from '../memory/profile-memories.js'
import { growHeap } from '../rehearsal/grow-heap.js'
import { rehearseReceiving } from '../rehearsal/rehearse-receiving.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { Heartbeat, SLEEPING_REST, SPINNING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

const data = workerData as ReceiverData
threadMain<BoundLine, ReceiverDone>(async (port) => {
  const cpu = data.placement.receiverCpus[data.line]
  if (cpu !== null) pinThread(cpu)
  // First of all: what is made before would have other hidden classes than what is compiled for.
  rehearseReceiving(data)
  if (data.profile !== null) measureReceiverCost(data.profile.thrownAway[data.line], data.epoch)
  const input = openSocketInput(data, data.line)
  const control = new ControlBlock(data.control)
  const counters = threadCountersOf(data, `receiver ${data.line}`)
  const sleeps = data.placement.receiverSpinTurns !== Number.POSITIVE_INFINITY
  const rest = sleeps ? SLEEPING_REST : SPINNING_REST
  const collections = new CollectionCounter(counters)
  const heartbeat = new Heartbeat(counters, createClock(data.epoch), rest, collections)
  growHeap()
  port.ready(input.bound)
  receiveLine(input, control, new SpinIdle(), collections, heartbeat)
  port.done({ collections: collections.count })
})
