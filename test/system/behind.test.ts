import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { type Feed, type ReceiveReport, receive, send, type WhenBehind } from '../../src/index.js'
import type { ReceiveOptions } from '../../src/run/options/receive-options.js'
import { SHARED } from '../kit/sharing.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, receiveReport, runSender, startHotReceiver } from './cli.js'
import {
  assertConflated,
  assertEachToldOnce,
  generatedMarket,
  type Seen,
  watchingHandler,
} from './conflation-handler.js'
import { handlerModule } from './handler-modules.js'
import { openFlood } from './peers.js'

const ANY = 'udp://127.0.0.1:0'
/** Low enough for three hot threads on two cores to lose nothing. */
const RATE = 20_000
/** Slots for a moment in which a thread does not get a core. */
const SLOTS = 4096
const POLICIES = ['skip-oldest', 'conflate'] as const
const MIB = 2 ** 20

const linux = process.platform === 'linux' ? false : 'the socket transport needs Linux'
const flood = await openFlood()

/** All that came was delivered or skipped, and nothing was lost. */
function assertBalanced({ ledger, delivered, behind }: ReceiveReport, sent: number): void {
  const what = JSON.stringify([ledger, behind])
  assert.equal(ledger.balanced, true, what)
  assert.equal(ledger.expected, sent, what)
  assert.equal(ledger.lost.total, 0, what)
  assert.equal(delivered + ledger.skipped, sent, what)
  assert.equal(behind.pending, 0, what)
}

test('conflation delivers every trade and the last quotes to a handler that is 20 times too slow', {
  skip: linux,
}, async (t) => {
  const count = 6000
  const { file, written } = handlerModule(t, watchingHandler(count))
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--when-behind', 'conflate', '--handler', file, '--count', String(count), '--json'],
    ...['--work-ns', String((20 * 1e9) / RATE), '--slots', String(SLOTS)],
  ])
  await runSender(t, [endpoints[0] ?? '', '--count', String(count), '--rate', String(RATE)])
  const report = await receiveReport(process)
  assertBalanced(report, count)
  const seen = written<Seen>()
  assertConflated(seen, generatedMarket(count))
  assert.equal(seen.skipped, report.ledger.skipped)
  assert.ok(report.ledger.skipped > count / 2, `only ${report.ledger.skipped} were skipped`)
  assert.ok(report.behind.skips > 0)
  assert.equal(report.behind.policy, 'conflate')
  const [first, last] = seen.memory
  assert.ok(first !== undefined && last !== undefined)
  assert.ok(last.arrayBuffers <= first.arrayBuffers)
  assert.ok(last.heapUsed - first.heapUsed < 4 * MIB, JSON.stringify(seen.memory))
  assert.deepEqual(report.garbageCollections, { receiver: 0, handler: 0 })
})

test('skip-oldest keeps a slow handler near the present, and tells of all that it skips', {
  skip: linux,
}, async (t) => {
  const count = 10_000
  const { file, written } = handlerModule(t, watchingHandler(count))
  const { process, endpoints } = await startHotReceiver(t, [
    ...[ANY, '--when-behind', 'skip-oldest', '--behind-limit', '64', '--handler', file, '--json'],
    ...['--work-ns', '1000000', '--slots', String(SLOTS), '--idle-exit-ms', '1500'],
  ])
  await runSender(t, [endpoints[0] ?? '', '--count', String(count), '--rate', String(RATE)])
  const report = await receiveReport(process)
  assertBalanced(report, count)
  const seen = written<Seen>()
  assertEachToldOnce(seen)
  assert.equal(seen.skipped, report.ledger.skipped)
  assert.ok(report.ledger.skipped > count / 2, `only ${report.ledger.skipped} were skipped`)
  assert.deepEqual(report.behind, {
    policy: 'skip-oldest',
    limitSlots: 64,
    skips: report.behind.skips,
    pending: 0,
  })
  // The end of the feed is what a handler shall see that is behind.
  assert.deepEqual([...new Set(seen.marks.slice(-32))], [1])
})

interface Setup {
  readonly name: string
  readonly options: ReceiveOptions
  readonly skip: string | false
}

const SETUPS: readonly Setup[] = [
  { name: 'an inline handler', options: { handlerThread: 'inline' }, skip: linux },
  { name: 'the mapped transport', options: { transport: 'mapped' }, skip: noMapped() },
  { name: 'the portable transport', options: { transport: 'portable' }, skip: false },
  { name: 'two lines', options: { endpoints: [ANY, ANY] }, skip: linux },
]

for (const { name, options, skip } of SETUPS) {
  for (const whenBehind of POLICIES) {
    test(`${whenBehind} works with ${name}`, { skip }, async (t) => {
      const count = 4000
      const { file, written } = handlerModule(t, watchingHandler(count))
      const feed = await open(t, {
        ...{ whenBehind, handler: file, count, workNs: 500_000, slots: SLOTS, behindLimit: 16 },
        ...options,
      })
      await (await send({ endpoint: feed.endpoints, count, rate: RATE })).finished
      const report = await feed.finished
      assertBalanced(report, count)
      assert.ok(report.ledger.skipped > 0)
      const seen = written<Seen>()
      if (whenBehind === 'conflate') assertConflated(seen, generatedMarket(count))
      else assertEachToldOnce(seen)
    })
  }
}

for (const whenBehind of POLICIES) {
  test(`${whenBehind} works for a caller that iterates`, async (t) => {
    const count = 5000
    const marks = new Uint8Array(count)
    const feed = await open(t, {
      ...{ whenBehind, count, slots: SLOTS, behindLimit: 16 },
      onSkip({ firstSequence, lastSequence }) {
        for (let i = firstSequence; i <= lastSequence; i++) marks[i] = (marks[i] ?? 0) + 2
      },
    })
    const sending = await send({ endpoint: feed.endpoints[0], count, rate: RATE })
    for await (const batch of feed) {
      while (batch.next()) {
        marks[batch.sequence] = (marks[batch.sequence] ?? 0) + 1
        const untilMs = performance.now() + 0.2
        while (performance.now() < untilMs);
      }
    }
    await sending.finished
    const report = await feed.finished
    assertBalanced(report, count)
    assert.ok(report.ledger.skipped > 0)
    assert.deepEqual([...new Set(marks)].sort(), [1, 2])
  })
}

async function open(t: TestContext, options: ReceiveOptions): Promise<Feed> {
  const feed = await receive({ ...SHARED, endpoints: ANY, ...options })
  t.after(() => feed.stop().catch(() => {}))
  return feed
}

const SLOW_FEEDS: readonly ReceiveOptions[] = [
  { whenFull: 'wait' },
  { whenFull: 'drop-newest' },
  { whenBehind: 'skip-oldest' },
  { whenBehind: 'conflate' },
]

for (const policy of SLOW_FEEDS) {
  const what = policy.whenBehind ?? policy.whenFull
  test(`a slow handler with ${what} takes nothing from another feed`, {
    skip: linux,
  }, async (t) => {
    const count = 10_000
    const shared: ReceiveOptions = { handler: null, count }
    const slow = await open(t, { ...shared, ...policy, slots: 64, workNs: 100_000 })
    const other = await open(t, shared)
    const sending = [slow, other].map(async (feed) => {
      const sender = await send({ endpoint: feed.endpoints[0], count, rate: 20_000, cpu: null })
      return sender.finished
    })
    const report = await other.finished
    assertBalanced(report, count)
    assert.equal(report.delivered, count)
    await Promise.all(sending)
    const { ledger, delivered } = await slow.finished
    assert.equal(ledger.balanced, true, JSON.stringify(ledger))
    assert.equal(delivered + ledger.skipped + ledger.lost.total, count)
  })
}

for (const whenFull of ['wait', 'drop-newest'] as const) {
  for (const whenBehind of ['every', ...POLICIES] satisfies WhenBehind[]) {
    test(`the ledger says where a flood went that met ${whenFull} and ${whenBehind}`, {
      skip: typeof flood === 'string' ? flood : false,
    }, async (t) => {
      if (typeof flood === 'string') return
      const count = 20_000
      const feed = await open(t, {
        ...{ whenFull, whenBehind, count, handler: null, workNs: 100_000 },
        ...{ receiveBufferBytes: 65_536, slots: 64 },
        ...(whenBehind === 'conflate' ? { conflateMessages: 256 } : {}),
      })
      const port = Number(new URL(feed.endpoints[0] ?? '').port)
      const { sent } = await flood.send(port, count, 50_000)
      const { ledger, lines, behind } = await feed.finished
      const what = JSON.stringify([ledger, lines, behind])
      const { kernel, ring, network, invalid } = ledger.lost
      assert.equal(ledger.balanced, true, what)
      assert.equal(ledger.delivered + ledger.skipped + (kernel ?? 0) + ring, sent, what)
      assert.deepEqual([network, invalid], [0, 0], what)
      assert.equal(ledger.skipped > 0, whenBehind !== 'every', what)
      if (whenFull === 'wait') assert.equal(ring, 0, what)
      if (whenBehind === 'every') assert.ok((whenFull === 'wait' ? (kernel ?? 0) : ring) > 0, what)
    })
  }
}

const DEATHS = {
  throws: `if (sequence > 100) throw new Error('boom')`,
  'calls process.exit': 'if (sequence > 100) process.exit(0)',
}

for (const whenBehind of POLICIES) {
  for (const [death, source] of Object.entries(DEATHS)) {
    test(`a handler that ${death} while it is behind leaves a balanced ledger, ${whenBehind}`, {
      skip: linux,
    }, async (t) => {
      const count = 2000
      const { file } = handlerModule(
        t,
        `export default { onMessage(message, sequence) { ${source} } }`,
      )
      const { process, endpoints } = await startHotReceiver(t, [
        ...[ANY, '--handler', file, '--count', String(count), '--when-behind', whenBehind],
        ...['--behind-limit', '16', '--work-ns', '200000', '--json'],
      ])
      await runSender(t, [endpoints[0] ?? '', '--count', String(count), '--rate', String(RATE)])
      const result = await process.result
      assert.equal(result.exitCode, 1, result.stderr)
      const { ledger, behind } = onlyObject<ReceiveReport>(result)
      const what = JSON.stringify([ledger, behind])
      assert.equal(ledger.balanced, true, what)
      assert.equal(ledger.expected, count, what)
      assert.ok(ledger.skipped > 0 && ledger.delivered > 0 && ledger.lost.cutOff > 0, what)
      assert.equal(behind.pending, 0)
    })
  }
}
