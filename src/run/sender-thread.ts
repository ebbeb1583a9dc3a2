import { workerData } from 'node:worker_threads'
import { SendState } from '../account/send-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS } from '../foundation/units.js'
import { pinThread } from '../native/affinity.js'
import { createClock } from '../native/create-clock.js'
import { SystemClock } from '../native/system-clock.js'
import { SpinIdle } from '../ring/idle-strategy.js'
import type { CreditPlan } from '../send/credit.js'
import { MarketLoop } from '../send/market-loop.js'
import { PortableMarketSender } from '../send/portable-market-sender.js'
import { RingLoop } from '../send/ring-loop.js'
import { Schedule } from '../send/schedule.js'
import type { Endpoint } from '../transport/endpoint.js'
import { type AnsweredLine, openAnsweredSocket, openSendSocket } from '../transport/socket-line.js'
import { ControlBlock } from './control-block.js'
import { type Agent, CollectionCounter, runDutyCycle } from './duty-cycle.js'
import { createMarketWriter, type MarketWriter } from './market-writer.js'
import type { SendPlan } from './send-options.js'
import { openMessageStore } from './send-retransmission.js'
import { settleHeap } from './settle-heap.js'
import { threadMain } from './thread-harness.js'
import { warmUpSender } from './warm-up.js'

/** Room for some thousand small datagrams, so that a burst does not wait for the device. */
const SEND_BUFFER_BYTES = 4194304

export interface SenderData {
  /** One for each line. */
  readonly endpoints: readonly Endpoint[]
  readonly cpu: number | null
  readonly portable: boolean
  readonly epoch: SessionEpoch
  readonly control: SharedArrayBuffer
  readonly state: SharedArrayBuffer
  readonly source: SenderSource
}

/** What a sender sends: a market of its own making, or what another thread puts into a ring. */
export type SenderSource =
  | {
      readonly kind: 'market'
      readonly plan: SendPlan
      /** To be filled with what is sent, so that it can be asked for again. */
      readonly store: SharedArrayBuffer | undefined
    }
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
    warmUp()
    const lines = data.endpoints.map(openLine)
    const loop = createLoop(control, lines)
    settleHeap()
    port.ready(null)
    runDutyCycle(loop, new SpinIdle(), () => loop.done || control.stopping, collections.begin)
    if (!loop.done) loop.end()
    for (const { socket, answers } of lines) {
      socket.close()
      if (answers !== socket) answers.close()
    }
  }
  collections.end()
  port.done({ collections: await collections.count() })
})

function warmUp(): void {
  const { source, epoch } = data
  if (source.kind === 'ring') warmUpSender(epoch, 'raw', false, false)
  else {
    const { framing, credit } = source.plan
    warmUpSender(epoch, framing, source.store !== undefined, credit !== null)
  }
}

/** The market that was planned, with what keeps it to be asked for. */
function createPlannedWriter(plan: SendPlan, store: SharedArrayBuffer | undefined): MarketWriter {
  const kept = store === undefined ? undefined : openMessageStore(store, plan.session?.name)
  return createMarketWriter(plan, data.epoch, kept)
}

interface SendLoop extends Agent {
  readonly done: boolean
  /** Comes to an end before it is done. */
  end(): void
}

/** Whether receivers are heeded. */
function creditPlan(): CreditPlan | undefined {
  return data.source.kind === 'market' ? (data.source.plan.credit ?? undefined) : undefined
}

function openLine(endpoint: Endpoint): AnsweredLine {
  if (creditPlan() !== undefined) return openAnsweredSocket(endpoint, SEND_BUFFER_BYTES)
  const socket = openSendSocket(endpoint, SEND_BUFFER_BYTES)
  return { socket, answers: socket }
}

function createLoop(control: ControlBlock, lines: readonly AnsweredLine[]): SendLoop {
  const sockets = lines.map(({ socket }) => socket)
  const clock = new SystemClock(data.epoch)
  const state = new SendState(data.state)
  const { source } = data
  if (source.kind === 'ring') {
    const ended = () => control.ended
    const { ring, batch, paced } = source
    return new RingLoop({ socket: sockets[0], clock, ring, state, batch, paced, ended })
  }
  const { plan, store } = source
  return new MarketLoop({
    ...createPlannedWriter(plan, store),
    sockets,
    clock,
    schedule: new Schedule(plan.rate, plan.burst),
    state,
    count: plan.count,
    messagesPerDatagram: plan.messagesPerDatagram,
    batch: plan.batch,
    offload: plan.gso,
    stampDue: plan.stamp === 'due',
    startDelayNs: plan.startDelayMs * NS_PER_MS,
    credit: creditPlan(),
    answers: lines.map(({ answers }) => answers),
  })
}

function portableSender(control: ControlBlock): PortableMarketSender {
  const { source } = data
  if (source.kind === 'ring') throw new Error('a ring is sent through the socket transport')
  const { plan, store } = source
  return new PortableMarketSender({
    ...createPlannedWriter(plan, store),
    endpoints: data.endpoints,
    clock: createClock(data.epoch),
    schedule: new Schedule(plan.rate, plan.burst),
    state: new SendState(data.state),
    count: plan.count,
    messagesPerDatagram: plan.messagesPerDatagram,
    startDelayNs: plan.startDelayMs * NS_PER_MS,
    stampDue: plan.stamp === 'due',
    stopping: () => control.stopping,
  })
}
