import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { libc } from '../../src/native/libc.js'
import { closeWakePipe, openWakePipe } from '../../src/native/wake-pipe.js'
import { createRing, Doorbell } from '../../src/ring/index.js'
import { PipeBell } from '../../src/ring/pipe-bell.js'
import { ControlBlock } from '../../src/run/thread/control-block.js'
import type { ParkingOrder } from './parking-worker.js'

const skip = process.platform === 'linux' ? false : 'needs the poll(2) of Linux'
/** A sleep that nobody ends takes this long, and ends the test. */
const HANG_MS = 60_000
const HAND_OVERS = 50_000
const ROUNDS = 1000

function openPipe(t: TestContext) {
  const pipe = openWakePipe()
  t.after(() => closeWakePipe(pipe))
  return pipe
}

function openBell(t: TestContext) {
  const pipe = openPipe(t)
  const buffer = new SharedArrayBuffer(4)
  return { pipe, buffer, bell: new PipeBell(buffer, 0, pipe), flag: new Int32Array(buffer) }
}

/** What is left in a pipe, which is then empty. */
function leftIn(readEnd: number): number {
  const room = new Uint8Array(new SharedArrayBuffer(4096))
  return Math.max(0, libc().read(readEnd, libc().address(room), room.length))
}

function start(order: ParkingOrder, signal: AbortSignal): Worker {
  const worker = new Worker(new URL('./parking-worker.js', import.meta.url), { workerData: order })
  signal.addEventListener('abort', () => void worker.terminate())
  return worker
}

test('PipeBell writes nothing while nobody sleeps', { skip }, (t) => {
  const { bell, pipe, flag } = openBell(t)
  assert.equal(bell.ring(), false)
  bell.arm()
  bell.disarm()
  assert.equal(bell.ring(), false)
  assert.deepEqual([leftIn(pipe.readEnd), flag[0]], [0, 0])
})

test('PipeBell that rang between arming and waiting does not let its sleeper sleep', {
  skip,
  timeout: HANG_MS / 2,
}, (t) => {
  const { bell, pipe, flag } = openBell(t)
  bell.arm()
  assert.equal(bell.ring(), true)
  assert.equal(bell.ring(), false, 'once is enough')
  bell.wait(HANG_MS)
  assert.deepEqual([leftIn(pipe.readEnd), flag[0]], [0, 0])
})

test('PipeBell is disarmed after a wait that ran out', { skip }, (t) => {
  const { bell, flag } = openBell(t)
  bell.arm()
  bell.wait(1)
  assert.equal(flag[0], 0)
})

test('PipeBell takes all that was rung for nothing in one sleep', {
  skip,
  timeout: HANG_MS / 2,
}, (t) => {
  const { bell, pipe } = openBell(t)
  for (let i = 0; i < 20; i++) {
    bell.arm()
    bell.ring()
  }
  bell.arm()
  bell.wait(HANG_MS)
  assert.equal(leftIn(pipe.readEnd), 0)
})

test('PipeBell wakes a sleeping thread', { skip, timeout: HANG_MS }, async (t) => {
  const { bell, buffer, pipe } = openBell(t)
  const order = { ring: createRing(1, 8), bell: buffer, rounds: ROUNDS, pipe }
  const worker = start({ ...order, role: 'sleep' }, t.signal)
  worker.on('message', () => bell.ring())
  const [code] = await once(worker, 'exit')
  assert.equal(code, 0)
})

test(`PipeBell loses no wake-up in ${HAND_OVERS} hand-overs`, {
  skip,
  timeout: HANG_MS,
}, async (t) => {
  const { buffer, pipe } = openBell(t)
  const order = { ring: createRing(4, 8), bell: buffer, rounds: HAND_OVERS, pipe }
  const consumer = start({ ...order, role: 'consume' }, t.signal)
  const consumed = once(consumer, 'message')
  const producer = start({ ...order, role: 'produce' }, t.signal)
  const [[result]] = await Promise.all([consumed, once(producer, 'message')])
  assert.equal(result.values, HAND_OVERS)
  assert.ok(result.emptyTurns > 0, 'the consumer did park')
})

test('ControlBlock rings through the pipe that its memory names, and else through none', {
  skip,
}, (t) => {
  const pipe = openPipe(t)
  const plain = new ControlBlock()
  assert.equal(plain.pipe, undefined)
  assert.ok(plain.handlerBell instanceof Doorbell && !(plain.handlerBell instanceof PipeBell))
  const first = new ControlBlock(plain.buffer, pipe)
  const second = new ControlBlock(plain.buffer)
  assert.deepEqual(second.pipe, pipe)
  second.handlerBell.arm()
  first.requestStop()
  assert.equal(leftIn(pipe.readEnd), 1)
  assert.equal(second.stopping, true)
})
