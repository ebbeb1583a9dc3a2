import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { LINE, LINE_COUNTERS_BYTES, lineCounters } from '../../src/account/line-counters.js'
import { libc } from '../../src/native/libc.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { ReceiveLoop } from '../../src/receive/receive-loop.js'
import type { WhenFull } from '../../src/receive/when-full.js'
import { Doorbell } from '../../src/ring/doorbell.js'
import { createRing } from '../../src/ring/layout.js'
import { SlotConsumer } from '../../src/ring/slot-consumer.js'
import { SlotProducer } from '../../src/ring/slot-producer.js'
import { createFraming } from '../../src/wire/create-framing.js'

const EBADF = 9
const skip = process.platform === 'linux' ? false : 'the socket transport needs Linux'

/** A socket whose drop counter tells what a test wants. */
class ToldSocket extends UdpSocket {
  told = 0

  override drops(): number {
    return this.told
  }
}

function openLoop(
  socket: UdpSocket,
  whenFull: WhenFull = 'wait',
  ring = createRing(8, 64),
  sharesCore = false,
  handlerBell = new Doorbell(new SharedArrayBuffer(4), 0),
) {
  const counters = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
  const loop = new ReceiveLoop({
    socket,
    ring,
    handlerBell,
    counters,
    whenFull,
    framing: createFraming('raw'),
    allowedSources: [],
    spinTurns: Number.POSITIVE_INFINITY,
    sharesCore,
  })
  return { loop, counters }
}

test('ReceiveLoop counts receive calls that fail, and says with what', { skip }, () => {
  const socket = new UdpSocket(false)
  const { loop, counters } = openLoop(socket)
  assert.equal(loop.doWork(), 0)
  assert.deepEqual([counters[LINE.receiveErrors], counters[LINE.receiveErrno]], [0, 0])
  socket.close()
  assert.equal(loop.doWork() + loop.doWork(), 0)
  assert.deepEqual([counters[LINE.receiveErrors], counters[LINE.receiveErrno]], [2, EBADF])
})

test('ReceiveLoop counts no drops when the kernel tells fewer than before', { skip }, (t) => {
  const socket = new ToldSocket(false)
  t.after(() => socket.close())
  const { loop, counters } = openLoop(socket)
  for (const [told, counted] of [
    [3, 3],
    [2, 3],
    [5, 5],
    [2 ** 31, 2 ** 31],
    [2 ** 32 - 1, 2 ** 32 - 1],
    [4, 2 ** 32 + 4],
    [2 ** 32 - 1, 2 ** 32 + 4],
  ] as const) {
    socket.told = told
    loop.readDrops()
    assert.equal(counters[LINE.kernelDrops], counted)
  }
})

test('ReceiveLoop that drops does not wait at its end for room that it does not need', {
  skip,
}, (t) => {
  const socket = new UdpSocket(false)
  t.after(() => socket.close())
  const ring = createRing(8, 64)
  const producer = new SlotProducer(ring)
  producer.publish(producer.claim(8))
  const { loop } = openLoop(socket, 'drop-newest', ring)
  let asked = 0
  loop.drain(100, () => ++asked < 10)
  assert.equal(asked, 0)
})

/** A loop on a socket of its own, datagrams for it, and how often it gave its core away. */
async function openYielding(
  t: TestContext,
  sharesCore: boolean,
  bell = new Doorbell(new SharedArrayBuffer(4), 0),
  ring = createRing(8, 64),
) {
  const socket = new UdpSocket(false)
  socket.bind('127.0.0.1', 0)
  const sender = createSocket('udp4')
  sender.connect(socket.port(), '127.0.0.1')
  await once(sender, 'connect')
  const functions = libc()
  const { sched_yield } = functions
  t.after(() => {
    functions.sched_yield = sched_yield
    socket.close()
    sender.close()
  })
  let yields = 0
  functions.sched_yield = () => {
    yields++
    return sched_yield()
  }
  const { loop } = openLoop(socket, 'wait', ring, sharesCore, bell)
  return {
    bell,
    ring,
    loop,
    async send(count: number) {
      for (let i = 0; i < count; i++) {
        await new Promise<void>((resolve, reject) =>
          sender.send('x', (error) => (error === null ? resolve() : reject(error))),
        )
      }
    },
    /** In one turn. */
    yields() {
      yields = 0
      const work = loop.doWork()
      return [work, yields]
    },
  }
}

test('ReceiveLoop gives its core to a handler that it has woken', { skip }, async (t) => {
  const { bell, send, yields } = await openYielding(t, false)
  await send(1)
  bell.arm()
  assert.deepEqual(yields(), [1, 1])
  await send(1)
  assert.deepEqual(yields(), [1, 0], 'this one was awake')
  assert.deepEqual(yields(), [0, 0], 'and has a core of its own')
})

test('ReceiveLoop keeps its core where the handler has taken all before the ringing was over', {
  skip,
}, async (t) => {
  const ring = createRing(8, 64)
  const consumer = new SlotConsumer(ring)
  /** A bell whose sleeper comes to the core at once. */
  class SoonAnswered extends Doorbell {
    protected override wake(): void {
      consumer.release(consumer.take(8))
    }
  }
  const soon = new SoonAnswered(new SharedArrayBuffer(4), 0)
  const { bell, send, yields } = await openYielding(t, true, soon, ring)
  await send(2)
  bell.arm()
  assert.deepEqual(yields(), [2, 0])
})

test('ReceiveLoop on a shared core gives it away while the handler has something to do', {
  skip,
}, async (t) => {
  const { ring, send, yields } = await openYielding(t, true)
  assert.deepEqual(yields(), [0, 0], 'there is nothing to do')
  await send(1)
  assert.deepEqual(yields(), [1, 0], 'the handler was not behind, and is awake')
  assert.deepEqual(yields(), [0, 1], 'it has not taken it yet')
  await send(1)
  assert.deepEqual(yields(), [1, 1], 'it has still not taken the first')
  const consumer = new SlotConsumer(ring)
  consumer.release(consumer.take(8))
  assert.deepEqual(yields(), [0, 0])
})

test('ReceiveLoop on a shared core empties the kernel buffer before it gives the core away', {
  skip,
}, async (t) => {
  const { send, yields } = await openYielding(t, true)
  await send(1)
  assert.deepEqual(yields(), [1, 0])
  await send(7)
  assert.deepEqual(yields(), [7, 0], 'as many as it had asked for: there may be more')
})
