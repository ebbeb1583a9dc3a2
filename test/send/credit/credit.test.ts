import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { MAX_RECEIVERS } from '../../../src/send/credit/receiver-table.js'
import { FLOW_MAGIC } from '../../../src/wire/flow-setup.js'
import { FLOW_STATUS_BYTES, MAX_WINDOW } from '../../../src/wire/flow-status.js'
import { CreditLine } from './credit-line.js'

const skip = process.platform === 'linux' ? false : 'the socket transport needs Linux'

test('Credit starts with the first receiver, and grants its window', { skip }, async (t) => {
  const line = new CreditLine(t)
  assert.equal(line.credit.ready(), false)
  assert.equal(line.limit(0), 0)
  assert.equal(line.count('waitedCount'), 1)
  const receiver = await line.from(t)
  await receiver.say({ consumed: 0 })
  line.pass(2e6)
  assert.equal(line.credit.ready(), true)
  assert.equal(line.limit(0), 100)
  assert.equal(line.limit(100), 100)
  assert.equal(line.count('blockedCount'), 1)
  await receiver.say({ consumed: 25 })
  assert.equal(line.limit(100), 125)
  assert.ok(line.count('blockedNs') > 0)
})

test('Credit follows the slowest receiver, or the fastest where the largest window counts', {
  skip,
}, async (t) => {
  for (const [group, limit] of [
    ['min', 60],
    ['max', 130],
  ] as const) {
    const line = new CreditLine(t, { group })
    const one = await line.from(t)
    const other = await line.from(t)
    await one.say({ receiver: 1, consumed: 0 })
    line.limit(0)
    await one.say({ receiver: 1, consumed: 30 })
    await other.say({ receiver: 2, consumed: 10, window: 50 })
    assert.equal(line.limit(50), limit, group)
    assert.equal(line.count('receivers'), 2)
  }
})

test('Credit is not raised by who claims more than was sent, is of another session, or writes from elsewhere', {
  skip,
}, async (t) => {
  const line = new CreditLine(t)
  const receiver = await line.from(t)
  const stranger = await line.from(t)
  await receiver.say({ consumed: 0 })
  assert.equal(line.limit(0), 100)
  line.credit.written = 50
  await receiver.say({ consumed: 51 })
  await receiver.say({ consumed: 50, session: 9 })
  await stranger.say({ consumed: 50 })
  await stranger.say({ consumed: 0, leaving: true })
  await stranger.say({ receiver: 2, consumed: 0, leaving: true })
  assert.equal(line.limit(50), 100)
  assert.equal(line.count('refused'), 5)
  assert.equal(line.count('receivers'), 1)
  // What was overtaken takes nothing back.
  await receiver.say({ consumed: 40 })
  await receiver.say({ consumed: 20 })
  assert.equal(line.limit(50), 140)
})

test('Credit drops a receiver that was silent for a second, at once one that leaves, and then waits', {
  skip,
}, async (t) => {
  const line = new CreditLine(t, { waitNs: 5e9 })
  const one = await line.from(t)
  const other = await line.from(t)
  await one.say({ receiver: 1, consumed: 0, window: 10 })
  await other.say({ receiver: 2, consumed: 0, window: 1000 })
  assert.equal(line.limit(0), 10)
  line.pass(9e8)
  await other.say({ receiver: 2, consumed: 0, window: 1000 })
  assert.equal(line.limit(0), 10)
  line.pass(2e8)
  assert.equal(line.limit(0), 1000)
  assert.deepEqual([line.count('dropped'), line.count('left')], [1, 0])
  await other.say({ receiver: 2, consumed: 0, leaving: true })
  assert.equal(line.limit(0), 0)
  assert.deepEqual([line.count('dropped'), line.count('left')], [1, 1])
  assert.equal(line.pass(4e9).credit.ask(), false)
  assert.equal(line.credit.gaveUp, false)
  assert.equal(line.pass(2e9).credit.ask(), false)
  assert.equal(line.credit.gaveUp, true)
})

test('Credit counts on where sequences on the wire wrap', { skip }, async (t) => {
  const firstSequence = 2 ** 32 - 10
  const line = new CreditLine(t, { firstSequence })
  const receiver = await line.from(t)
  await receiver.say({ consumed: firstSequence })
  assert.equal(line.limit(0), 100)
  await receiver.say({ consumed: 5 })
  assert.equal(line.limit(20), 115)
  await receiver.say({ consumed: 11 })
  await receiver.say({ receiver: 2, consumed: firstSequence - 1 })
  assert.equal(line.limit(20), 115)
  assert.deepEqual([line.count('refused'), line.count('receivers')], [2, 1])
})

test('Credit fills datagrams, but for the last of all and a window smaller than one', {
  skip,
}, async (t) => {
  const line = new CreditLine(t, { messagesPerDatagram: 30, count: 280 })
  const receiver = await line.from(t)
  await receiver.say({ consumed: 0 })
  assert.equal(line.limit(0), 90)
  assert.equal(line.limit(90), 90)
  await receiver.say({ consumed: 90, window: 20 })
  assert.equal(line.limit(90), 110)
  assert.equal(line.limit(110), 110)
  await receiver.say({ consumed: 110, window: 200 })
  assert.equal(line.limit(110), 290)
  await receiver.say({ consumed: 250, window: 30 })
  assert.equal(line.limit(260), 280)
})

test('Credit listens to 64 receivers at most', { skip }, async (t) => {
  const line = new CreditLine(t)
  const voice = await line.from(t)
  for (let receiver = 1; receiver <= MAX_RECEIVERS + 3; receiver++) {
    await voice.say({ receiver, consumed: 0, window: 1000 - receiver })
    line.limit(0)
  }
  assert.equal(line.count('receivers'), MAX_RECEIVERS)
  assert.equal(line.count('refused'), 3)
  assert.equal(line.limit(0), 1000 - MAX_RECEIVERS)
})

test('Credit never grants more than a window beyond what was sent, whatever comes', {
  skip,
}, async (t) => {
  const line = new CreditLine(t)
  const voice = await line.from(t)
  const status = fc.tuple(
    fc.constantFrom(FLOW_MAGIC, 0),
    fc.constantFrom(0x0201, 0x0101, 0x0202),
    fc.constantFrom(0, 0, 0, 1, 2),
    fc.constantFrom(8, 8, 8, 9),
    fc.oneof(fc.nat(200), fc.nat(2 ** 32 - 1)),
    fc.constantFrom(0, 0, 0, 1, 2 ** 21),
    fc.nat(80),
    fc.oneof(fc.nat(2 ** 21), fc.nat(2 ** 32 - 1)),
    fc.constantFrom(FLOW_STATUS_BYTES, FLOW_STATUS_BYTES, FLOW_STATUS_BYTES - 1, 0, 200),
  )
  for (const [at, one] of fc.sample(status, 3000).entries()) {
    const [magic, kind, flags, session, low, high, receiver, window, length] = one
    const bytes = Buffer.alloc(Math.max(length, FLOW_STATUS_BYTES))
    bytes.writeUInt32LE(magic, 0)
    bytes.writeUInt16LE(kind, 4)
    bytes.writeUInt16LE(flags, 6)
    bytes.writeUInt32LE(session, 8)
    bytes.writeUInt32LE(7, 12)
    bytes.writeUInt32LE(low, 16)
    bytes.writeUInt32LE(high, 20)
    bytes.writeUInt32LE(receiver, 24)
    bytes.writeUInt32LE(window, 32)
    await voice.send(bytes.subarray(0, length))
    const written = Math.floor(at / 20)
    assert.ok(line.limit(written) <= written + MAX_WINDOW)
    assert.ok(line.count('receivers') <= MAX_RECEIVERS)
    assert.ok(line.count('outstanding') >= 0 && line.count('outstanding') <= written)
  }
  assert.ok(line.count('statuses') > 0 && line.count('refused') > 0)
})
