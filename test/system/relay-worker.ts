import { parentPort, workerData } from 'node:worker_threads'
import { LINE, LINE_COUNTERS_BYTES, lineCounters } from '../../src/account/line-counters.js'
import { POLLOUT } from '../../src/native/constants.js'
import { libc } from '../../src/native/libc.js'
import { ReceiveLoop } from '../../src/receive/receive-loop.js'
import { createRing, Doorbell, SlotConsumer, SlotProducer } from '../../src/ring/index.js'
import { armForKernel } from '../../src/ring/kernel-slots.js'
import { parseEndpoint } from '../../src/transport/endpoint.js'
import { openReceiveSocket, openSendSocket } from '../../src/transport/socket-line.js'
import { createFraming } from '../../src/wire/create-framing.js'
import { type LostRange, RELAYED, type RelayData, type RelayResult } from './relay.js'

/** Twice what a line may have to hold of a second's datagrams: a relay loses what its plan says. */
const BUFFER_BYTES = 67108864
const SLOTS = 4096
const SLOT_BYTES = 2048
const BATCH = 64
const WAIT_MS = 10

interface HeldBack {
  readonly payload: Uint8Array
  /** Datagrams that are still to overtake it. */
  left: number
}

const { toPort, plan, counters, stopping } = workerData as RelayData
const line = openReceiveSocket(parseEndpoint('udp://127.0.0.1:0'), BUFFER_BYTES, {
  coalesce: false,
  busyPollUs: 0,
})
const output = openSendSocket(parseEndpoint(`udp://127.0.0.1:${toPort}`), BUFFER_BYTES)
const framing = createFraming((workerData as RelayData).framing)
const ring = createRing(SLOTS, SLOT_BYTES)
const input = new SlotConsumer(ring)
const lineCounts = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
const loop = new ReceiveLoop({
  socket: line.socket,
  ring,
  handlerBell: new Doorbell(new SharedArrayBuffer(4), 0),
  counters: lineCounts,
  whenFull: 'wait',
  framing,
  allowedSources: [],
  spinTurns: 1,
  sharesCore: false,
})
const vector = createRing(BATCH, SLOT_BYTES)
const outbox = new SlotProducer(vector)
const headers = armForKernel(vector, libc().address(new Uint8Array(vector)), false)
const held: HeldBack[] = []
const lost: LostRange[] = []
let waiting = 0
let state = plan.seed | 0 || 1

/** From 0 to 1; xorshift, Marsaglia 2003. */
function random(): number {
  state ^= state << 13
  state ^= state >>> 17
  state ^= state << 5
  return (state >>> 0) / 2 ** 32
}

function flush(): void {
  for (let sent = 0; sent < waiting; ) {
    const taken = output.sendMany(headers.at(sent), waiting - sent)
    // An error is the answer to an earlier datagram, or there is no room: none of them lasts.
    if (taken > 0) sent += taken
    else output.wait(POLLOUT, WAIT_MS)
    if (Atomics.load(stopping, 0) === 1) break
  }
  waiting = 0
}

function forward(payload: Uint8Array): void {
  outbox.write(waiting, payload)
  outbox.setSendLength(waiting, payload.length)
  waiting += 1
  counters[RELAYED.forwarded] += 1
  if (waiting === BATCH) flush()
}

/** Every datagram takes three numbers, whatever becomes of it: its fate depends on its place alone. */
function relay(payload: Uint8Array, first: number, count: number): void {
  const index = counters[RELAYED.received]
  counters[RELAYED.received] += 1
  counters[RELAYED.receivedMessages] += count
  const isLost = random() < plan.loss
  const isDoubled = random() < plan.duplication
  const isHeld = random() < plan.reordering
  const spared = index < plan.spareFirst || index >= plan.spareFrom
  if (index >= plan.deadFrom || (isLost && !spared)) {
    counters[RELAYED.lostMessages] += count
    if (count > 0) lost.push({ first, count })
    return
  }
  if (isHeld && !spared && count > 0) {
    counters[RELAYED.heldMessages] += count
    held.push({ payload: Uint8Array.from(payload), left: plan.overtakers })
    return
  }
  forward(payload)
  if (isDoubled && count > 0) {
    counters[RELAYED.doubledMessages] += count
    forward(payload)
  }
  for (const one of held) one.left -= 1
  while (held.length > 0 && held[0].left <= 0) forward(held.shift()?.payload ?? payload)
}

parentPort?.postMessage({ port: line.port })
while (Atomics.load(stopping, 0) === 0) {
  loop.doWork()
  const taken = input.take(SLOTS)
  for (let nth = 0; nth < taken; nth++) {
    const index = input.indexAt(nth)
    const offset = input.slotOffset(index)
    const length = input.length(index)
    framing.open(input.bytes, offset, length)
    relay(new Uint8Array(ring, offset, length), framing.sequence, framing.messageCount)
    input.resetStamp(index)
  }
  input.release(taken)
  flush()
}
loop.readDrops()
const result: RelayResult = {
  lost,
  heldBack: held.length,
  kernelDrops: lineCounts[LINE.kernelDrops],
}
line.socket.close()
output.close()
parentPort?.postMessage(result)
