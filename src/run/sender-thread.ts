import { workerData } from 'node:worker_threads'
import { SendState } from '../account/send-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS } from '../foundation/units.js'
import { pinThread } from '../native/affinity.js'
import { createClock } from '../native/create-clock.js'
import { SystemClock } from '../native/system-clock.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import { Market } from '../send/market.js'
import { MarketLoop } from '../send/market-loop.js'
import { PortableMarketSender } from '../send/portable-market-sender.js'
import { RingLoop } from '../send/ring-loop.js'
import { Schedule } from '../send/schedule.js'
import type { Endpoint } from '../transport/endpoint.js'
import { openSendSocket } from '../transport/socket-line.js'
import { MarketDataView } from '../wire/index.js'
import { ControlBlock } from './control-block.js'
import { type Agent, CollectionCounter, runDutyCycle } from './duty-cycle.js'
import type { SendPlan } from './send-options.js'
import { settleHeap } from './settle-heap.js'
import { threadMain } from './thread-harness.js'
import { warmUpSender } from './warm-up.js'

/** Room for some thousand small datagrams, so that a burst does not wait for the device. */
const SEND_BUFFER_BYTES = 4194304

export interface SenderData {
  readonly endpoint: Endpoint
  readonly cpu: number | null
  readonly portable: boolean
  readonly epoch: SessionEpoch
  readonly control: SharedArrayBuffer
  readonly state: SharedArrayBuffer
  readonly source: SenderSource
}

/** What a sender sends: a market of its own making, or what another thread puts into a ring. */
export type SenderSource =
  | { readonly kind: 'market'; readonly plan: SendPlan }
  | {
      readonly kind: 'ring'
      readonly ring: SharedArrayBuffer
      readonly batch: number
      /** Whether the due times mean anything. */
      readonly paced: boolean
    }

export interface SenderDone {
  readonly collections: number
}

const data = workerData as SenderData
threadMain<null, SenderDone>(async (port) => {
  if (data.cpu !== null) pinThread(data.cpu)
  const control = new ControlBlock(data.control)
  const collections = new CollectionCounter()
  if (data.portable) {
    const sender = portableSender(control)
    await sender.open()
    port.ready(null)
    collections.begin()
    await sender.run()
  } else {
    // First of all: what is made before would have other hidden classes than what is compiled for.
    warmUpSender(data.epoch)
    const socket = openSendSocket(data.endpoint, SEND_BUFFER_BYTES)
    const loop = createLoop(control, socket)
    settleHeap()
    port.ready(null)
    runDutyCycle(loop, new SpinIdle(), () => loop.done || control.stopping, collections.begin)
    socket.close()
  }
  collections.end()
  port.done({ collections: await collections.count() })
})

function createLoop(
  control: ControlBlock,
  socket: ReturnType<typeof openSendSocket>,
): Agent & { readonly done: boolean } {
  const clock = new SystemClock(data.epoch)
  const state = new SendState(data.state)
  const { source } = data
  if (source.kind === 'ring') {
    const ended = () => control.ended
    const { ring, batch, paced } = source
    return new RingLoop({ socket, clock, ring, state, batch, paced, ended })
  }
  return new MarketLoop({
    socket,
    clock,
    market: market(source.plan),
    schedule: new Schedule(source.plan.rate, source.plan.burst),
    state,
    count: source.plan.count,
    messagesPerDatagram: source.plan.messagesPerDatagram,
    batch: source.plan.batch,
    offload: source.plan.gso,
    stampDue: source.plan.stamp === 'due',
    startDelayNs: source.plan.startDelayMs * NS_PER_MS,
  })
}

function portableSender(control: ControlBlock): PortableMarketSender {
  const { source } = data
  if (source.kind === 'ring') throw new Error('a ring is sent through the socket transport')
  return new PortableMarketSender({
    endpoint: data.endpoint,
    clock: createClock(data.epoch),
    market: market(source.plan),
    schedule: new Schedule(source.plan.rate, source.plan.burst),
    state: new SendState(data.state),
    count: source.plan.count,
    messagesPerDatagram: source.plan.messagesPerDatagram,
    startDelayNs: source.plan.startDelayMs * NS_PER_MS,
    stampDue: source.plan.stamp === 'due',
    stopping: () => control.stopping,
  })
}

function market(plan: SendPlan): Market {
  return new Market(plan.instruments, plan.seed, new MarketDataView(data.epoch), 0)
}
