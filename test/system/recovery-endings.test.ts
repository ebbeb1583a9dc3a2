import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type TestContext, test } from 'node:test'
import { type ReceiveReport, receive } from '../../src/index.js'
import { freePort } from '../kit/ports.js'
import { SHARED } from '../kit/sharing.js'
import { onlyObject, portOf, startReceiver } from './cli.js'
import { openSocket, rawDatagram, type TestSocket } from './datagrams.js'
import { orderHandler, type SeenFeed } from './order-handler.js'

const linux = process.platform === 'linux' ? false : 'asking for messages needs Linux'
const NEVER = ['--recover-wait-ms', '60000']

interface Server extends TestSocket {
  readonly url: string
  /** Waits for the next request; gives who asked. */
  request(): Promise<number>
}

/** A server of the test's own, which answers when the test says so. */
async function openServer(t: TestContext): Promise<Server> {
  const socket = await openSocket(t)
  return {
    ...socket,
    url: `udp://127.0.0.1:${socket.port}`,
    async request() {
      const [, from] = (await once(socket.socket, 'message')) as [Buffer, { port: number }]
      return from.port
    },
  }
}

test('with --recover-wait-ms 0 messages come at once, and recovered ones through onLate', {
  skip: linux,
}, async (t) => {
  const server = await openServer(t)
  const handler = orderHandler(t, 'onLate(message, sequence) { late += sequence },')
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--recover', server.url, '--recover-wait-ms', '0', '--count', '6'],
    ...['--handler', handler.file, '--json'],
  ])
  const publisher = await openSocket(t)
  const asked = server.request()
  for (const sequence of [0, 1, 4, 5]) await publisher.send(rawDatagram(sequence), receiver.port)
  await server.send(rawDatagram(2, 2), await asked)
  const report = onlyObject<ReceiveReport>(await receiver.process.result)
  const seen = handler.written<SeenFeed>()
  assert.deepEqual([seen.messages, seen.late, seen.misplaced], [4, 2 + 3, 1])
  assert.deepEqual(seen.statuses, [{ kind: 'missing', line: -1, sequence: 2, count: 2 }])
  assert.deepEqual(seen.gaps, [])
  assert.deepEqual([report.delivered, report.ledger.recovered, report.late], [6, 2, 0])
  assert.equal(report.ledger.balanced, true)
})

test('a dead server costs the wait and no more, and onGap comes in its place', {
  skip: linux,
}, async (t) => {
  const handler = orderHandler(t)
  const receiver = await startReceiver(t, [
    ...['udp://127.0.0.1:0', '--recover', `udp://127.0.0.1:${await freePort()}`],
    ...['--recover-wait-ms', '30', '--count', '103', '--handler', handler.file, '--json'],
  ])
  const publisher = await openSocket(t)
  for (const sequence of [0, 3]) await publisher.send(rawDatagram(sequence), receiver.port)
  for (let first = 4; first < 100; first += 8) {
    await publisher.send(rawDatagram(first, 8), receiver.port)
  }
  await publisher.send(rawDatagram(102), receiver.port)
  const report = onlyObject<ReceiveReport>(await receiver.process.result)
  const seen = handler.written<SeenFeed>()
  assert.deepEqual(seen.gaps, [
    { firstSequence: 1, count: 2, reason: 'unrecovered', next: 1 },
    { firstSequence: 100, count: 2, reason: 'unrecovered', next: 100 },
  ])
  assert.deepEqual([seen.messages, seen.misplaced], [99, 0])
  assert.equal(report.ledger.lost.unrecovered, 4)
  assert.equal(report.ledger.lost.total, 4)
  assert.equal(report.ledger.balanced, true)
  assert.ok((report.recovery?.requests ?? 0) + (report.recovery?.requestsFailed ?? 0) >= 2)
  assert.equal(report.recovery?.answers, 0)
})

for (const how of ['own', 'inline', 'mapped'] as const) {
  const skip = how === 'mapped' && process.getuid?.() !== 0 ? 'mapped needs CAP_NET_RAW' : linux
  test(`Ctrl-C while gaps are open gives them up and delivers what is here, ${how}`, {
    skip,
  }, async (t) => {
    const server = await openServer(t)
    const handler = orderHandler(t)
    const mapped = ['--transport', 'mapped']
    const receiver = await startReceiver(t, [
      ...['udp://127.0.0.1:0', '--recover', server.url, ...NEVER, '--handler', handler.file],
      ...(how === 'mapped' ? mapped : ['--handler-thread', how]),
      '--json',
    ])
    const publisher = await openSocket(t)
    const asked = server.request()
    for (const sequence of [0, 2, 4, 5]) await publisher.send(rawDatagram(sequence), receiver.port)
    await asked
    receiver.process.kill('SIGINT')
    const result = await receiver.process.result
    assert.equal(result.exitCode, 0, result.stderr)
    const report = onlyObject<ReceiveReport>(result)
    const { ledger } = report
    assert.equal(ledger.balanced, true)
    assert.deepEqual([ledger.expected, ledger.lost.unrecovered], [6, 2])
    assert.deepEqual([ledger.delivered, ledger.lost.total], [4, 2])
    const seen = handler.written<SeenFeed>()
    assert.deepEqual([seen.messages, seen.misplaced, seen.next], [4, 0, 6])
    assert.deepEqual(
      seen.gaps.map(({ firstSequence, next }) => [firstSequence, next]),
      [
        [1, 1],
        [3, 3],
      ],
    )
  })
}

test('an iteration waits for what is asked for, and gets everything in order', {
  skip: linux,
}, async (t) => {
  const server = await openServer(t)
  const publisher = await openSocket(t)
  const statuses: string[] = []
  const feed = await receive({
    ...SHARED,
    endpoints: ['udp://127.0.0.1:0'],
    recover: server.url,
    recoverWaitMs: 60_000,
    count: 8,
    onStatus: ({ kind }) => statuses.push(kind),
  })
  t.after(() => feed.stop())
  const port = portOf(feed.endpoints[0])
  const asked = server.request()
  for (const sequence of [0, 3, 7]) await publisher.send(rawDatagram(sequence), port)
  const answering = asked.then(async (client) => {
    await server.send(rawDatagram(1, 2), client)
    await server.send(rawDatagram(4, 3), client)
  })
  const sequences: number[] = []
  for await (const batch of feed) while (batch.next()) sequences.push(batch.sequence)
  await answering
  assert.deepEqual(sequences, [0, 1, 2, 3, 4, 5, 6, 7])
  const report = await feed.finished
  assert.equal(report.ledger.recovered, 5)
  assert.equal(report.ledger.balanced, true)
  assert.deepEqual(statuses, [])
})

test('stopping an iteration while gaps are open gives them up and hands out what is here', {
  skip: linux,
}, async (t) => {
  const server = await openServer(t)
  const publisher = await openSocket(t)
  const feed = await receive({
    ...SHARED,
    endpoints: ['udp://127.0.0.1:0'],
    recover: server.url,
    recoverWaitMs: 60_000,
  })
  const asked = server.request()
  for (const sequence of [0, 2, 3])
    await publisher.send(rawDatagram(sequence), portOf(feed.endpoints[0]))
  const stopped = asked.then(() => feed.stop())
  const sequences: number[] = []
  for await (const batch of feed) while (batch.next()) sequences.push(batch.sequence)
  const { ledger } = await stopped
  assert.deepEqual(sequences, [0, 2, 3])
  assert.deepEqual([ledger.lost.unrecovered, ledger.lost.total, ledger.balanced], [1, 1, true])
})
