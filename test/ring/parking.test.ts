import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { test } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createRing, Doorbell, ParkIdle, SpinIdle } from '../../src/ring/index.js'
import type { ParkingOrder } from './parking-worker.js'

/** A thread that nobody wakes sleeps for ever: this ends the test, and its worker. */
const HANG_MS = 60_000
const HAND_OVERS = 100_000

function start(order: ParkingOrder, signal: AbortSignal): Worker {
  const worker = new Worker(new URL('./parking-worker.js', import.meta.url), { workerData: order })
  signal.addEventListener('abort', () => void worker.terminate())
  return worker
}

test('Doorbell stays silent while nobody sleeps', () => {
  const buffer = new SharedArrayBuffer(12)
  const words = new Int32Array(buffer)
  const bell = new Doorbell(buffer, 4)
  bell.ring()
  assert.deepEqual([...words], [0, 0, 0])
  bell.arm()
  assert.deepEqual([...words], [0, 1, 0])
  bell.ring()
  assert.deepEqual([...words], [0, 0, 0])
  bell.arm()
  bell.disarm()
  assert.deepEqual([...words], [0, 0, 0])
})

test('Doorbell that rang between arming and waiting does not let its sleeper sleep', () => {
  const bell = new Doorbell(new SharedArrayBuffer(4), 0)
  bell.arm()
  bell.ring()
  bell.wait(Number.POSITIVE_INFINITY)
})

test('Doorbell keeps a process alive that waits for it and has nothing else', () => {
  const { href } = new URL('../../src/ring/doorbell.js', import.meta.url)
  const program = `import { Doorbell } from '${href}'
    const bell = new Doorbell(new SharedArrayBuffer(4), 0)
    bell.arm()
    await bell.waitAsync(50)
    process.stdout.write('waited')`
  const result = spawnSync(process.execPath, ['--input-type=module', '--eval', program])
  assert.deepEqual([result.status, String(result.stdout)], [0, 'waited'], String(result.stderr))
})

test('Doorbell is disarmed after a wait that ran out', () => {
  const buffer = new SharedArrayBuffer(4)
  const bell = new Doorbell(buffer, 0)
  bell.arm()
  bell.wait(1)
  assert.equal(new Int32Array(buffer)[0], 0)
})

test('Doorbell wakes a sleeper that does not block its event loop', async () => {
  const buffer = new SharedArrayBuffer(4)
  const bell = new Doorbell(buffer, 0)
  bell.arm()
  const woken = bell.waitAsync(HANG_MS)
  bell.ring()
  await woken
  assert.equal(new Int32Array(buffer)[0], 0)
  bell.arm()
  bell.ring()
  await bell.waitAsync(HANG_MS)
})

test('Doorbell wakes a sleeping thread', { timeout: HANG_MS }, async (t) => {
  const rounds = 1000
  const bellBuffer = new SharedArrayBuffer(4)
  const bell = new Doorbell(bellBuffer, 0)
  const ring = createRing(1, 8)
  const worker = start({ role: 'sleep', ring, bell: bellBuffer, rounds }, t.signal)
  worker.on('message', () => bell.ring())
  const [code] = await once(worker, 'exit')
  assert.equal(code, 0)
})

test('ParkIdle spins, then arms, then looks once more, then sleeps', () => {
  const buffer = new SharedArrayBuffer(4)
  const flag = new Int32Array(buffer)
  const idle = new ParkIdle(new Doorbell(buffer, 0), 2, 1)
  const flags = [0, 0, 0, 0, 0, 0].map(() => {
    idle.idle(0)
    return flag[0]
  })
  assert.deepEqual(flags, [0, 0, 1, 0, 1, 0], 'two spins; then armed and slept in turns')
  idle.idle(0)
  assert.equal(flag[0], 1)
  idle.idle(5)
  assert.equal(flag[0], 0, 'work disarms')
  idle.idle(0)
  idle.idle(0)
  assert.equal(flag[0], 0, 'and spinning starts again')
  idle.idle(0)
  assert.equal(flag[0], 1)
})

test('SpinIdle never waits', () => {
  const idle = new SpinIdle()
  for (let turn = 0; turn < 1000; turn++) idle.idle(0)
})

for (const slots of [1, 4]) {
  test(`ParkIdle loses no wake-up in ${HAND_OVERS} hand-overs through ${slots} slots`, {
    timeout: HANG_MS,
  }, async (t) => {
    const ring = createRing(slots, 8)
    const bell = new SharedArrayBuffer(4)
    const order = { ring, bell, rounds: HAND_OVERS }
    const consumer = start({ ...order, role: 'consume' }, t.signal)
    const consumed = once(consumer, 'message')
    const producer = start({ ...order, role: 'produce' }, t.signal)
    const produced = once(producer, 'message')
    const [[result]] = await Promise.all([consumed, produced])
    assert.equal(result.values, HAND_OVERS)
    assert.ok(result.emptyTurns > 0, 'the consumer did park')
  })
}
