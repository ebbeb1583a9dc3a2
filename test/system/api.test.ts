import assert from 'node:assert/strict'
import { on } from 'node:events'
import { availableParallelism } from 'node:os'
import { type TestContext, test } from 'node:test'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import {
  type Feed,
  FeedFailure,
  MarketDataView,
  receive,
  send,
  TickwireError,
} from '../../src/index.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { until } from '../kit/until.js'
import { openSocket, portIsFree, rawDatagram } from './datagrams.js'
import { handlerModule } from './handler-modules.js'
import { assertReceiveShape, assertSendShape } from './report-shape.js'

const COUNT = 5000

/** A feed that is stopped with the test. */
async function open(t: TestContext, options: ReceiveOptions = {}): Promise<Feed> {
  const feed = await receive({ endpoints: 'udp://127.0.0.1:0', ...options })
  t.after(() => feed.stop().catch(() => {}))
  return feed
}

async function sendTo(feed: Feed, count = COUNT) {
  const transmission = await send({ endpoint: feed.endpoints[0], count, rate: 50_000 })
  return transmission.finished
}

function boundPort(feed: Feed): number {
  return Number(new URL(feed.endpoints[0] ?? '').port)
}

test('a batch walks its messages with next(), in sequence', async (t) => {
  const feed = await open(t, { count: COUNT })
  const sending = sendTo(feed)
  const sequences: number[] = []
  for await (const batch of feed) {
    while (batch.next()) {
      const { message } = batch
      assert.ok(message instanceof MarketDataView)
      assert.equal(message.sequence, batch.sequence)
      sequences.push(batch.sequence)
    }
  }
  const report = await feed.finished
  await sending
  assert.deepEqual(
    sequences,
    Array.from({ length: COUNT }, (_, i) => i),
  )
  assertReceiveShape(report)
  assert.equal(report.delivered, COUNT)
  assert.equal(report.ledger.balanced, true)
})

test('a batch is iterable, and hands out one object again and again', async (t) => {
  const feed = await open(t, { count: COUNT })
  const sending = sendTo(feed)
  const views = new Set<unknown>()
  let seen = 0
  for await (const batch of feed) {
    for (const message of batch) {
      views.add(message)
      seen++
    }
  }
  await sending
  assert.equal(seen, COUNT)
  assert.equal(views.size, 1)
})

test('what lay there before a loop began is in no latency and no rate', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const feed = await open(t, { count: 20 })
  const socket = await openSocket(t)
  for (let i = 0; i < 10; i++) await socket.send(rawDatagram(i), boundPort(feed))
  await until('all has come', () => feed.stats().lines[0]?.datagrams === 10)
  await sleep(50)
  for await (const batch of feed) {
    while (batch.next()) {
      if (batch.sequence !== 9) continue
      for (let i = 10; i < 20; i++) await socket.send(rawDatagram(i), boundPort(feed))
    }
  }
  const { earlyMessages, delivered, latencyNs } = await feed.finished
  assert.deepEqual([earlyMessages, delivered, latencyNs?.count], [10, 20, 10])
})

test('a feed that is joined in its midst says where, and nothing before that is missing', async (t) => {
  const feed = await open(t, { endpoints: 'udp://localhost:0', handler: null, idleExitMs: 500 })
  // What a name stood for at the start is what the feed shows.
  assert.match(feed.endpoints[0] ?? '', /^udp:\/\/(127\.0\.0\.1|\[::1\]):\d+$/)
  const [, host = ''] = /\/\/\[?(.*?)\]?:\d+$/.exec(feed.endpoints[0] ?? '') ?? []
  const socket = await openSocket(t, 0, host)
  for (let i = 500; i < 510; i++) await socket.send(rawDatagram(i), boundPort(feed))
  const { joinedAtSequence, ledger } = await feed.finished
  assert.equal(joinedAtSequence, 500)
  assert.deepEqual([ledger.expected, ledger.lost.total], [10, 0])
})

test('what a loop leaves in a batch counts as delivered all the same', async (t) => {
  const feed = await open(t, { count: COUNT })
  const sending = sendTo(feed)
  for await (const batch of feed) batch.next()
  const report = await feed.finished
  await sending
  assert.equal(report.delivered, COUNT)
})

test('leaving the loop stops the feed, and what was not walked is in the ledger', async (t) => {
  const feed = await open(t)
  const socket = await openSocket(t)
  for (let i = 0; i < 10; i++) await socket.send(rawDatagram(i), boundPort(feed))
  let seen = 0
  for await (const batch of feed) {
    batch.next()
    seen++
    break
  }
  const report = await feed.finished
  assert.equal(seen, 1)
  assert.equal(report.ledger.expected, 10)
  assert.equal(report.ledger.balanced, true)
  assert.equal(report.delivered + report.ledger.lost.cutOff, 10)
  assert.equal(await portIsFree(boundPort(feed)), true)
})

test('a loop that was left leaves no timer behind, which would keep its process alive', async (t) => {
  const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout')
  const before = timers()
  const feed = await open(t)
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), boundPort(feed))
  for await (const batch of feed) if (batch.next()) break
  await feed.finished
  assert.deepEqual(timers(), before)
})

test('an error in the loop stops the feed and reaches the caller', async (t) => {
  const feed = await open(t)
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), boundPort(feed))
  await assert.rejects(async () => {
    for await (const batch of feed) while (batch.next()) throw new RangeError('mine')
  }, RangeError)
  assert.equal((await feed.finished).ledger.balanced, true)
})

test('stop() may be awaited within the loop', { timeout: 20_000 }, async (t) => {
  const feed = await open(t)
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), boundPort(feed))
  for await (const batch of feed) {
    while (batch.next());
    const report = await feed.stop()
    assert.equal(report.delivered, 1)
  }
})

test('an abort ends a feed as stop() does', async (t) => {
  const abort = new AbortController()
  const feed = await open(t, { signal: abort.signal, handler: null })
  abort.abort()
  const report = await feed.finished
  assert.equal(report.ledger.expected, 0)
})

test('a signal that was aborted before ends a feed at its start', async (t) => {
  const feed = await open(t, { signal: AbortSignal.abort(), handler: null })
  assert.equal((await feed.finished).delivered, 0)
})

test('an abort ends an iteration', async (t) => {
  const abort = new AbortController()
  const feed = await open(t, { signal: abort.signal })
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), boundPort(feed))
  let seen = 0
  for await (const batch of feed) {
    while (batch.next()) seen++
    abort.abort()
  }
  assert.equal(seen, 1)
})

test('await using stops a feed at the end of its block', async () => {
  let kept: Feed | undefined
  {
    await using feed = await receive({ endpoints: 'udp://127.0.0.1:0', handler: null })
    kept = feed
    assert.equal(await portIsFree(boundPort(feed)), false)
  }
  assert.equal(await portIsFree(boundPort(kept)), true)
})

test('stop() twice gives the same report', async (t) => {
  const feed = await open(t, { handler: null })
  await sendTo(feed, 100)
  const [first, second] = await Promise.all([feed.stop(), feed.stop()])
  assert.equal(first, second)
  assert.equal(await feed.stop(), first)
  assert.equal(feed.stats(), first)
  assert.equal(first.delivered, 100)
})

test('stats() of a running feed has the shape of the report', async (t) => {
  const feed = await open(t, { handler: null })
  assertReceiveShape(feed.stats())
  const socket = await openSocket(t)
  await socket.send(rawDatagram(0), boundPort(feed))
  while (feed.stats().delivered < 1) await new Promise((resolve) => setImmediate(resolve))
  const stats = feed.stats()
  assert.equal(stats.ledger.balanced, true)
  assert.equal(stats.ledger.expected, 1)
})

test('finished rejects with a FeedFailure that carries the report', async (t) => {
  const { file } = handlerModule(t, `export default { onMessage() { throw new Error('boom') } }`)
  const feed = await open(t, { handler: file, count: 10 })
  const sending = sendTo(feed, 10)
  await assert.rejects(feed.finished, (error) => {
    assert.ok(error instanceof FeedFailure)
    assert.ok(error instanceof TickwireError)
    assert.equal(error.code, 'TW_HANDLER_THREW')
    assertReceiveShape(error.report)
    assert.equal(error.report.ledger.expected, 10)
    assert.equal(error.report.ledger.balanced, true)
    return true
  })
  await assert.rejects(feed.stop(), FeedFailure)
  await sending
})

test('a feed with a handler module cannot be iterated over', async (t) => {
  const feed = await open(t, { handler: null })
  await assert.rejects(
    async () => {
      for await (const _ of feed);
    },
    { code: 'TW_BAD_OPTION' },
  )
})

test('receive() rejects what cannot be opened, and keeps nothing open', async (t) => {
  const { port } = await openSocket(t)
  await assert.rejects(receive({ endpoints: `udp://127.0.0.1:${port}` }), {
    code: 'TW_PORT_IN_USE',
  })
  await assert.rejects(receive({ slots: 3 }), { code: 'TW_BAD_OPTION' })
  await assert.rejects(receive({ endpoints: [] }), { code: 'TW_BAD_OPTION' })
})

test('send() tells its progress, and stops at once', async (t) => {
  const { socket, port } = await openSocket(t)
  const transmission = await send({ endpoint: `udp://127.0.0.1:${port}`, count: 1e6, rate: 1000 })
  t.after(() => transmission.stop())
  let came = 0
  for await (const _ of on(socket, 'message')) if (++came === 10) break
  // A datagram may be here before the sender has counted it.
  while ((transmission.stats().messages ?? 0) < 10) await nextTurn()
  assertSendShape(transmission.stats())
  const report = await transmission.stop()
  assert.ok((report.messages ?? 0) < 1e6)
  assert.deepEqual(await transmission.stop(), report)
})

test('two feeds run beside each other in one process', async (t) => {
  const feeds = [
    await open(t, { handler: null, count: 1000 }),
    await open(t, { handler: null, count: 1000 }),
  ]
  await Promise.all(feeds.map((feed) => sendTo(feed, 1000)))
  for (const feed of feeds) assert.equal((await feed.finished).delivered, 1000)
})

test('a second feed of a process does not share the CPU of the first', {
  skip: noSpareCpu(),
}, async (t) => {
  const first = await open(t, { handler: null, idle: 'park' })
  const second = await open(t, { handler: null, idle: 'park' })
  const reports = [first.stats(), second.stats()]
  const [one, other] = reports.map(({ pinned }) => pinned?.receiver)
  const warned = reports.some(({ warnings }) => /receiver .* CPU \d+/.test(warnings.join()))
  assert.ok(one !== other || warned, `${one} and ${other}`)
  assert.ok(/receiver/.test(second.stats().warnings.join()))
})

function noSpareCpu(): string | false {
  if (process.platform !== 'linux') return 'threads are pinned on Linux only'
  return availableParallelism() < 2 && 'there is one CPU'
}
