import assert from 'node:assert/strict'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { test } from 'node:test'
import { receive, SendFailure, type SendReport, send } from '../../src/index.js'
import { freePort } from '../kit/ports.js'
import { SHARED } from '../kit/sharing.js'
import {
  onlyObject,
  receiveReport,
  runSender,
  runTickwire,
  startReceiver,
  tickwire,
} from './cli.js'
import { openSocket } from './datagrams.js'
import { FlowRelay } from './flow-relay.js'

const skip = process.platform === 'linux' ? false : 'the socket transport needs Linux'
/** A handler that is slower than the sender, and not so slow that a test takes long. */
const SLOW = ['--work-ns', '20000']
/** A ring that a burst overflows, and a receiver that then discards. */
const SMALL = ['--slots', '64', '--when-full', 'drop-newest']

function flowOf(report: SendReport) {
  assert.ok(report.flow !== null)
  return report.flow
}

/** So many receivers were there. One whose threads get no core for a second is dropped, and joins again. */
function assertReceivers(report: SendReport, count: number): void {
  const { joined, dropped } = flowOf(report)
  assert.ok(joined >= count && joined - dropped <= count, `${joined} joined, ${dropped} dropped`)
}

/** Inline there is no ring to overflow: the socket's buffer is the only queue. */
const CASES = [
  { framing: 'raw', thread: 'own', buffer: [], lingers: [] },
  {
    framing: 'moldudp64',
    thread: 'inline',
    buffer: ['--receive-buffer-bytes', '16384'],
    lingers: ['--linger-ms', '0'],
  },
]
for (const { framing, thread, buffer, lingers } of CASES) {
  test(`With credit a slow ${thread} handler loses nothing of ${framing}, and without it the ledger says where`, {
    skip,
  }, async (t) => {
    const count = 4000
    const flags = ['--framing', framing, ...SLOW, ...SMALL, '--handler-thread', thread, '--json']
    for (const credit of [['--flow', 'credit'], []]) {
      const ending = credit.length > 0 ? ['--count', String(count)] : ['--idle-exit-ms', '1500']
      const { process, port } = await startReceiver(t, [
        ...['udp://127.0.0.1:0', ...flags, ...buffer, ...credit, ...ending],
      ])
      const sent = await runSender(t, [
        ...[`udp://127.0.0.1:${port}`, '--framing', framing, ...lingers, ...credit],
        ...['--count', String(count), '--rate', '200000'],
      ])
      const { ledger, flow: told, invalidDatagrams } = await receiveReport(process)
      assert.equal(sent.messages, count)
      assert.deepEqual([ledger.balanced, invalidDatagrams], [true, 0])
      if (credit.length === 0) {
        assert.ok(ledger.lost.total > 0, 'a slow handler loses without flow control')
        assert.equal(ledger.expected, ledger.delivered + ledger.lost.total)
        assert.equal(ledger.lost.network, 0)
        assert.deepEqual([sent.flow, told], [null, null])
        continue
      }
      assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
      const { blocked, refused } = flowOf(sent)
      assert.ok(blocked.count > 0 && blocked.totalNs > 0 && blocked.longestNs <= blocked.totalNs)
      assert.equal(refused, 0)
      assertReceivers(sent, 1)
      assert.ok(told !== null && told.window > 0 && told.window <= 48)
    }
  })
}

test('A feed that is iterated over gives credit too', { skip }, async () => {
  const count = 3000
  const options = { flow: 'credit', slots: 64, whenFull: 'drop-newest', count } as const
  const feed = await receive({ ...SHARED, endpoints: 'udp://127.0.0.1:0', ...options })
  const sender = await send({ endpoint: feed.endpoints[0], count, rate: 0, flow: 'credit' })
  let sum = 0
  for await (const batch of feed) while (batch.next()) sum += batch.sequence
  const { ledger } = await feed.finished
  const report = await sender.finished
  assert.equal(sum, (count * (count - 1)) / 2)
  assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
  assertReceivers(report, 1)
})

test('Trains of datagrams keep within the window', { skip }, async (t) => {
  const count = 20_000
  const { process, port } = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--flow', 'credit', '--window', '1000', '--gro', '--slots', '256'],
    ...['--count', String(count), '--json'],
  ])
  const sent = await runSender(t, [
    ...[`udp://127.0.0.1:${port}`, '--flow', 'credit', '--gso', '--messages-per-datagram', '7'],
    ...['--count', String(count), '--rate', '0'],
  ])
  const { ledger, ring } = await receiveReport(process)
  assert.deepEqual([sent.messages, ledger.delivered, ledger.lost.total], [count, count, 0])
  assert.ok((ring?.highWater ?? 0) <= 256)
})

test('A sender keeps to the slowest of three receivers, and nobody loses anything', {
  skip,
}, async (t) => {
  const count = 3000
  const receivers = await Promise.all(
    [0, 5_000, 20_000].map((workNs) =>
      startReceiver(t, [
        ...['udp://127.0.0.1:0', '--flow', 'credit', ...SMALL, '--work-ns', String(workNs)],
        ...['--idle', 'park', '--no-pin', '--count', String(count), '--json'],
      ]),
    ),
  )
  const urls = receivers.map(({ port }) => `udp://127.0.0.1:${port}`)
  const sent = await runSender(t, [
    ...[...urls, '--flow', 'credit', '--count', String(count), '--rate', '0', '--start-delay-ms'],
    // Time for all three to show up: the first one starts the sender.
    '300',
  ])
  for (const { process } of receivers) {
    const { ledger } = await receiveReport(process)
    assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
  }
  assertReceivers(sent, 3)
})

test('Lines A and B to one receiver are one receiver', { skip }, async (t) => {
  const count = 3000
  const endpoints = ['udp://127.0.0.1:0', 'udp://127.0.0.1:0']
  const receiver = await startReceiver(t, [
    ...[...endpoints, '--flow', 'credit', '--idle', 'park', '--slots', '64', ...SLOW, '--no-pin'],
    ...['--count', String(count), '--json'],
  ])
  const sent = await runSender(t, [
    ...[...receiver.endpoints, '--flow', 'credit', '--count', String(count), '--rate', '0'],
  ])
  const { ledger, flow } = await receiveReport(receiver.process)
  assert.deepEqual([ledger.delivered, ledger.lost.total], [count, 0])
  assertReceivers(sent, 1)
  assert.ok((flow?.setups ?? 0) > 0)
})

/** A window of two is lost as a whole now and then: nothing but a setup can tell of that. */
test('Loss in both directions costs messages and no credit', { skip }, async (t) => {
  for (const framing of ['raw', 'moldudp64'] as const) {
    const seed = randomInt(1, 2 ** 31)
    const feed = await receive({
      endpoints: 'udp://127.0.0.1:0',
      ...{ framing, handler: null, flow: 'credit', window: 2, ...SHARED },
    })
    const port = Number(new URL(feed.endpoints[0].replace('udp', 'http')).port)
    const relay = await FlowRelay.open(t, port, seed, 0.4)
    const plan = { framing, count: 100, rate: 0, flow: 'credit', cpu: null } as const
    const sender = await send({ endpoint: relay.url, ...plan })
    const sent = await sender.finished
    const { ledger } = await feed.stop()
    assert.equal(sent.messages, 100)
    assert.ok(ledger.lost.network > 0 && ledger.delivered > 30)
    assert.equal(ledger.balanced, true)
    // The end of a lossy run is known too, since a setup tells of it; a lost beginning is not.
    if (framing === 'raw') assert.equal(ledger.delivered + ledger.lost.total, 100)
    assertReceivers(sent, 1)
  }
})

test('A sender that nobody answers says so, and ends with TW_NO_RECEIVER', { skip }, async (t) => {
  const { port } = await openSocket(t)
  const args = [`udp://127.0.0.1:${port}`, '--flow', 'credit', '--flow-wait-ms', '300', '--json']
  const result = await runTickwire(t, ['send', ...args])
  assert.equal(result.exitCode, 1)
  assert.match(
    result.stderr,
    /error TW_NO_RECEIVER: No receiver answered for [\d,]+ ms; 0 messages/,
  )
  const report = onlyObject<SendReport>(result)
  assert.deepEqual([report.messages, flowOf(report).waited.count], [0, 1])
  assert.ok(flowOf(report).waited.totalNs >= 300e6)
  const sender = await send({ endpoint: `udp://127.0.0.1:${port}`, flow: 'credit', flowWaitMs: 50 })
  await assert.rejects(sender.finished, SendFailure)
})

test('SIGINT ends a sender that waits for a receiver, and one that is blocked', {
  skip,
}, async (t) => {
  const port = await freePort()
  const args = ['send', `udp://127.0.0.1:${port}`, '--flow', 'credit', '--rate', '0']
  const waiting = tickwire(t, args)
  await waiting.line(/waiting for a receiver/)
  waiting.kill('SIGINT')
  assert.equal((await waiting.result).exitCode, 0)
  const receiver = await startReceiver(t, [
    ...[`udp://127.0.0.1:${port}`, '--flow', 'credit', '--window', '10'],
    ...['--work-ns', '100000000', '--idle', 'park', '--no-pin', '--json'],
  ])
  const blocked = tickwire(t, args)
  await blocked.line(/sent [1-9].*blocked/)
  blocked.kill('SIGINT')
  assert.equal((await blocked.result).exitCode, 0)
  receiver.process.kill('SIGKILL')
})

test('A receiver that dies is dropped; the sender waits, and goes on with the next one', {
  skip,
}, async (t) => {
  const port = await freePort()
  const endpoint = `udp://127.0.0.1:${port}`
  const flags = [endpoint, '--flow', 'credit', '--idle', 'park', '--no-pin', '--json']
  const first = await startReceiver(t, flags)
  const sender = await send({ endpoint, count: 1e9, rate: 1000, flow: 'credit', cpu: null })
  const until = async (done: () => boolean) => {
    while (!done()) await new Promise((resolve) => setTimeout(resolve, 10))
  }
  await until(() => (sender.stats().messages ?? 0) > 10)
  first.process.kill('SIGKILL')
  await until(() => sender.stats().flow?.heldBy === 'receiver')
  assert.ok((sender.stats().flow?.dropped ?? 0) > 0)
  const before = sender.stats().messages ?? 0
  const second = await startReceiver(t, flags)
  await until(() => (sender.stats().messages ?? 0) > before + 10)
  second.process.kill('SIGINT')
  await until(() => sender.stats().flow?.left === 1)
  const report = await sender.stop()
  assertReceivers(report, 2)
  const { ledger } = await receiveReport(second.process)
  // A handler that does not get to the last messages in time after the stop is cut off from them.
  assert.equal(ledger.lost.total, ledger.lost.cutOff, JSON.stringify(ledger))
})

test('A sender that restarts is given credit by a receiver that goes on', {
  skip,
}, async (t) => {
  for (const framing of ['raw', 'moldudp64'] as const) {
    const feed = await receive({
      endpoints: 'udp://127.0.0.1:0',
      ...{ framing, handler: null, flow: 'credit', window: 1, ...SHARED },
    })
    for (const session of ['ONE', 'TWO']) {
      const plan = { framing, count: 50, rate: 0, flow: 'credit', cpu: null } as const
      const named = framing === 'raw' ? {} : { session, lingerMs: 0 }
      const sender = await send({ endpoint: feed.endpoints[0], ...plan, ...named })
      assert.equal((await sender.finished).messages, 50)
    }
    const { ledger, restarts } = await feed.stop()
    assert.deepEqual([ledger.delivered, ledger.lost.total, restarts], [100, 0, 1])
  }
  t.diagnostic('windows of one message')
})

test('Garbage and lies that come back do not disturb a sender', { skip }, async (t) => {
  const count = 2000
  const receiver = await openSocket(t)
  const args = [`udp://127.0.0.1:${receiver.port}`, '--flow', 'credit', '--count', String(count)]
  const sender = tickwire(t, ['send', ...args, '--rate', '0', '--flow-wait-ms', '1000', '--json'])
  const [setup, { port }] = (await once(receiver.socket, 'message')) as [Buffer, { port: number }]
  const status = Buffer.alloc(40)
  setup.copy(status, 0, 0, 4)
  status.writeUInt16LE(0x0201, 4)
  setup.copy(status, 8, 6, 14)
  status.writeUInt32LE(100, 32)
  let taken = 0
  receiver.socket.on('message', (payload) => {
    if (payload.length === 29) taken += 1
  })
  await receiver.send(status, port)
  for (let i = 0; i < 500; i++) {
    const noise = Buffer.from(status)
    noise[randomInt(40)] ^= 1 << randomInt(8)
    // Consumed more than was sent.
    noise.writeUInt32LE(2 ** 31 - 1 - i, 16)
    await receiver.send(noise.subarray(0, randomInt(41)), port)
    await receiver.send(noise, port)
  }
  const result = await sender.result
  const report = onlyObject<SendReport>(result)
  // One window, and not a message more; the receiver falls silent, and the sender ends.
  assert.deepEqual([result.exitCode, report.messages, taken], [1, 100, 100])
  assert.ok(flowOf(report).refused >= 500)
})
