import { LINE_COUNTERS_BYTES, lineCounters } from '../account/line-counters.js'
import { SENT, SendState } from '../account/send-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { NS_PER_MS } from '../foundation/units.js'
import { libc } from '../native/libc.js'
import { SystemClock } from '../native/system-clock.js'
import type { UdpSocket } from '../native/udp-socket.js'
import { ReceiveLoop, type WhenFull } from '../receive/receive-loop.js'
import { createRing, SlotConsumer, SlotProducer } from '../ring/index.js'
import { armForKernel } from '../ring/kernel-slots.js'
import type { CreditPlan } from '../send/credit.js'
import type { SendFraming } from '../send/datagram-writer.js'
import { MarketLoop } from '../send/market-loop.js'
import type { MessageStore } from '../send/message-store.js'
import { MOLD_FIRST_SEQUENCE } from '../send/mold-datagram-writer.js'
import { createRetransmitStore, MIN_STORE_BYTES } from '../send/retransmit-store.js'
import { Schedule } from '../send/schedule.js'
import { parseEndpoint } from '../transport/endpoint.js'
import { openReceiveSocket, openSendSocket } from '../transport/socket-line.js'
import { createFraming } from '../wire/create-framing.js'
import { FLOW_STATUS_BYTES, FlowStatus } from '../wire/flow-status.js'
import { ControlBlock } from './control-block.js'
import { createMarketWriter } from './market-writer.js'
import { pauseForCompiler } from './pause-for-compiler.js'
import { scratchProfile } from './profile-memory.js'
import { openMessageStore } from './send-retransmission.js'

/**
 * Runs the hot code of receivers and senders on a loopback socket of their own before they say that
 * they are ready: see `rehearsal.ts` for why, and for the reading side.
 */
const SLOTS = 64
const SLOT_BYTES = 128
const BATCH = 32
const DATAGRAMS = 20_000
const ROUNDS = 6
const BUFFER_BYTES = 262144
const MESSAGES_PER_DATAGRAM = { raw: 1, moldudp64: 3 } as const
/** Time for a heartbeat or two before the first message. */
const START_DELAY_MS = 2
/** Of a receiver that is heeded: the sender is blocked now and then. */
const WARM_UP_WINDOW = 256
const ANSWER_EVERY = 4
const WARM_UP_CREDIT: CreditPlan = { group: 'min', waitNs: 1e9, sessionHigh: 1, sessionLow: 1 }
const SESSION = { name: 'WARM-UP', heartbeatMs: 1, lingerMs: 0 }
const LOOPBACK = parseEndpoint('udp://127.0.0.1:0')
const NOTHING_SPECIAL = { coalesce: false, busyPollUs: 0 }

/**
 * For the thread that will receive.
 *
 * @param profiles whether it will note what it does
 * @param whenFull if it will throw away, that has to be as fast as keeping
 */
export function warmUpReceiver(epoch: SessionEpoch, profiles: boolean, whenFull: WhenFull): void {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, NOTHING_SPECIAL)
  const ring = createRing(SLOTS, SLOT_BYTES)
  const loop = new ReceiveLoop({
    socket: line.socket,
    ring,
    handlerBell: new ControlBlock().handlerBell,
    counters: lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0),
    whenFull,
    framing: createFraming('raw'),
    allowedSources: [],
    spinTurns: Number.POSITIVE_INFINITY,
    profile: profiles ? scratchProfile(epoch) : undefined,
  })
  const consumer = new SlotConsumer(ring)
  for (let round = 0; round < ROUNDS; round++) {
    const sender = createSender(epoch, line.port, 'raw')
    while (!sender.loop.done) {
      sender.loop.doWork()
      const keeps = whenFull === 'wait' || round % 2 === 0
      while (loop.doWork() > 0) if (keeps) consumer.release(consumer.take(SLOTS))
      loop.readDrops()
    }
    sender.socket.close()
    consumer.release(consumer.take(SLOTS))
    pauseForCompiler()
  }
  line.socket.close()
}

/**
 * For the thread that will send: to a port that nobody reads. Only with the framing that will be sent,
 * since another writer's class would make the loop's calls slower for good.
 *
 * @param keeps whether what is sent goes into a store too; then one of its own is filled, and overflows
 * @param heeds whether receivers are heeded; then one answers whose window is soon full
 */
export function warmUpSender(
  epoch: SessionEpoch,
  framing: SendFraming,
  keeps: boolean,
  heeds: boolean,
): void {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, NOTHING_SPECIAL)
  const store = keeps
    ? openMessageStore(createRetransmitStore(MIN_STORE_BYTES), SESSION.name)
    : undefined
  for (let round = 0; round < ROUNDS; round++) {
    const credit = heeds ? WARM_UP_CREDIT : undefined
    const sender = createSender(epoch, line.port, framing, store, credit)
    const answer = heeds ? answering(line.socket, sender) : () => {}
    for (let turn = 0; !sender.loop.done; turn++) {
      if (turn % ANSWER_EVERY === 0) answer()
      sender.loop.doWork()
    }
    sender.socket.close()
    pauseForCompiler()
  }
  line.socket.close()
}

function createSender(
  epoch: SessionEpoch,
  port: number,
  framing: SendFraming,
  store?: MessageStore,
  credit?: CreditPlan,
) {
  const state = SendState.create(1)
  const socket = openSendSocket(parseEndpoint(`udp://127.0.0.1:${port}`), BUFFER_BYTES)
  const loop = new MarketLoop({
    ...createMarketWriter({ framing, session: SESSION, instruments: 8, seed: 1 }, epoch, store),
    sockets: [socket],
    clock: new SystemClock(epoch),
    // Fast enough that all is due at once, and yet a schedule.
    schedule: new Schedule(1e9, BATCH),
    state,
    count: Math.floor(DATAGRAMS / ROUNDS) * MESSAGES_PER_DATAGRAM[framing],
    messagesPerDatagram: MESSAGES_PER_DATAGRAM[framing],
    batch: BATCH,
    offload: false,
    stampDue: false,
    startDelayNs: framing === 'raw' ? 0 : START_DELAY_MS * NS_PER_MS,
    credit,
    answers: [socket],
  })
  return { socket, loop, state, framing }
}

/** A receiver that has consumed all that was sent to it, whenever it is called. */
function answering(
  receiver: UdpSocket,
  { socket, state, framing }: ReturnType<typeof createSender>,
): () => void {
  receiver.connect(LOOPBACK.address, socket.port())
  const ring = createRing(1, FLOW_STATUS_BYTES)
  const headers = armForKernel(ring, libc().address(new Uint8Array(ring)), false)
  const slots = new SlotProducer(ring)
  slots.setSendLength(0, FLOW_STATUS_BYTES)
  const status = new FlowStatus()
  status.sessionHigh = WARM_UP_CREDIT.sessionHigh
  status.sessionLow = WARM_UP_CREDIT.sessionLow
  status.receiverLow = 1
  status.window = WARM_UP_WINDOW
  const first = framing === 'raw' ? 0 : MOLD_FIRST_SEQUENCE
  return () => {
    status.consumed = first + state.counters[SENT.messages]
    status.write(slots.bytes, slots.slotOffset(0))
    receiver.sendMany(headers.at(0), 1)
  }
}
