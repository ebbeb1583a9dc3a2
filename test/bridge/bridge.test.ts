import assert from 'node:assert/strict'
import { test } from 'node:test'
import { send } from '../../src/index.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { proof } from '../kit/proof.js'
import { until } from '../kit/until.js'
import { portOf } from '../system/cli.js'
import { openSocket, rawDatagram } from '../system/datagrams.js'
import { LONG_MS, startBridge } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()
const COUNT = proof(40_000, 1_000_000)
const RATE = proof(20_000, 50_000)
/** Holds all messages of the run, however long the broker does not get a core. */
const BACKLOG_BYTES = proof(2 ** 24, 2 ** 27)

test('each of two subscribers gets all that the bridge received, once and in order', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  // The sender goes no faster than the bridge receives, so that a busy machine costs time and no messages.
  const running = await startBridge(t, url, {
    ...{ create: true, flow: 'credit', backlogBytes: BACKLOG_BYTES, drainMs: LONG_MS },
  })
  const subscribers = [
    await TestSubscriber.start(t, url),
    await TestSubscriber.start(t, url, { from: 'now' }),
  ]
  const sending = await send({
    endpoint: running.endpoints[0] ?? '',
    count: COUNT,
    rate: RATE,
    flow: 'credit',
    cpu: null,
    counters: 'off',
  })
  await sending.finished
  const report = await running.stop()
  t.diagnostic(JSON.stringify({ ledger: report.ledger, bridge: report.bridge }))
  const { bridge: counts, ledger } = report
  assert.deepEqual([ledger.delivered, ledger.lost.total], [COUNT, 0])
  assert.equal(counts.acknowledged, counts.batches)
  assert.equal(counts.messages, ledger.delivered)
  assert.deepEqual([counts.duplicates, counts.notPublished, counts.unknown], [0, 0, 0])
  for (const subscriber of subscribers) {
    const { report: got, seen } = await subscriber.end(ledger.delivered, LONG_MS)
    assert.equal(got.transport, 'nats')
    assert.deepEqual([seen.messages, seen.misplaced], [ledger.delivered, 0])
    assert.equal(got.ledger.delivered, ledger.delivered)
    assert.equal(got.ledger.balanced, true)
    assert.deepEqual(got.ledger, ledger)
    t.diagnostic(JSON.stringify({ ledger: got.ledger, latency: got.latencyNs, of: got.stream }))
  }
})

test('a subscriber is told by whom messages were lost, and what was not published', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, { create: true })
  const subscriber = await TestSubscriber.start(t, url)
  const socket = await openSocket(t)
  const port = portOf(running.endpoints[0])
  const say = (first: number, count = 1) => socket.send(rawDatagram(first, count), port)
  await say(0, 10)
  await say(15, 10)
  await until('the gap is closed', () => running.stats().delivered === 20)
  await say(25)
  const report = await running.stop()
  assert.deepEqual([report.ledger.lost.network, report.ledger.expected], [5, 26])
  const { report: got, seen } = await subscriber.end(21)
  assert.deepEqual(seen.gaps, [{ firstSequence: 10, count: 5, reason: 'network', next: 10 }])
  assert.deepEqual(got.ledger, report.ledger)
})

test('a stream that is otherwise than it shall be is named with each difference', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  await assert.rejects(startBridge(t, url), {
    code: 'TW_STREAM',
    message: /no stream market.*--create/,
  })
  const first = await startBridge(t, url, { create: true, maxBytes: 2 ** 20, storage: 'memory' })
  await first.stop()
  await assert.rejects(startBridge(t, url, { create: true, maxBytes: 2 ** 21, storage: 'file' }), {
    code: 'TW_STREAM',
    message: /storage is memory, not file; max_bytes is 1048576, not 2097152/,
  })
  // Who asks for nothing is content with what there is.
  const second = await startBridge(t, url)
  await second.stop()
})

test('two feeds have a stream each on one server, with last values', { skip }, async (t) => {
  const server = await NatsServer.start(t)
  for (const stream of ['one', 'two']) await startBridge(t, server.url(stream), { create: true })
})

test('a broker that is not there is said at the start', { skip }, async (t) => {
  await assert.rejects(startBridge(t, 'nats://127.0.0.1:1/market'), { code: 'TW_BROKER' })
  await assert.rejects(TestSubscriber.start(t, 'nats://127.0.0.1:1/market'), { code: 'TW_BROKER' })
})
