import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { shardRule } from '../../src/bridge/shard-of.js'
import { publish, receive } from '../../src/index.js'
import { connectNats } from '../../src/transport/nats/nats-client.js'
import { parseNatsUrl } from '../../src/transport/nats/nats-url.js'
import { MARKET_DATA_BYTES, MARKET_DATA_OFFSETS } from '../../src/wire/market-data-view.js'
import { NatsServer, withoutNats } from '../kit/nats-server.js'
import { freePort } from '../kit/ports.js'
import { proof } from '../kit/proof.js'
import { until } from '../kit/until.js'
import { portOf, runTickwire, type TestProcess, tickwire } from '../system/cli.js'
import { openSocket } from '../system/datagrams.js'
import { delivered, LONG_MS, say, startBridge } from './feeding.js'
import { booksOf, datagramsOf, SAMPLE_FRAMINGS, sampled, sendAll } from './sampled.js'
import { TestSubscriber } from './subscriber.js'

const skip = withoutNats()
const SHARDS = 3
const NO_ACCESS = {
  ...{ credsFile: undefined, tlsCaFile: undefined },
  ...{ tlsCertFile: undefined, tlsKeyFile: undefined },
}

/** The books that a subscriber of a stream ends with. */
async function booksAt(t: TestContext, endpoint: string, next: number) {
  const feed = await receive({ endpoint, from: 'start', books: true, counters: 'off' })
  t.after(() => feed.stop().catch(() => {}))
  const sequences: number[] = []
  const reading = (async () => {
    for await (const batch of feed) while (batch.next()) sequences.push(batch.sequence)
  })()
  const isThere = () => {
    const { ledger, joinedAtSequence } = feed.stats()
    return (joinedAtSequence ?? 1) + ledger.expected >= next
  }
  await until(`${endpoint} has all`, isThere, LONG_MS).catch((error: Error) => {
    throw new Error(`${error.message}: ${JSON.stringify(feed.stats())}`)
  })
  const report = await feed.stop()
  await reading
  const books = Array.from({ length: feed.books.instrumentCount }, (_, i) => feed.books.at(i))
    .filter(({ state, instrument }) => state !== 'empty' && instrument !== '')
    .map(({ instrument, state, hash }) => [instrument, state, hash] as const)
  return { report, sequences, books, allHash: feed.books.allHash }
}

for (const kind of ['itch50', 'deep10', 'tops16'] as const) {
  test(`Books of ${kind} are the same on UDP and behind a bridge with shards, of all and of each`, {
    skip,
  }, async (t) => {
    const file = await sampled(t, kind)
    const recorded = await booksOf(file, kind)
    const server = await NatsServer.start(t)
    const url = server.url('market')
    const framing = SAMPLE_FRAMINGS[kind]
    const running = await startBridge(t, url, {
      ...{ framing, protocol: kind, create: true, shards: SHARDS, receiveBufferBytes: 2 ** 24 },
    })
    const live = await receive({
      ...{ endpoint: 'udp://127.0.0.1:0', framing, protocol: kind, books: true, counters: 'off' },
      ...{ cpu: null, idle: 'park', receiveBufferBytes: 2 ** 24, handler: null },
    })
    t.after(() => live.stop().catch(() => {}))
    const socket = await openSocket(t)
    const datagrams = datagramsOf(file)
    for (const { endpoints } of [running, live]) {
      await sendAll(socket, portOf(endpoints[0]), datagrams)
    }
    await until('UDP has all', () => live.stats().delivered >= recorded.messages, LONG_MS)
    const onUdp = await live.stop()
    assert.equal(onUdp.books?.allHash, recorded.allHash)
    await until('the bridge has all', () => running.stats().bridge.messages >= recorded.messages)
    const { bridge } = await running.stop()
    assert.equal(bridge.batches, bridge.acknowledged)

    const next = recorded.messages + 1
    const all = await booksAt(t, url, next)
    assert.equal(all.allHash, recorded.allHash)
    assert.deepEqual(
      all.sequences,
      Array.from({ length: recorded.messages }, (_, i) => i + 1),
    )
    assert.deepEqual([all.report.ledger.lost.total, all.report.ledger.skipped], [0, 0])
    const seen = new Map<number, number>()
    const books = new Map<string, readonly [string, string]>()
    for (let shard = 0; shard < SHARDS; shard++) {
      const one = await booksAt(t, `${url}?shard=${shard}`, next)
      const { ledger } = one.report
      assert.deepEqual([ledger.lost.total, ledger.balanced], [0, true])
      assert.equal(ledger.delivered + ledger.skipped, recorded.messages)
      for (const sequence of one.sequences) seen.set(sequence, (seen.get(sequence) ?? 0) + 1)
      for (const [instrument, state, hash] of one.books) {
        assert.ok(!books.has(instrument), 'an instrument is in one shard')
        books.set(instrument, [state, hash])
      }
    }
    assert.equal(seen.size, recorded.messages)
    assert.ok([...seen.values()].every((times) => times === 1 || times === SHARDS))
    const wanted = all.books.map(
      ([instrument, state, hash]) => [instrument, [state, hash]] as const,
    )
    assert.deepEqual([...books].sort(), wanted.sort())
  })
}

test('A bridge with shards that was killed goes on behind what all shards have, and says what it missed', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const port = await freePort()
  const start = async (): Promise<TestProcess> => {
    const process = tickwire(t, [
      ...['bridge', url, `udp://127.0.0.1:${port}`, '--shards', `${SHARDS}`, '--create'],
      ...['--no-pin', '--idle', 'park', '--counters', 'off'],
    ])
    await process.line(/^receiving \S+ on /m)
    return process
  }
  const first = await start()
  const socket = await openSocket(t)
  const subscriber = await TestSubscriber.start(t, url)
  await say(socket, [port], 0, 1000)
  await until('1,000 are stored', () => subscriber.feed.stats().delivered === 1000, LONG_MS)
  first.kill('SIGKILL')
  await first.result
  const second = await start()
  await say(socket, [port], 1200, 800)
  await until('the rest is there', () => subscriber.feed.stats().delivered === 1800, LONG_MS)
  second.kill('SIGTERM')
  await second.result
  const { report, seen } = await subscriber.stop()
  assert.deepEqual([seen.messages, seen.misplaced], [1800, 0])
  assert.deepEqual(seen.gaps, [{ firstSequence: 1000, count: 200, reason: 'cutOff', next: 1000 }])
  assert.deepEqual([report.stream?.run, report.restarts, report.stream?.holesLeft], [1, 0, 0])
  // All of its messages are about one instrument, so that two shards have none.
  const parts: number[] = []
  for (let shard = 0; shard < SHARDS; shard++) {
    const feed = await receive({
      ...{ endpoint: `${url}?shard=${shard}`, from: 'start', handler: null, counters: 'off' },
    })
    t.after(() => feed.stop().catch(() => {}))
    await until('it has all', () => feed.stats().ledger.expected >= 2000, LONG_MS)
    const { ledger, stream } = await feed.stop()
    assert.deepEqual([ledger.lost.total, ledger.balanced, stream?.holesLeft], [200, true, 0])
    assert.equal(ledger.delivered + ledger.skipped, 1800)
    parts.push(ledger.delivered)
  }
  assert.deepEqual(parts.sort(), [0, 0, 1800])
})

test('A bridge that died among the parts of a batch is followed by one that goes on before that batch', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const socket = await openSocket(t)
  const publishPart = async (first: number, count: number) => {
    const bridge = await startBridge(t, url, { create: true, last: false, shards: SHARDS })
    await say(socket, [portOf(bridge.endpoints[0])], first, count)
    await delivered(bridge, count)
    return bridge.stop()
  }
  await publishPart(0, 1000)
  // All of its messages are about one instrument: the last part of that shard was never stored.
  const rule = shardRule('native', 0, SHARDS)
  const shard = rule?.(nativeView(7), 0, MARKET_DATA_BYTES)
  const client = await connectNats(parseNatsUrl(url), NO_ACCESS, 'test', {})
  const { streams } = client.manager
  const subject = `tickwire.market.${shard}`
  const last = await streams.getMessage('market', { last_by_subj: subject })
  assert.ok(last !== null)
  const { state } = await streams.info('market')
  const stored = await Promise.all(
    Array.from({ length: state.last_seq }, (_, i) => streams.getMessage('market', { seq: i + 1 })),
  )
  // Stored again without it: a server of 2.9 that deletes the last message of a subject knows none of it any more.
  await streams.purge('market')
  for (const message of stored) {
    if (message === null || message.seq === last.seq) continue
    const headers = client.core.headers()
    for (const [name, values] of message.header) headers.set(name, values[0] ?? '')
    headers.delete('Nats-Msg-Id')
    await client.client.publish(message.subject, message.data, { headers })
  }
  await client.connection.close()
  const cut = Number(last.header.get('Tickwire-First'))
  await publishPart(1000, 200)
  for (const endpoint of [url, `${url}?shard=${shard}`]) {
    const feed = await receive({ endpoint, from: 'start', handler: null, counters: 'off' })
    t.after(() => feed.stop().catch(() => {}))
    await until('it has all', () => feed.stats().ledger.expected >= 1200, LONG_MS)
    const { ledger, stream } = await feed.stop()
    assert.deepEqual([ledger.lost.cutOff, ledger.delivered], [1000 - cut, 200 + cut], endpoint)
    assert.deepEqual([ledger.lost.total, stream?.holesLeft], [1000 - cut, 0], endpoint)
  }
})

/** A native message about an instrument. */
function nativeView(instrument: number): DataView {
  const bytes = new DataView(new ArrayBuffer(MARKET_DATA_BYTES))
  bytes.setUint32(MARKET_DATA_OFFSETS.instrument, instrument, true)
  return bytes
}

test('A bridge with shards that is killed in the midst of its batches doubles and loses nothing', {
  skip: skip || (process.platform === 'linux' ? false : 'recovery needs Linux'),
}, async (t) => {
  const PART = proof(3000, 50_000)
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const endpoint = `udp://127.0.0.1:${await freePort()}`
  const publication = await publish({
    ...{ endpoint, framing: 'moldudp64', session: 'DAY1', heartbeatMs: 50, cpu: null },
    retransmit: 'udp://127.0.0.1:0',
  })
  t.after(() => publication.stop().catch(() => {}))
  const start = async (): Promise<TestProcess> => {
    const process = tickwire(t, [
      ...['bridge', url, endpoint, '--framing', 'moldudp64', '--session', 'DAY1', '--create'],
      ...['--protocol', 'itch50', '--shards', `${SHARDS}`, '--max-in-flight', '64'],
      ...['--recover', publication.retransmitEndpoint ?? '', '--recover-wait-ms', '20000'],
      ...['--no-pin', '--idle', 'park', '--json'],
    ])
    await process.line(/^receiving moldudp64 on /m)
    return process
  }
  const message = new Uint8Array(20)
  let offered = 0
  const offer = async (count: number) => {
    for (const end = offered + count; offered < end; ) {
      // An instrument's locate code, and now and then none.
      message[2] = offered % 11
      if (publication.offer(message) >= 0) offered += 1
      else await sleep(1)
      if (offered % 50 === 0) await sleep(1)
    }
  }
  let bridge = await start()
  const subscriber = await TestSubscriber.start(t, url, { framing: 'moldudp64' })
  const has = (count: number) =>
    until(`${count} are there`, () => subscriber.feed.stats().delivered >= count, LONG_MS)
  for (let kills = 0; kills < 3; kills++) {
    // It dies while batches are on their way.
    const offering = offer(PART)
    await has(offered + PART / 4)
    bridge.kill('SIGKILL')
    await bridge.result
    await offering
    bridge = await start()
  }
  await offer(PART)
  await has(offered)
  bridge.kill('SIGTERM')
  await bridge.result
  const { report, seen } = await subscriber.stop()
  assert.deepEqual([seen.messages, seen.misplaced], [offered, 0])
  assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
  assert.deepEqual([report.stream?.run, report.stream?.holesLeft], [1, 0])
})

test('Two bridges with shards double nothing, through restarts of the publisher too', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const one = await startBridge(t, url, { create: true, last: false, shards: SHARDS })
  const two = await startBridge(t, url, { last: false, shards: SHARDS })
  const subscriber = await TestSubscriber.start(t, url)
  const ports = [one, two].map(({ endpoints }) => portOf(endpoints[0]))
  const socket = await openSocket(t)
  const runs = 4
  let sent = 0
  for (let run = 0; run < runs; run++) {
    const length = 600 + 10 * run
    await say(socket, ports, 0, length)
    sent += length
    await delivered(one, sent)
    await delivered(two, sent)
  }
  const { report, seen } = await subscriber.end(sent, LONG_MS)
  // Each run begins with a sequence that is not the next one.
  assert.deepEqual([seen.messages, seen.misplaced], [sent, runs - 1])
  assert.deepEqual(
    [report.stream?.run, report.restarts, report.stream?.holesLeft, report.ledger.lost.total],
    [runs, runs - 1, 0, 0],
  )
})

test('A subscriber of shards begins where it asks to, of all of them and of one', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, { create: true, last: true, shards: SHARDS })
  const socket = await openSocket(t)
  const ports = [portOf(running.endpoints[0])]
  await say(socket, ports, 0, 500)
  await until('500 are stored', () => running.stats().bridge.messages === 500, LONG_MS)
  await until('last values are kept', () => running.stats().bridge.lastValues > 0, LONG_MS)
  const shard = shardRule('native', 0, SHARDS)?.(nativeView(7), 0, MARKET_DATA_BYTES)
  for (const endpoint of [url, `${url}?shard=${shard}`]) {
    const join = async (from: string) => {
      const feed = await receive({ endpoint, from, handler: null, counters: 'off' })
      t.after(() => feed.stop().catch(() => {}))
      return feed
    }
    const late = await join('300')
    await until('the rest is there', () => late.stats().delivered >= 200, LONG_MS)
    const { delivered: counted, joinedAtSequence, ledger } = await late.stop()
    assert.deepEqual([counted, joinedAtSequence, ledger.lost.total], [200, 300, 0], endpoint)
    const last = await join('last')
    await until('the last value is there', () => last.stats().delivered >= 1, LONG_MS)
    const report = await last.stop()
    assert.deepEqual([report.ledger.lost.total, report.ledger.balanced], [0, true])
    assert.ok((report.stream?.lastValues ?? 0) > 0)
  }
  const now = await receive({ endpoint: url, from: 'now', handler: null, counters: 'off' })
  t.after(() => now.stop().catch(() => {}))
  await say(socket, ports, 500, 200)
  await until('what came since is there', () => now.stats().delivered >= 200, LONG_MS)
  const { delivered: counted, ledger } = await now.stop()
  assert.deepEqual([counted, ledger.lost.total, ledger.balanced], [200, 0, true])
})

test('A feed is in as many shards as it was begun with, and names those that there are', {
  skip,
}, async (t) => {
  const server = await NatsServer.start(t)
  const url = server.url('market')
  const running = await startBridge(t, url, { create: true, shards: SHARDS, last: false })
  const socket = await openSocket(t)
  await say(socket, [portOf(running.endpoints[0])], 0, 100)
  await until('they are stored', () => running.stats().bridge.messages >= 100, LONG_MS)
  await running.stop()
  const refused = (starting: Promise<unknown>, code: string, message: RegExp) =>
    assert.rejects(starting, { code, message })
  await refused(
    startBridge(t, url, { shards: 2 }),
    'TW_STREAM',
    /in 3 shards, and 2 shards are asked for/,
  )
  await refused(startBridge(t, url), 'TW_STREAM', /does not take the subject tickwire\.market\./)
  const none = receive({ endpoint: `${url}?shard=${SHARDS}`, handler: null })
  await refused(none, 'TW_BAD_OPTION', /no shard 3/)
  const part = startBridge(t, url, { endpoint: `${url}?shard=1` })
  await refused(part, 'TW_BAD_OPTION', /names one shard/)
  const books = await runTickwire(t, ['book', `${url}?shard=1`, '--instrument', 'A'])
  assert.match(books.stderr, /TW_BAD_OPTION.*one shard/)
  const nameless = startBridge(t, server.url('other'), {
    ...{ framing: 'moldudp64', create: true, shards: 2 },
  })
  await refused(nameless, 'TW_BAD_OPTION', /needs messages that name their instrument/)
})
