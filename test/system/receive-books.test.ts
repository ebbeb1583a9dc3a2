import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import type { BookSnapshot } from '../../src/book/index.js'
import { receive, TickwireError } from '../../src/index.js'
import { readCounters } from '../../src/observe/counters-reader.js'
import type { ReceiveReport } from '../../src/run/feed/receive-report.js'
import { type SampleKind, writeSample } from '../../src/sample/write-sample.js'
import { freePort } from '../kit/ports.js'
import { SHARED } from '../kit/sharing.js'
import { until } from '../kit/until.js'
import { noMapped } from '../transport/mapped-reading.js'
import { onlyObject, runTickwire, startHotReceiver, startReceiver, tickwire } from './cli.js'
import { handlerModule, temporaryFolder } from './handler-modules.js'
import { Relay } from './relay.js'

const linux = process.platform === 'linux' ? false : 'replay needs Linux'
const ANY = 'udp://127.0.0.1:0'
const MESSAGES = 2_500
const GARBAGE_MESSAGES = 60_000
/** The compiler may change its mind once more; what makes garbage with each event makes it every time. */
const GARBAGE_TRIES = 3
const FRAMINGS = {
  ...{ itch50: 'moldudp64', deep10: 'iex-tp', deepplus10: 'iex-tp', tops16: 'iex-tp' },
} as const

/** Notes of each book what it was when it was told of last, and whether messages came before it. */
const NOTING = `
let messages = 0
let calls = 0
let misplaced = 0
let last = 0
let kinds = 0
let previousBook = 0
const states = {}
const tops = {}
export default {
  onMessage(message, sequence) { messages++; last = sequence },
  onBook(book, change, sequence) {
    calls++
    if (sequence !== last || sequence <= previousBook || change.instrument !== book.index) misplaced++
    previousBook = sequence
    kinds |= change.kinds
    states[book.state] = (states[book.state] ?? 0) + 1
    tops[book.instrument] = [book.bidPrice, book.bidQuantity, book.askPrice, book.askQuantity]
  },
  onStop(report) { write({ messages, calls, misplaced, kinds, states, tops, books: report.books }) },
}
`

interface Noted {
  readonly messages: number
  readonly calls: number
  readonly misplaced: number
  readonly kinds: number
  readonly states: Readonly<Record<string, number>>
  readonly tops: Readonly<Record<string, readonly (number | null)[]>>
  readonly books: ReceiveReport['books']
}

async function sample(
  t: TestContext,
  kind: SampleKind,
  loss = 0,
  messages = MESSAGES,
): Promise<string> {
  const file = join(temporaryFolder(t), `${kind}.pcap`)
  await writeSample({
    ...{ kind, file, messages, instruments: 8, seed: 3, loss },
    ...{ line: 'a', overwrite: false },
  })
  return file
}

/** What a handler notes of a recording that is read directly. */
async function fromFile(t: TestContext, file: string, args: readonly string[]) {
  const handler = handlerModule(t, NOTING)
  const result = await runTickwire(t, [
    ...['receive', `file:${file}`, ...args, '--books', '--handler', handler.file, '--json'],
  ])
  assert.equal(result.exitCode, 0, result.stderr)
  return { report: onlyObject<ReceiveReport>(result), noted: handler.written<Noted>() }
}

const WAYS = [
  { name: 'own', skip: linux, args: ['--transport', 'socket'] },
  { name: 'inline', skip: linux, args: ['--transport', 'socket', '--handler-thread', 'inline'] },
  { name: 'mapped', skip: linux || noMapped(), args: ['--transport', 'mapped'] },
  { name: 'portable', skip: linux, args: ['--transport', 'portable'] },
] as const

/** One protocol by all ways, one with events of several messages by one, the others from recordings alone. */
const WAYS_OF: Partial<Record<SampleKind, readonly (typeof WAYS)[number][]>> = {
  itch50: WAYS,
  deep10: WAYS.slice(0, 1),
}

for (const kind of ['itch50', 'deep10', 'deepplus10', 'tops16'] as const) {
  test(`receive --books builds the same books of ${kind} from UDP and from the recording`, {
    skip: linux,
  }, async (t) => {
    const file = await sample(t, kind)
    const framing = FRAMINGS[kind]
    const args = ['--framing', framing, ...(kind === 'itch50' ? ['--protocol', kind] : [])]
    const recorded = await fromFile(t, file, args)
    const { books } = recorded.report
    assert.equal(books?.suspect, 0)
    assert.equal(books?.suspectSeconds, 0)
    assert.ok((books?.instruments ?? 0) >= 8)
    assert.match(books?.allHash ?? '', /^[0-9a-f]{16}$/)
    assert.ok(recorded.noted.calls > 0 && recorded.noted.calls <= recorded.noted.messages)
    if (kind === 'deep10') assert.ok(recorded.noted.calls < recorded.noted.messages, 'events')
    const shown = await runTickwire(t, ['book', file, '--instrument', 'X', '--json'])
    const { allHash } = onlyObject<{ allHash: string }>(shown)
    assert.equal(books?.allHash, allHash, 'as tickwire book has it')
    for (const way of WAYS_OF[kind] ?? []) {
      if (way.skip !== false) continue
      const handler = handlerModule(t, NOTING)
      const { process, port } = await startReceiver(t, [
        ...[ANY, ...args, ...way.args, '--books', '--handler', handler.file, '--json'],
        ...['--no-pin', '--count', String(recorded.report.delivered)],
      ])
      const sent = tickwire(t, [
        ...['replay', file, `udp://127.0.0.1:${port}`, '--speed', '4', '--json'],
      ])
      const result = await process.result
      assert.equal(result.exitCode, 0, result.stderr)
      await sent.result
      const report = onlyObject<ReceiveReport>(result)
      assert.equal(report.ledger.lost.total, 0, `${way.name}: ${JSON.stringify(report.ledger)}`)
      assert.deepEqual(report.books, books, way.name)
      assert.deepEqual({ ...handler.written<Noted>() }, recorded.noted, way.name)
      assert.equal(recorded.noted.misplaced, 0)
    }
  })
}

test('books of a feed that loses are suspect, and say since when and for how long', {
  skip: linux,
}, async (t) => {
  const file = await sample(t, 'itch50', 0.01)
  const { report, noted } = await fromFile(t, file, [
    ...['--framing', 'moldudp64', '--protocol', 'itch50'],
  ])
  const { books } = report
  assert.ok((books?.suspect ?? 0) > 0)
  assert.equal(books?.suspect, books?.instruments)
  assert.ok((books?.byCause.gap ?? 0) > 0)
  const sum = Object.values(books?.byCause ?? {}).reduce((all, seconds) => all + seconds)
  assert.equal(books?.suspectSeconds, sum)
  assert.ok((noted.states['suspect'] ?? 0) > 0)
})

test('a feed that recovers what it loses has books that are right and never suspect', {
  skip: linux,
}, async (t) => {
  const file = await sample(t, 'itch50')
  const args = ['--framing', 'moldudp64', '--protocol', 'itch50']
  const { report: truth } = await fromFile(t, file, args)
  const server = `udp://127.0.0.1:${await freePort()}`
  const handler = handlerModule(t, NOTING)
  const receiver = await startReceiver(t, [
    ...[ANY, ...args, '--recover', server, '--recover-wait-ms', '20000', '--json', '--no-pin'],
    ...['--count', String(truth.delivered), '--books', '--handler', handler.file],
  ])
  const plan = { seed: 5, loss: 0.03, duplication: 0.02, spareFirst: 20 }
  const relay = await Relay.open(t, receiver.port, 'moldudp64', plan)
  const sender = tickwire(t, [
    ...['replay', file, relay.url, '--speed', '3', '--framing', 'moldudp64', '--json'],
    ...['--retransmit', server, '--linger-ms', '20000'],
  ])
  const result = await receiver.process.result
  assert.equal(result.exitCode, 0, result.stderr)
  sender.kill('SIGINT')
  await sender.result
  const { ledger, books } = onlyObject<ReceiveReport>(result)
  assert.ok(ledger.recovered > 0, 'something was lost')
  assert.equal(ledger.lost.total, 0)
  assert.equal(books?.allHash, truth.books?.allHash)
  assert.deepEqual([books?.suspect, books?.suspectSeconds], [0, 0])
  assert.equal(handler.written<Noted>().states['suspect'], undefined)
})

test('the tops of chosen books can be read beside the run, by this process and by another', {
  skip: linux,
}, async (t) => {
  const file = await sample(t, 'itch50')
  const counters = join(temporaryFolder(t), 'run.counters')
  const handler = handlerModule(t, 'export default { onBook() {} }')
  const feed = await receive({
    ...{
      ...SHARED,
      endpoints: ANY,
      framing: 'moldudp64',
      protocol: 'itch50',
      handler: handler.file,
      counters,
    },
    ...{ publishTop: ['TWA', 'TWD,NOBODY'], cpu: null },
  })
  t.after(() => feed.stop().catch(() => {}))
  assert.equal(feed.top('TWB'), undefined, 'it was not chosen')
  assert.equal(feed.top('TWA')?.state, 'empty')
  assert.throws(() => feed.books, isBadOption(/onBook/))
  const [url = ''] = feed.endpoints
  await runTickwire(t, ['replay', file, url, '--speed', '4', '--json'])
  await until('all is delivered', () => feed.stats().delivered >= MESSAGES)
  const expected = await bookOf(t, file, 'TWD')
  const top = feed.top('TWD')
  assert.equal(top?.state, 'valid')
  assert.equal(top?.bidPrice, expected.bids[0]?.price ?? null)
  assert.equal(top?.bidQuantity, expected.bids[0]?.quantity ?? 0)
  assert.equal(top?.askPrice, expected.asks[0]?.price ?? null)
  assert.equal(top?.volume, expected.volume)
  assert.equal(feed.top('NOBODY')?.state, 'empty')
  const reading = readCounters(counters)
  assert.deepEqual(
    reading?.tops.map(({ instrument }) => instrument),
    ['TWA', 'TWD', 'NOBODY'],
  )
  assert.deepEqual(reading?.tops[1], top)
  const report = reading?.report as ReceiveReport | undefined
  assert.equal(report?.books?.suspect, 0)
  assert.equal(reading?.counters('books')?.['instruments'], 8)
  await feed.stop()
})

test('building books makes no garbage while messages flow', { skip: linux }, async (t) => {
  const file = await sample(t, 'itch50', 0, GARBAGE_MESSAGES)
  const handler = handlerModule(t, 'let n = 0; export default { onBook() { n++ } }')
  const seen: (number | null)[] = []
  while (seen.length < GARBAGE_TRIES && !seen.includes(0)) {
    const { process, port } = await startHotReceiver(t, [
      ...[ANY, '--framing', 'moldudp64', '--protocol', 'itch50', '--publish-top', 'TWA,TWB'],
      ...['--handler', handler.file, '--handler-thread', 'inline', '--no-pin', '--json'],
      ...['--count', String(GARBAGE_MESSAGES), '--idle-exit-ms', '10000'],
    ])
    const url = `udp://127.0.0.1:${port}`
    await runTickwire(t, ['replay', file, url, '--speed', '20', '--json'])
    const { garbageCollections, delivered } = onlyObject<ReceiveReport>(await process.result)
    assert.ok(delivered > GARBAGE_MESSAGES / 2)
    seen.push(garbageCollections.handler)
  }
  assert.ok(seen.includes(0), `collections: ${seen.join(', ')}`)
})

test('a loop over a feed has the books as of each message', async (t) => {
  const file = await sample(t, 'itch50')
  const feed = await receive({
    ...{ endpoints: `file:${file}`, framing: 'moldudp64', protocol: 'itch50', books: true },
  })
  let events = 0
  let last = 0
  for await (const batch of feed) {
    while (batch.next()) {
      assert.equal(feed.books.lastSequence, batch.sequence)
      if (batch.book === undefined) continue
      events++
      assert.equal(feed.books.change.instrument, batch.book.index)
      last = batch.sequence
    }
  }
  const { books } = await feed.finished
  assert.ok(events > 0 && last > 0)
  assert.equal(books?.allHash, feed.books.allHash)
  const expected = await bookOf(t, file, 'TWD')
  assert.deepEqual(feed.books.get('TWD')?.bids(10), expected.bids)
})

test('receive refuses books of messages that have none, and symbols that can be none', async () => {
  const refused = (options: object, pattern: RegExp) =>
    assert.rejects(receive({ endpoints: ANY, ...options }), isBadOption(pattern))
  await refused({ books: true }, /Books need messages.*native/)
  await refused({ books: true, framing: 'moldudp64' }, /Books need messages.*none/)
  await refused({ publishTop: 'AAPL', framing: 'moldudp64' }, /Books need messages/)
  await refused({ publishTop: 'AAPL', books: false }, /publishTop means nothing/)
  await refused({ bookOrders: 5 }, /bookOrders means nothing/)
  const itch = { framing: 'moldudp64', protocol: 'itch50' }
  await refused({ ...itch, publishTop: 'AAPL,TOOLONGSYMBOL' }, /TOOLONGSYMBOL.*no symbol/)
})

test('a handler that has onBook alone is refused where no books are built', async (t) => {
  const handler = handlerModule(t, 'export default { onBook() {} }')
  const result = await runTickwire(t, [
    ...['receive', ANY, '--handler', handler.file, '--idle-exit-ms', '10', '--json'],
  ])
  assert.equal(result.exitCode, 1)
  const { error } = onlyObject<{ error: { code: string; remedy: string } }>(result)
  assert.equal(error.code, 'TW_BAD_HANDLER')
  assert.match(error.remedy, /--books/)
})

async function bookOf(t: TestContext, file: string, instrument: string): Promise<BookSnapshot> {
  const result = await runTickwire(t, ['book', file, '--instrument', instrument, '--json'])
  assert.equal(result.exitCode, 0, result.stderr)
  return onlyObject<BookSnapshot>(result)
}

function isBadOption(pattern: RegExp) {
  return (error: unknown) => {
    assert.ok(error instanceof TickwireError)
    assert.equal(error.code, 'TW_BAD_OPTION')
    assert.match(error.message, pattern)
    return true
  }
}
