import { workerData } from 'node:worker_threads'
import type { SessionEpoch } from '../../foundation/clock.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { pinThread } from '../../native/affinity.js'
import { createClock } from '../../native/create-clock.js'
import { SystemClock } from '../../native/system-clock.js'
import { ParkIdle, SpinIdle } from '../../ring/idle-strategy.js'
import type { CreditPlan } from '../../send/credit/credit.js'
import { ErrorQueue } from '../../send/lines/error-queue.js'
import { Schedule } from '../../send/messages/schedule.js'
import { PortableMarketSender } from '../../send/portable-loop.js'
import { RingLoop } from '../../send/ring-loop.js'
import { MarketLoop } from '../../send/send-loop.js'
import type { Endpoint } from '../../transport/endpoint.js'
import {
  type AnsweredLine,
  openAnsweredSocket,
  openSendSocket,
} from '../../transport/socket-line.js'
import { countersOf, type RunCounters } from '../memory/run-counters.js'
import { SENDER_THREAD, sendStateOf } from '../memory/send-counters.js'
import type { SendPlan } from '../options/send-plan.js'
import { growHeap } from '../rehearsal/grow-heap.js'
import { rehearseSending } from '../rehearsal/rehearse-sending.js'
import { openMessageStore } from '../sending/open-message-store.js'
import { type SendAgent, sendAll } from '../sending/send-all.js'
import { createMarketWriter, createOfferWriter, type OfferPlan } from '../sending/writers.js'
import { CollectionCounter } from '../thread/collection-counter.js'
import { ControlBlock } from '../thread/control-block.js'
import { Heartbeat, SLEEPING_REST } from '../thread/heartbeat.js'
import { threadMain } from '../thread/thread-port.js'

/** Room for some thousand small datagrams, so that a burst does not wait for the device. */
const SEND_BUFFER_BYTES = 4194304

/** Nobody knows when the next message is offered: turns without one before the thread sleeps, and for how long. */
const OFFER_SPIN_TURNS = 2000
const OFFER_PARK_MS = 5

export interface SenderData {
  /** One for each line. */
  readonly endpoints: readonly Endpoint[]
  readonly cpu: number | null
  readonly portable: boolean
  readonly epoch: SessionEpoch
  readonly control: SharedArrayBuffer
  /** All that the run counts; see `sendStateOf`. */
  readonly counters: RunCounters
  readonly source: Payload
}

/**
 * What a sender sends: a market of its own making, messages that another thread offers in a ring, or
 * whole datagrams of another thread.
 */
export type Payload =
  | {
      readonly kind: 'market'
      readonly plan: SendPlan
      /** To be filled with what is sent, so that it can be asked for again. */
      readonly store: SharedArrayBuffer | undefined
    }
  | ({
      readonly kind: 'offers'
      readonly plan: SendPlan
      readonly store: SharedArrayBuffer | undefined
    } & Omit<OfferPlan, 'session'>)
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
  const counters = countersOf(data.counters, `thread ${SENDER_THREAD}`)
  const collections = new CollectionCounter(counters)
  if (data.portable) {
    const sender = portableSender(control)
    await sender.open()
    port.ready(null)
    collections.begin()
    await sender.run()
  } else {
    // First of all: what is made before would have other hidden classes than what is compiled for.
    rehearse()
    const lines = data.endpoints.map(openLine)
    const loop = createLoop(control, lines)
    const idle =
      data.source.kind === 'offers'
        ? new ParkIdle(control.handlerBell, OFFER_SPIN_TURNS, OFFER_PARK_MS)
        : new SpinIdle()
    const heartbeat = new Heartbeat(counters, createClock(data.epoch), SLEEPING_REST, collections)
    // All that is hot has to be there: code for what no object is like any more goes with the garbage.
    growHeap()
    port.ready(null)
    sendAll(loop, control, idle, collections, heartbeat)
    if (!loop.done) loop.end()
    const state = sendStateOf(data.counters, lines.length)
    for (const [i, { socket, answers }] of lines.entries()) {
      new ErrorQueue(socket, state.lines[i]).drain()
      socket.close()
      if (answers !== socket) answers.close()
    }
  }
  collections.end()
  port.done({ collections: collections.count })
})

function rehearse(): void {
  const { source, epoch } = data
  if (source.kind === 'ring') rehearseSending(epoch, { framing: 'raw' })
  else {
    const { framing, credit } = source.plan
    const keeps = source.store !== undefined
    rehearseSending(epoch, {
      framing,
      keeps,
      honours: credit !== null,
      offers: source.kind === 'offers',
    })
  }
}

type PlannedSource = Exclude<Payload, { readonly kind: 'ring' }>

/** What was planned, with what keeps it to be asked for, and when to send how much of it. */
function createPlannedWriter(source: PlannedSource, control: ControlBlock) {
  const { plan, store } = source
  const { session } = plan
  const first = source.kind === 'offers' ? source.firstSequence : undefined
  const kept = store === undefined ? undefined : openMessageStore(store, session?.name, first)
  if (source.kind === 'offers') {
    const closed = () => control.ended
    const offers = createOfferWriter({ ...source, session }, data.epoch, closed, kept)
    return { ...offers, count: Number.POSITIVE_INFINITY }
  }
  const schedule = new Schedule(plan.rate, plan.burst)
  return { ...createMarketWriter(plan, data.epoch, kept), schedule, count: plan.count }
}

interface SendLoop extends SendAgent {
  /** Comes to an end before it is done. */
  end(): void
}

/** Whether receivers are honoured. */
function creditPlan(): CreditPlan | undefined {
  return data.source.kind === 'ring' ? undefined : (data.source.plan.credit ?? undefined)
}

function openLine(endpoint: Endpoint): AnsweredLine {
  if (creditPlan() !== undefined) return openAnsweredSocket(endpoint, SEND_BUFFER_BYTES)
  const socket = openSendSocket(endpoint, SEND_BUFFER_BYTES, true)
  return { socket, answers: socket }
}

function createLoop(control: ControlBlock, lines: readonly AnsweredLine[]): SendLoop {
  const sockets = lines.map(({ socket }) => socket)
  const clock = new SystemClock(data.epoch)
  const state = sendStateOf(data.counters, lines.length)
  const { source } = data
  if (source.kind === 'ring') {
    const ended = () => control.ended
    const { ring, batch, paced } = source
    return new RingLoop({ sockets, clock, ring, state, batch, paced, ended })
  }
  const { plan } = source
  return new MarketLoop({
    ...createPlannedWriter(source, control),
    sockets,
    clock,
    state,
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
  if (source.kind !== 'market') throw new Error('a ring is sent through the socket transport')
  const { plan } = source
  return new PortableMarketSender({
    ...createPlannedWriter(source, control),
    schedule: new Schedule(plan.rate, plan.burst),
    endpoints: data.endpoints,
    clock: createClock(data.epoch),
    state: sendStateOf(data.counters, data.endpoints.length),
    messagesPerDatagram: plan.messagesPerDatagram,
    startDelayNs: plan.startDelayMs * NS_PER_MS,
    stampDue: plan.stamp === 'due',
    stopping: () => control.stopping,
  })
}
