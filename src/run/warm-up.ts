import { LINE_COUNTERS_BYTES, lineCounters } from '../account/line-counters.js'
import { SendState } from '../account/send-counters.js'
import type { SessionEpoch } from '../foundation/clock.js'
import { FeedReader } from '../handle/feed-reader.js'
import { FeedState } from '../handle/feed-state.js'
import { createClock } from '../native/create-clock.js'
import { libc } from '../native/libc.js'
import { SystemClock } from '../native/system-clock.js'
import { ReceiveLoop } from '../receive/receive-loop.js'
import { createRing, SlotConsumer, SlotProducer } from '../ring/index.js'
import { armForKernel } from '../ring/kernel-slots.js'
import { Market } from '../send/market.js'
import { MarketLoop } from '../send/market-loop.js'
import { Schedule } from '../send/schedule.js'
import type { DatagramSource } from '../transport/datagram-source.js'
import { parseEndpoint } from '../transport/endpoint.js'
import { openMappedLine } from '../transport/mapped-line.js'
import { SlotSource } from '../transport/slot-source.js'
import { openReceiveSocket, openSendSocket } from '../transport/socket-line.js'
import { createFraming } from '../wire/create-framing.js'
import type { FramingName } from '../wire/framing.js'
import { MarketDataView } from '../wire/index.js'
import { writeSampleDatagram } from '../wire/sample-datagram.js'
import { ControlBlock } from './control-block.js'

/**
 * Runs each thread's hot code on made-up input before the thread says that it is ready, so that V8 has
 * compiled it when the first real message comes. Without this the first tens of thousands of messages
 * run in the interpreter, at a tenth of the speed and with garbage for every number above 2^31, and
 * bursts at the start of a session are lost.
 */
const SLOTS = 64
const SLOT_BYTES = 128
const BATCH = 32
const READER_DATAGRAMS = 60_000
const SOCKET_DATAGRAMS = 20_000
/** V8 compiles in the background; between rounds the core is given away, so that it gets to it. */
const ROUNDS = 6
const PAUSE_MS = 3
const BUFFER_BYTES = 262144
const LOOPBACK = parseEndpoint('udp://127.0.0.1:0')

/** For the thread that will read the feed. */
export function warmUpReader(name: FramingName, epoch: SessionEpoch): void {
  const ring = createRing(SLOTS, SLOT_BYTES)
  const producer = new SlotProducer(ring)
  const reader = createReader(name, new SlotSource(ring, epoch), epoch)
  const sample = new Uint8Array(SLOT_BYTES)
  const view = new DataView(sample.buffer)
  for (let sequence = 0, pauses = 1; sequence < READER_DATAGRAMS; ) {
    const free = producer.claim(BATCH)
    for (let i = 0; i < free; i++) {
      const length = writeSampleDatagram(name, view, 0, sequence++)
      producer.write(producer.claimedIndex + i, sample.subarray(0, length))
    }
    producer.publish(free)
    while (reader.take()) while (reader.next());
    reader.whileIdle()
    if (sequence > (pauses * READER_DATAGRAMS) / ROUNDS) {
      pauses++
      pause()
    }
  }
}

/** For the thread that will receive: the real system calls on a socket of its own. */
export function warmUpReceiver(epoch: SessionEpoch): void {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, false)
  const ring = createRing(SLOTS, SLOT_BYTES)
  const loop = new ReceiveLoop({
    socket: line.socket,
    ring,
    handlerBell: new ControlBlock().handlerBell,
    counters: lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0),
    whenFull: 'wait',
    framing: createFraming('raw'),
    spinTurns: Number.POSITIVE_INFINITY,
  })
  const consumer = new SlotConsumer(ring)
  for (let round = 0; round < ROUNDS; round++) {
    const sender = createSender(epoch, line.port, SOCKET_DATAGRAMS / ROUNDS)
    while (!sender.loop.done) {
      sender.loop.doWork()
      while (loop.doWork() > 0) consumer.release(consumer.take(SLOTS))
      loop.readDrops()
    }
    sender.socket.close()
    pause()
  }
  line.socket.close()
}

/** For the thread that will read a mapped ring: the kernel's own, on the loopback interface. */
export function warmUpMapped(name: FramingName, epoch: SessionEpoch): void {
  const line = openMappedLine(LOOPBACK, SLOTS, SLOT_BYTES, epoch)
  const reader = createReader(name, line.source, epoch)
  const sample = createRing(SLOTS, SLOT_BYTES)
  const producer = new SlotProducer(sample)
  const headers = armForKernel(sample, libc().address(new Uint8Array(sample)), false)
  const socket = openSendSocket(parseEndpoint(`udp://127.0.0.1:${line.port}`), BUFFER_BYTES)
  for (let sequence = 0, round = 0; round < SOCKET_DATAGRAMS / BATCH; round++) {
    for (let i = 0; i < BATCH; i++) {
      const length = writeSampleDatagram(name, producer.bytes, producer.slotOffset(i), sequence++)
      producer.setSendLength(i, length)
    }
    socket.sendMany(headers.at(0), BATCH)
    while (reader.take()) while (reader.next());
    reader.whileIdle()
    if (round % (SOCKET_DATAGRAMS / BATCH / ROUNDS) < 1) pause()
  }
  socket.close()
  line.close()
}

/** For the thread that will send: to a port that nobody reads. */
export function warmUpSender(epoch: SessionEpoch): void {
  const line = openReceiveSocket(LOOPBACK, BUFFER_BYTES, false)
  for (let round = 0; round < ROUNDS; round++) {
    const sender = createSender(epoch, line.port, SOCKET_DATAGRAMS / ROUNDS)
    while (!sender.loop.done) sender.loop.doWork()
    sender.socket.close()
    pause()
  }
  line.socket.close()
}

function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS)
}

function createReader(name: FramingName, source: DatagramSource, epoch: SessionEpoch): FeedReader {
  const counters = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
  return new FeedReader({
    lines: [{ source, counters }],
    framing: createFraming(name),
    state: FeedState.create(),
    epoch,
    clock: createClock(epoch),
    total: Number.NaN,
    onGap: undefined,
  })
}

function createSender(epoch: SessionEpoch, port: number, count: number) {
  const socket = openSendSocket(parseEndpoint(`udp://127.0.0.1:${port}`), BUFFER_BYTES)
  const loop = new MarketLoop({
    socket,
    clock: new SystemClock(epoch),
    market: new Market(8, 1, new MarketDataView(epoch), 0),
    // Fast enough that all is due at once, and yet a schedule.
    schedule: new Schedule(1e9, BATCH),
    state: SendState.create(),
    count: Math.floor(count),
    messagesPerDatagram: 1,
    batch: BATCH,
    offload: false,
    startDelayNs: 0,
  })
  return { socket, loop }
}
