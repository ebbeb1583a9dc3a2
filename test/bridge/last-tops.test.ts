import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import type { BookTop } from '../../src/account/top-section.js'
import { receive } from '../../src/index.js'
import { connectNats } from '../../src/transport/nats/nats-client.js'
import { parseNatsUrl } from '../../src/transport/nats/nats-url.js'
import { lastTopHeaders, readAsOf, readLastValue } from '../../src/wire/bridged/last-value.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { freePort } from '../kit/ports.js'
import { until } from '../kit/until.js'
import { portOf, runTickwire, type TestProcess, tickwire } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { handlerModule } from '../system/handler-modules.js'
import { LONG_MS, startBridge } from './feeding.js'
import {
  booksOf,
  datagramsOf,
  SAMPLE_FRAMINGS,
  type SampleKind,
  sampled,
  sendAll,
  topFields,
} from './sampled.js'

const skip = withoutNats()

/** What a late joiner is told of books, by instrument; and what its report says. */
async function joinLate(t: TestContext, url: string) {
  const tops: BookTop[] = []
  const late = await receive({
    ...{ endpoint: url, from: 'last', counters: 'off' },
    onTop: (top) => tops.push(top),
  })
  t.after(() => late.stop().catch(() => {}))
  const reading = (async () => {
    for await (const batch of late) while (batch.next());
  })()
  const isThere = () => (late.stats().stream?.batches ?? 0) > 0
  await until('the feed follows behind what was last', isThere, LONG_MS)
  const report = await late.stop()
  await reading
  return { tops, report }
}

const fieldsOf = (tops: readonly BookTop[]) =>
  Object.fromEntries(tops.map((top) => [top.instrument, topFields(top)]))

const bySymbol = (tops: Readonly<Record<string, unknown>>) =>
  Object.fromEntries(Object.entries(tops).sort(([a], [b]) => (a < b ? -1 : 1)))

for (const kind of ['itch50', 'deep10', 'deepplus10', 'tops16'] as const) {
  test(`A late joiner of ${kind} gets the tops of all books, which are those of the recording`, {
    skip,
  }, async (t) => {
    const file = await sampled(t, kind)
    const recorded = await booksOf(file, kind)
    const server = await NatsServer.start(t)
    const url = server.url('market')
    const running = await startBridge(t, url, {
      endpoint: `file:${file}`,
      ...{ framing: SAMPLE_FRAMINGS[kind], protocol: kind, books: true, create: true },
      drainMs: LONG_MS,
    })
    const { bridge, books } = await running.finished
    assert.equal(books?.allHash, recorded.allHash)
    assert.ok(bridge.lastTops >= Object.keys(recorded.tops).length)
    const handler = handlerModule(
      t,
      `const tops = []; let first = 0
      export default {
        onTop(top) { tops.push({ ...top, early: first === 0 }) },
        onMessage(message, sequence) { first ||= sequence },
        onStop() { write(tops) },
      }`,
    )
    const module = await receive({
      ...{ endpoint: url, from: 'last', handler: handler.file, counters: 'off' },
    })
    t.after(() => module.stop().catch(() => {}))
    const { tops, report } = await joinLate(t, url)
    assert.deepEqual(bySymbol(fieldsOf(tops)), bySymbol(recorded.tops))
    assert.equal(report.stream?.lastTops, tops.length)
    assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
    assert.ok(tops.every(({ sequence }) => sequence <= recorded.messages))
    await until('the module has them', () => (module.stats().stream?.batches ?? 0) > 0, LONG_MS)
    await module.stop()
    const seen = handler.written<(BookTop & { readonly early: boolean })[]>()
    assert.deepEqual(bySymbol(fieldsOf(seen)), bySymbol(recorded.tops))
    assert.ok(
      seen.every(({ early }) => early),
      'tops come before the first message',
    )
  })
}

test('A late joiner gets the top of a book that misses messages as suspect, with the cause', {
  skip,
}, async (t) => {
  const kind = 'itch50'
  const file = await sampled(t, kind, { loss: 0.05 })
  const recorded = await booksOf(file, kind)
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, {
    endpoint: `file:${file}`,
    ...{ framing: 'moldudp64', protocol: kind, books: true, create: true, drainMs: LONG_MS },
  })
  const { ledger, books } = await running.finished
  assert.ok(ledger.lost.total > 0)
  assert.equal(books?.suspect, Object.keys(recorded.tops).length)
  const { tops } = await joinLate(t, url)
  assert.deepEqual(bySymbol(fieldsOf(tops)), bySymbol(recorded.tops))
  assert.deepEqual([...new Set(tops.map(({ state }) => state))], ['suspect'])
  assert.ok(tops.every(({ suspect }) => suspect?.cause === 'gap'))
})

/** Waits until the last values go as far as this sequence. */
async function keptUpTo(t: TestContext, url: string, next: number): Promise<void> {
  const endpoint = parseNatsUrl(url)
  const access = {
    ...{ credsFile: undefined, tlsCaFile: undefined },
    ...{ tlsCertFile: undefined, tlsKeyFile: undefined },
  }
  const client = await connectNats(endpoint, access, 'test', {})
  t.after(() => client.connection.close().catch(() => {}))
  const isKept = async () => {
    const head = await client.manager.streams
      .getMessage('market-last', { last_by_subj: 'tickwire-last.market' })
      .catch(() => null)
    return head !== null && readAsOf(head.header)?.next === next
  }
  await until(`last values go up to ${next}`, isKept, LONG_MS)
  await client.connection.close()
}

for (const kind of ['itch50', 'tops16'] as const) {
  test(`What a bridge of ${kind} that was killed left behind does not look valid beside the next one`, {
    skip,
  }, async (t) => {
    const datagrams = datagramsOf(await sampled(t, kind))
    const file = await sampled(t, kind)
    const recorded = await booksOf(file, kind)
    const server = await NatsServer.start(t)
    const url = server.url('market')
    const port = await freePort()
    const framing = SAMPLE_FRAMINGS[kind]
    const start = async (): Promise<TestProcess> => {
      const process = tickwire(t, [
        ...['bridge', url, `udp://127.0.0.1:${port}`, '--framing', framing, '--protocol', kind],
        ...['--books', '--create', '--no-pin', '--idle', 'park', '--json'],
      ])
      await process.line(/^receiving .* on /m)
      return process
    }
    const socket = await openSocket(t)
    const first = await start()
    // All but the last few messages: not every instrument is heard of again.
    const cut = datagrams.length - 3
    await sendAll(socket, port, datagrams.slice(0, cut))
    const half = sequenceOf(datagrams[cut], kind)
    await keptUpTo(t, url, half)
    const before = await joinLate(t, url)
    assert.ok(before.tops.length > 1)
    assert.ok(before.tops.every(({ state }) => state === 'valid'))
    first.kill('SIGKILL')
    await first.result
    const alone = await joinLate(t, url)
    assert.deepEqual(fieldsOf(alone.tops), fieldsOf(before.tops), 'nobody contradicts them')
    const second = await start()
    await sendAll(socket, port, datagrams.slice(cut))
    await keptUpTo(t, url, recorded.messages + 1)
    const { tops, report } = await joinLate(t, url)
    assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
    assert.deepEqual(
      tops.map(({ instrument }) => instrument).sort(),
      Object.keys(recorded.tops).sort(),
    )
    const valid = tops.filter(({ state }) => state === 'valid')
    // A quote tells all of a book again; orders do not.
    if (kind === 'itch50') assert.deepEqual(valid, [])
    assert.ok(valid.length < tops.length)
    for (const top of valid) {
      const { bid, ask } = topFields(top)
      const truth = recorded.tops[top.instrument] as ReturnType<typeof topFields>
      assert.deepEqual([bid, ask], [truth.bid, truth.ask], top.instrument)
    }
    assert.ok(tops.every(({ state, suspect }) => state === 'valid' || suspect !== null))
    second.kill('SIGTERM')
    await second.result
  })
}

/** The sequence of a datagram's first message. */
function sequenceOf(datagram: Buffer | undefined, kind: SampleKind): number {
  assert.ok(datagram !== undefined)
  return Number(kind === 'itch50' ? datagram.readBigUInt64BE(10) : datagram.readBigUInt64LE(24))
}

test('A gap makes the top of each book suspect, also of those that nothing is said of any more', {
  skip,
}, async (t) => {
  const kind = 'itch50'
  const file = await sampled(t, kind)
  const datagrams = datagramsOf(file)
  const { messages } = await booksOf(file, kind)
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, {
    ...{ framing: 'moldudp64', protocol: kind, books: true, create: true },
  })
  const socket = await openSocket(t)
  const port = portOf(running.endpoints[0])
  const cut = datagrams.length - 4
  await sendAll(socket, port, datagrams.slice(0, cut))
  await keptUpTo(t, url, sequenceOf(datagrams[cut], kind))
  const before = await joinLate(t, url)
  assert.ok(before.tops.every(({ state }) => state === 'valid'))
  // One datagram is lost, and what follows is about few instruments.
  await sendAll(socket, port, datagrams.slice(cut + 1))
  await keptUpTo(t, url, messages + 1)
  const { tops } = await joinLate(t, url)
  assert.equal(tops.length, before.tops.length)
  assert.ok(tops.every(({ state, suspect }) => state === 'suspect' && suspect?.cause === 'gap'))
})

test('Tops of the run before are not those of a publisher that began again', {
  skip,
}, async (t) => {
  const kind = 'itch50'
  const day = datagramsOf(await sampled(t, kind))
  const nextFile = await sampled(t, kind, { messages: 200, seed: 9 })
  const next = datagramsOf(nextFile).map((datagram) => {
    const copy = Buffer.from(datagram)
    copy.write('DAY2      ', 0, 'latin1')
    return copy
  })
  const recorded = await booksOf(nextFile, kind)
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, {
    ...{ framing: 'moldudp64', protocol: kind, books: true, create: true },
  })
  const port = portOf(running.endpoints[0])
  const socket = await openSocket(t)
  await sendAll(socket, port, day)
  await until('the first day is kept', () => running.stats().bridge.lastTops > 0, LONG_MS)
  await sendAll(socket, port, next)
  await keptUpTo(t, url, recorded.messages + 1)
  const { tops } = await joinLate(t, url)
  assert.deepEqual(bySymbol(fieldsOf(tops)), bySymbol(recorded.tops))
  const report = await running.stop()
  assert.equal(report.books?.allHash, recorded.allHash)
})

test('A top is no value for those who know of values only', () => {
  const pairs = new Map(lastTopHeaders({ run: 3, sequence: 17, bridge: 'a' }))
  assert.equal(readLastValue({ get: (name) => pairs.get(name) ?? '' }), undefined)
})

test('bridge refuses books of a feed that has none, and books whose tops nobody keeps', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const raw = await runTickwire(t, ['bridge', url, 'udp://127.0.0.1:0', '--create', '--books'])
  assert.equal(raw.exitCode, 2, raw.stderr)
  assert.match(raw.stderr, /TW_BAD_OPTION.*Books need messages/)
  await assert.rejects(startBridge(t, url, { books: true, last: false }), /books keeps tops/)
})
