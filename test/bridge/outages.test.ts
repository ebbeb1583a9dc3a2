import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { until } from '../kit/until.js'
import { portOf, tickwire } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { temporaryFolder } from '../system/handler-modules.js'
import { delivered, LONG_MS, say, startBridge } from './feeding.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()

test('a bridge that was killed goes on behind the last batch, and says what it missed', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const args = [
    'bridge',
    url,
    'udp://127.0.0.1:0',
    '--create',
    '--no-pin',
    '--idle',
    'park',
    '--counters',
    'off',
  ]
  const socket = await openSocket(t)
  const portOfBridge = async (process: ReturnType<typeof tickwire>) => {
    const [, endpoint = ''] = await process.line(/^receiving \S+ on (\S+) \(/m)
    return portOf(endpoint)
  }
  const first = tickwire(t, args)
  const port = await portOfBridge(first)
  const subscriber = await TestSubscriber.start(t, url)
  await say(socket, [port], 0, 1000)
  await until('1,000 are stored', () => subscriber.feed.stats().delivered === 1000)
  first.kill('SIGKILL')
  await first.result
  const second = tickwire(t, args)
  const again = await portOfBridge(second)
  await say(socket, [again], 1200, 800)
  await until('the rest is there', () => subscriber.feed.stats().delivered === 1800)
  second.kill('SIGTERM')
  await second.result
  const { report, seen } = await subscriber.stop()
  assert.deepEqual([seen.messages, seen.misplaced], [1800, 0])
  assert.deepEqual(seen.gaps, [{ firstSequence: 1000, count: 200, reason: 'cutOff', next: 1000 }])
  assert.deepEqual([report.stream?.run, report.restarts], [1, 0])
})

test('two bridges of one feed double nothing, through restarts of the publisher too', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const one = await startBridge(t, url, { create: true, last: false })
  const two = await startBridge(t, url, { last: false })
  const subscriber = await TestSubscriber.start(t, url)
  const socket = await openSocket(t)
  const ports = [one, two].map(({ endpoints }) => portOf(endpoints[0]))
  const runs = 6
  let sent = 0
  for (let run = 0; run < runs; run++) {
    const length = 600 + 10 * run
    await say(socket, ports, 0, length)
    sent += length
    await delivered(one, sent)
    await delivered(two, sent)
  }
  await until('all is there', () => subscriber.feed.stats().delivered === sent, LONG_MS)
  const reports = [await one.stop(), await two.stop()]
  const { report } = await subscriber.stop()
  t.diagnostic(
    JSON.stringify({ bridges: reports.map((each) => each.bridge), stream: report.stream }),
  )
  assert.deepEqual([report.ledger.delivered, report.ledger.lost.total], [sent, 0])
  assert.equal(report.restarts, runs - 1)
  assert.equal(report.stream?.run, runs)
  for (const { bridge: counts, restarts } of reports) {
    assert.deepEqual([counts.run, restarts], [runs, runs - 1])
    assert.equal(counts.acknowledged, counts.batches)
  }
})

test('what waits for a broker that is away goes over the disk, and nothing is left there', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const spill = temporaryFolder(t)
  const running = await startBridge(t, server.url('market'), {
    create: true,
    spill,
    maxInFlight: 8,
  })
  const subscriber = await TestSubscriber.start(t, server.url('market'))
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, 500)
  await until('500 are stored', () => running.stats().bridge.messages >= 500)
  await server.kill()
  await say(socket, ports, 500, 5000)
  await delivered(running, 5500)
  await until('batches are on disk', () => running.stats().bridge.spilled > 0)
  await server.begin()
  const { seen } = await subscriber.end(5500, LONG_MS)
  const { bridge: counts } = await running.stop()
  t.diagnostic(JSON.stringify(counts))
  assert.deepEqual([seen.messages, seen.misplaced, seen.gaps], [5500, 0, []])
  assert.deepEqual([counts.notPublished, counts.unknown, counts.spillBytes], [0, 0, 0])
})

test('a bridge that is stopped while its broker is away ends in time, and says what the stream did not get', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const running = await startBridge(t, server.url('market'), {
    create: true,
    backlogBytes: 65_536,
    maxInFlight: 4,
    drainMs: 200,
  })
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, 500)
  await until('500 are stored', () => running.stats().bridge.messages >= 500)
  await server.kill()
  await say(socket, ports, 500, 9500)
  await delivered(running, 10_000)
  const { bridge: counts, ledger } = await running.stop()
  t.diagnostic(JSON.stringify(counts))
  assert.deepEqual([ledger.delivered, ledger.lost.total], [10_000, 0])
  assert.equal(counts.messages + counts.notPublished + counts.unknown, 10_000)
})

test('without a disk what does not fit into memory is dropped, counted, and told in order', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const running = await startBridge(t, server.url('market'), {
    create: true,
    backlogBytes: 65_536,
    maxInFlight: 8,
  })
  const subscriber = await TestSubscriber.start(t, server.url('market'))
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, 500)
  await until('500 are stored', () => running.stats().bridge.messages >= 500)
  await server.kill()
  await say(socket, ports, 500, 9500)
  await delivered(running, 10_000)
  await server.begin()
  await until('it is connected again', () => running.stats().bridge.reconnects > 0)
  await until('nothing waits', () => running.stats().bridge.catchUpMs > 0)
  await say(socket, ports, 10_000, 100)
  await delivered(running, 10_100)
  const { bridge: counts, ledger } = await running.stop()
  assert.deepEqual([ledger.delivered, ledger.lost.total], [10_100, 0])
  assert.ok(counts.notPublished > 0)
  assert.ok(counts.backlogHighWater < 2 ** 20)
  const { report, seen } = await subscriber.end(10_100 - counts.notPublished, LONG_MS)
  assert.equal(seen.misplaced, 0)
  assert.equal(report.ledger.expected, 10_100)
  assert.equal(report.ledger.lost.ring, counts.notPublished)
  assert.equal(report.ledger.lost.total, counts.notPublished)
})
