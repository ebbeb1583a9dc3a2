import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LINE, LINE_COUNTERS_BYTES, lineCounters } from '../../src/account/line-counters.js'
import { UdpSocket } from '../../src/native/udp-socket.js'
import { ReceiveLoop } from '../../src/receive/receive-loop.js'
import type { WhenFull } from '../../src/receive/when-full.js'
import { Doorbell } from '../../src/ring/doorbell.js'
import { createRing } from '../../src/ring/layout.js'
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

function openLoop(socket: UdpSocket, whenFull: WhenFull = 'wait', ring = createRing(8, 64)) {
  const counters = lineCounters(new SharedArrayBuffer(LINE_COUNTERS_BYTES), 0)
  const loop = new ReceiveLoop({
    socket,
    ring,
    handlerBell: new Doorbell(new SharedArrayBuffer(4), 0),
    counters,
    whenFull,
    framing: createFraming('raw'),
    allowedSources: [],
    spinTurns: Number.POSITIVE_INFINITY,
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
