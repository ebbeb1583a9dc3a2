import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { bridge } from '../../src/bridge/index.js'
import { type ReceiveOptions, type ReceiveReport, receive, type Skip } from '../../src/index.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { until } from '../kit/until.js'
import { portOf } from '../system/cli.js'
import { openSocket, rawDatagram } from '../system/datagrams.js'
import { moldDatagram } from '../wire/datagrams.js'

const skip = withoutNats()
const INSTRUMENT = 20
const SIDE = 28

interface Seen {
  readonly sequences: readonly number[]
  readonly skips: readonly Skip[]
  readonly report: ReceiveReport
}

/** Iterates over a stream until a message has come. */
async function read(
  url: string,
  last: number,
  options: ReceiveOptions,
  ready: () => Promise<void> = async () => {},
): Promise<Seen> {
  const sequences: number[] = []
  const skips: Skip[] = []
  const feed = await receive({
    endpoint: url,
    counters: 'off',
    onSkip: (one) => skips.push({ ...one }),
    ...options,
  })
  await ready()
  for await (const batch of feed) {
    while (batch.next()) sequences.push(batch.sequence)
    if (sequences.at(-1) === last) break
  }
  return { sequences, skips, report: await feed.finished }
}

/** A feed of 1,000 messages in a stream: a trade of instrument 1 first, then bids of instrument 2. */
async function published(t: TestContext) {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await bridge({
    to: url,
    endpoint: 'udp://127.0.0.1:0',
    cpu: null,
    idle: 'park',
    counters: 'off',
    create: true,
  })
  t.after(() => running.stop().catch(() => {}))
  const socket = await openSocket(t)
  const port = portOf(running.endpoints[0])
  const say = async (first: number, count: number) => {
    for (let at = first; at < first + count; at += 10) {
      const bytes = rawDatagram(at, 10)
      for (let i = 0; i < 10; i++) {
        const trade = at + i === 0
        bytes.writeUInt32LE(trade ? 1 : 2, 29 * i + INSTRUMENT)
        bytes.writeUInt8(trade ? 3 : 1, 29 * i + SIDE)
      }
      await socket.send(bytes, port)
    }
    const stored = () => running.stats().bridge.messages
    await until('all is stored', () => stored() === first + count)
  }
  await say(0, 500)
  const timeMs = Date.now() + 1
  await until('a moment has passed', () => Date.now() > timeMs)
  await say(500, 500)
  return { url, say, running, timeNs: `${BigInt(timeMs) * 1_000_000n}` }
}

const range = (first: number, end: number) =>
  Array.from({ length: end - first }, (_, i) => first + i)

test('A subscriber begins at the start, at a sequence, or at a time', { skip }, async (t) => {
  const { url, timeNs } = await published(t)
  const all = await read(url, 999, { from: 'start' })
  assert.deepEqual(all.sequences, range(0, 1000))
  const some = await read(url, 999, { from: 777 })
  assert.deepEqual(some.sequences, range(777, 1000))
  assert.deepEqual([some.report.ledger.duplicates, some.report.joinedAtSequence], [0, 777])
  const timed = await read(url, 999, { from: timeNs })
  assert.deepEqual(timed.sequences, range(500, 1000))
  const iso = new Date(Number(BigInt(timeNs) / 1_000_000n)).toISOString()
  assert.deepEqual((await read(url, 999, { from: iso })).sequences, timed.sequences)
})

test('A late joiner gets the last values first, and then what followed them', {
  skip,
}, async (t) => {
  const { url, say, running } = await published(t)
  await until('last values are stored', () => running.stats().bridge.lastValues > 0)
  const before = running.stats().bridge.lastValues
  await say(1000, 10)
  await until('newer ones are stored', () => running.stats().bridge.lastValues > before)
  const { sequences, skips, report } = await read(url, 1019, { from: 'last' }, () => say(1010, 10))
  // The trade of the beginning, the newest bid that was stored, and all that came then.
  assert.equal(sequences[0], 0)
  assert.deepEqual(sequences.slice(-10), range(1010, 1020))
  assert.equal(new Set(sequences).size, sequences.length)
  assert.equal(skips[0]?.reason, 'conflated')
  assert.equal(report.ledger.skipped + report.ledger.delivered, 1020)
  assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
})

test('A subscriber who asks for what there is not is told so', { skip }, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  await assert.rejects(receive({ endpoint: url }), { code: 'TW_STREAM' })
  await assert.rejects(receive({ endpoint: url, from: 'yesterday' }), { code: 'TW_BAD_OPTION' })
  await assert.rejects(receive({ endpoint: url, recover: 'udp://127.0.0.1:1' }), {
    code: 'TW_BAD_OPTION',
  })
  await assert.rejects(receive({ endpoint: 9001, from: 'now' }), { code: 'TW_BAD_OPTION' })
})

test('A subscriber that was there first and reads another framing ends with an error that names it', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const options = {
    to: url,
    endpoint: 'udp://127.0.0.1:0',
    cpu: null,
    idle: 'park',
    create: true,
  } as const
  const running = await bridge({ ...options, framing: 'moldudp64', counters: 'off' })
  t.after(() => running.stop().catch(() => {}))
  const feed = await receive({ endpoint: url, handler: null, counters: 'off' })
  const ended = assert.rejects(feed.finished, {
    code: 'TW_BAD_OPTION',
    message: /has the framing moldudp64, and is read as raw/,
  })
  const socket = await openSocket(t)
  await socket.send(
    moldDatagram({ session: 'DAY1', sequence: 1n, messages: [Uint8Array.of(1, 2, 3)] }),
    portOf(running.endpoints[0]),
  )
  await ended
})
