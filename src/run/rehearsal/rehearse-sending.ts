import { SENT, SendState } from '../../account/send-counters.js'
import type { SessionEpoch } from '../../foundation/clock.js'
import { NS_PER_MS } from '../../foundation/units.js'
import { createClock } from '../../native/create-clock.js'
import { SystemClock } from '../../native/system-clock.js'
import type { UdpSocket } from '../../native/udp-socket.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../../retransmit/store-layout.js'
import { SpinIdle } from '../../ring/idle-strategy.js'
import { createRing } from '../../ring/layout.js'
import { SlotProducer } from '../../ring/slot-producer.js'
import type { CreditPlan } from '../../send/credit/credit.js'
import { MOLD_FIRST_SEQUENCE } from '../../send/datagrams/mold-datagram-writer.js'
import type { SendFraming } from '../../send/datagrams/send-framing.js'
import { Schedule } from '../../send/messages/schedule.js'
import { MarketLoop } from '../../send/send-loop.js'
import { parseEndpoint } from '../../transport/endpoint.js'
import { Outbox } from '../../transport/outbox.js'
import { openReceiveSocket, openSendSocket } from '../../transport/socket-line.js'
import { FLOW_STATUS_BYTES, FlowStatus } from '../../wire/flow-status.js'
import { MARKET_DATA_BYTES } from '../../wire/market-data-view.js'
import type { MessageStore } from '../../wire/message-store.js'
import { openMessageStore } from '../sending/open-message-store.js'
import { sendAll } from '../sending/send-all.js'
import { createMarketWriter, createOfferWriter } from '../sending/writers.js'
import { ControlBlock } from '../thread/control-block.js'
import { scratchHeartbeat } from '../thread/heartbeat.js'
import { pauseInTurn } from './pause-for-compiler.js'
import { rehearsedCounter } from './rehearsed-counter.js'

const BATCH = 32

/** Datagrams in all, in a second, and in a system call at most. */
interface Load {
  readonly datagrams: number
  readonly rate: number
  readonly batch: number
}
/** Fast enough that all is due at once, and yet a schedule. */
const BULK: Load = { datagrams: 2500, rate: 1e9, batch: BATCH }
/** One datagram a turn, and turns without one, as has a sender that is in time. */
const PACED: Load = { datagrams: 2500, rate: 2e5, batch: 1 }
/**
 * Sleeps between datagrams. And enters the loop anew: what was compiled while it ran is for that run alone, and goes
 * with the next collection.
 */
const BRIEF: Load = { datagrams: 12, rate: 4000, batch: 1 }
const ROUNDS = [BRIEF, BULK, PACED, BRIEF, BULK, PACED, BULK, PACED, BRIEF, BRIEF, BRIEF]
const BUFFER_BYTES = 262144
const MESSAGES_PER_DATAGRAM = { raw: 1, moldudp64: 3 } as const
/** Time for a heartbeat or two before the first message. */
const START_DELAY_MS = 2
/** Of a receiver that is honoured: the sender is blocked now and then. */
const REHEARSED_WINDOW = 256
const ANSWER_EVERY = 4
const LATE_NS = [-1, 1, 1e6, 5e9, 1e12, 2]
const REHEARSED_CREDIT: CreditPlan = { group: 'min', waitNs: 1e9, sessionHigh: 1, sessionLow: 1 }
const SESSION = { name: 'REHEARSAL', heartbeatMs: 1, lingerMs: 0 }
const LOOPBACK = parseEndpoint('udp://127.0.0.1:0')
const NOTHING_SPECIAL = { coalesce: false, busyPollUs: 0 }

/**
 * Runs the sending side on a loopback socket of its own before the thread says that it is ready: see
 * `rehearseHandling` for why. For the thread that will send: to a port that nobody reads. Only with the framing
 * that will be sent, since another writer's class would make the loop's calls slower for good.
 *
 * Offers are made by this thread itself, a batch at a time.
 */
export function rehearseSending(epoch: SessionEpoch, plan: SendingRehearsal): void {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, NOTHING_SPECIAL)
  const store =
    plan.keeps === true
      ? openMessageStore(createRetransmitStore(MIN_STORE_BYTES), SESSION.name)
      : undefined
  const collections = rehearsedCounter()
  const clock = createClock(epoch)
  const heartbeat = scratchHeartbeat(clock, collections)
  for (const load of ROUNDS) {
    const sender = createSender(epoch, line.port, plan, load, store)
    const answer = plan.honours === true ? answering(line.socket, sender) : () => {}
    let turns = 0
    const between = {
      idle() {
        if (turns++ % ANSWER_EVERY === 0) answer()
        sender.offer()
      },
    }
    const alone = plan.honours !== true && plan.offers !== true
    sender.offer()
    sendAll(
      sender.loop,
      new ControlBlock(),
      alone ? new SpinIdle() : between,
      collections,
      heartbeat,
    )
    collections.end()
    // A sender that was held up is late by more than these few messages are.
    for (const lateNs of LATE_NS) sender.state.paceError.record(lateNs)
    sender.socket.close()
    pauseInTurn(clock, collections)
  }
  line.socket.close()
}

/** What a sender will be doing. */
export interface SendingRehearsal {
  readonly framing: SendFraming
  /** Whether what is sent goes into a store too; then one of its own is filled, and overflows. */
  readonly keeps?: boolean
  /** Whether receivers are honoured; then one answers whose window is soon full. */
  readonly honours?: boolean
  /** Whether messages are offered by another thread. */
  readonly offers?: boolean
}

function createSender(
  epoch: SessionEpoch,
  port: number,
  plan: SendingRehearsal,
  { datagrams, rate, batch }: Load,
  store?: MessageStore,
) {
  const { framing } = plan
  const state = SendState.create(1)
  const session = framing === 'raw' ? null : SESSION
  const count = datagrams * MESSAGES_PER_DATAGRAM[framing]
  const offers = plan.offers === true ? new RehearsedOffers(count) : undefined
  const socket = openSendSocket(parseEndpoint(`udp://127.0.0.1:${port}`), BUFFER_BYTES)
  const loop = new MarketLoop({
    schedule: new Schedule(rate * MESSAGES_PER_DATAGRAM[framing], batch),
    ...(offers === undefined
      ? createMarketWriter({ session, instruments: 8, seed: 1 }, epoch, store)
      : createOfferWriter({ ...offers.plan, session }, epoch, () => offers.left === 0, store)),
    sockets: [socket],
    clock: new SystemClock(epoch),
    state,
    count: offers === undefined ? count : Number.POSITIVE_INFINITY,
    messagesPerDatagram: MESSAGES_PER_DATAGRAM[framing],
    batch,
    offload: false,
    stampDue: false,
    startDelayNs: framing === 'raw' ? 0 : START_DELAY_MS * NS_PER_MS,
    credit: plan.honours === true ? REHEARSED_CREDIT : undefined,
    answers: [socket],
  })
  return {
    socket,
    loop,
    state,
    framing,
    offers: offers !== undefined,
    offer: () => offers?.offer(),
  }
}

/** Offers so many empty messages. */
class RehearsedOffers {
  readonly plan = {
    ring: createRing(2 * BATCH, MARKET_DATA_BYTES),
    messageBytes: MARKET_DATA_BYTES,
    firstSequence: 0,
  }
  left: number
  readonly #producer = new SlotProducer(this.plan.ring)
  readonly #message = new Uint8Array(MARKET_DATA_BYTES)

  constructor(count: number) {
    this.left = count
  }

  /** As many as there is room for. */
  offer(): void {
    const room = Math.min(this.left, this.#producer.claim(BATCH))
    for (let i = 0; i < room; i++) {
      this.#producer.write(this.#producer.claimedIndex, this.#message)
      this.#producer.publish(1)
    }
    this.left -= room
  }
}

/** A receiver that has consumed all that was sent to it, whenever it is called. */
function answering(
  receiver: UdpSocket,
  { socket, state, framing, offers }: ReturnType<typeof createSender>,
): () => void {
  receiver.connect(LOOPBACK.address, socket.port())
  const outbox = new Outbox(1, FLOW_STATUS_BYTES)
  const status = new FlowStatus()
  status.sessionHigh = REHEARSED_CREDIT.sessionHigh
  status.sessionLow = REHEARSED_CREDIT.sessionLow
  status.receiverLow = 1
  status.window = REHEARSED_WINDOW
  const first = framing === 'raw' || offers ? 0 : MOLD_FIRST_SEQUENCE
  return () => {
    status.consumed = first + state.counters[SENT.messages]
    status.write(outbox.payloads[0], 0)
    outbox.trySend(receiver, 0)
  }
}
